"""InferenceServices of several parts, made with kubectl and called with curl."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[[str], str]

PROGRAM = Path(__file__).parent / "programs" / "flowers.py"
URI = "gs://kfserving-examples/models/sklearn/1.0/model"
MODEL = {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": URI}}
OTHER_MODEL = {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": f"{URI}-2"}}
BROKEN_MODEL = {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://kfserving-examples/models/nothing"}}
FLOWERS = {"containers": [{"name": "mine", "image": "example/flowers:v1"}]}
INSTANCES = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}
IN_MILLIMETRES = {"instances": [[68, 28, 48, 14], [60, 34, 45, 16]]}
NAMED = {"predictions": ["versicolor", "versicolor"]}
CALL = """
GATEWAY=$(kubectl -n istio-system get service istio-ingressgateway \
  -o jsonpath='{{.status.loadBalancer.ingress[0].ip}}:{{.spec.ports[?(@.name=="http2")].port}}')
URL=$(kubectl -n $NS get isvc {name} -o jsonpath='{{.status.url}}')
curl -s -m 30 -w '\\n%{{http_code}}' -H "Host: ${{URL#http://}}" -H 'Content-Type: application/json' \
  http://$GATEWAY{path} -d '{body}'
"""
CONDITION = "kubectl -n $NS get isvc iris -o jsonpath='{{.status.conditions[?(@.type==\"PredictorReady\")].{field}}}'"


def apply(typed: Typed, name: str = "iris", *, annotations: Any = None, ready: bool = True, **spec: Any) -> None:
    isvc = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": spec,
    }
    typed(f"kubectl -n $NS apply -f - <<'EOF'\n{json.dumps(isvc)}\nEOF")
    if ready:
        typed(f"kubectl -n $NS wait isvc {name} --for=condition=Ready --timeout=50s")


def call(typed: Typed, path: str, body: Any, name: str = "iris") -> tuple[int, Any]:
    text, _, code = typed(CALL.format(name=name, path=path, body=json.dumps(body))).rpartition("\n")
    return int(code), json.loads(text)


def status(typed: Typed, name: str = "iris") -> Any:
    return json.loads(typed(f"kubectl -n $NS get isvc {name} -o json"))["status"]


def conditions(typed: Typed, name: str = "iris") -> dict[str, str]:
    return {each["type"]: each["status"] for each in status(typed, name)["conditions"]}


def until(typed: Typed, command: str, wanted: str) -> None:
    """Waits for what a command prints, as people do who press the arrow key."""
    typed(f"until [[ $({command}) == {wanted} ]]; do sleep 0.2; done")


@pytest.mark.row(client="kubectl, curl", does="InferenceService: transformer")
def test_transformer(typed: Typed, stack: str) -> None:
    ending = "-default" if stack == "tutorial" else ""
    apply(typed, predictor=MODEL, transformer={**FLOWERS, "minReplicas": 2, "containerConcurrency": 3})
    assert call(typed, "/v1/models/iris:predict", IN_MILLIMETRES) == (200, NAMED)
    found = status(typed)
    assert found["url"].startswith("http://iris.")
    assert set(found["components"]) == {"predictor", "transformer"}
    assert found["components"]["transformer"]["latestReadyRevision"] == f"iris-transformer{ending}-00001"
    assert conditions(typed)["TransformerReady"] == "True"
    pods = json.loads(typed("kubectl -n $NS get pods -l component=transformer -o json"))["items"]
    assert len(pods) == 2
    [container] = [each for each in pods[0]["spec"]["containers"] if each["name"] == "kserve-container"]
    host = f"iris-predictor{ending}.{pods[0]['metadata']['namespace']}"
    told = ["--model_name", "iris", "--predictor_host", host, "--http_port", "8080", "--workers", "3"]
    assert container["args"] == told


@pytest.mark.row(client="kubectl, curl", does="InferenceService: what the predictor refuses, through a transformer")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_error_behind_a_transformer(typed: Typed) -> None:
    apply(typed, predictor=MODEL, transformer=FLOWERS)
    code, answer = call(typed, "/v1/models/iris:predict", {"instances": [[1]]})
    assert code == 500
    assert "expecting 4 features" in answer["error"]


@pytest.mark.row(client="kubectl, curl", does="InferenceService: explainer of one's own")
def test_explainer(typed: Typed) -> None:
    apply(typed, predictor=MODEL, explainer=FLOWERS)
    assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": [1, 1]})
    assert call(typed, "/v1/models/iris:explain", IN_MILLIMETRES) == (200, {**NAMED, "explained": True})
    assert conditions(typed)["ExplainerReady"] == "True"


@pytest.mark.row(client="kubectl", does="InferenceService: KServe's own explainers", refused=True)
def test_own_explainers(typed: Typed) -> None:
    with pytest.raises(AssertionError, match="does not offer explainers other than containers of your own"):
        apply(typed, predictor=MODEL, explainer={"art": {"type": "SquareAttack"}})


@pytest.mark.row(client="kubectl, curl", does="InferenceService: canary of the predictor behind a transformer")
def test_canary_behind_a_transformer(typed: Typed) -> None:
    apply(typed, predictor=MODEL, transformer=FLOWERS)
    # `kubectl wait` would never end: observedGeneration is the transformer's, which has not changed.
    apply(typed, predictor={**OTHER_MODEL, "canaryTrafficPercent": 20}, transformer=FLOWERS, ready=False)
    until(
        typed, "kubectl -n $NS get isvc iris -o jsonpath='{.status.components.predictor.traffic[*].percent}'", '"20 80"'
    )
    assert [each["percent"] for each in status(typed)["components"]["transformer"]["traffic"]] == [100]
    assert call(typed, "/v1/models/iris:predict", IN_MILLIMETRES)[0] == 200


@pytest.mark.row(client="kubectl, curl", does="InferenceService: a canary that fails gets no traffic, and roll-back")
def test_failing_canary(typed: Typed, stack: str) -> None:
    apply(typed, predictor=MODEL)
    apply(typed, predictor={**BROKEN_MODEL, "canaryTrafficPercent": 50}, ready=False)
    if stack == "tutorial":  # this controller does not watch pods, so that nothing tells it that one has failed
        initializer = "kubectl -n $NS get pods -o jsonpath='{..initContainerStatuses[*].state.waiting.reason}'"
        until(typed, initializer, "CrashLoopBackOff")
    else:
        target = "kubectl -n $NS get isvc iris -o jsonpath='{.status.modelStatus.states.targetModelState}'"
        until(typed, target, "FailedToLoad")
        found = status(typed)["modelStatus"]
        assert found["transitionStatus"] == "BlockedByFailedLoad"
        assert found["lastFailureInfo"]["reason"] == "ModelLoadFailed"
    ending = "-default" if stack == "tutorial" else ""
    served = {each["revisionName"] for each in status(typed)["components"]["predictor"]["traffic"]}
    assert served == {f"iris-predictor{ending}-00001"}
    for _ in range(4):
        assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": [1, 1]})
    apply(typed, predictor={**MODEL, "canaryTrafficPercent": 50})
    assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": [1, 1]})


@pytest.mark.row(client="kubectl, curl", does="InferenceService: transformer beside the model, in one pod")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_collocated_transformer(typed: Typed) -> None:
    model = {**MODEL["model"], "args": ["--http_port=8090", "--enable_grpc=false"]}
    transformer = {
        "name": "transformer-container",
        "image": "example/flowers:v1",
        "args": ["--model_name", "iris", "--predictor_host", "localhost:8090"],
        "ports": [{"containerPort": 8080}],
    }
    apply(typed, predictor={"model": model, "containers": [transformer]})
    assert call(typed, "/v1/models/iris:predict", IN_MILLIMETRES) == (200, NAMED)


@pytest.mark.row(client="kubectl, curl", does="InferenceService: custom predictor, a program given to `up --image`")
def test_custom_predictor(typed: Typed) -> None:
    container = {
        "image": "example/flowers:v1",
        "args": ["--model_name", "iris"],
        "env": [{"name": "ANSWER", "value": "yes"}, {"name": "PROTOCOL", "value": "v1"}],
    }
    apply(typed, predictor={"containers": [{**container, "name": "anything"}]})
    assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": ["yes", "yes"]})
    assert (
        typed("kubectl -n $NS get isvc iris -o jsonpath='{.spec.predictor.containers[0].name}'") == "kserve-container"
    )


@pytest.mark.row(client="kubectl, curl", does="InferenceService: custom predictor, a program in a ConfigMap")
def test_program_in_a_config_map(typed: Typed) -> None:
    typed(f"kubectl -n $NS create configmap program --from-file=model.py={PROGRAM}")
    container = {
        "name": "kserve-container",
        "image": "python:3.11-slim",
        "command": ["python", "/app/model.py"],
        "args": ["--http_port", "8085", "--model_name=iris"],
        "env": [{"name": "ANSWER", "value": "of course"}],
        "ports": [{"containerPort": 8085, "protocol": "TCP"}],
        "volumeMounts": [{"name": "app", "mountPath": "/app"}],
    }
    volume = {"name": "app", "configMap": {"name": "program"}}
    apply(typed, predictor={"containers": [container], "volumes": [volume]})
    assert call(typed, "/v1/models/iris:predict", {"instances": [1]}) == (200, {"predictions": ["of course"]})


@pytest.mark.row(client="kubectl", does="InferenceService: an image that cannot be pulled")
def test_unknown_image(typed: Typed) -> None:
    apply(typed, predictor={"containers": [{"name": "x", "image": "nobody/knows:this"}]}, ready=False)
    until(typed, CONDITION.format(field="status"), "False")
    said = typed(CONDITION.format(field="message"))
    assert 'Unable to fetch image "nobody/knows:this": failed to resolve image to digest' in said


@pytest.mark.row(client="kubectl, curl", does="InferenceService: batcher")
def test_batcher(typed: Typed) -> None:
    apply(typed, predictor={**MODEL, "batcher": {"maxBatchSize": 4, "maxLatency": 3000}})
    one = CALL.format(name="iris", path="/v1/models/iris:predict", body=json.dumps(INSTANCES))
    lines = typed(f"({one}) > one & ({one}) > two & wait; head -qn1 one two").splitlines()
    answers = [json.loads(each) for each in lines]
    assert [each["predictions"] for each in answers] == [[1, 1], [1, 1]]
    assert answers[0]["batchId"] == answers[1]["batchId"]
    assert answers[0]["message"] == ""
    code, answer = call(typed, "/v1/models/iris:predict", {"instances": [[1], [1], [1], [1]]})
    assert (code, answer["predictions"], answer["batchId"]) == (200, None, "")
    assert "expecting 4 features" in answer["message"]
    args = typed("kubectl -n $NS get pods -o jsonpath='{.items[0].spec.containers[?(@.name==\"agent\")].args}'")
    told = ["--enable-batcher", "--max-batchsize", "4", "--max-latency", "3000", "--component-port", "8080"]
    assert json.loads(args) == told


@pytest.mark.row(client="kubectl, curl", does="InferenceService: logger, to Knative's event display")
def test_logger(typed: Typed, stack: str) -> None:
    display = "gcr.io/knative-releases/knative.dev/eventing/cmd/event_display"
    apply(typed, "dumper", predictor={"containers": [{"name": "dumper", "image": display}]})
    namespace = typed("echo $NS").strip()
    logger = {"mode": "all", "url": f"http://dumper.{namespace}.svc.cluster.local/"}
    apply(typed, predictor={**MODEL, "logger": logger})
    assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": [1, 1]})
    logs = "kubectl -n $NS logs -l serving.kserve.io/inferenceservice=dumper -c kserve-container --tail=-1"
    typed(f"until {logs} | grep -q inference.response; do sleep 0.2; done")
    requests, responses = (
        [each for each in typed(logs).split("cloudevents.Event") if f"inference.{kind}" in each]
        for kind in ("request", "response")
    )
    assert len(requests) == len(responses) == 1
    [number] = [line for line in requests[0].splitlines() if line.startswith("  id: ")]
    assert number in responses[0]
    for text in ("source: http://localhost:9081/", "inferenceservicename: iris", "component: predictor"):
        assert text in requests[0]
    assert ("recordedtime: " in requests[0]) == (stack == "current")
    assert '"predictions"' in responses[0]


@pytest.mark.row(client="kubectl, curl", does="InferenceService: a framework's own field")
def test_framework_field(typed: Typed) -> None:
    apply(typed, predictor={"sklearn": {"storageUri": URI}})
    assert call(typed, "/v1/models/iris:predict", INSTANCES) == (200, {"predictions": [1, 1]})


@pytest.mark.row(client="kubectl", does="InferenceService: a runtime that is not there")
def test_unknown_runtime(typed: Typed) -> None:
    apply(typed, predictor={"model": {**MODEL["model"], "runtime": "no-such"}}, ready=False)
    reason = "kubectl -n $NS get isvc iris -o jsonpath='{.status.modelStatus.lastFailureInfo.reason}'"
    until(typed, reason, "RuntimeNotRecognized")
    events = typed("kubectl -n $NS get events --field-selector involvedObject.name=iris,reason=InternalError")
    assert "No ServingRuntimes or ClusterServingRuntimes with the name: no-such" in events


@pytest.mark.row(client="kubectl", does="InferenceService: the reason of a wrong specification")
def test_wrong_specification(typed: Typed) -> None:
    other, mine = {"modelFormat": {"name": "private"}}, {"runtime": "mine"}
    for runtime, model, reason in (
        ({"disabled": True}, mine, "RuntimeDisabled"),
        ({"supportedModelFormats": [{"name": "pmml", "version": "1"}]}, mine, "NoSupportingRuntime"),
        ({}, other, "NoSupportingRuntime"),
        ({}, mine, "InvalidPredictorSpec"),  # without a container of the model's name
    ):
        named = {"name": "other", "image": "kserve/sklearnserver:v0.20.0"}
        formats = [{"name": "sklearn", "version": "1"}]
        fresh = {
            "apiVersion": "serving.kserve.io/v1alpha1",
            "kind": "ServingRuntime",
            "metadata": {"name": "mine"},
            "spec": {"supportedModelFormats": formats, "containers": [named], **runtime},
        }
        typed(f"kubectl -n $NS apply -f - <<'EOF'\n{json.dumps(fresh)}\nEOF")
        apply(typed, predictor={"model": {**MODEL["model"], **model}}, ready=False)
        found = "kubectl -n $NS get isvc iris -o jsonpath='{.status.modelStatus.lastFailureInfo.reason}'"
        until(typed, found, reason)
        assert status(typed)["modelStatus"]["transitionStatus"] == "InvalidSpec"
        typed("kubectl -n $NS delete isvc iris")


@pytest.mark.row(client="kubectl", does="logs --previous of a container that crashes")
def test_previous_logs(typed: Typed) -> None:
    apply(typed, predictor=BROKEN_MODEL, ready=False)
    pods = "kubectl -n $NS get pods -l serving.kserve.io/inferenceservice=iris"
    until(typed, f"{pods} -o jsonpath='{{..initContainerStatuses[0].restartCount}}'", "[1-9]")
    said = typed(f"kubectl -n $NS logs $({pods} -o name) -c storage-initializer --previous")
    assert "No model found in gs://kfserving-examples/models/nothing" in said


@pytest.mark.row(client="kubectl, curl", does="ServingRuntime of the namespace")
def test_serving_runtime(typed: Typed) -> None:
    container = {
        "name": "kserve-container",
        "image": "example/flowers:v1",
        "args": ["--model_name={{.Name}}"],
        "env": [{"name": "ANSWER", "value": "of the runtime"}],
    }
    runtime = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": {"name": "mine"},
        "spec": {
            "labels": {"of": "runtime"},
            "supportedModelFormats": [{"name": "flowers", "version": "1", "autoSelect": True}],
            "protocolVersions": ["v1"],
            "containers": [container],
        },
    }
    typed(f"kubectl -n $NS apply -f - <<'EOF'\n{json.dumps(runtime)}\nEOF")
    apply(typed, "first", predictor={"model": {"modelFormat": {"name": "flowers"}}})
    assert call(typed, "/v1/models/first:predict", {"instances": [1]}, "first")[1] == {
        "predictions": ["of the runtime"]
    }
    own = {"modelFormat": {"name": "flowers"}, "env": [{"name": "ANSWER", "value": "of the service"}]}
    apply(typed, "second", predictor={"model": own})
    answer = call(typed, "/v1/models/second:predict", {"instances": [1]}, "second")
    assert answer == (200, {"predictions": ["of the service"]})
    assert len(typed("kubectl -n $NS get pods -l of=runtime --no-headers").splitlines()) == 2


@pytest.mark.row(client="kubectl", does="InferenceService: stop and start again, all components")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_stop(typed: Typed) -> None:
    apply(typed, predictor=MODEL, transformer=FLOWERS)
    typed("kubectl -n $NS annotate isvc iris serving.kserve.io/stop=true")
    typed("kubectl -n $NS wait isvc iris --for=condition=Stopped --timeout=30s")
    typed("until [[ -z $(kubectl -n $NS get ksvc --no-headers 2>/dev/null) ]]; do sleep 0.2; done")
    assert conditions(typed)["TransformerReady"] == "False"
    typed("kubectl -n $NS annotate isvc iris serving.kserve.io/stop-")
    typed("kubectl -n $NS wait isvc iris --for=condition=Ready --timeout=50s")
    assert call(typed, "/v1/models/iris:predict", IN_MILLIMETRES) == (200, NAMED)
