"""The kubelet's liveness probes (kubernetes pkg/kubelet/prober): of HTTP and of TCP. A command is taken to succeed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import aiohttp

from kserve_conformance.embedded.objects import Obj


async def has_failed(address: str, container: Obj) -> None:
    """Returns once a container's probe has failed as often in a row as it says."""
    probe = container["livenessProbe"]
    ports = {each["name"]: each["containerPort"] for each in container.get("ports") or () if "name" in each}
    await asyncio.sleep(probe.get("initialDelaySeconds", 0))
    failures = 0
    while failures < probe.get("failureThreshold", 3):
        await asyncio.sleep(probe.get("periodSeconds", 10))
        failures = 0 if await _succeeds(address, probe, ports) else failures + 1


async def _succeeds(address: str, probe: Obj, ports: Mapping[object, int]) -> bool:
    with contextlib.suppress(OSError, TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(probe.get("timeoutSeconds", 1)):
            if "httpGet" in probe:
                return await _answers(address, probe["httpGet"], ports)
            if "tcpSocket" in probe:
                port = probe["tcpSocket"]["port"]
                _, writer = await asyncio.open_connection(address, ports.get(port, port))
                writer.close()
            return True
    return False


async def _answers(address: str, asked: Obj, ports: Mapping[object, int]) -> bool:
    url = f"http://{address}:{ports.get(asked['port'], asked['port'])}{asked.get('path', '/')}"
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        return 200 <= answer.status < 400
