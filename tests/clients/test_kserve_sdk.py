"""KServe's own SDK: its client of the Kubernetes API, and its clients of model servers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import kserve
import pytest
from kubernetes import client

from tests.clients.iris import CLASSES, FLOWERS, MODEL, NAME, READY_WITHIN, Iris

row = pytest.mark.row
CLIENT = "KServe SDK"


@pytest.fixture
def sdk(up: Any) -> kserve.KServeClient:
    """Kubernetes' client takes dictionaries alone since version 37, which the SDK does not know yet: it gets them."""
    made = kserve.KServeClient(config_file=str(up.kubeconfig))
    api = made.api_instance

    def plainly(send: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *where: send(*where[:-1], plain(where[-1]))

    for verb in ("create", "patch", "replace"):
        name = f"{verb}_namespaced_custom_object"
        setattr(api, name, plainly(getattr(api, name)))
    return made


def until_said(words: str, act: Callable[[], Any]) -> None:
    """Again and again until it fails so. The SDK itself waits for no deletion."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            act()
        except RuntimeError as error:
            if words in str(error):
                return
            raise
        time.sleep(0.1)
    pytest.fail(f"it never said {words}")


def plain(model: Any) -> Any:
    """The dictionary of one of the SDK's models, with those of Kubernetes' client in it."""
    names = getattr(model, "attribute_map", None)
    if names is None:
        return model.to_dict() if hasattr(model, "to_dict") else model
    values = {written: getattr(model, field) for field, written in names.items()}
    return {written: plain(value) for written, value in values.items() if value is not None}


def isvc(namespace: str, **predictor: Any) -> kserve.V1beta1InferenceService:
    resources = client.V1ResourceRequirements(requests={"cpu": "50m"}, limits={"cpu": "100m"})
    model = kserve.V1beta1SKLearnSpec(storage_uri=MODEL, resources=resources)
    return kserve.V1beta1InferenceService(
        api_version=kserve.constants.KSERVE_V1BETA1,
        kind=kserve.constants.KSERVE_KIND_INFERENCESERVICE,
        metadata=client.V1ObjectMeta(name=NAME, namespace=namespace),
        spec=kserve.V1beta1InferenceServiceSpec(
            predictor=kserve.V1beta1PredictorSpec(min_replicas=1, sklearn=model, **predictor)
        ),
    )


@row(client=CLIENT, does="create, wait, get, patch, replace, delete")
def test_life(sdk: kserve.KServeClient, namespace: str) -> None:
    sdk.create(isvc(namespace))
    sdk.wait_isvc_ready(NAME, namespace=namespace, timeout_seconds=READY_WITHIN, polling_interval=1)
    assert sdk.is_isvc_ready(NAME, namespace=namespace)
    sdk.patch(NAME, isvc(namespace, max_replicas=2), namespace=namespace)
    assert sdk.get(NAME, namespace=namespace)["spec"]["predictor"]["maxReplicas"] == 2
    sdk.wait_isvc_ready(
        NAME, namespace=namespace, timeout_seconds=READY_WITHIN, polling_interval=1, expected_generation=2
    )
    sdk.replace(NAME, isvc(namespace, max_replicas=3), namespace=namespace)
    assert sdk.get(NAME, namespace=namespace)["spec"]["predictor"]["maxReplicas"] == 3
    sdk.delete(NAME, namespace=namespace)
    until_said("not found", lambda: sdk.get(NAME, namespace=namespace))


@row(client=CLIENT, does="watch until Ready")
def test_watch(sdk: kserve.KServeClient, namespace: str, capsys: pytest.CaptureFixture[str]) -> None:
    sdk.create(isvc(namespace), watch=True, timeout_seconds=READY_WITHIN)
    printed = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(NAME)]
    assert printed[-1] == [NAME, "True", "0", "100", f"http://{NAME}.{namespace}.example.com"]


@row(client=CLIENT, does="set_credentials: S3, GCS, Azure")
def test_credentials(sdk: kserve.KServeClient, namespace: str, tmp_path: Path) -> None:
    s3, gcs, azure = (tmp_path / name for name in ("s3", "gcs", "azure"))
    s3.write_text("[default]\naws_access_key_id = QUtJQQ==\naws_secret_access_key = c2VjcmV0\n")
    gcs.write_text('{"type": "service_account"}')
    azure.write_text(json.dumps(dict.fromkeys(("clientId", "clientSecret", "subscriptionId", "tenantId"), "QQ==")))
    sdk.set_credentials("S3", namespace, str(s3), "one", s3_endpoint="s3.local:9000", s3_use_https="0")
    sdk.set_credentials("GCS", namespace, str(gcs), "one")
    sdk.set_credentials("Azure", namespace, str(azure), "two")
    accounts = {each.metadata.name: each for each in sdk.core_api.list_namespaced_service_account(namespace).items}
    attached = {name: [each.name for each in accounts[name].secrets] for name in ("one", "two")}
    assert {name: len(secrets) for name, secrets in attached.items()} == {"one": 2, "two": 1}
    found = [sdk.core_api.read_namespaced_secret(each, namespace) for each in (*attached["one"], *attached["two"])]
    keys = [set(each.data) for each in found]
    assert {"awsAccessKeyID", "awsSecretAccessKey"} in keys or {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} in keys
    assert {"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID", "AZURE_TENANT_ID"} in keys
    notes = next(each.metadata.annotations for each in found if each.metadata.annotations)
    assert notes["serving.kserve.io/s3-endpoint"] == "s3.local:9000"


@row(client=CLIENT, does="wait_model_ready through the gateway")
def test_model_ready(sdk: kserve.KServeClient, served_iris: Iris) -> None:
    sdk.wait_model_ready(
        NAME,
        NAME,
        isvc_namespace=served_iris.namespace,
        cluster_ip=served_iris.gateway,
        timeout_seconds=10,
        polling_interval=1,
    )


@row(client=CLIENT, does="predict as KServe's own tests do")
def test_predict(sdk: kserve.KServeClient, served_iris: Iris) -> None:
    """The gateway is a Service found by its label, the host is in the status (kserve test/e2e/common/utils.py)."""
    gateways = sdk.core_api.list_namespaced_service(
        "istio-system", label_selector="app=istio-ingressgateway,istio=ingressgateway"
    ).items
    assert len(gateways) == 1
    address = gateways[0].status.load_balancer.ingress[0].ip
    port = next(each.port for each in gateways[0].spec.ports if each.name == "http2")
    url = sdk.get(NAME, namespace=served_iris.namespace)["status"]["url"]
    answer = httpx.post(
        f"http://{address}:{port}/v1/models/{NAME}:predict",
        json=FLOWERS,
        headers={"Host": url.removeprefix("http://")},
    )
    assert answer.json() == CLASSES


@row(client="InferenceRESTClient", does="V1: ready, predict")
def test_rest(served_iris: Iris) -> None:
    async def scene() -> Any:
        headers = {"Host": served_iris.host}
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v1")) as rest:
            base = f"http://{served_iris.gateway}"
            assert await rest.is_model_ready(base, NAME, headers=headers)
            return await rest.infer(base, FLOWERS, model_name=NAME, headers=headers)

    assert asyncio.run(scene()) == CLASSES


@pytest.mark.parametrize("stack", ["current"], indirect=True)  # the scikit-learn server of 0.10 speaks V1 only
@row(client="InferenceRESTClient", does="V2: server and model ready, infer")
def test_rest_v2(served_iris: Iris) -> None:
    async def scene() -> Any:
        headers = {"Host": served_iris.host}
        async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2")) as rest:
            base = f"http://{served_iris.gateway}"
            assert await rest.is_server_live(base, headers=headers)
            assert await rest.is_server_ready(base, headers=headers)
            assert await rest.is_model_ready(base, NAME, headers=headers)
            flowers = kserve.InferInput("x", [2, 4], "FP64", data=FLOWERS["instances"])
            asked = kserve.InferRequest(model_name=NAME, infer_inputs=[flowers])
            answer = await rest.infer(base, asked, model_name=NAME, headers=headers)
            return answer.outputs[0].data

    assert asyncio.run(scene()) == CLASSES["predictions"]
