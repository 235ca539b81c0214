"""What still works, and what does not, while a component of the platform is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.clients.knative import READY, Typed, curl, get, service, until


@pytest.fixture
def component(typed: Typed) -> Iterator[Callable[[str, str, int], None]]:
    """Scales a Deployment of the platform; afterwards all of them have their pod again."""
    changed = []

    def scale(namespace: str, name: str, replicas: int) -> None:
        changed.append((namespace, name))
        pods = f"kubectl get deploy -n {namespace} {name} -o jsonpath={{.status.replicas}}:{{.status.readyReplicas}}"
        wanted = f"{replicas}:{replicas}" if replicas else ":"
        typed(
            f"kubectl scale -n {namespace} deployment/{name} --replicas={replicas}\n"
            + until(f'[ "$({pods})" = "{wanted}" ]')
        )

    yield scale
    for namespace, name in set(changed):
        scale(namespace, name, 1)


@pytest.mark.row(client="kubectl, curl", does="Knative without its controller: serves on, nothing new")
def test_without_controller(typed: Typed, component: Callable[[str, str, int], None]) -> None:
    typed(service("first") + READY)
    component("knative-serving", "controller", 0)
    typed(service("second", model="two"))
    assert typed(curl("hello.$NS.example.com")) == '{"models":["one"]} 200'
    assert typed("kubectl get -n $NS revision -o name").split() == ["revision.serving.knative.dev/hello-first"]
    component("knative-serving", "controller", 1)
    typed(until("kubectl get -n $NS revision hello-second") + READY)
    assert typed(curl("hello.$NS.example.com")) == '{"models":["two"]} 200'
    lease = "controller.knative.dev.serving.pkg.reconciler.route.reconciler.00-of-01"
    holder = f"kubectl get lease -n knative-serving {lease} -o jsonpath={{.spec.holderIdentity}}"
    pod = "$(kubectl get pod -n knative-serving -l app=controller -o jsonpath={.items[0].metadata.name})"
    typed(until(f"{holder} | grep -q ^{pod}_"))


@pytest.mark.row(client="kubectl, curl", does="Istio without istiod: the gateway serves on, and learns nothing new")
def test_without_istiod(typed: Typed, component: Callable[[str, str, int], None]) -> None:
    typed(service("first") + READY)
    component("istio-system", "istiod", 0)
    typed(service("second", model="two"))
    typed(until("kubectl wait -n $NS revision/hello-second --for=condition=Ready --timeout=20s"))
    assert typed(curl("hello.$NS.example.com")) == '{"models":["one"]} 200'
    assert typed(get('{.status.conditions[?(@.type=="IngressReady")].status}', "route")) == "Unknown"
    component("istio-system", "istiod", 1)
    typed(READY)
    assert typed(curl("hello.$NS.example.com")) == '{"models":["two"]} 200'


@pytest.mark.row(client="kubectl", does="Knative and KServe without their webhooks: writes fail, pods too")
def test_without_webhooks(
    typed: Typed, refused: Callable[[str], str], component: Callable[[str, str, int], None]
) -> None:
    typed(service("first") + READY)
    component("knative-serving", "webhook", 0)
    said = refused(service("second"))
    assert 'failed calling webhook "webhook.serving.knative.dev": failed to call webhook: Post ' in said
    assert 'no endpoints available for service "webhook"' in said
    component("knative-serving", "webhook", 1)
    component("kserve", "kserve-controller-manager", 0)
    typed("kubectl delete pod -n $NS --all --wait=false")
    typed(until("kubectl get events -n $NS | grep FailedCreate | grep -q pod-mutator"))
    component("kserve", "kserve-controller-manager", 1)
    typed(until(f'[ "$({get("{.status.readyReplicas}", "deploy", "hello-first-deployment")})" = 1 ]'))


@pytest.mark.row(client="kubectl", does="Knative: a new autoscaler takes no pod away")
def test_a_new_autoscaler(typed: Typed, component: Callable[[str, str, int], None]) -> None:
    """It starts in panic mode when there is more than one pod (pkg/autoscaler/scaling/autoscaler.go)."""
    typed(service("first", minimum=0, more='autoscaling.knative.dev/window: "10s"') + READY)
    component("knative-serving", "autoscaler", 0)  # an old one could still take one of the two pods away
    typed("kubectl scale -n $NS deploy hello-first-deployment --replicas=2")
    typed(until(f'[ "$({get("{.status.readyReplicas}", "deploy", "hello-first-deployment")})" = 2 ]'))
    component("knative-serving", "autoscaler", 1)
    replicas = get("{.spec.replicas}", "deploy", "hello-first-deployment")
    assert typed(f"for i in $(seq 10); do {replicas}; sleep 0.5; done") == "2" * 10
    typed(until(f'[ "$({replicas})" = 0 ]'))
