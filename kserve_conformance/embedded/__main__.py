"""`python -m kserve_conformance.embedded up|status|down`: a KServe platform without a cluster, on loopback only."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from kserve_conformance.embedded import instances
from kserve_conformance.embedded.errors import PlatformError
from kserve_conformance.embedded.instances import Instance
from kserve_conformance.embedded.node.addresses import take_block
from kserve_conformance.embedded.platform import running
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import STACKS

FAILED, INTERRUPTED = 10, 2
STOPS_WITHIN = 20.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m kserve_conformance.embedded", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    up = actions.add_parser("up", help="start a platform and keep it running until Ctrl-C")
    up.add_argument("--stack", choices=sorted(STACKS), default="current", help="which versions to emulate")
    up.add_argument("--gateway-port", type=int, default=0, metavar="PORT", help="of the ingress (default: a free one)")
    up.add_argument(
        "--image",
        action="append",
        type=_image,
        default=[],
        metavar="NAME=PROGRAM.py",
        help="run this Python program in containers of this image (may be repeated)",
    )
    up.add_argument("--lifeline", action="store_true", help="stop when the standard input ends")
    actions.add_parser("status", help="the platforms that run: versions, addresses, memory")
    actions.add_parser("down", help="stop every platform of this user")
    options = parser.parse_args()
    try:
        match options.action:
            case "up":
                return _up(options)
            case "status":
                return _status()
            case _:
                return _down()
    except KeyboardInterrupt:
        return INTERRUPTED


def _image(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    program = Path(path).resolve()
    if not name or not program.is_file():
        raise argparse.ArgumentTypeError(f"{text}: NAME=PROGRAM.py with a file that exists is needed")
    return name, program


def _up(options: argparse.Namespace) -> int:
    try:
        with instances.folder() as folder, _reserved(options.gateway_port) as (block, api_port, gateway_port):
            # mode "w": a handler once closed stays closed, for tasks that end after the folder has gone
            logging.basicConfig(
                filename=folder / "platform.log",
                filemode="w",
                level=logging.INFO,
                format="%(asctime)s %(name)s %(message)s",
            )
            settings = Settings(
                folder,
                options.stack,
                api_port=api_port,
                gateway_port=gateway_port,
                block=block,
                images=dict(options.image),
            )
            return asyncio.run(_serve(settings, lifeline=options.lifeline))
    except* (PlatformError, OSError) as errors:
        print(f"embedded: {_innermost(errors)}", file=sys.stderr)
    return FAILED


async def _serve(settings: Settings, *, lifeline: bool) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    if lifeline:
        loop.add_reader(sys.stdin.fileno(), lambda: stop.set() if not os.read(sys.stdin.fileno(), 1024) else None)
    starting = asyncio.create_task(_until(settings, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting
    return 0


async def _until(settings: Settings, stop: asyncio.Event) -> None:
    async with running(settings):
        (settings.run_dir / "ready").touch()
        stack = STACKS[settings.stack]
        print(f"A rehearsal platform is up: stack {stack.name}, Kubernetes {stack.kubernetes}, Istio {stack.istio},")
        print(f"Knative {stack.knative}, KServe {stack.kserve}; gateway http://127.0.0.1:{settings.gateway_port}")
        print("In another terminal:")
        print(f"  export KUBECONFIG={settings.kubeconfig}")
        print("Ctrl-C stops it and removes everything it made.", flush=True)
        await stop.wait()


def _status() -> int:
    found = instances.running()
    if not found:
        print("no embedded platform is running; start one: python -m kserve_conformance.embedded up")
    for each in found:
        state = "ready" if each.ready else "starting"
        print(f"pid {each.pid}  {state}  {each.memory() / 2**20:.0f} MiB  KUBECONFIG={each.kubeconfig}")
    return 0


def _down() -> int:
    found = instances.running()
    for each in found:
        print(f"pid {each.pid}: {'stopped' if _stopped(each) else 'killed'}")
    if not found:
        print("no embedded platform is running")
    return 0


def _stopped(instance: Instance) -> bool:
    """Whether it ended by itself when asked to."""
    process = psutil.Process(instance.pid)
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except psutil.TimeoutExpired:
        process.kill()
        return False
    return True


@contextlib.contextmanager
def _reserved(gateway_port: int) -> Iterator[tuple[int, int, int]]:
    """A block of addresses, held, and two ports that are free now: of the API server and, 0 is any, of the gateway."""
    block, holder = take_block()
    with holder, _listening(0) as one, _listening(gateway_port) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
        one.close()
        two.close()
        yield block, ports[0], ports[1]


def _listening(port: int) -> socket.socket:
    """Envoy itself would only log that it cannot, and leave the gateway out."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise PlatformError(f"port {port} of 127.0.0.1: {why}; choose another --gateway-port") from error


def _innermost(error: BaseException) -> BaseException:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


if __name__ == "__main__":
    sys.exit(main())
