"""What the containers of a revision are told, and where its queue proxy sends requests."""

from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.embedded.controllers.revision_deployment import deployment
from kserve_conformance.embedded.stacks import STACKS

ONE: list[dict[str, Any]] = [{"name": "kserve-container"}]
ANOTHER = [{"name": "kserve-container", "ports": [{"containerPort": 9191}]}]
SECOND = [{"name": "kserve-container"}, {"name": "transformer-container", "ports": [{"containerPort": 8081}]}]


@pytest.mark.parametrize(
    ("containers", "ports"),
    [(ONE, ["8080", "8080"]), (ANOTHER, ["9191", "9191"]), (SECOND, [None, "8081", "8081"])],
    ids=["by default", "declared", "of the container that serves"],
)
def test_only_the_container_that_serves_has_a_port(containers, ports):
    labels = {"serving.knative.dev/service": "iris", "serving.knative.dev/configuration": "iris"}
    meta = {"name": "iris-00001", "namespace": "a", "uid": "1", "labels": labels}
    revision = {"metadata": meta, "kind": "Revision", "apiVersion": "v1", "spec": {"containers": containers}}
    made = deployment(revision, stack=STACKS["current"], settings={}, replicas=1)
    told = [
        {each["name"]: each["value"] for each in container["env"]}
        for container in made["spec"]["template"]["spec"]["containers"]
    ]
    assert [each.get("PORT") for each in told[:-1]] + [told[-1]["USER_PORT"]] == ports
    assert [each["K_REVISION"] for each in told[:-1]] == ["iris-00001"] * len(containers)
