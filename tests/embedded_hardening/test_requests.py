"""What no client should send: each is answered as Kubernetes answers it, and the server goes on."""

from __future__ import annotations

import json
import socket
import ssl
import stat
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kserve_conformance.embedded import admission
from kserve_conformance.embedded.stacks import STACKS
from tests.embedded_apiserver.serving import Served, serve

MAPS = "/api/v1/namespaces/default/configmaps"
BOUNDED = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PROTOBUF = "application/vnd.kubernetes.protobuf"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    ["metadata", "spec", "status", "data", "labels", "annotations", "name", "finalizers", "ownerReferences"]
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("hardening")) as running:
        admission.install(running.store, STACKS["current"], running.faults)
        yield running


@pytest.fixture(autouse=True)
def _alive(served: Served) -> Iterator[None]:
    yield
    assert served.http.get(MAPS).status_code == 200


def said(answer: httpx.Response) -> dict[str, Any]:
    """The Status, which is the whole answer of a failure."""
    status: dict[str, Any] = answer.json()
    assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", answer.status_code)
    return status


def test_kubeconfig_is_for_its_owner_alone(served: Served) -> None:
    assert stat.S_IMODE(served.settings.kubeconfig.stat().st_mode) == 0o600


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic dXNlcjpwdw==", "bearer \xe9"])
def test_no_token_no_answer(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = httpx.get(f"https://127.0.0.1:{served.server.port}{MAPS}", headers=headers, verify=served.verify)
    assert said(answer)["reason"] == "Unauthorized"


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "application/cbor", "application/vnd.kubernetes.protobuf"]
)
def test_an_answer_of_another_type_is_not_acceptable(served: Served, accept: str) -> None:
    answer = served.http.get(MAPS, headers={"Accept": accept})
    assert (answer.status_code, said(answer)["reason"]) == (406, "NotAcceptable")
    assert "only the following media types are accepted" in said(answer)["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_of_another_type(served: Served, method: str) -> None:
    path = MAPS if method == "POST" else f"{MAPS}/one"
    answer = served.http.request(method, path, content=b"<xml/>", headers={"Content-Type": "application/xml"})
    assert (answer.status_code, said(answer)["reason"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"metadata": {"name": 1}}',
        b'{"metadata": {"name": {"a": 1}}}',
        b'{"metadata": []}',
        b'{"metadata": {"name": "x", "labels": []}}',
        b'{"metadata": {"name": "x", "annotations": "a"}}',
        b'{"metadata": {"name": "x", "finalizers": {}}}',
        b'{"metadata": {"name": "x", "ownerReferences": "mine"}}',
        b'{"metadata": {"name": "x", "ownerReferences": [1]}}',
        b'{"metadata": {"name": "x"}, "data": []}',
        b'{"metadata": {"name": "x"}, "data": {"a": 1}}',
        b'{"kind": 1, "metadata": {"name": "x"}}',
        b'{"apiVersion": ["v1"], "metadata": {"name": "x"}}',
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_broken_json(served: Served, body: bytes) -> None:
    answer = served.http.post(MAPS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    said(answer)


def test_yaml_that_grows(served: Served) -> None:
    """Nine lines that would be a billion strings: Kubernetes' decoder refuses excessive aliasing."""
    lines = ["metadata: {name: x}", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    answer = served.http.post(MAPS, content="\n".join(lines), headers={"Content-Type": "application/yaml"}, timeout=5)
    assert said(answer)["code"] == 400


@pytest.mark.parametrize("body", [b"k8s\0", b"k8s\0\xff\xff\xff\xff", b"nonsense", b"k8s\0\x0a\xff\xff\xff\xff\x0f"])
def test_broken_protobuf(served: Served, body: bytes) -> None:
    assert said(served.http.post(MAPS, content=body, headers={"Content-Type": PROTOBUF}))["code"] == 400


def test_a_body_that_is_too_large(served: Served) -> None:
    body = json.dumps({"metadata": {"name": "big"}, "data": {"a": "x" * (4 << 20)}})
    answer = served.http.post(MAPS, content=body, headers={"Content-Type": "application/json"})
    assert said(answer)["reason"] == "RequestEntityTooLarge"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/../../etc/passwd",
        "/api/v1/namespaces/default/configmaps/%2e%2e%2f%2e%2e",
        "/api/v1/namespaces/default/configmaps/a%2fb",
        "/api/v1/namespaces/default/pods/x%2f..%2f..%2fetc/log",
        "/api/v1/namespaces/default/configmaps/%00",
        "/api/v1/namespaces/default/configmaps/%ff%fe",
        "//api//v1//namespaces",
        "/api/v1/" + "x/" * 500,
        "/api/v1/namespaces/default/configmaps/" + "n" * 7000,
        "/apis/../api/v1",
        "/openapi/v3/../../../etc/passwd",
        "/%",
    ],
    ids=lambda path: path[:50],
)
def test_odd_paths(served: Served, path: str) -> None:
    """Sent as they are: httpx would tidy them up."""
    answer = raw(served, f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token}\r\n\r\n".encode())
    code = int(answer.split(b" ", 2)[1])
    assert code in (400, 404), answer
    assert b"Traceback" not in answer
    assert b"root:" not in answer


def test_a_path_without_end(served: Served) -> None:
    assert b" 400 " in raw(served, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n").splitlines()[0]


@pytest.mark.parametrize("words", [b"\0\1\2\3\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"X" * 20_000])
def test_what_is_not_http(served: Served, words: bytes) -> None:
    assert b"Traceback" not in raw(served, words)


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "dot.", "a/b", "a b", "ä", "x" * 254])
def test_names_that_are_none(served: Served, name: str) -> None:
    answer = served.http.post(MAPS, json={"metadata": {"name": name}})
    assert said(answer)["reason"] == "Invalid"
    assert f'ConfigMap "{name}" is invalid: metadata.name: Invalid value: "{name}": ' in said(answer)["message"]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a=b=c", "found 'a=b=c'"),
        ("!", "unable to parse requirement"),
        ("a in b", "unable to parse requirement"),
        ("a in (b", "unable to parse requirement"),
        ("=b", "unable to parse requirement"),
        ("-a=b", "Invalid value"),
        ("a=" + "b" * 64, "Invalid value"),
    ],
)
def test_label_selectors_that_are_none(served: Served, selector: str, message: str) -> None:
    answer = served.http.get(MAPS, params={"labelSelector": selector})
    assert (answer.status_code, message in said(answer)["message"]) == (400, True), answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"fieldSelector": "metadata.name"},
        {"fieldSelector": "spec.nothing=1"},
        {"limit": "many"},
        {"limit": "1", "continue": "nonsense"},
        {"resourceVersion": "new"},
        {"watch": "1", "timeoutSeconds": "soon"},
        {"watch": "1", "resourceVersion": "-1"},
        {"limit": "\u00b2"},
    ],
    ids=str,
)
def test_queries_that_are_none(served: Served, query: dict[str, str]) -> None:
    assert said(served.http.get(MAPS, params=query))["code"] in (400, 422)


@BOUNDED
@given(body=ANYTHING)
def test_any_json_for_a_body(served: Served, body: Any) -> None:
    answer = served.http.post(MAPS, json=body)
    assert answer.status_code < 500, (body, answer.text)


@BOUNDED
@given(meta=st.dictionaries(FIELDS, ANYTHING, max_size=4), rest=st.dictionaries(FIELDS, ANYTHING, max_size=3))
def test_any_value_in_known_fields(served: Served, meta: Any, rest: Any) -> None:
    for path in (
        MAPS,
        "/api/v1/namespaces/default/pods",
        "/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices",
    ):
        answer = served.http.post(path, json={**rest, "metadata": {"name": "x", **meta}}, params={"dryRun": "All"})
        assert answer.status_code < 500, answer.text


@BOUNDED
@given(change=ANYTHING, kind=st.sampled_from(["json-patch", "merge-patch", "strategic-merge-patch"]))
def test_any_json_for_a_patch(served: Served, change: Any, kind: str) -> None:
    served.http.post(MAPS, json={"metadata": {"name": "patched"}, "data": {"a": "1"}})
    headers = {"Content-Type": f"application/{kind}+json"}
    answer = served.http.patch(f"{MAPS}/patched", json=change, headers=headers, params={"dryRun": "All"})
    assert answer.status_code < 500, (change, answer.text)


@BOUNDED
@given(raw_bytes=st.binary(max_size=200))
def test_any_bytes_for_protobuf(served: Served, raw_bytes: bytes) -> None:
    answer = served.http.post(MAPS, content=b"k8s\0" + raw_bytes, headers={"Content-Type": PROTOBUF})
    assert answer.status_code < 500, answer.text


@BOUNDED
@given(selector=st.text(alphabet="ab=!,()in -/.0", max_size=20), field=st.sampled_from(["label", "field"]))
def test_any_selector(served: Served, selector: str, field: str) -> None:
    assert served.http.get(MAPS, params={f"{field}Selector": selector}).status_code in (200, 400)


def raw(served: Served, words: bytes) -> bytes:
    """What comes back for these bytes, up to the end of the connection or its first pause."""
    context = ssl.create_default_context(cafile=str(served.settings.run_dir / "server.crt"))
    with (
        socket.create_connection(("127.0.0.1", served.server.port), timeout=2) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as link,
    ):
        link.sendall(words)
        try:
            return link.recv(1 << 16)
        except TimeoutError:
            return b""
