"""What the embedded platform itself costs: every figure with its bound, all of one run, on a platform of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from kserve_conformance.bench import bare_envoy
from kserve_conformance.bench.api import Api
from kserve_conformance.bench.closed_loop import Loop, ask, closed_loop

NAMESPACE, SERVICES = "bench-embedded", "/apis/serving.kserve.io/v1beta1/namespaces/bench-embedded/inferenceservices"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
AT_ZERO, AT_ONCE, COLD_STARTS = 200, 50, 10
SECONDS, ROUNDS, CONNECTIONS = 0.4, 25, 8  # short beside the minutes in which a shared machine is slower or faster
QUESTION = json.dumps({"instances": [[6.8, 2.8, 4.8, 1.4]]}).encode()
AUTOSCALING = "autoscaling.knative.dev/"


@dataclass(frozen=True)
class Figure:
    """`kept` is None for one that has no bound."""

    name: str
    value: str
    bound: str = ""
    kept: bool | None = None

    def __str__(self) -> str:
        said = {None: "    ", True: "PASS", False: "FAIL"}[self.kept]
        return f"{said}  {self.name:<58} {self.value:>12}  {self.bound}"


class Measured:
    """Everything that is measured on one running platform."""

    def __init__(self, process: psutil.Process, kubeconfig: Path, gateway: str) -> None:
        self._process = process
        self._api = Api(kubeconfig)
        host, _, port = gateway.removeprefix("http://").rpartition(":")
        self._gateway = (host, int(port))
        self._domain = ""

    def figures(self) -> Iterator[Figure]:
        self._api.send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        allow = {"data": {"allow-zero-initial-scale": "true"}}
        self._api.send("PATCH", "/api/v1/namespaces/knative-serving/configmaps/config-autoscaler", allow)
        yield from self._requests()
        yield from self._objects()
        yield from self._few()
        yield from self._many()

    def _requests(self) -> Iterator[Figure]:
        """With the activator out of the way (no burst capacity wanted), and with it in the way, as is the default."""
        for name, capacity in (("warm", "0"), ("proxied", "-1")):
            self._create(name, {AUTOSCALING + "target-burst-capacity": capacity}, at_least=1)
        for name in ("warm", "proxied"):
            self._wait_ready([name])
        pods = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=serving.kserve.io/inferenceservice="
        direct = (self._api.get(pods + "warm")["items"][0]["status"]["podIP"], 8080)
        self._settled()
        with bare_envoy.two_in_a_row(direct) as bare:
            rounds = [
                (
                    self._load(direct, "warm", CONNECTIONS),
                    self._load(self._gateway, "warm", CONNECTIONS),
                    self._load(direct, "warm", 1),
                    self._load(self._gateway, "warm", 1),
                    self._load(bare, "warm", 1),
                    self._load(self._gateway, "proxied", CONNECTIONS),
                    self._load(self._gateway, "proxied", 1),
                )
                for _ in range(ROUNDS)
            ]
        rates = [[loop.rate for loop in each] for each in zip(*rounds, strict=True)]
        medians = [[loop.median for loop in each] for each in zip(*rounds, strict=True)]
        straight, through, _, _, _, proxied, _ = map(statistics.median, rates)
        added = statistics.median(b - a for a, b in zip(medians[2], medians[3], strict=True))
        floor = statistics.median(b - a for a, b in zip(medians[2], medians[4], strict=True))
        activator = statistics.median(b - a for a, b in zip(medians[2], medians[6], strict=True))
        yield Figure("requests a second to the model server itself", f"{straight:.0f}")
        share = statistics.median(b / a for a, b in zip(rates[0], rates[1], strict=True))
        yield Figure("throughput through gateway and queue proxy", f"{share:.1%}", ">= 90 % of that", share >= 0.9)
        yield Figure("requests a second through them", f"{through:.0f}")
        yield Figure("p50 that they add", f"{1000 * added:.2f} ms", "<= 0.5 ms", added <= 0.0005)
        yield Figure("p50 that two Envoys add which only pass requests on", f"{1000 * floor:.2f} ms")
        yield Figure("requests a second with the activator in the way", f"{proxied:.0f}")
        yield Figure("p50 that all three add", f"{1000 * activator:.2f} ms")

    def _load(self, address: tuple[str, int], name: str, connections: int) -> Loop:
        return closed_loop(address, self._host(name), _path(name), QUESTION, connections=connections, seconds=SECONDS)

    def _objects(self) -> Iterator[Figure]:
        began, total = time.monotonic(), 1200
        with ThreadPoolExecutor(4) as workers:
            each = total // 4
            for _ in workers.map(lambda worker: self._write(worker, each), range(4)):
                pass
        rate = total / (time.monotonic() - began)
        yield Figure("object writes a second, four clients", f"{rate:.0f}", ">= 300", rate >= 300)
        delays = sorted(self._watch_delays(300))
        late = delays[int(0.99 * len(delays))]
        yield Figure("watch event at the client, p99", f"{1000 * late:.1f} ms", "<= 20 ms", late <= 0.02)

    def _write(self, worker: int, count: int) -> None:
        api = self._api.another()
        for number in range(count):
            name = f"w-{worker}-{number}"
            api.send("POST", CONFIG_MAPS, {"metadata": {"name": name}, "data": {"k": "v"}})

    def _watch_delays(self, count: int) -> list[float]:
        """From the write's answer, when the object is stored, or from its event, if that is here first."""
        self._api.send("POST", CONFIG_MAPS, {"metadata": {"name": "watched"}, "data": {"n": "-1"}})
        seen: dict[int, float] = {}
        watch = self._api.another().watch(f"{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name=watched")

        def read() -> None:
            for event in watch:
                number = int(event["object"]["data"]["n"])
                seen[number] = time.monotonic()
                if number == count - 1:
                    return

        reader = threading.Thread(target=read)
        reader.start()
        written = []
        for number in range(count):
            self._api.send("PATCH", f"{CONFIG_MAPS}/watched", {"data": {"n": str(number)}})
            written.append(time.monotonic())
            time.sleep(0.01)
        reader.join(10)
        return [max(0.0, seen[number] - written[number]) for number in range(count)]

    def _few(self) -> Iterator[Figure]:
        names = [f"cold-{number}" for number in range(COLD_STARTS)]
        for name in names:
            self._create(name, {}, at_least=0)
        self._wait_ready(names)
        for name in ("warm", "proxied"):
            self._api.another().send("DELETE", f"{SERVICES}/{name}")
        self._wait_no_pods()
        median = self._cold_start(names)
        yield Figure(f"cold start, p50 of {COLD_STARTS}", f"{median:.2f} s", "<= 0.3 s", median <= 0.3)

    def _many(self) -> Iterator[Figure]:
        began = time.monotonic()
        names = [f"many-{number}" for number in range(AT_ONCE)]
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda name: self._create(name, {}, at_least=0), names))
        self._wait_ready(names)
        yield Figure(f"{AT_ONCE} InferenceServices created at once, all Ready", f"{time.monotonic() - began:.1f} s")
        rest = [f"zero-{number}" for number in range(AT_ZERO - AT_ONCE - COLD_STARTS)]
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda name: self._create(name, {AUTOSCALING + "initial-scale": "0"}, at_least=0), rest))
        self._wait_ready(rest)
        self._wait_no_pods()
        median = self._cold_start(names)
        yield Figure(f"cold start, p50 of {COLD_STARTS}, with {AT_ZERO} at zero", f"{median:.2f} s")
        self._wait_no_pods()
        self._settled()
        memory = sum(each.memory_full_info().pss for each in self._tree()) / 1e6
        yield Figure(f"memory (PSS) with {AT_ZERO} at zero", f"{memory:.0f} MB", "<= 600 MB", memory <= 600)
        before, since = self._cpu(), time.monotonic()
        time.sleep(8)
        share = (self._cpu() - before) / (time.monotonic() - since)
        yield Figure("CPU when idle", f"{share:.2%}", "< 1 % of a core", share < 0.01)

    def _cold_start(self, names: list[str]) -> float:
        """The median in seconds, of services that had pods: one that never had any is first decided on at the
        autoscaler's next tick, up to 2 s later, here as on a cluster."""
        took = []
        for name in names[:COLD_STARTS]:
            began = time.monotonic()
            ask(self._gateway, self._host(name), _path(name), QUESTION)
            took.append(time.monotonic() - began)
        return statistics.median(took)

    def _create(self, name: str, annotations: dict[str, str], *, at_least: int) -> None:
        model = {
            "modelFormat": {"name": "sklearn"},
            "storageUri": "gs://kfserving-examples/models/sklearn/1.0/model",
        }
        service = {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"predictor": {"minReplicas": at_least, "model": model}},
        }
        self._api.another().send("POST", SERVICES, service)

    def _host(self, name: str) -> str:
        if not self._domain:
            url = self._api.get(f"{SERVICES}/{name}")["status"]["url"]
            self._domain = url.partition(f"{name}.{NAMESPACE}.")[2]
        return f"{name}.{NAMESPACE}.{self._domain}"

    def _wait_ready(self, names: list[str]) -> None:
        wanted = set(names)
        self._until(lambda: wanted <= {each["metadata"]["name"] for each in self._list(SERVICES) if _ready(each)})

    def _wait_no_pods(self) -> None:
        self._until(lambda: not self._list(f"/api/v1/namespaces/{NAMESPACE}/pods"))

    def _list(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._api.get(path)["items"]
        return items

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the platform did not get there within 90 s")
            time.sleep(0.1)

    def _settled(self) -> None:
        """Nothing goes on any more because of what was asked for before."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            before, since = self._cpu(), time.monotonic()
            time.sleep(1)
            if (self._cpu() - before) / (time.monotonic() - since) < 0.05:
                return

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def _cpu(self) -> float:
        times = [each.cpu_times() for each in self._tree()]
        return sum(each.user + each.system for each in times)


def _path(name: str) -> str:
    return f"/v1/models/{name}:predict"


def _ready(service: dict[str, Any]) -> bool:
    conditions = (service.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


@contextmanager
def platform(stack: str) -> Iterator[Measured]:
    command = [sys.executable, "-m", "kserve_conformance.embedded", "up", "--lifeline", "--stack", stack]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        gateway = said.partition("gateway ")[2].split()[0]
        kubeconfig = Path(said.partition("KUBECONFIG=")[2].split()[0])
        try:
            yield Measured(psutil.Process(process.pid), kubeconfig, gateway)
        finally:
            process.stdin.close()
