"""The official Kubernetes client for Python."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config, dynamic, utils, watch
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

from tests.clients.iris import GROUP, NAME, PLURAL, READY_WITHIN, VERSION, Iris, is_ready, manifest

ISVC = (GROUP, VERSION)
row = pytest.mark.row
CLIENT = "kubernetes (Python)"


@pytest.fixture
def api(up: Any) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(up.kubeconfig)) as made:
        yield made


@pytest.fixture
def core(api: client.ApiClient) -> client.CoreV1Api:
    return client.CoreV1Api(api)


@pytest.fixture
def custom(api: client.ApiClient) -> client.CustomObjectsApi:
    return client.CustomObjectsApi(api)


@pytest.fixture
def dyn(api: client.ApiClient) -> dynamic.DynamicClient:
    return dynamic.DynamicClient(api)


def config_map(name: str, **data: str) -> client.V1ConfigMap:
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"app": name}), data=data)


@row(client=CLIENT, does="load_kube_config")
def test_load_kube_config(up: Any) -> None:
    contexts, active = config.list_kube_config_contexts(str(up.kubeconfig))
    assert active in contexts
    config.load_kube_config(str(up.kubeconfig), context=active["name"])
    assert client.VersionApi().get_code().git_version.startswith("v1.")


@row(client=CLIENT, does="CoreV1Api: typed objects")
def test_typed_objects(core: Any, namespace: str) -> None:
    made = core.create_namespaced_config_map(namespace, config_map("one", a="1"))
    made.data["b"] = "2"
    replaced = core.replace_namespaced_config_map("one", namespace, made)
    assert core.read_namespaced_config_map("one", namespace).data == {"a": "1", "b": "2"}
    with pytest.raises(client.ApiException, match="the object has been modified") as stale:
        core.replace_namespaced_config_map("one", namespace, made)
    assert (stale.value.status, replaced.metadata.uid) == (409, made.metadata.uid)
    secret = client.V1Secret(metadata=client.V1ObjectMeta(generate_name="key-"), string_data={"word": "open"})
    stored = core.create_namespaced_secret(namespace, secret)
    assert base64.b64decode(stored.data["word"]) == b"open"
    core.delete_namespaced_config_map("one", namespace)
    assert core.list_namespaced_config_map(namespace, label_selector="app=one").items == []


@row(client=CLIENT, does="lists in chunks")
def test_chunks(core: Any, namespace: str) -> None:
    for number in range(5):
        core.create_namespaced_config_map(namespace, config_map(f"c{number}"))
    names, token = [], ""
    while True:
        page = core.list_namespaced_config_map(namespace, limit=2, _continue=token)
        names += [each.metadata.name for each in page.items]
        if not (token := page.metadata._continue):
            break
    assert [each for each in names if each.startswith("c")] == ["c0", "c1", "c2", "c3", "c4"]


@row(client=CLIENT, does="InferenceService: create, watch until Ready, patch, delete")
def test_inference_service(custom: Any, namespace: str) -> None:
    custom.create_namespaced_custom_object(*ISVC, namespace, PLURAL, manifest())
    watcher = watch.Watch()
    for event in watcher.stream(
        custom.list_namespaced_custom_object, *ISVC, namespace, PLURAL, timeout_seconds=READY_WITHIN
    ):
        if is_ready(event["object"]):
            watcher.stop()
    change = {"metadata": {"labels": {"team": "a"}}}
    patched = custom.patch_namespaced_custom_object(*ISVC, namespace, PLURAL, NAME, change)
    assert is_ready(patched)
    selected = custom.list_namespaced_custom_object(*ISVC, namespace, PLURAL, label_selector="team=a")
    assert [each["metadata"]["name"] for each in selected["items"]] == [NAME]
    custom.delete_namespaced_custom_object(*ISVC, namespace, PLURAL, NAME)
    for event in watcher.stream(custom.list_namespaced_custom_object, *ISVC, namespace, PLURAL, timeout_seconds=20):
        if event["type"] == "DELETED":
            watcher.stop()
    with pytest.raises(client.ApiException) as gone:
        custom.get_namespaced_custom_object(*ISVC, namespace, PLURAL, NAME)
    assert gone.value.status == 404


@row(client=CLIENT, does="patch types: JSON, merge, strategic")
def test_patch_types(core: Any, custom: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("one", a="1", b="2"))
    core.patch_namespaced_config_map("one", namespace, [{"op": "remove", "path": "/data/a"}])
    core.patch_namespaced_config_map("one", namespace, {"data": {"c": "3"}})
    assert core.read_namespaced_config_map("one", namespace).data == {"b": "2", "c": "3"}
    custom.create_namespaced_custom_object(*ISVC, namespace, PLURAL, manifest())
    steps = [{"op": "add", "path": "/spec/predictor/maxReplicas", "value": 2}]
    patched = custom.patch_namespaced_custom_object(
        *ISVC, namespace, PLURAL, NAME, steps, _content_type="application/json-patch+json"
    )
    assert patched["spec"]["predictor"]["maxReplicas"] == 2
    with pytest.raises(client.ApiException) as refused:
        custom.patch_namespaced_custom_object(
            *ISVC, namespace, PLURAL, NAME, {"spec": {}}, _content_type="application/strategic-merge-patch+json"
        )
    assert refused.value.status == 415


@row(client=CLIENT, does="dynamic client: server-side apply")
def test_server_side_apply(dyn: Any, namespace: str) -> None:
    isvcs = dyn.resources.get(api_version="serving.kserve.io/v1beta1", kind="InferenceService")
    applied = manifest(maxReplicas=1)
    dyn.server_side_apply(isvcs, applied, name=NAME, namespace=namespace, field_manager="one")
    applied["spec"]["predictor"]["maxReplicas"] = 3
    with pytest.raises(dynamic.exceptions.ConflictError, match=r"conflict with \\\"one\\\""):
        dyn.server_side_apply(isvcs, applied, name=NAME, namespace=namespace, field_manager="two")
    forced = dyn.server_side_apply(
        isvcs, applied, name=NAME, namespace=namespace, field_manager="two", force_conflicts=True
    )
    assert forced.spec.predictor.maxReplicas == 3
    owners = {each.manager for each in isvcs.get(name=NAME, namespace=namespace).metadata.managedFields}
    assert {"one", "two"} <= owners


@row(client=CLIENT, does="dynamic client: discovery, get, watch")
def test_dynamic(dyn: Any, namespace: str) -> None:
    maps = dyn.resources.get(api_version="v1", kind="ConfigMap")
    assert {each.kind for each in dyn.resources.search(group="serving.kserve.io")} >= {"InferenceService"}
    maps.create(body={"metadata": {"name": "one"}, "data": {"a": "1"}}, namespace=namespace)
    seen = []
    for event in maps.watch(namespace=namespace, field_selector="metadata.name=one", timeout=10):
        seen.append((event["type"], event["object"].metadata.name))
        if event["type"] == "DELETED":
            break
        maps.delete(name="one", namespace=namespace)
    assert seen == [("ADDED", "one"), ("DELETED", "one")]


@row(client=CLIENT, does="watch: goes on from a resource version")
def test_watch_goes_on(core: Any, namespace: str) -> None:
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("one"))
    core.delete_namespaced_config_map("one", namespace)
    seen = [
        (event["type"], event["object"].metadata.name)
        for event in watch.Watch().stream(
            core.list_namespaced_config_map,
            namespace,
            resource_version=version,
            label_selector="app",
            timeout_seconds=1,
        )
    ]
    assert seen == [("ADDED", "one"), ("DELETED", "one")]


@row(client=CLIENT, does="utils.create_from_yaml")
def test_create_from_yaml(api: Any, core: Any, namespace: str, tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: '1'}\n---\n"
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: two}\n"
    )
    utils.create_from_yaml(api, str(path), namespace=namespace)
    assert core.read_namespaced_config_map("one", namespace).data == {"a": "1"}
    assert core.read_namespaced_service_account("two", namespace).metadata.name == "two"
    with pytest.raises(utils.FailToCreateError, match="AlreadyExists"):
        utils.create_from_yaml(api, str(path), namespace=namespace)


@row(client=CLIENT, does="leader election with a Lease")
def test_leader_election(up: Any, api: Any, namespace: str) -> None:
    config.load_kube_config(str(up.kubeconfig))

    def lead() -> None:
        raise RuntimeError("enough")  # which ends the election

    elected = electionconfig.Config(
        LeaseLock("leader", namespace, "me"),
        lease_duration=4,
        renew_deadline=3,
        retry_period=1,
        onstarted_leading=lead,
        onstopped_leading=lambda: None,
    )
    leaderelection.LeaderElection(elected).run()
    lease = client.CoordinationV1Api(api).read_namespaced_lease("leader", namespace)
    assert lease.spec.holder_identity == "me"


@row(client=CLIENT, does="pods: events and logs")
def test_events_and_logs(core: Any, served_iris: Iris) -> None:
    about = f"involvedObject.kind=Pod,involvedObject.name={served_iris.pod}"
    events = core.list_namespaced_event(served_iris.namespace, field_selector=about).items
    assert "Started" in {each.reason for each in events}
    now = datetime.datetime.now(datetime.UTC)
    assert all(each.last_timestamp <= now for each in events)
    where = (served_iris.pod, served_iris.namespace)
    text = core.read_namespaced_pod_log(*where, container="kserve-container")
    last = core.read_namespaced_pod_log(*where, container="kserve-container", tail_lines=1)
    assert text.endswith(last)
    lines = watch.Watch().stream(core.read_namespaced_pod_log, *where, container="kserve-container")
    assert next(iter(lines)) == text.splitlines()[0]


@row(client=CLIENT, does="AppsV1Api: scale and roll out a Deployment")
def test_deployments(api: Any, served_iris: Iris) -> None:
    apps = client.AppsV1Api(api)
    found = apps.list_namespaced_deployment(
        served_iris.namespace, label_selector=f"serving.kserve.io/inferenceservice={NAME}"
    ).items
    assert [each.status.available_replicas for each in found] == [1]
    scale = apps.read_namespaced_deployment_scale(found[0].metadata.name, served_iris.namespace)
    assert (scale.spec.replicas, scale.status.replicas) == (1, 1)


@row(client=CLIENT, does="AuthorizationV1Api: may I?")
def test_reviews(api: Any, namespace: str) -> None:
    attributes = client.V1ResourceAttributes(namespace=namespace, verb="create", resource=PLURAL, group=GROUP)
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    assert client.AuthorizationV1Api(api).create_self_subject_access_review(review).status.allowed


@row(client=CLIENT, does="CustomResourceDefinition of one's own")
def test_definitions(api: Any, custom: Any, namespace: str) -> None:
    path = f"widgets-{namespace}"
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{path}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": path, "singular": path[:-1], "kind": "Widget", "listKind": "WidgetList"},
            "versions": [version],
        },
    }
    definitions = client.ApiextensionsV1Api(api)
    definitions.create_custom_resource_definition(body)
    try:
        widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 1}}
        made = custom.create_namespaced_custom_object("example.com", "v1", namespace, path, widget)
        assert made["spec"] == {"size": 1}
    finally:
        definitions.delete_custom_resource_definition(f"{path}.example.com")
