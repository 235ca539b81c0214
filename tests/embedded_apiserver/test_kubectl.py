"""The real kubectl, without extra flags, against the embedded API server."""

from __future__ import annotations

import json
from typing import Any

import pytest

ISVC = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: sklearn-iris}
spec:
  predictor:
    model: {modelFormat: {name: sklearn}, storageUri: gs://bucket/model}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "web:1", ports: [{containerPort: 80}], env: [{name: A, value: "1"}, {name: B, value: "2"}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: model, labels: {app: model}}
spec:
  nodeName: embedded
  initContainers: [{name: storage-initializer, image: "storage:1"}]
  containers: [{name: kserve-container, image: "server:1"}, {name: queue-proxy, image: "queue:1"}]
"""
RUNNING = {
    "phase": "Running",
    "podIP": "127.9.0.5",
    "conditions": [{"type": "Ready", "status": "True"}],
    "containerStatuses": [
        {"name": "kserve-container", "ready": True, "restartCount": 0, "state": {"running": {}}},
        {"name": "queue-proxy", "ready": True, "restartCount": 0, "state": {"running": {}}},
    ],
}


@pytest.fixture
def k(served: Any, namespace: str) -> Any:
    """kubectl in a namespace of its own; what it prints, standard error last. Fails the test when kubectl fails."""

    def run(*arguments: str, stdin: str | None = None, fails: bool = False) -> str:
        done = served.kubectl("-n", namespace, *arguments, stdin=stdin)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return str(done.stdout + done.stderr)

    return run


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("version", ["Server Version: v1.33.4+embedded"]),
        ("cluster-info", ["Kubernetes control plane", "is running at"]),
        (
            "api-resources",
            ["inferenceservices", "isvc", "serving.kserve.io/v1beta1", "ksvc", "podautoscalers", "deploy"],
        ),
        ("api-versions", ["apps/v1", "serving.knative.dev/v1", "v1"]),
        ("auth can-i create pods", ["yes"]),
        ("auth whoami", ["kubernetes-admin"]),
        ("get namespaces", ["default", "kserve", "Active", "NAME", "STATUS", "AGE"]),
        ("get configmaps -A", ["NAMESPACE", "kube-root-ca.crt"]),
        ("explain pod.spec.containers", ["[]Container", "imagePullPolicy", "readinessProbe"]),
        ("explain isvc.spec.predictor", ["InferenceService", "minReplicas", "canaryTrafficPercent", "<integer>"]),
        ("get --raw /readyz", ["ok"]),
        ("get isvc", ["No resources found in"]),
    ],
)
def test_a_fresh_platform_answers(k: Any, command: str, expected: list[str]) -> None:
    printed = k(*command.split())
    assert [each for each in expected if each not in printed] == []


def test_apply_is_a_three_way_merge(k: Any) -> None:
    assert "created" in k("apply", "-f", "-", stdin=DEPLOYMENT)
    assert "unchanged" in k("apply", "-f", "-", stdin=DEPLOYMENT)
    k("scale", "deployment/web", "--replicas=5")
    without_b = DEPLOYMENT.replace(', {name: B, value: "2"}', "").replace("  replicas: 2\n", "")
    assert "configured" in k("apply", "-f", "-", stdin=without_b)
    web = json.loads(k("get", "deployment", "web", "-o", "json"))
    assert [each["name"] for each in web["spec"]["template"]["spec"]["containers"][0]["env"]] == ["A"]
    assert web["spec"]["replicas"] == 1  # no longer named by the manifest: back to the default, as on a cluster


def test_a_misspelt_field_is_refused(k: Any) -> None:
    printed = k("apply", "-f", "-", stdin=DEPLOYMENT.replace("image:", "imagine:"), fails=True)
    assert 'strict decoding error: unknown field "spec.template.spec.containers[0].imagine"' in printed


@pytest.mark.parametrize("wrong", ["storageUrl:", "modelformat:"])
def test_a_misspelt_field_of_an_inference_service_is_refused(k: Any, wrong: str) -> None:
    right = next(each for each in ("storageUri:", "modelFormat:") if each.lower()[:7] == wrong.lower()[:7])
    printed = k("apply", "-f", "-", stdin=ISVC.replace(right, wrong), fails=True)
    assert f'strict decoding error: unknown field "spec.predictor.model.{wrong[:-1]}"' in printed


def test_an_unknown_kind_is_refused_as_on_a_cluster(k: Any) -> None:
    unknown = "apiVersion: example.org/v1\nkind: Nothing\nmetadata: {name: a}\n"
    printed = k("apply", "-f", "-", stdin=unknown, fails=True)
    assert 'no matches for kind "Nothing" in version "example.org/v1"' in printed


def test_a_manifest_that_cannot_work_is_refused_with_the_field(k: Any) -> None:
    printed = k(
        "apply",
        "-f",
        "-",
        stdin=DEPLOYMENT.replace("labels: {app: web}}\n    spec", "labels: {app: x}}\n    spec"),
        fails=True,
    )
    assert "`selector` does not match template `labels`" in printed


def test_server_side_apply_takes_away_what_its_manager_no_longer_names(k: Any) -> None:
    assert "serverside-applied" in k("apply", "--server-side", "-f", "-", stdin=DEPLOYMENT)
    k("apply", "--server-side", "-f", "-", stdin=DEPLOYMENT.replace(', {name: B, value: "2"}', ""))
    assert k("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].env[*].name}") == "A"


def test_server_side_apply_meets_a_conflict(k: Any) -> None:
    k("apply", "--server-side", "--field-manager=first", "-f", "-", stdin=DEPLOYMENT)
    other = DEPLOYMENT.replace("replicas: 2", "replicas: 3")
    printed = k("apply", "--server-side", "--field-manager=second", "-f", "-", stdin=other, fails=True)
    assert 'conflict with "first": .spec.replicas' in printed
    k("apply", "--server-side", "--field-manager=second", "--force-conflicts", "-f", "-", stdin=other)
    assert k("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}") == "3"


def test_inference_services_are_printed_in_kserves_columns(k: Any) -> None:
    k("apply", "-f", "-", stdin=ISVC)
    traffic = [
        {"latestRevision": True, "percent": 20, "revisionName": "iris-predictor-00002"},
        {"tag": "prev", "percent": 80, "revisionName": "iris-predictor-00001"},
    ]
    status = {
        "url": "http://sklearn-iris.example.com",
        "conditions": [{"type": "Ready", "status": "True"}],
        "components": {"predictor": {"traffic": traffic}},
    }
    k("patch", "isvc", "sklearn-iris", "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
    head, row = k("get", "isvc").splitlines()
    assert head.split() == [
        "NAME",
        "URL",
        "READY",
        "PREV",
        "LATEST",
        "PREVROLLEDOUTREVISION",
        "LATESTREADYREVISION",
        "AGE",
    ]
    shown = ["sklearn-iris", status["url"], "True", "80", "20", "iris-predictor-00001", "iris-predictor-00002"]
    assert row.split()[:-1] == shown
    assert "condition met" in k("wait", "--for=condition=Ready", "isvc/sklearn-iris", "--timeout=5s")
    assert "Storage Uri:  gs://bucket/model" in k("describe", "isvc", "sklearn-iris")


def test_pods_are_printed_and_described(k: Any) -> None:
    k("apply", "-f", "-", stdin=POD)
    assert k("get", "pod").splitlines()[1].split()[:4] == ["model", "0/2", "Pending", "0"]
    k("patch", "pod", "model", "--subresource=status", "--type=merge", "-p", json.dumps({"status": RUNNING}))
    wide = k("get", "pod", "-o", "wide").splitlines()[1].split()
    assert wide[:4] == ["model", "2/2", "Running", "0"]
    assert wide[5:7] == ["127.9.0.5", "embedded"]
    described = k("describe", "pod", "model")
    assert [each for each in ("storage-initializer:", "QoS Class:", "IP:", "127.9.0.5") if each not in described] == []
    assert "pod/model" in k("get", "pod", "--field-selector=status.phase=Running,spec.nodeName=embedded", "-o", "name")
    assert "field label not supported" in k("get", "pod", "--field-selector=spec.colour=blue", fails=True)
    assert "condition met" in k("wait", "--for=jsonpath={.status.phase}=Running", "pod/model", "--timeout=5s")


def test_logs(served: Any, namespace: str, k: Any) -> None:
    k("apply", "-f", "-", stdin=POD)
    assert "is waiting to start: ContainerCreating" in k("logs", "model", fails=True)
    log = served.logs.folder / f"{namespace}_model_kserve-container.log"
    log.write_text("one\ntwo\nthree\n")
    log.with_name(f"{namespace}_model_kserve-container.previous.log").write_text("before\n")
    log.with_name(f"{namespace}_model_kserve-container.finished").touch()
    assert k("logs", "model").startswith("one\ntwo\nthree\n")
    assert k("logs", "model", "-c", "kserve-container", "--tail=2") == "two\nthree\n"
    assert k("logs", "model", "-c", "kserve-container", "--previous") == "before\n"
    assert k("logs", "model", "-c", "kserve-container", "-f") == "one\ntwo\nthree\n"
    assert "not valid for pod" in k("logs", "model", "-c", "nobody", fails=True)


def test_deleting_a_pod_waits_for_its_end(k: Any) -> None:
    k("apply", "-f", "-", stdin=POD)
    k("delete", "pod", "model", "--wait=false")
    assert k("get", "pod").splitlines()[1].split()[2] == "Terminating"
    k("delete", "pod", "model", "--force", "--grace-period=0")
    assert '"model" not found' in k("get", "pod", "model", fails=True)


def test_labels_select(k: Any) -> None:
    for name, tier in (("one", "front"), ("two", "back"), ("three", "none")):
        k("create", "configmap", name)
        k("label", "configmap", name, f"tier={tier}")
    for selector, expected in (
        ("tier=front", ["one"]),
        ("tier in (front, back)", ["one", "two"]),
        ("tier,tier!=none,tier notin (back)", ["one"]),
        ("!tier", ["kube-root-ca.crt"]),
    ):
        names = k("get", "configmap", "-l", selector, "-o", "name").split()
        assert names == [f"configmap/{each}" for each in expected]


def test_patches_of_three_kinds(k: Any) -> None:
    k("apply", "-f", "-", stdin=DEPLOYMENT)
    strategic = {
        "spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": "9"}]}]}}}
    }
    k("patch", "deployment", "web", "-p", json.dumps(strategic))
    k("patch", "deployment", "web", "--type=merge", "-p", '{"spec":{"replicas":4}}')
    k("patch", "deployment", "web", "--type=json", "-p", '[{"op":"add","path":"/metadata/labels/x","value":"y"}]')
    k("annotate", "deployment", "web", "note=kept")
    web = json.loads(k("get", "deployment", "web", "-o", "json"))
    env = web["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {each["name"]: each["value"] for each in env} == {"A": "9", "B": "2"}
    assert (web["spec"]["replicas"], web["metadata"]["labels"]["x"], web["metadata"]["annotations"]["note"]) == (
        4,
        "y",
        "kept",
    )
    k("apply", "-f", "-", stdin=ISVC)
    assert "unknown format" in k("patch", "isvc", "sklearn-iris", "-p", '{"spec":{}}', fails=True)


def test_rollouts(k: Any) -> None:
    k("apply", "-f", "-", stdin=DEPLOYMENT)
    k("rollout", "restart", "deployment/web")
    web = json.loads(k("get", "deployment", "web", "-o", "json"))
    assert "kubectl.kubernetes.io/restartedAt" in web["spec"]["template"]["metadata"]["annotations"]
    done = {"observedGeneration": web["metadata"]["generation"], "replicas": 2, "updatedReplicas": 2}
    done |= {"readyReplicas": 2, "availableReplicas": 2}
    k("patch", "deployment", "web", "--subresource=status", "--type=merge", "-p", json.dumps({"status": done}))
    assert "successfully rolled out" in k("rollout", "status", "deployment/web", "--timeout=5s")
    assert k("get", "deployment").splitlines()[1].split()[1:4] == ["2/2", "2", "2"]
    assert "StrategyType:           RollingUpdate" in k("describe", "deployment", "web")


def test_typed_clients_send_protobuf(k: Any) -> None:
    k("create", "configmap", "settings", "--from-literal=a=b")
    k("create", "secret", "generic", "hidden", "--from-literal=p=q")
    k("create", "deployment", "web", "--image=web:1", "--replicas=0", "--port=80")
    k("expose", "deployment", "web", "--port=80")
    assert k("get", "configmap", "settings", "-o", "jsonpath={.data.a}") == "b"
    assert k("get", "secret", "hidden", "-o", "jsonpath={.type} {.data.p}") == "Opaque cQ=="
    assert k("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}") == "0"
    assert k("get", "service", "web", "-o", "jsonpath={.spec.selector.app} {.spec.type}") == "web ClusterIP"


def test_a_definition_brings_a_kind_and_takes_it_away(k: Any, namespace: str) -> None:
    plural, group = f"{namespace.replace('-', '')}s", "example.com"
    size = {"type": "integer", "description": "How big it is."}
    spec = {"type": "object", "properties": {"size": size}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    column = {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema, "additionalPrinterColumns": [column]}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": plural[:-1], "kind": plural.title()},
            "versions": [version, {**version, "name": "v2", "storage": False}],
        },
    }
    k("apply", "-f", "-", stdin=json.dumps(definition))
    k("wait", "--for=condition=Established", f"crd/{plural}.{group}", "--timeout=5s")
    thing = {"apiVersion": f"{group}/v2", "kind": plural.title(), "metadata": {"name": "a"}, "spec": {"size": 3}}
    k("apply", "-f", "-", stdin=json.dumps(thing))
    assert k("get", plural).splitlines()[1].split() == ["a", "3"]
    assert k("get", f"{plural}.v1.{group}", "a", "-o", "jsonpath={.apiVersion}") == f"{group}/v1"
    assert "How big it is." in k("explain", f"{plural}.spec")
    k("delete", f"crd/{plural}.{group}")
    path = f"/apis/{group}/v1/namespaces/{namespace}/{plural}"
    assert "could not find the requested resource" in k("get", "--raw", path, fails=True)


def test_a_service_is_described_with_its_endpoints(k: Any) -> None:
    k("create", "service", "clusterip", "web", "--tcp=80:8080")
    ports = [{"name": "80-8080", "port": 8080, "protocol": "TCP"}]
    subset = {"addresses": [{"ip": "127.9.0.1"}, {"ip": "127.9.0.2"}], "ports": ports}
    endpoints = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": [subset]}
    k("create", "-f", "-", stdin=json.dumps(endpoints))
    described = k("describe", "service", "web")
    assert "127.9.0.1:8080,127.9.0.2:8080" in described
    assert k("get", "endpointslices", "-l", "kubernetes.io/service-name=web").splitlines()[1].split()[1:3] == [
        "IPv4",
        "8080",
    ]
    k("delete", "endpoints", "web")
    assert "No resources found" in k("get", "endpointslices")


def test_deleting_a_namespace_empties_it(k: Any, namespace: str) -> None:
    k("apply", "-f", "-", stdin=DEPLOYMENT)
    k("delete", "namespace", namespace)
    assert "not found" in k("get", "namespace", namespace, fails=True)
    assert "No resources found" in k("get", "deployment")
