"""What is applied, what is changed, what is hidden."""

from __future__ import annotations

from typing import Any

import yaml

from kserve_conformance.kube.evidence import HIDDEN, redacted
from kserve_conformance.kube.manifest import Fields, inference_service, merge_patch

TEMPLATE = {
    "apiVersion": "serving.kserve.io/v1beta1",
    "kind": "InferenceService",
    "metadata": {"name": "sklearn-iris"},
    "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://here"}}},
}


def made(**fields: Any) -> dict[str, Any]:
    return inference_service(Fields(TEMPLATE, **fields), name="a", namespace="n", labels={"run": "r"})


def test_only_what_is_said_is_written() -> None:
    assert made()["spec"] == TEMPLATE["spec"]
    assert made()["metadata"] == {"name": "a", "namespace": "n", "labels": {"run": "r"}}
    assert TEMPLATE["metadata"] == {"name": "sklearn-iris"}


def test_every_field_has_its_place() -> None:
    service = made(
        protocol="v2",
        args=["--x"],
        min_replicas=0,
        max_replicas=2,
        canary_percent=0,
        scale_metric="rps",
        scale_target=5,
    )
    assert yaml.safe_dump(service["spec"]["predictor"]) == yaml.safe_dump(
        {
            "model": {
                "modelFormat": {"name": "sklearn"},
                "storageUri": "gs://here",
                "protocolVersion": "v2",
                "args": ["--x"],
            },
            "minReplicas": 0,
            "maxReplicas": 2,
            "canaryTrafficPercent": 0,
            "scaleMetric": "rps",
            "scaleTarget": 5,
        }
    )


def test_frameworks_take_the_place_of_the_model() -> None:
    assert made(frameworks=["sklearn", "xgboost"])["spec"]["predictor"] == {
        "sklearn": {"storageUri": "gs://here"},
        "xgboost": {"storageUri": "gs://here"},
    }


def test_patch_removes_adds_and_leaves_alone() -> None:
    before = {"a": 1, "b": {"c": 1, "d": [1]}, "gone": {}}
    after = {"a": 1, "b": {"c": 2, "d": [1, 2]}, "new": 0}
    assert merge_patch(before, after) == {"gone": None, "b": {"c": 2, "d": [1, 2]}, "new": 0}
    assert merge_patch(after, after) == {}


def test_secrets_do_not_reach_the_evidence() -> None:
    env = [{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}, {"name": "PORT", "value": "8080"}]
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "yes"}
    pod = {"metadata": {"managedFields": [1], "annotations": annotations}, "spec": {"containers": [{"env": env}]}}
    assert redacted(pod) == {
        "metadata": {"annotations": {"kept": "yes"}},
        "spec": {"containers": [{"env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": HIDDEN}, env[1]]}]},
    }
