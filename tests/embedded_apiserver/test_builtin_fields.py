"""The generator of `fields.json` reads Go types; its sources are not part of this repository."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import kubernetes.client.models as client_models
import pytest

from kserve_conformance.embedded.apiserver import fields

GO = """package v1

// Kettle boils `json:"nothing"`.
type Kettle struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"`
	KettleSource `json:",inline" protobuf:"bytes,2,opt,name=source"`
	// +optional
	Count *int32 `json:"count,omitempty" protobuf:"varint,3,opt,name=count"`
	Data map[string][]byte `json:"data,omitempty" protobuf:"bytes,4,rep,name=data"`
	Plugs []Plug `json:"plugs" protobuf:"bytes,5,rep,name=plugs"`
	Colour Colour `json:"colour" protobuf:"bytes,6,opt,name=colour"`
	hidden string `json:"-"`
}

type Colour string
"""


@pytest.fixture(scope="module")
def generator() -> Any:
    path = Path(__file__).parents[2] / "scripts" / "builtin_fields.py"
    specification = importlib.util.spec_from_file_location("builtin_fields", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["builtin_fields"] = module
    specification.loader.exec_module(module)
    return module


def test_go_types_become_fields(generator: Any) -> None:
    found = generator.declared("core", GO)
    assert found["core.Colour"].text == "string"
    assert found["core.Kettle"].fields == {
        "apiVersion": (0, "string"),
        "kind": (0, "string"),
        "metadata": (1, "meta.ObjectMeta"),
        "+KettleSource": (2, "core.KettleSource"),
        "count": (3, "*integer"),
        "data": (4, "{}bytes"),
        "plugs": (5, "[]core.Plug"),
        "colour": (6, "core.Colour"),
    }


def test_the_committed_file_is_in_the_generators_form(generator: Any) -> None:
    text = generator.TARGET.read_text(encoding="utf-8")
    assert generator.written(json.loads(text)) == text
    kinds = {f"{package}.{kind}" for package, names in generator.KINDS.items() for kind in names}
    assert kinds <= set(fields.described())


def test_every_built_in_kind_has_the_fields_of_the_python_client(generator: Any) -> None:
    """The installed models are another source of the same facts: none of their fields is missing."""
    compared = []
    for package, names in generator.KINDS.items():
        version = "V2" if package == "autoscalingV2" else "V1"
        for kind in names:
            model = getattr(client_models, f"{version}{kind}", None)
            if model is not None:
                assert set(model.attribute_map.values()) <= set(fields.by_name(f"{package}.{kind}")), kind
                compared.append(kind)
    assert {"Job", "HorizontalPodAutoscaler", "CustomResourceDefinition", "NetworkPolicy"} <= set(compared)
