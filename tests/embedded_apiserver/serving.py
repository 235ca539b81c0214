"""An embedded API server of its own, in this process, and the real kubectl to ask it."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import yaml

from kserve_conformance.embedded.apiserver.http import ApiServer
from kserve_conformance.embedded.apiserver.resources import NAMESPACES, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import annotations_of
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import STACKS

KUBECTL = Path(sys.executable).with_name("kubectl")
T = TypeVar("T")


class FileTimes:
    """Every line of a log is as old as its file."""

    def at(self, path: Path, offset: int) -> float:
        assert offset <= path.stat().st_size
        return path.stat().st_mtime

    def since(self, path: Path, moment: float) -> int:
        return 0 if path.stat().st_mtime >= moment else path.stat().st_size


@dataclass
class LogFiles:
    """Logs as the kubelet would keep them, in one folder."""

    folder: Path
    log_times = FileTimes()

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path | None:
        path = self.folder / f"{namespace}_{pod}_{container}{'.previous' if previous else ''}.log"
        return path if path.exists() else None

    def finished(self, namespace: str, pod: str, container: str) -> bool:
        return (self.folder / f"{namespace}_{pod}_{container}.finished").exists()


@dataclass
class Served:
    """A running server; `on_loop` does something to the store where it lives."""

    store: Store
    settings: Settings
    faults: Faults
    logs: LogFiles
    loop: asyncio.AbstractEventLoop
    server: ApiServer
    token: str = ""

    def __post_init__(self) -> None:
        config = yaml.safe_load(self.settings.kubeconfig.read_text())
        self.token = config["users"][0]["user"]["token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        self.verify = ssl.create_default_context(cafile=str(self.settings.run_dir / "server.crt"))
        self.http = httpx.Client(base_url=f"https://127.0.0.1:{self.server.port}", headers=headers, verify=self.verify)

    def on_loop(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(5)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self.loop).result(10)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [KUBECTL, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        cache = str(self.settings.run_dir / "cache")
        return {**os.environ, "KUBECONFIG": str(self.settings.kubeconfig), "KUBECACHEDIR": cache}


@contextmanager
def serve(run_dir: Path, *, stack: str = "current") -> Iterator[Served]:
    store = Store(Registry())

    def annotations(namespace: str) -> dict[str, str]:
        found = store.find(NAMESPACES, "", namespace)
        return annotations_of(found) if found else {}

    settings = Settings(run_dir=run_dir, stack=stack, api_port=0, gateway_port=0, block=0)
    faults, logs = Faults(annotations), LogFiles(run_dir)
    for name in ("default", "kube-system", "kserve"):
        store.create(NAMESPACES, {"metadata": {"name": name}})
    server = ApiServer(store, settings, STACKS[stack], faults, logs)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="apiserver", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    running = Served(store, settings, faults, logs, loop, server)
    try:
        yield running
    finally:
        running.http.close()
        running.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
