from __future__ import annotations

import re
from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
    PODS,
    Resource,
)
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj

WEBHOOK = r'admission webhook "inferenceservice\.kserve-webhook-server\.validator" denied the request: '


def refusal(world: Any, isvc: Obj, resource: Resource = INFERENCE_SERVICES) -> ApiError:
    with pytest.raises(ApiError) as caught:
        world.store.create(resource, isvc, dry_run=True)
    return caught.value


def with_predictor(isvc: Obj, **fields: Any) -> Obj:
    isvc["spec"]["predictor"].update(fields)
    return isvc


@pytest.mark.parametrize(
    ("fields", "now", "then"),
    [
        (
            {"minReplicas": 3, "maxReplicas": 2},
            "'MinReplicas' cannot be greater than MaxReplicas",
            "MinReplicas cannot be greater than MaxReplicas.",
        ),
        ({"minReplicas": -1}, "'MinReplicas' cannot be less than 0", "MinReplicas cannot be less than 0."),
        ({"maxReplicas": -1}, "'MaxReplicas' cannot be less than 0", "MaxReplicas cannot be less than 0."),
        ({"containerConcurrency": -1}, "parallelism cannot be less than 0", "Parallelism cannot be less than 0."),
        ({"scaleMetric": "cpu"}, "[cpu] is not a supported metric", "[cpu] is not a supported metric.\n"),
        (
            {"scaleMetric": "rps", "scaleTarget": 0},
            "the target for rps should be greater than 1",
            "The target for rps should be greater than 1",
        ),
    ],
)
def test_each_version_refuses_in_its_own_words(
    current: Any, tutorial: Any, iris: Obj, fields: Obj, now: str, then: str
) -> None:
    with_predictor(iris, **fields)
    for world, text in ((current, now), (tutorial, then)):
        error = refusal(world, iris)
        assert (error.code, error.reason) == (403, "Forbidden")
        assert re.fullmatch(WEBHOOK + re.escape(text), error.message, re.DOTALL)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"scaleMetric": "qps"},
            'spec.predictor.scaleMetric: Unsupported value: "qps": supported values: "cpu", "memory", "concurrency", '
            '"rps"',
        ),
        (
            {"logger": {"mode": "foo"}},
            'spec.predictor.logger.mode: Unsupported value: "foo": supported values: "all", "request", "response"',
        ),
        (
            {"minReplicas": "two"},
            'spec.predictor.minReplicas: Invalid value: "string": spec.predictor.minReplicas in body must be of type '
            'integer: "string"',
        ),
        ({"model": {"storageUri": "gs://b/m"}}, "spec.predictor.model.modelFormat: Required value"),
    ],
)
def test_the_schema_is_checked_before_the_webhook(either: Any, iris: Obj, fields: Obj, text: str) -> None:
    error = refusal(either, with_predictor(iris, **fields, maxReplicas=-1))
    assert (error.code, error.reason) == (422, "Invalid")
    assert error.message == f'InferenceService.serving.kserve.io "iris" is invalid: {text}'


def test_maximum_zero_means_no_bound(either: Any, iris: Obj) -> None:
    either.store.create(INFERENCE_SERVICES, with_predictor(iris, minReplicas=3, maxReplicas=0))


@pytest.mark.parametrize("name", ["1-iris", "a.b"])
def test_name_that_kubernetes_takes_and_kserve_refuses(either: Any, iris: Obj, name: str) -> None:
    iris["metadata"]["name"] = name
    error = refusal(either, iris)
    assert error.code == 403
    assert f'he InferenceService "{name}" is invalid: a InferenceService name must consist of' in error.message
    assert "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')" in error.message


@pytest.mark.parametrize("name", ["Iris", "my_iris", "-iris", "x" * 254])
def test_name_that_kubernetes_itself_refuses(either: Any, iris: Obj, name: str) -> None:
    iris["metadata"]["name"] = name
    error = refusal(either, iris)
    assert (error.code, error.reason) == (422, "Invalid")
    assert f'metadata.name: Invalid value: "{name}":' in error.message


def test_exactly_one_predictor(either: Any, iris: Obj) -> None:
    two = with_predictor(iris, sklearn={}, xgboost={"storageUri": "gs://b/m"})
    del two["spec"]["predictor"]["model"]
    assert re.search(r"xactly one of \[.*SKLearn, XGBoost.*\] must be specified in Pred", refusal(either, two).message)
    none = {"metadata": iris["metadata"], "spec": {"predictor": {"minReplicas": 1}}}
    assert "xactly one of [" in refusal(either, none).message


def test_unknown_storage_scheme_is_refused_at_admission_only_by_the_older(
    current: Any, tutorial: Any, iris: Obj
) -> None:
    iris["spec"]["predictor"]["model"]["storageUri"] = "ftp://x/y"
    message = refusal(tutorial, iris).message
    assert (
        "storageUri, must be one of: [gs://, s3://, pvc://, file://, https://, http://, hdfs://, webhdfs://]" in message
    )
    assert message.endswith("StorageUri [ftp://x/y] is not supported.")
    current.store.create(INFERENCE_SERVICES, iris)


def test_autoscaler_classes(current: Any, tutorial: Any, iris: Obj) -> None:
    iris["metadata"]["annotations"] = {"serving.kserve.io/autoscalerClass": "keda"}
    current.store.create(INFERENCE_SERVICES, iris, dry_run=True)
    assert "[keda] is not a supported autoscaler class type" in refusal(tutorial, iris).message


def test_newer_rules_of_the_current_stack(current: Any, tutorial: Any, iris: Obj) -> None:
    iris["spec"]["predictor"]["model"]["env"] = [{"name": "PYTHONPATH", "value": "/x"}]
    assert "setting PYTHONPATH in container" in refusal(current, iris).message
    tutorial.store.create(INFERENCE_SERVICES, iris, dry_run=True)
    del iris["spec"]["predictor"]["model"]["env"]
    iris["spec"]["predictor"]["model"]["name"] = "x"
    assert refusal(current, iris).message.endswith("the 'name' field is not allowed in standard predictor")


def test_deployment_mode_cannot_change(current: Any, iris: Obj) -> None:
    isvc = current.apply(iris)
    isvc["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] = "Standard"
    with pytest.raises(
        ApiError, match="update rejected: deploymentMode cannot be changed from 'Knative' to 'Standard'"
    ):
        current.store.update(INFERENCE_SERVICES, isvc)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.explainer.art", {"type": "SquareAttack"}),
        ("spec.predictor.logger", {"mode": "all", "storage": {"path": "p", "parameters": {}, "key": "k"}}),
        ("spec.predictor.workerSpec", {"size": 2}),
        ("spec.predictor.model.modelFormat", {"name": "mlflow"}),
    ],
)
def test_what_is_not_emulated_is_refused_in_plain_words(either: Any, iris: Obj, path: str, value: Obj) -> None:
    target = iris
    *parents, last = path.split(".")
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    error = refusal(either, iris)
    assert error.code == 403
    assert re.search(rf"the embedded platform does not offer .+ yet \({re.escape(path)}.*\)$", error.message)


def test_model_mesh_and_keda_are_refused(either: Any, iris: Obj) -> None:
    iris["metadata"]["annotations"] = {"serving.kserve.io/deploymentMode": "ModelMesh"}
    assert "does not offer the deployment mode" in refusal(either, iris).message
    mode = {"serving.kserve.io/deploymentMode": "RawDeployment", "serving.kserve.io/autoscalerClass": "keda"}
    iris["metadata"]["annotations"] = mode
    keda = refusal(either, iris).message
    known = either.stack.runtime_priority
    assert ("does not offer the autoscaler KEDA" if known else "is not a supported autoscaler class type") in keda


@pytest.mark.parametrize(
    ("scaling", "words"),
    [
        ({"scaleMetric": "rps"}, "[rps] is not a supported metric"),
        ({"scaleTarget": 101}, "he target utilization percentage should be a [1-100] integer"),
        ({"scaleMetric": "memory", "scaleTarget": 0}, "he target memory should be greater than 1 MiB"),
    ],
)
def test_scaling_in_standard_mode(either: Any, iris: Obj, scaling: Obj, words: str) -> None:
    mode = {"serving.kserve.io/deploymentMode": "RawDeployment", "serving.kserve.io/autoscalerClass": "hpa"}
    iris["metadata"]["annotations"] = mode
    iris["spec"]["predictor"] |= scaling
    assert words in refusal(either, iris).message


def test_framework_fields_become_the_model(current: Any, tutorial: Any, iris: Obj) -> None:
    iris["spec"]["predictor"] = {"sklearn": {"storageUri": "gs://b/m", "protocolVersion": "v1"}}
    for world in (current, tutorial):
        stored = world.store.create(INFERENCE_SERVICES, iris)
        assert "sklearn" not in stored["spec"]["predictor"]
        model = stored["spec"]["predictor"]["model"]
        assert (model["modelFormat"], model["storageUri"]) == ({"name": "sklearn"}, "gs://b/m")
        assert (stored["metadata"].get("annotations") == {"modelFormat": "sklearn"}) is (world is current)


def test_fault_validation_off_accepts_contradictory_bounds(either: Any, iris: Obj) -> None:
    either.fault("validation-off")
    either.store.create(INFERENCE_SERVICES, with_predictor(iris, minReplicas=3, maxReplicas=2))
    assert either.faults.fired["validation-off", "team-a"] == 1


def ksvc(**annotations: str) -> Obj:
    return {
        "metadata": {"name": "hello", "namespace": "team-a"},
        "spec": {
            "template": {
                "metadata": {"annotations": {f"autoscaling.knative.dev/{n}": v for n, v in annotations.items()}},
                "spec": {"containers": [{"name": "c", "image": "x"}]},
            }
        },
    }


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        ("window", "2s", "expected 6s <= 2s <= 1h0m0s"),
        ("window", "6500ms", "must be specified with at most second precision"),
        ("target", "0", "target 0 should be at least 0.01"),
        ("panic-window-percentage", "0", "expected 1 <= 0 <= 100"),
        ("metric", "cpu", "invalid value: cpu"),
        ("initial-scale", "0", "invalid value: 0"),
        ("min-scale", "-1", "expected 0 <= -1 <= 2147483647"),
    ],
)
def test_knative_refuses_bad_autoscaling_annotations(either: Any, annotation: str, value: str, text: str) -> None:
    error = refusal(either, ksvc(**{annotation: value}), KNATIVE_SERVICES)
    where = f"spec.template.metadata.annotations.autoscaling.knative.dev/{annotation}"
    start = 'admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: '
    assert error.code == 400
    assert error.message.startswith(f"{start}{text}: {where}")


def test_knative_fills_in_its_defaults(either: Any) -> None:
    spec = either.store.create(KNATIVE_SERVICES, ksvc())["spec"]
    assert spec["traffic"] == [{"latestRevision": True, "percent": 100}]
    template = spec["template"]["spec"]
    assert (template["timeoutSeconds"], template["containerConcurrency"]) == (300, 0)
    assert template["containers"][0]["readinessProbe"] == {"tcpSocket": {"port": 0}, "successThreshold": 1}


def test_knative_refuses_pod_fields_without_their_flag(either: Any) -> None:
    service = ksvc()
    service["spec"]["template"]["spec"]["nodeSelector"] = {"a": "b"}
    message = refusal(either, service, KNATIVE_SERVICES).message
    assert message.endswith("must not set the field(s): spec.template.spec.nodeSelector")


def test_knative_refuses_variables_from_the_pod_without_their_flag(either: Any) -> None:
    service = ksvc()
    name = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    service["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "FIRST", "value": "1"}, name]
    message = refusal(either, service, KNATIVE_SERVICES).message
    assert message.endswith("must not set the field(s): spec.template.spec.containers[0].env[1].valueFrom.fieldRef")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"stable-window": "1s"}, "stable-window = 1s, must be in [6s; 1h0m0s] range"),
        ({"scale-to-zero-grace-period": "0s"}, "scale-to-zero-grace-period must be positive, was: 0s"),
        ({"max-scale-up-rate": "1"}, "max-scale-up-rate = 1, must be greater than 1.0"),
        ({"_example": "edited"}, 'the update modifies a key in "_example" which is probably not what you want.'),
    ],
)
def test_knative_guards_its_config_maps(either: Any, data: dict[str, str], text: str) -> None:
    config_map = either.store.get(CONFIG_MAPS, "knative-serving", "config-autoscaler")
    config_map["data"] |= data
    with pytest.raises(ApiError, match=r"config\.webhook\.serving\.knative\.dev") as caught:
        either.store.update(CONFIG_MAPS, config_map)
    assert text in caught.value.message


def test_predictor_pods_get_the_storage_initializer(either: Any) -> None:
    pod = either.store.create(
        PODS,
        {
            "metadata": {
                "name": "p",
                "namespace": "team-a",
                "labels": {"serving.kserve.io/inferenceservice": "iris"},
                "annotations": {"internal.serving.kserve.io/storage-initializer-sourceuri": "gs://b/m"},
            },
            "spec": {"containers": [{"name": "kserve-container", "image": "kserve/sklearnserver:v1"}]},
        },
    )
    initializer = pod["spec"]["initContainers"][0]
    assert (initializer["name"], initializer["args"]) == ("storage-initializer", ["gs://b/m", "/mnt/models"])
    container = pod["spec"]["containers"][0]
    assert container["volumeMounts"][0]["mountPath"] == "/mnt/models"
    assert pod["spec"]["terminationGracePeriodSeconds"] == 30


def test_other_pods_get_none(either: Any) -> None:
    spec = {"containers": [{"name": "c", "image": "x"}]}
    pod = either.store.create(PODS, {"metadata": {"name": "p", "namespace": "team-a"}, "spec": spec})
    assert "initContainers" not in pod["spec"]


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
def test_pods_that_are_not_to_be_started_again_are_refused(either: Any, policy: str) -> None:
    spec = {"containers": [{"name": "c", "image": "x"}], "restartPolicy": policy}
    with pytest.raises(ApiError, match=f"does not offer the restart policy {policy} yet"):
        either.store.create(PODS, {"metadata": {"name": "p", "namespace": "team-a"}, "spec": spec})


def test_equal_claims_to_a_format_are_refused(current: Any, tutorial: Any) -> None:
    for world in (current, tutorial):
        runtime = world.store.get(CLUSTER_SERVING_RUNTIMES, "", "kserve-sklearnserver")
        twin = {"metadata": {"name": "twin"}, "spec": runtime["spec"]}
        if world is tutorial:
            world.store.create(CLUSTER_SERVING_RUNTIMES, twin)
            continue
        with pytest.raises(ApiError) as caught:
            world.store.create(CLUSTER_SERVING_RUNTIMES, twin)
        assert caught.value.message.endswith(
            "same priority assigned for the model format sklearn in the clusterservingruntimes kserve-sklearnserver "
            "and twin"
        )


def test_setting_that_would_be_ignored_is_refused(either: Any) -> None:
    config_map = either.store.get(CONFIG_MAPS, "kserve", "inferenceservice-config")
    config_map["data"]["deploy"] = '{"defaultDeploymentMode": "ModelMesh"}'
    with pytest.raises(ApiError, match="does not offer defaultDeploymentMode=ModelMesh yet"):
        either.store.update(CONFIG_MAPS, config_map)
