"""inferenceservice-config, with KServe's defaults."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kserve_conformance.platform import kserve_config


@pytest.mark.parametrize(
    ("ingress", "host"),
    [
        ({}, "iris-models.example.com"),
        ({"ingressDomain": "", "domainTemplate": ""}, "iris-models.example.com"),
        ({"ingressDomain": "acme.org"}, "iris-models.acme.org"),
        ({"domainTemplate": "{{.Name}}.{{- .Namespace -}}.in.{{ .IngressDomain }}"}, "iris.models.in.example.com"),
        ({"domainTemplate": '{{ .Name }}.{{ index .Labels "team" }}.org'}, "iris.any.org"),
    ],
)
def test_host_follows_the_template(ingress: dict[str, Any], host: str) -> None:
    pattern = kserve_config.host_pattern(ingress, name="iris", namespace="models")
    assert re.fullmatch(pattern, host)
    assert not re.fullmatch(pattern, host.replace("iris", "other"))
    assert not re.fullmatch(pattern, host.replace(".", "-"))


@pytest.mark.parametrize(
    ("mode", "surge", "expected"),
    [("Standard", "1", "1"), ("RawDeployment", "1", "1"), ("Standard", "", "25%"), ("Serverless", "1", "25%")],
)
def test_rollout_is_configured_for_the_default_mode(mode: str, surge: str, expected: str) -> None:
    rollout = {"defaultRollout": {"maxSurge": surge, "maxUnavailable": ""}}
    found = kserve_config.rolling_update({"defaultDeploymentMode": mode, "deploymentRolloutStrategy": rollout})
    assert found == {"maxSurge": expected, "maxUnavailable": "25%"}


def test_rollout_goes_by_quarters() -> None:
    assert kserve_config.rolling_update({}) == {"maxSurge": "25%", "maxUnavailable": "25%"}


DOCUMENT = {"cpuRequest": "100m", "memoryRequest": "1Ki", "cpuLimit": "1", "memoryLimit": "1Mi"}
CONFIGURED = {"requests": {"cpu": "0.1", "memory": "1024"}, "limits": {"cpu": "1", "memory": "1048576"}}


def test_resources_are_those_of_the_document() -> None:
    assert kserve_config.resources(DOCUMENT) == CONFIGURED


@pytest.mark.parametrize(
    ("changes", "also"),
    [
        ({}, [{**CONFIGURED, "limits": {"cpu": "4", "memory": "1048576"}}]),
        ({"disabled": True}, []),
        ({"spec": {"container": {}, "workloadType": "localModelDownloadJob"}}, []),
    ],
)
def test_storage_container_comes_over_the_document(changes: dict[str, Any], also: list[Any]) -> None:
    spec = {"container": {"resources": {"limits": {"cpu": "4"}}}, "workloadType": "initContainer"}
    found = kserve_config.initializer_resources(DOCUMENT, [{"spec": spec, **changes}])
    assert found == [CONFIGURED, *also]


@pytest.mark.parametrize(
    ("router", "kserve", "expected"),
    [
        ({}, "0.20.0", False),
        ({"headers": {}}, "0.20.0", False),
        ({"headers": {"propagate": ["Authorization"]}}, "0.20.0", True),
        ({"headers": {"propagate": ["*Trace-Id*", "Auth.*"]}}, "0.12.0", True),
        ({"headers": {"propagate": ["*Trace-Id*", "X-.*"]}}, "0.20.0", False),
        ({"headers": {"propagate": []}}, "0.20.0", True),
        ({"headers": {"propagate": []}}, "0.10.0", False),
        ({"headers": {"propagate": ["Auth.*"]}}, "0.11.2", False),
        ({"headers": {"propagate": ["X-Name", "Authorization"]}}, "0.10.0", True),
    ],
)
def test_the_headers_that_graphs_pass_on(router: dict[str, Any], kserve: str, expected: bool) -> None:
    assert kserve_config.passed_on_by_graphs(router, "Authorization", kserve=kserve) is expected
