"""Pods from the store become processes, and their ends become statuses."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager

import httpx
import psutil

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.objects import is_true

QUEUE = {
    "name": "queue-proxy",
    "image": "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.21.1",
    "ports": [{"name": "queue-port", "containerPort": 8012}],
}
ROWS = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}


def ready(pod):
    return pod is not None and is_true(pod, "Ready")


def gone(pod):
    return pod is None


def container(pod, name="kserve-container", kind="containerStatuses"):
    every = ((pod or {}).get("status") or {}).get(kind) or ()
    return next((each for each in every if each["name"] == name), {})


def loaded(pod):
    return container(pod).get("ready", False)


def processes(pod):
    """Those of the pod, which listen on its address; closed connections outlive them there for a minute."""
    address, listening = pod["status"]["podIP"], psutil.CONN_LISTEN
    return [each.pid for each in psutil.net_connections() if each.laddr[:1] == (address,) and each.status == listening]


async def predict(pod):
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://{pod['status']['podIP']}:8080/v1/models/iris:predict", json=ROWS)
    return answer.json()


@asynccontextmanager
async def queue_proxy(address):
    server = await asyncio.start_server(lambda _, writer: writer.close(), address, 8012)
    try:
        yield
    finally:
        server.close()


def test_pod_loads_its_model_serves_and_goes(on_node):
    async def story(node):
        node.pod("iris")
        pod = await node.until("iris", lambda pod: ready(pod) and processes(pod))
        assert await predict(pod) == {"predictions": [1, 1]}
        assert pod["status"]["phase"] == "Running"
        assert container(pod, "storage-initializer", "initContainerStatuses")["state"]["terminated"]["exitCode"] == 0
        log = node.kubelet.path("team-a", "iris", "storage-initializer", False)
        assert "Successfully copied gs://" in log.read_text()
        node.store.delete(PODS, "team-a", "iris")
        await node.until("iris", gone)
        assert processes(pod) == []
        assert not log.exists()

    on_node(story)


def test_knative_pod_is_ready_when_model_server_and_queue_proxy_listen(on_node):
    async def story(node):
        pod = node.pod("iris")
        spec = pod["spec"]
        node.store.delete(PODS, "team-a", "iris", grace_seconds=0)
        node.pod("knative", containers=[*spec["containers"], QUEUE])
        pod = await node.until("knative", loaded)
        assert not ready(pod)
        async with queue_proxy(pod["status"]["podIP"]):
            await node.until("knative", ready)

    on_node(story)


def test_missing_model_is_told_with_its_message(on_node):
    async def story(node):
        node.pod("iris", uri="gs://kfserving-examples/models/nowhere")

        def backs_off(pod):
            state = container(pod, "storage-initializer", "initContainerStatuses").get("state", {})
            return state.get("waiting", {}).get("reason") == "CrashLoopBackOff"

        pod = await node.until("iris", backs_off)
        ended = container(pod, "storage-initializer", "initContainerStatuses")["lastState"]["terminated"]
        assert ended["exitCode"] == 1
        assert ended["reason"] == "Error"
        assert "No model found in gs://kfserving-examples/models/nowhere" in ended["message"]
        assert "BackOff" in node.reasons()

    on_node(story)


def test_killed_model_server_is_started_again(on_node):
    async def story(node):
        node.pod("iris")
        pod = await node.until("iris", lambda pod: ready(pod) and processes(pod))
        for pid in processes(pod):
            os.kill(pid, signal.SIGKILL)
        pod = await node.until("iris", lambda pod: container(pod)["restartCount"] == 1 and processes(pod))
        assert container(pod)["lastState"]["terminated"]["exitCode"] == 137
        assert await predict(pod) == {"predictions": [1, 1]}

    on_node(story)


def test_terminating_pod_waits_for_its_requests(on_node):
    async def story(node):
        spec = node.pod("model")["spec"]
        node.pod("iris", containers=[*spec["containers"], QUEUE])
        pod = await node.until("iris", loaded)
        node.requests.active["iris"] = 1
        node.store.delete(PODS, "team-a", "iris")
        await asyncio.sleep(0.5)  # longer than the quiet period: only the request holds the pod
        assert await predict(pod) == {"predictions": [1, 1]}
        node.requests.active.clear()
        await node.until("iris", gone, within=3)

    on_node(story)


def test_pod_deleted_by_force_is_killed_at_once(on_node):
    async def story(node):
        node.pod("iris")
        pod = await node.until("iris", lambda pod: ready(pod) and processes(pod))
        node.store.delete(PODS, "team-a", "iris", grace_seconds=0)
        async with asyncio.timeout(10):  # far less than the grace period it would have otherwise
            while processes(pod):
                await asyncio.sleep(0.01)

    on_node(story)


def test_image_that_is_not_there(on_node):
    async def story(node):
        node.pod("stranger", initContainers=[], containers=[{"name": "web", "image": "nginx"}])
        pod = await node.until("stranger", lambda _: "Failed" in node.reasons())
        assert container(pod, "web")["state"]["waiting"]["reason"] == "ErrImagePull"
        node.store.delete(PODS, "team-a", "stranger")
        await node.until("stranger", gone)

    on_node(story)


def test_components_run_inside_the_platform(on_node):
    async def story(node):
        image = "docker.io/istio/pilot:1.27.1"
        node.pod("istiod", initContainers=[], containers=[{"name": "discovery", "image": image}])
        await node.until("istiod", ready)
        node.store.delete(PODS, "team-a", "istiod")
        await node.until("istiod", gone, within=2)

    on_node(story)


SAID = "import kserve, os; print(kserve.__name__, os.environ['EMBEDDED_IMAGE_VERSION'])"


def test_a_command_is_instead_of_the_image_s_own(on_node):
    async def story(node):
        own = {"name": "own", "image": "kserve/sklearnserver:v0.20.0", "command": ["python", "-c", SAID]}
        node.pod("a", initContainers=[], containers=[own], volumes=[])
        await node.until("a", lambda pod: "terminated" in str(container(pod, "own").get("lastState", "")))
        log = node.kubelet.path("team-a", "a", "own", True)
        assert log.read_text().splitlines()[-1] == "kserve 0.20.0"

    on_node(story)
