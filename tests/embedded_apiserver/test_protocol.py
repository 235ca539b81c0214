"""The API as HTTP: codes, Status bodies, lists in parts, watches."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kserve_conformance.embedded.apiserver.changes import WATCH_LOG_LENGTH
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, NAMESPACES
from kserve_conformance.embedded.faults import PREFIX

MERGE = {"Content-Type": "application/merge-patch+json"}


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": data}


@pytest.fixture
def maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture
def isvcs(namespace: str) -> str:
    return f"/apis/serving.kserve.io/v1beta1/namespaces/{namespace}/inferenceservices"


@contextlib.contextmanager
def watching(served: Any, path: str, **query: str) -> Iterator[Iterator[dict[str, Any]]]:
    with served.http.stream("GET", path, params={"watch": "true", **query}, timeout=10) as response:
        assert response.status_code == 200
        yield (json.loads(line) for line in response.iter_lines())


def test_without_the_token_nothing_is_told_but_health_and_version(served: Any) -> None:
    with httpx.Client(base_url=served.http.base_url, verify=served.verify) as stranger:
        refused = stranger.get("/api/v1/namespaces")
        assert refused.status_code == 401
        assert refused.json() == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "Unauthorized",
            "reason": "Unauthorized",
            "code": 401,
        }
        assert stranger.get("/apis", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert [stranger.get(path).status_code for path in ("/healthz", "/readyz", "/livez", "/version")] == [200] * 4


@pytest.mark.parametrize(
    ("method", "path", "code", "reason"),
    [
        ("GET", "/api/v1/namespaces/default/pods/nobody", 404, "NotFound"),
        ("GET", "/api/v1/nothing", 404, "NotFound"),
        ("GET", "/apis/nobody.io/v1/things", 404, "NotFound"),
        ("POST", "/apis/nobody.io/v1/things", 404, "NotFound"),
        ("GET", "/somewhere/else", 404, "NotFound"),
        ("PUT", "/api/v1/namespaces/default/pods", 405, "MethodNotAllowed"),
        ("POST", "/api/v1/namespaces/default/pods/nobody", 405, "MethodNotAllowed"),
        ("GET", "/api/v1/namespaces/default/pods?labelSelector=a%20b", 400, "BadRequest"),
        ("GET", "/api/v1/namespaces/default/pods?fieldSelector=spec.colour=blue", 400, "BadRequest"),
        ("GET", "/api/v1/namespaces/default/pods?resourceVersion=abc", 400, "BadRequest"),
        ("GET", "/api/v1/namespaces/default/pods?resourceVersionMatch=Exact", 422, "Invalid"),
        ("GET", "/api/v1/namespaces/default/pods?continue=nonsense", 400, "BadRequest"),
        ("GET", "/api/v1/namespaces/default/pods?limit=few", 400, "BadRequest"),
        ("POST", "/api/v1/namespaces/default/pods?dryRun=Some", 422, "Invalid"),
    ],
)
def test_failures_have_code_and_reason(served: Any, method: str, path: str, code: int, reason: str) -> None:
    answer = served.http.request(method, path)
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (code, code, reason)
    assert answer.json()["kind"] == "Status"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"{", 400, "unrecognized"),
        (b"[]", 400, "no object"),
        (b'{"metadata":{}}', 422, "name or generateName is required"),
        (b'{"kind":"Pod","metadata":{"name":"a"}}', 400, "cannot be handled as a ConfigMap"),
        (b'{"apiVersion":"v2","metadata":{"name":"a"}}', 400, "does not match the expected API version"),
        (b'{"metadata":{"name":"a","namespace":"other"}}', 400, "namespace of the provided object does not match"),
        (b'{"metadata":{"name":"a","labels":{"x":1}}}', 400, "cannot unmarshal number"),
        (b'{"metadata":{"name":"a"},"data":{"x":1}}', 400, "cannot unmarshal number into field data.x"),
    ],
)
def test_bodies_that_are_refused(served: Any, maps: str, body: bytes, code: int, message: str) -> None:
    answer = served.http.post(maps, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, message in answer.json()["message"]) == (code, True), answer.text


def test_unknown_media_types_are_refused(served: Any, maps: str, isvcs: str) -> None:
    served.http.post(maps, json=config_map("one"))
    strange = {"Content-Type": "text/html"}
    assert served.http.post(maps, content=b"x", headers=strange).status_code == 415
    assert served.http.patch(f"{maps}/one", content=b"{}", headers=strange).status_code == 415
    served.http.post(isvcs, json={"metadata": {"name": "iris"}, "spec": {}})
    strategic = {"Content-Type": "application/strategic-merge-patch+json"}
    refused = served.http.patch(f"{isvcs}/iris", content=b"{}", headers=strategic)
    assert (refused.status_code, refused.json()["reason"]) == (415, "UnsupportedMediaType")


def test_a_stale_write_is_a_conflict(served: Any, maps: str) -> None:
    first = served.http.post(maps, json=config_map("one", a="1")).json()
    assert served.http.put(f"{maps}/one", json={**first, "data": {"a": "2"}}).status_code == 200
    stale = served.http.put(f"{maps}/one", json={**first, "data": {"a": "3"}})
    assert (stale.status_code, stale.json()["reason"]) == (409, "Conflict")
    version = {"metadata": {"resourceVersion": first["metadata"]["resourceVersion"]}, "data": {"a": "4"}}
    assert served.http.patch(f"{maps}/one", json=version, headers=MERGE).status_code == 409
    again = served.http.post(maps, json=config_map("one"))
    assert (again.status_code, again.json()["reason"]) == (409, "AlreadyExists")


def test_a_custom_object_is_replaced_only_with_its_version(served: Any, isvcs: str) -> None:
    made = served.http.post(isvcs, json={"metadata": {"name": "iris"}, "spec": {"a": 1}}).json()
    del made["metadata"]["resourceVersion"]
    refused = served.http.put(f"{isvcs}/iris", json=made)
    assert (refused.status_code, "must be specified for an update" in refused.json()["message"]) == (422, True)


def test_generation_counts_specifications_and_status_is_apart(served: Any, isvcs: str) -> None:
    one, two = ({"predictor": {"minReplicas": number}} for number in (1, 2))
    served.http.post(isvcs, json={"metadata": {"name": "iris"}, "spec": one, "status": {"x": 1}})
    assert "status" not in served.http.get(f"{isvcs}/iris").json()
    served.http.patch(f"{isvcs}/iris/status", json={"status": {"url": "u"}, "spec": two}, headers=MERGE)
    served.http.patch(f"{isvcs}/iris", json={"status": {"url": "v"}, "metadata": {"labels": {"l": "m"}}}, headers=MERGE)
    found = served.http.get(f"{isvcs}/iris").json()
    assert (found["spec"], found["status"], found["metadata"]["generation"]) == (one, {"url": "u"}, 1)
    served.http.patch(f"{isvcs}/iris", json={"spec": two}, headers=MERGE)
    assert served.http.get(f"{isvcs}/iris").json()["metadata"]["generation"] == 2


def test_dry_run_changes_nothing(served: Any, maps: str) -> None:
    assert served.http.post(f"{maps}?dryRun=All", json=config_map("one")).status_code == 201
    assert served.http.get(f"{maps}/one").status_code == 404
    served.http.post(maps, json=config_map("one", a="1"))
    patched = served.http.patch(f"{maps}/one?dryRun=All", json={"data": {"a": "2"}}, headers=MERGE)
    assert patched.json()["data"] == {"a": "2"}
    assert served.http.delete(f"{maps}/one?dryRun=All").status_code == 200
    assert served.http.get(f"{maps}/one").json()["data"] == {"a": "1"}


def test_names_are_generated(served: Any, maps: str) -> None:
    made = [served.http.post(maps, json={"metadata": {"generateName": "run-"}}).json() for _ in range(2)]
    names = {each["metadata"]["name"] for each in made}
    assert len(names) == 2
    assert all(name.startswith("run-") and len(name) == 9 for name in names)


def test_lists_come_in_parts(served: Any, maps: str) -> None:
    for name in ("a", "b", "c"):
        served.http.post(maps, json=config_map(name))
    first = served.http.get(maps, params={"limit": "2"}).json()
    assert first["kind"] == "ConfigMapList"
    assert (first["metadata"]["remainingItemCount"], len(first["items"])) == (2, 2)
    rest = served.http.get(maps, params={"limit": "2", "continue": first["metadata"]["continue"]}).json()
    names = [each["metadata"]["name"] for each in first["items"] + rest["items"]]
    assert names == ["a", "b", "c", "kube-root-ca.crt"]
    assert "continue" not in rest["metadata"]


def test_a_collection_is_deleted_by_selector(served: Any, maps: str) -> None:
    for name, color in (("a", "red"), ("b", "red"), ("c", "blue")):
        served.http.post(maps, json={"metadata": {"name": name, "labels": {"color": color}}})
    served.http.delete(maps, params={"labelSelector": "color=red"})
    left = served.http.get(maps, params={"labelSelector": "color"}).json()["items"]
    assert [each["metadata"]["name"] for each in left] == ["c"]


def test_warnings_and_strictness_about_unknown_fields(served: Any, maps: str) -> None:
    body = {"metadata": {"name": "one"}, "date": {"a": "b"}}
    strict = served.http.post(f"{maps}?fieldValidation=Strict", json=body)
    assert (strict.status_code, 'unknown field "date"' in strict.json()["message"]) == (400, True)
    warned = served.http.post(maps, json=body)
    assert warned.headers["Warning"] == '299 - "unknown field \\"date\\""'
    assert "Warning" not in served.http.patch(f"{maps}/one?fieldValidation=Ignore", json=body, headers=MERGE).headers


def test_unknown_fields_of_a_custom_object_are_dropped(served: Any, isvcs: str) -> None:
    body = {"metadata": {"name": "iris"}, "spec": {"predictor": {"minReplicas": 1, "minReplica": 2}}}
    made = served.http.post(isvcs, json=body)
    assert made.json()["spec"] == {"predictor": {"minReplicas": 1}}
    assert 'unknown field \\"spec.predictor.minReplica\\"' in made.headers["Warning"]


def test_deletion_waits_for_finalizers(served: Any, isvcs: str) -> None:
    served.http.post(isvcs, json={"metadata": {"name": "iris", "finalizers": ["example.com/hold"]}, "spec": {}})
    held = served.http.delete(f"{isvcs}/iris").json()
    assert "deletionTimestamp" in held["metadata"]
    served.http.patch(f"{isvcs}/iris", json={"metadata": {"finalizers": None}}, headers=MERGE)
    assert served.http.get(f"{isvcs}/iris").status_code == 404
    served.http.post(isvcs, json={"metadata": {"name": "iris"}, "spec": {}})
    gone = served.http.delete(f"{isvcs}/iris").json()
    assert (gone["kind"], gone["status"], gone["details"]["name"]) == ("Status", "Success", "iris")


def test_a_delete_may_insist_on_the_object_it_means(served: Any, maps: str) -> None:
    served.http.post(maps, json=config_map("one"))
    body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "another"}}
    refused = served.http.request("DELETE", f"{maps}/one", json=body)
    assert (refused.status_code, "UID in precondition: another" in refused.json()["message"]) == (409, True)


def test_a_watch_starts_where_a_list_ended(served: Any, maps: str) -> None:
    version = served.http.get(maps).json()["metadata"]["resourceVersion"]
    served.http.post(maps, json=config_map("one"))
    with watching(served, maps, resourceVersion=version) as events:
        assert [next(events)["type"]] == ["ADDED"]
        served.http.patch(f"{maps}/one", json={"data": {"a": "b"}}, headers=MERGE)
        changed = next(events)
        assert (changed["type"], changed["object"]["data"], changed["object"]["kind"]) == (
            "MODIFIED",
            {"a": "b"},
            "ConfigMap",
        )
        served.http.delete(f"{maps}/one")
        assert next(events)["type"] == "DELETED"


def test_a_watch_sees_objects_come_into_its_selector_and_leave(served: Any, maps: str) -> None:
    served.http.post(maps, json=config_map("one"))
    with watching(served, maps, labelSelector="seen=yes") as events:
        for value in ("yes", "yes", "no"):
            labels = {"metadata": {"labels": {"seen": value}}, "data": {"n": value}}
            served.http.patch(f"{maps}/one", json=labels, headers=MERGE)
        assert [next(events)["type"], next(events)["type"]] == ["ADDED", "DELETED"]


def test_a_watch_may_begin_with_the_present_state_and_say_when_it_ends(served: Any, maps: str) -> None:
    wish = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    with watching(served, maps, **wish) as events:
        first, second = next(events), next(events)
    assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "kube-root-ca.crt")
    assert second["type"] == "BOOKMARK"
    assert second["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_ends_after_its_timeout_with_a_bookmark(served: Any, maps: str) -> None:
    version = served.http.get(maps).json()["metadata"]["resourceVersion"]
    with watching(served, maps, resourceVersion=version, timeoutSeconds="1", allowWatchBookmarks="true") as events:
        assert [each["type"] for each in events] == ["BOOKMARK"]


def test_a_watch_too_far_back_is_gone(served: Any, maps: str) -> None:
    version = served.http.get(maps).json()["metadata"]["resourceVersion"]
    one = served.http.post(maps, json=config_map("one")).json()

    def change() -> None:
        del one["metadata"]["resourceVersion"]
        for number in range(WATCH_LOG_LENGTH):
            served.store.update(CONFIG_MAPS, {**one, "data": {"n": str(number)}})

    served.on_loop(change)
    gone = served.http.get(maps, params={"watch": "true", "resourceVersion": version})
    assert (gone.status_code, gone.json()["reason"]) == (410, "Expired")


def test_tables_and_metadata_only(served: Any, maps: str) -> None:
    served.http.post(maps, json=config_map("one", a="b"))
    as_table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
    table = served.http.get(f"{maps}/one", headers=as_table).json()
    assert table["rows"][0]["cells"][:2] == ["one", 1]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    partial = {"Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}
    items = served.http.get(maps, headers=partial).json()["items"]
    assert all(set(each) == {"kind", "apiVersion", "metadata"} for each in items)


def test_discovery_in_both_forms(served: Any) -> None:
    aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    answer = served.http.get("/apis", headers={"Accept": aggregated})
    assert answer.headers["Content-Type"] == aggregated
    groups = {each["metadata"]["name"] for each in answer.json()["items"]}
    legacy = {each["name"] for each in served.http.get("/apis").json()["groups"]}
    assert groups == legacy
    assert served.http.get("/apis/apps/v1").json()["groupVersion"] == "apps/v1"
    assert served.http.get("/api/v1").json()["resources"]


def test_fired_faults_can_be_read(served: Any, namespace: str) -> None:
    def seed() -> None:
        found = served.store.get(NAMESPACES, "", namespace)
        found["metadata"]["annotations"] = {PREFIX + "slow-start": "always"}
        served.store.update(NAMESPACES, found)
        served.faults.fires("slow-start", namespace)

    served.on_loop(seed)
    fired = served.http.get("/embedded/faults").json()
    assert {"knob": "slow-start", "namespace": namespace, "fired": 1} in fired


def test_an_object_of_a_strange_shape_does_not_end_the_server(served: Any, isvcs: str) -> None:
    for spec in ("text", [1], None, {"predictor": 3}):
        served.http.post(isvcs, json={"metadata": {"generateName": "odd-"}, "spec": spec})
    as_table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    assert len(served.http.get(isvcs, headers=as_table).json()["rows"]) == 4


def test_a_watch_ends_with_its_client(served: Any, maps: str) -> None:
    before = served.on_loop(lambda: served.store.watchers)
    with watching(served, maps, sendInitialEvents="true", resourceVersionMatch="NotOlderThan") as events:
        next(events)
        assert served.on_loop(lambda: served.store.watchers) == before + 1
    deadline = time.monotonic() + 2
    while served.on_loop(lambda: served.store.watchers) > before and time.monotonic() < deadline:
        served.http.get("/readyz")
    assert served.on_loop(lambda: served.store.watchers) == before


def test_the_end_of_a_long_log(served: Any, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    spec = {"containers": [{"name": "main", "image": "web:1"}]}
    served.http.post(pods, json={"metadata": {"name": "web"}, "spec": spec})
    lines = [f"line {number} {'x' * (number % 70)}" for number in range(20_000)]
    (served.logs.folder / f"{namespace}_web_main.log").write_text("\n".join(lines) + "\n")
    for wanted in (1, 3, 5_000, 30_000):
        assert served.http.get(f"{pods}/web/log", params={"tailLines": wanted}).text.splitlines() == lines[-wanted:]
    assert served.http.get(f"{pods}/web/log", params={"tailLines": 0}).text == ""
    assert served.http.get(f"{pods}/web/log", params={"limitBytes": 100_000}).text == "\n".join(lines)[:100_000]
