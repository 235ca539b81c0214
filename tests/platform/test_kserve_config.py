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
