"""Patches, selectors, fields, protobuf and printing, without a server."""

from __future__ import annotations

import struct
from typing import Any

import kubernetes.client.models as client_models
import pytest

from kserve_conformance.embedded.apiserver import fields, protobuf, tables
from kserve_conformance.embedded.apiserver.patches import json_patch, merge_patch, strategic_merge
from kserve_conformance.embedded.apiserver.selectors import label_selector
from kserve_conformance.embedded.errors import ApiError


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": 1, "b": 2}, {"a": None, "c": {"d": None, "e": 3}}, {"b": 2, "c": {"e": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_merge_patch(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"env": [{"name": "A"}]}, {"env": [{"name": "B", "value": "1"}]},
         {"env": [{"name": "A"}, {"name": "B", "value": "1"}]}),
        ({"env": [{"name": "A"}, {"name": "B"}]}, {"env": [{"name": "A", "$patch": "delete"}]},
         {"env": [{"name": "B"}]}),
        ({"ports": [{"containerPort": 80, "name": "a"}]}, {"ports": [{"containerPort": 80, "name": "b"}]},
         {"ports": [{"containerPort": 80, "name": "b"}]}),
        ({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}),
        ({"finalizers": ["a"]}, {"finalizers": ["b"]}, {"finalizers": ["a", "b"]}),
        ({"finalizers": ["a", "b"]}, {"$deleteFromPrimitiveList/finalizers": ["a"]}, {"finalizers": ["b"]}),
        ({"m": {"a": 1, "b": 2}}, {"m": {"$patch": "replace", "c": 3}}, {"m": {"c": 3}}),
        ({"strategy": {"type": "A", "rollingUpdate": {}}}, {"strategy": {"$retainKeys": ["type"], "type": "B"}},
         {"strategy": {"type": "B"}}),
    ],
)  # fmt: skip
def test_strategic_merge_patch(target: Any, patch: Any, result: Any) -> None:
    assert strategic_merge(target, patch) == result


def test_json_patch() -> None:
    operations = [
        {"op": "test", "path": "/a", "value": 1},
        {"op": "add", "path": "/list/-", "value": 3},
        {"op": "add", "path": "/list/0", "value": 0},
        {"op": "replace", "path": "/a", "value": 2},
        {"op": "copy", "from": "/a", "path": "/b"},
        {"op": "move", "from": "/b", "path": "/x~1y"},
        {"op": "remove", "path": "/list/1"},
    ]
    assert json_patch({"a": 1, "list": [1]}, operations) == {"a": 2, "list": [0, 3], "x/y": 2}


@pytest.mark.parametrize(
    "operation", [{"op": "test", "path": "/a", "value": 2}, {"op": "remove", "path": "/b"}, {"op": "x", "path": "/a"}]
)
def test_a_json_patch_that_does_not_fit_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refused:
        json_patch({"a": 1}, [operation])
    assert refused.value.code == 422


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("a=1", True),
        ("a==1,b!=2", True),
        ("a in (1,2)", True),
        ("a notin (1)", False),
        ("c notin (1)", True),
        ("c!=1", True),
        ("a,!c", True),
        ("c", False),
        ("example.com/x=y", True),
    ],
)
def test_label_selectors(selector: str, matches: bool) -> None:
    obj = {"metadata": {"labels": {"a": "1", "b": "1", "example.com/x": "y"}}}
    assert label_selector(selector)(obj) is matches


def test_fields_are_those_of_the_python_client() -> None:
    """Another source for the same facts; it knows kinds and their parts under names such as V1PodSpec."""
    compared = 0
    for kind in fields.described():
        package, _, name = kind.partition(".")
        model = getattr(client_models, f"V1{name}", None) or getattr(client_models, f"CoreV1{name}", None)
        if model is None or package not in ("core", "apps", "meta"):
            continue
        compared += 1
        known = set(fields.by_name(kind))
        missing = set(model.attribute_map.values()) - known
        assert missing <= NEWER.get(kind, set()), kind
    assert compared > 150


NEWER = {"core.NodeSystemInfo": {"runningInUserNamespace"}}  # than the Go types that fields.json was made from


def _field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return bytes([number << 3]) + _varint(content)
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _envelope(api_version: bytes, kind: bytes, raw: bytes) -> bytes:
    return protobuf.MAGIC + _field(1, _field(1, api_version) + _field(2, kind)) + _field(2, raw)


def test_protobuf_keeps_zero_where_absence_means_something() -> None:
    meta = _field(1, b"web") + _field(2, b"") + _field(11, _field(1, b"app") + _field(2, b"web"))
    spec = _field(1, 0) + _field(5, 0)  # replicas, a pointer in Go; minReadySeconds, a plain number
    decoded = protobuf.decode(_envelope(b"apps/v1", b"Deployment", _field(1, meta) + _field(2, spec)))
    assert decoded == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": 0},
    }


def test_protobuf_special_types() -> None:
    quantity, port = _field(1, b"500m"), _field(1, 1) + _field(2, 0) + _field(3, b"http")
    resources = _field(1, _field(1, b"cpu") + _field(2, quantity))
    probe = _field(1, _field(2, _field(1, b"/") + _field(2, port)))
    container = _field(1, b"main") + _field(8, resources) + _field(10, probe)
    decoded = protobuf.decode(_envelope(b"v1", b"Pod", _field(2, _field(2, container))))
    found = decoded["spec"]["containers"][0]
    assert found["resources"] == {"limits": {"cpu": "500m"}}
    assert found["livenessProbe"] == {"httpGet": {"path": "/", "port": "http"}}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{}", 400),
        (protobuf.MAGIC + b"\x0a\xff", 400),
        (_envelope(b"v1", b"Pod", b"\x0a\x7f"), 400),
        (_envelope(b"batch/v9", b"Job", b""), 415),
        (protobuf.MAGIC + struct.pack("<I", 7), 400),
    ],
)
def test_protobuf_that_cannot_be_read_is_refused(raw: bytes, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        protobuf.decode(raw)
    assert refused.value.code == code


def container(name: str = "main", *, ready: bool = False, restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state}


RUNS: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Pending", {"phase": "Pending"}),
        ("Init:0/1", {"initContainerStatuses": [container("init", **RUNS)]}),
        ("Init:Error", {"initContainerStatuses": [container("init", terminated={"exitCode": 1, "reason": "Error"})]}),
        (
            "Init:CrashLoopBackOff",
            {"initContainerStatuses": [container("init", waiting={"reason": "CrashLoopBackOff"})]},
        ),
        ("ContainerCreating", {"containerStatuses": [container(waiting={"reason": "ContainerCreating"})]}),
        (
            "CrashLoopBackOff",
            {"phase": "Running", "containerStatuses": [container(waiting={"reason": "CrashLoopBackOff"})]},
        ),
        ("ImagePullBackOff", {"containerStatuses": [container(waiting={"reason": "ImagePullBackOff"})]}),
        ("OOMKilled", {"containerStatuses": [container(terminated={"exitCode": 137, "reason": "OOMKilled"})]}),
        ("ExitCode:3", {"containerStatuses": [container(terminated={"exitCode": 3})]}),
        ("Running", {"phase": "Running", "containerStatuses": [container(ready=True, **RUNS)]}),
        ("Evicted", {"phase": "Failed", "reason": "Evicted"}),
    ],
)
def test_the_state_of_a_pod_in_one_word(state: str, status: dict[str, Any]) -> None:
    spec = {"containers": [{"name": "main"}], "initContainers": [{"name": "init"}]}
    pod = {"metadata": {"name": "p"}, "spec": spec, "status": {"phase": "Pending", **status}}
    assert tables.pod_state(pod) == state
    going = {**pod, "metadata": {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert tables.pod_state(going) == ("Evicted" if state == "Evicted" else "Terminating")
