"""Choosing the platform: start the embedded one, or find the cluster of a kubeconfig."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Literal

from kubernetes.config import ConfigException

from kserve_conformance.kube.client import KubeError
from kserve_conformance.model import Capability, Versions
from kserve_conformance.platform import contexts, detection
from kserve_conformance.platform.connected import Platform
from kserve_conformance.platform.contexts import PlatformUnreachable

STARTS_WITHIN = 120.0
STOPS_WITHIN = 20.0
SHOWN_LINES = 3
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Opening:
    """A platform that answers. `close` may be called twice and ends only what was started here."""

    kubeconfig: str
    context: str
    server: str
    versions: Versions
    capabilities: tuple[Capability, ...]
    started_here: bool = False
    close: Callable[[], None] = field(default=lambda: None)


def find(
    target: Literal["embedded", "kind", "cluster"], *, stack: str, kubeconfig: str = "", context: str = ""
) -> Opening:
    """What the user asked for, and nothing else. Raises PlatformUnreachable."""
    match target:
        case "embedded":
            return start_embedded(stack)
        case "kind":
            return find_kind(kubeconfig, context)
        case "cluster":
            return find_cluster(kubeconfig, context)


def connect(kubeconfig: str, context: str) -> Platform:
    return Platform(kubeconfig, context)


def find_cluster(kubeconfig: str, context: str) -> Opening:
    """Empty strings mean what kubectl means: $KUBECONFIG or ~/.kube/config, and its current context."""
    return _open(kubeconfig, contexts.of_cluster(kubeconfig, context))


def find_kind(kubeconfig: str, context: str) -> Opening:
    """Without a context, the one Kind cluster that `make cluster` made."""
    return _open(kubeconfig, contexts.of_kind(kubeconfig, context))


def start_embedded(stack: str) -> Opening:
    """A process of its own that ends with this one, however this one ends: its input is a pipe that breaks."""
    command = [sys.executable, "-m", "kserve_conformance.embedded", "up", "--stack", stack, "--lifeline"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is ours to handle: the suites clean up on a platform that still runs
    )
    assert process.stdout is not None
    kubeconfig, said = _announced(process.stdout, time.monotonic() + STARTS_WITHIN)

    def close() -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    if kubeconfig is None:
        close()
        last = " ".join(said.splitlines()[-SHOWN_LINES:])
        raise PlatformUnreachable(
            f"the embedded platform did not start: {last or 'it said nothing'}",
            next=f"see it alone: python -m kserve_conformance.embedded up --stack {stack}",
        )
    try:
        found = _open(kubeconfig, "")
    except PlatformUnreachable:
        close()
        raise
    return Opening(**{**vars(found), "started_here": True, "close": close})


def _announced(output: IO[bytes], deadline: float) -> tuple[str | None, str]:
    """The path in the line `export KUBECONFIG=...`, printed once the platform is ready, and all that was said."""
    said = ""
    while (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([output], [], [], left)
        part = os.read(output.fileno(), 4096) if readable else b""
        if not part:
            break
        said += part.decode()
        for line in said.splitlines(keepends=True):
            if "KUBECONFIG=" in line and line.endswith("\n"):
                # Whatever it says from now on must not fill the pipe.
                threading.Thread(target=output.read, daemon=True).start()
                return line.partition("KUBECONFIG=")[2].strip(), said
    return None, said


def _open(kubeconfig: str, context: str) -> Opening:
    try:
        platform = connect(kubeconfig, context)
        return Opening(
            kubeconfig=kubeconfig,
            context=context,
            server=platform.client.server,
            versions=platform.versions,
            capabilities=detection.capabilities(platform.client),
        )
    except KubeError as error:
        if error.code != UNAUTHORIZED:
            raise PlatformUnreachable(str(error), next=_see(kubeconfig, context)) from error
        raise PlatformUnreachable(
            f"the API server does not accept the credentials of context {context}",
            next=f"log in again, then see: kubectl auth whoami{_as_given(kubeconfig, context)}",
        ) from error
    except (ConfigException, OSError, ValueError) as error:
        # ValueError: certificates and keys that are no base64, or no certificates.
        raise PlatformUnreachable(f"the kubeconfig cannot be used: {error}", next=_see(kubeconfig, context)) from error


def _see(kubeconfig: str, context: str) -> str:
    return f"see: kubectl get namespaces{_as_given(kubeconfig, context)}"


def _as_given(kubeconfig: str, context: str) -> str:
    given = {"--kubeconfig": kubeconfig, "--context": context}
    return "".join(f" {option} {value}" for option, value in given.items() if value)
