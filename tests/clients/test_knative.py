"""Knative Serving used directly, without KServe in front: kubectl and curl."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.clients.knative import ALL_TO_LATEST, READY, Typed, curl, get, service, until


@pytest.mark.row(client="kubectl, curl", does="Knative Service: revision name of one's own, prediction")
def test_a_plain_service(typed: Typed) -> None:
    typed(service("first") + READY)
    assert json.loads(typed(curl("hello.$NS.example.com")).removesuffix(" 200")) == {"models": ["one"]}
    status = json.loads(typed(get("{.status}")))
    assert status["latestReadyRevisionName"] == "hello-first"
    assert status["traffic"] == [{"latestRevision": True, "percent": 100, "revisionName": "hello-first"}]
    revision = json.loads(typed(get("{.metadata}", "revision", "hello-first")))
    assert revision["labels"]["serving.knative.dev/routingState"] == "active"
    assert revision["annotations"]["serving.knative.dev/routes"] == "hello"
    assert revision["annotations"]["serving.knative.dev/creator"] == "kubernetes-admin"


@pytest.mark.row(client="kubectl, curl", does="Knative Service: traffic split, tags and their hosts")
def test_traffic(typed: Typed) -> None:
    typed(service("first") + READY)
    split = [
        {"revisionName": "hello-first", "percent": 100, "tag": "old"},
        {"latestRevision": True, "percent": 0, "tag": "new"},
    ]
    typed(service("second", model="two", traffic=split) + READY)
    seen = [typed(curl(f"{tag}hello.$NS.example.com")) for tag in ("", "old-", "new-")]
    assert seen == ['{"models":["one"]} 200', '{"models":["one"]} 200', '{"models":["two"]} 200']
    traffic = json.loads(typed(get("{.status.traffic}")))
    assert [each["url"].partition(".")[0] for each in traffic] == ["http://old-hello", "http://new-hello"]
    typed(service("second", model="two", traffic=[{"revisionName": "hello-second", "percent": 100}]) + READY)
    assert typed(curl("hello.$NS.example.com")) == '{"models":["two"]} 200'
    assert typed(curl("old-hello.$NS.example.com")).endswith("404")
    typed(until(f"{get('{.metadata.labels}', 'revision', 'hello-first')} | grep -q reserve"))


@pytest.mark.row(client="kubectl, curl", does="Knative Service: a tag named in a header")
def test_tag_header(typed: Typed) -> None:
    edit = "kubectl patch -n knative-serving cm config-features --type merge -p"
    typed(service("first") + READY)
    split = [{"revisionName": "hello-first", "percent": 100}, {"latestRevision": True, "percent": 0, "tag": "new"}]
    typed(service("second", model="two", traffic=split) + READY)
    tagged = curl("hello.$NS.example.com", "-H 'Knative-Serving-Tag: new'")
    assert typed(tagged) == '{"models":["one"]} 200'
    try:
        typed(f'{edit} \'{{"data":{{"tag-header-based-routing":"enabled"}}}}\'')
        typed(until(f'[ "$({tagged.replace(chr(10), "; ").strip("; ")})" = \'{{"models":["two"]}} 200\' ]'))
        assert typed(curl("hello.$NS.example.com")) == '{"models":["one"]} 200'
    finally:
        typed(f'{edit} \'{{"data":{{"tag-header-based-routing":null}}}}\'')


@pytest.mark.row(client="kubectl", does="Knative Service: refused by the webhook")
def test_validation(typed: Typed, refused: Callable[[str], str]) -> None:
    typed(service("first"))
    said = refused(service("first", model="other"))
    assert "Saw the following changes without a name change (-old +new): spec.template.metadata.name" in said
    assert "--model_name=other" in said
    assert "Traffic targets sum to 90, want 100: spec.traffic" in refused(
        service("second", traffic=[{"latestRevision": True, "percent": 90}])
    )
    assert 'must have prefix "hello-"' in refused(service("x").replace("name: hello-x", "name: other"))
    said = refused(
        'kubectl patch -n $NS ksvc hello --type merge -p \'{"metadata":{"annotations":'
        '{"serving.knative.dev/creator":"me"}}}\''
    )
    assert "annotation value is immutable: metadata.annotations.serving.knative.dev/creator" in said
    said = refused('kubectl patch -n $NS revision hello-first --type merge -p \'{"spec":{"timeoutSeconds":7}}\'')
    assert "Immutable fields changed (-old +new): spec" in said


@pytest.mark.row(client="kubectl, curl", does="Knative Service: cluster-local visibility")
def test_cluster_local(typed: Typed) -> None:
    typed(service(labels="{networking.knative.dev/visibility: cluster-local}") + READY)
    assert typed(get("{.status.url}") + " | cut -d. -f3-") == "svc.cluster.local\n"
    assert typed(curl("hello.$NS.example.com")).endswith("404")
    assert "ExternalIP" not in typed(get("{.spec.rules}", "king"))


@pytest.mark.row(client="kubectl", does="Knative Service: gradual rollout")
def test_gradual_rollout(typed: Typed) -> None:
    slow = '{serving.knative.dev/rollout-duration: "4s"}'
    typed(service("first", annotations=slow) + READY)
    typed(service("second", annotations=slow))
    typed(until(f"{get('{.status.traffic}')} | grep -q hello-second"))
    conditions = json.loads(typed(get("{.status.conditions}")))
    reasons = {each["type"]: each.get("reason") for each in conditions}
    assert reasons["RoutesReady"] == "RolloutInProgress"
    first = json.loads(typed(get("{.status.traffic}")))
    assert [each["revisionName"] for each in first] == ["hello-first", "hello-second"]
    assert sum(each["percent"] for each in first) == 100
    typed(READY)
    last = json.loads(typed(get("{.status.traffic}")))
    assert [(each["revisionName"], each["percent"]) for each in last] == [("hello-second", 100)]


@pytest.mark.row(client="kubectl", does="Knative Service: image that does not exist, progress deadline")
def test_failures(typed: Typed) -> None:
    typed(service("first", image="registry.invalid/nobody:1"))
    typed(until(f"{get('{.status.conditions}', 'revision', 'hello-first')} | grep -q ContainerMissing"))
    assert "Unable to fetch image" in typed(get("{.status.conditions}"))
    late = "serving.knative.dev/progress-deadline: 2s"
    typed(service("second", image="dev.local/nobody:1", more=late))
    typed(
        until(f"{get('{.status.conditions}', 'deploy', 'hello-second-deployment')} | grep -q ProgressDeadlineExceeded")
    )
    typed(until(f"{get('{.status.conditions}', 'revision', 'hello-second')} | grep -q -E 'ImagePull'"))


@pytest.mark.row(client="kubectl", does="Knative: deleted children restored, drift reverted")
def test_restored(typed: Typed) -> None:
    typed(service("first") + READY)
    typed("kubectl delete -n $NS route hello\n" + until("kubectl get -n $NS route hello") + READY)
    typed(
        "kubectl delete -n $NS deploy hello-first-deployment\n"
        + until("kubectl get -n $NS deploy hello-first-deployment")
    )
    typed("kubectl scale -n $NS deploy hello-first-deployment --replicas=3")
    typed(until(f'[ "$({get("{.spec.replicas}", "deploy", "hello-first-deployment")})" = 1 ]'))
    typed("kubectl set env -n $NS deploy hello-first-deployment -c kserve-container A=B")
    typed(until(f"! {get('{.spec.template}', 'deploy', 'hello-first-deployment')} | grep -q '\"A\"'"))


@pytest.mark.row(client="kubectl", does="Knative: old revisions are collected (config-gc)")
def test_collection(typed: Typed) -> None:
    edit = "kubectl patch -n knative-serving cm config-gc --type merge -p"
    for name in ("first", "second", "third"):
        more = 'serving.knative.dev/no-gc: "true"' if name == "first" else ""
        typed(service(name, model=name, minimum=0, more=more) + READY)
    typed(until(f"{get('{.metadata.labels}', 'revision', 'hello-second')} | grep -q reserve"))
    try:
        typed(f'{edit} \'{{"data":{{"min-non-active-revisions":"0","max-non-active-revisions":"0"}}}}\'')
        typed(until("! kubectl get -n $NS revision hello-second"))
        assert typed("kubectl get -n $NS revision -o name").split() == [
            "revision.serving.knative.dev/hello-first",
            "revision.serving.knative.dev/hello-third",
        ]
    finally:
        typed(f'{edit} \'{{"data":{{"min-non-active-revisions":null,"max-non-active-revisions":null}}}}\'')


@pytest.mark.row(client="kubectl, curl", does="Knative: Configuration and Route of one's own")
def test_configuration_and_route(typed: Typed) -> None:
    manifest = (
        service()
        .replace("kind: Service", "kind: Configuration")
        .replace(f"  traffic: {json.dumps(ALL_TO_LATEST)}\n", "")
    )
    typed(manifest)
    route = {"configurationName": "hello", "percent": 100}
    typed(
        "kubectl apply -n $NS -f - <<'EOF'\n"
        "{apiVersion: serving.knative.dev/v1, kind: Route, metadata: {name: way}, "
        f"spec: {{traffic: [{json.dumps(route)}]}}}}\nEOF\n"
        "kubectl wait -n $NS route/way --for=condition=Ready --timeout=30s"
    )
    assert typed(curl("way.$NS.example.com")) == '{"models":["one"]} 200'


@pytest.mark.row(client="kubectl, curl", does="Knative: DomainMapping")
def test_domain_mapping(typed: Typed) -> None:
    typed(service() + READY)
    typed(
        "kubectl apply -n $NS -f - <<EOF\n"
        "{apiVersion: serving.knative.dev/v1beta1, kind: DomainMapping, metadata: {name: $NS.example.org},\n"
        " spec: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: hello}}}\nEOF\n"
        + until("kubectl get -n $NS dm -o jsonpath='{.items[0].status}' | grep -q DomainAlreadyClaimed")
    )
    typed(
        "kubectl apply -f - <<EOF\n"
        "{apiVersion: networking.internal.knative.dev/v1alpha1, kind: ClusterDomainClaim,\n"
        " metadata: {name: $NS.example.org}, spec: {namespace: $NS}}\nEOF\n"
        "kubectl wait -n $NS dm --all --for=condition=Ready --timeout=20s"
    )
    assert typed(curl("$NS.example.org")) == '{"models":["one"]} 200'
    typed("kubectl delete cdc $NS.example.org")


@pytest.mark.row(client="kubectl, curl", does="Knative: scale to zero and back, PodAutoscaler's conditions")
def test_zero(typed: Typed) -> None:
    typed(service("first", minimum=0) + READY)
    typed(until(f"{get('{.status.conditions}', 'kpa', 'hello-first')} | grep -q NoTraffic"))
    typed(until(f'[ "$({get("{.spec.replicas}", "deploy", "hello-first-deployment")})" = 0 ]'))
    status = json.loads(typed(get("{.status}", "kpa", "hello-first")))
    assert status["desiredScale"] == 0
    assert status["metricsServiceName"] == "hello-first-private"
    assert typed(get("{.spec.mode}", "sks", "hello-first")) == "Proxy"
    assert typed(curl("hello.$NS.example.com")) == '{"models":["one"]} 200'
    assert typed(get("{.spec.scrapeTarget}", "metrics.autoscaling.internal.knative.dev", "hello-first"))


@pytest.mark.row(client="kubectl", does="Knative ConfigMaps: wrong values are refused")
def test_settings(refused: Callable[[str], str]) -> None:
    for name, key, value, complaint in (
        ("autoscaler", "stable-window", "2s", "must be in [6s; 1h0m0s] range"),
        ("defaults", "revision-timeout-seconds", "900", "cannot be greater than max-revision-timeout-seconds (600)"),
        ("gc", "max-non-active-revisions", "3", "min-non-active-revisions(20) must be <= max-non-active-revisions(3)"),
        ("network", "rollout-duration", "-1", "rollout-duration must be a positive integer, but was -1"),
        ("deployment", "progress-deadline", "1.5s", "progress-deadline must be rounded to a whole second"),
        ("network", "_example", "changed", 'the update modifies a key in "_example"'),
    ):
        patch = json.dumps({"data": {key: value}})
        said = refused(f"kubectl patch -n knative-serving cm config-{name} --type merge -p '{patch}'")
        assert 'admission webhook "config.webhook.serving.knative.dev" denied the request' in said
        assert complaint in said


@pytest.mark.row(client="kubectl", does="Knative ConfigMaps: TLS, other classes and flags", refused=True)
def test_settings_not_offered(refused: Callable[[str], str]) -> None:
    for name, key, value in (
        ("network", "external-domain-tls", "Enabled"),
        ("network", "ingress-class", "kourier.ingress.networking.knative.dev"),
        ("features", "secure-pod-defaults", "Enabled"),
        ("autoscaler", "pod-autoscaler-class", "hpa.autoscaling.knative.dev"),
    ):
        patch = json.dumps({"data": {key: value}})
        said = refused(f"kubectl patch -n knative-serving cm config-{name} --type merge -p '{patch}'")
        assert f"does not offer {key}={value} yet (config-{name})" in said
