"""Every model server that is here, chosen as on a cluster and asked as KServe's documentation asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.embedded_platform.conftest import Up

ROWS = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}
COLUMNS = ["sepal_length_(cm)", "sepal_width_(cm)", "petal_length_(cm)", "petal_width_(cm)"]
FRAME = {"inputs": [{name: [value] for name, value in zip(COLUMNS, (5.1, 3.5, 1.4, 0.2), strict=True)}]}
TENSOR = {"name": "input-0", "shape": [2, 4], "datatype": "FP32", "data": ROWS["instances"]}
EXAMPLES = "gs://kfserving-examples/models/"

Typed = Callable[[str], str]


def serve(typed: Typed, name: str, **model: Any) -> None:
    """Applies an InferenceService and waits until it is ready."""
    body = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": model}},
    }
    typed(f"""
kubectl apply -n $NS -f - <<'END'
{json.dumps(body)}
END
kubectl wait -n $NS --for=condition=Ready isvc/{name} --timeout=50s
""")


def ask(up: Up, namespace: str, name: str, path: str, body: Any, **headers: str) -> httpx.Response:
    host = {"Host": f"{name}.{namespace}.example.com"}
    return httpx.post(f"{up.gateway}{path}", json=body, headers={**host, **headers}, timeout=20)


def image(typed: Typed, name: str) -> str:
    script = f"kubectl get pod -n $NS -l serving.kserve.io/inferenceservice={name}"
    return typed(f"{script} -o jsonpath='{{.items[0].spec.containers[0].image}}'")


@pytest.mark.row(client="curl", does="runtime: XGBoost, V1")
def test_xgboost(up: Up, namespace: str, typed: Typed) -> None:
    serve(typed, "xgb", modelFormat={"name": "xgboost"}, storageUri=EXAMPLES + "xgboost/1.5/model")
    assert "/xgbserver:" in image(typed, "xgb")
    assert ask(up, namespace, "xgb", "/v1/models/xgb:predict", ROWS).json() == {"predictions": [1, 1]}


@pytest.mark.row(client="curl", does="runtime: LightGBM, V1")
def test_lightgbm(up: Up, namespace: str, typed: Typed) -> None:
    serve(typed, "lgb", modelFormat={"name": "lightgbm"}, storageUri=EXAMPLES + "lightgbm/iris")
    assert "/lgbserver:" in image(typed, "lgb")
    (shares,) = ask(up, namespace, "lgb", "/v1/models/lgb:predict", FRAME).json()["predictions"]
    assert shares.index(max(shares)) == 0


def mlserver_answers(up: Up, namespace: str, typed: Typed, model_format: str, uri: str, *, datatype: str) -> None:
    serve(typed, "v2", modelFormat={"name": model_format}, storageUri=EXAMPLES + uri, protocolVersion="v2")
    tag = image(typed, "v2").rpartition("/mlserver:")[2]
    answer = ask(up, namespace, "v2", "/v2/models/v2/infer", {"id": "a-1", "inputs": [TENSOR]}).json()
    assert (answer["model_name"], answer["id"]) == ("v2", "a-1")
    (output,) = answer["outputs"]
    shape, more = {"1.0.0": ([2], {}), "1.7.1": ([2, 1], {"parameters": {"content_type": "np"}})}[tag]
    assert output == {"name": "predict", "shape": shape, "datatype": datatype, "data": [1, 1], **more}


@pytest.mark.row(client="curl", does="runtime: MLServer with scikit-learn")
def test_mlserver_with_sklearn(up: Up, namespace: str, typed: Typed) -> None:
    mlserver_answers(up, namespace, typed, "sklearn", "sklearn/1.0/model", datatype="INT64")


@pytest.mark.row(client="curl", does="runtime: MLServer with XGBoost")
def test_mlserver_with_xgboost(up: Up, namespace: str, typed: Typed) -> None:
    mlserver_answers(up, namespace, typed, "xgboost", "xgboost/iris", datatype="FP32")


@pytest.mark.row(client="curl", does="runtime: MLServer with LightGBM")
def test_mlserver_with_lightgbm(up: Up, namespace: str, typed: Typed) -> None:
    uri = EXAMPLES + "lightgbm/v2/iris"
    serve(typed, "lgb", modelFormat={"name": "lightgbm"}, storageUri=uri, protocolVersion="v2")
    (output,) = ask(up, namespace, "lgb", "/v2/models/lgb/infer", {"inputs": [TENSOR]}).json()["outputs"]
    assert (output["shape"], output["datatype"]) == ([2, 3], "FP64")
    assert [max(range(3), key=output["data"][row * 3 : row * 3 + 3].__getitem__) for row in range(2)] == [1, 1]


@pytest.mark.row(client="curl", does="runtime: Triton with ONNX")
def test_triton(up: Up, namespace: str, stack: str, typed: Typed) -> None:
    serve(typed, "t", modelFormat={"name": "onnx"}, storageUri=EXAMPLES + "onnx/iris", protocolVersion="v2")
    tag = {"tutorial": "21.09-py3", "current": "23.05-py3"}[stack]
    assert image(typed, "t") == f"nvcr.io/nvidia/tritonserver:{tag}"
    tensor = {**TENSOR, "name": "X"}
    answer = ask(up, namespace, "t", "/v2/models/iris/infer", {"id": "a-1", "inputs": [tensor]}).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("iris", "1", "a-1")
    label, shares = answer["outputs"]
    assert label == {"name": "label", "datatype": "INT64", "shape": [2], "data": [1, 1]}
    assert shares["shape"] == [2, 3]
    assert "successfully loaded 'iris'" in typed(
        "kubectl logs -n $NS -l serving.kserve.io/inferenceservice=t -c kserve-container --tail=-1"
    )


@pytest.mark.row(client="curl", does="runtime: Triton, KServe's ONNX example in its old form")
def test_example_of_onnx(up: Up, namespace: str, typed: Typed) -> None:
    typed(f"""
kubectl apply -n $NS -f - <<END
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: style-sample}}
spec: {{predictor: {{onnx: {{storageUri: {EXAMPLES}onnx}}}}}}
END
kubectl wait -n $NS --for=condition=Ready isvc/style-sample --timeout=50s
""")
    picture = {"name": "input1", "shape": [1, 3, 224, 224], "datatype": "FP32", "data": [255.0] * 3 * 224 * 224}
    answer = ask(up, namespace, "style-sample", "/v2/models/style/infer", {"inputs": [picture]}).json()
    (output,) = answer["outputs"]
    assert (output["name"], output["shape"], len(output["data"])) == ("output1", picture["shape"], 3 * 224 * 224)


@pytest.mark.parametrize("stack", ["current"], indirect=True)
@pytest.mark.row(client="curl", does="runtime: named explicitly")
def test_named_runtime(up: Up, namespace: str, typed: Typed) -> None:
    uri = EXAMPLES + "xgboost/iris"
    serve(typed, "one", modelFormat={"name": "xgboost"}, storageUri=uri, runtime="kserve-predictiveserver")
    assert "/predictiveserver:" in image(typed, "one")
    assert ask(up, namespace, "one", "/v1/models/one:predict", ROWS).json() == {"predictions": [1, 1]}


@pytest.mark.row(client="kubectl", does="runtime: image that is not there", refused=True)
def test_server_that_is_not_here(typed: Typed) -> None:
    said = typed("""
kubectl apply -n $NS -f - <<END
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: net}
spec: {predictor: {model: {modelFormat: {name: tensorflow}, storageUri: gs://kfserving-examples/models/flowers}}}
END
for _ in $(seq 40); do
  kubectl get revisions -n $NS -o jsonpath='{.items[*].status.conditions[?(@.type=="Ready")].message}' | grep . && exit
  sleep 0.2
done
exit 1
""")
    assert 'Unable to fetch image "tensorflow/serving:2.6.2": failed to resolve image to digest' in said


@pytest.mark.row(client="kubectl", does="runtime: MLflow", refused=True)
def test_mlflow(up: Up, namespace: str) -> None:
    refused = up.shell(f"""
kubectl apply -n {namespace} -f - <<END
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: wine}}
spec:
  predictor:
    model: {{modelFormat: {{name: mlflow}}, protocolVersion: v2, storageUri: gs://kfserving-examples/models/mlflow/wine}}
END""")
    assert refused.returncode != 0
    assert "the embedded platform does not offer MLflow models yet" in refused.stderr
