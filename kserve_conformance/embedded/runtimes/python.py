"""Python programs of the user's own, with KServe's SDK at hand: `python server.py …`, `python -m …`, `python -c …`."""

from __future__ import annotations

import http.server
import importlib
import runpy
import sys
from pathlib import Path
from typing import Any

import kserve
from kserve import model_server

from kserve_conformance.embedded.runtimes import kserve_0_10, misbehaving, seeded
from kserve_conformance.embedded.runtimes.misbehaving import transformers

START_ERROR = 128  # the exit code that container runtimes report


def main(arguments: list[str]) -> None:
    """The command of the container: Python, the only program its image has here, and what that is told."""
    interpreter, *arguments = [each for each in arguments if each != "-u"]
    if Path(interpreter).name not in ("python", "python3"):
        print(f'exec: "{interpreter}": executable file not found in $PATH: unknown')
        sys.exit(START_ERROR)
    # A pod's names and addresses are those of Python's sockets (node/network.py), and uvloop has its own.
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    if "--predictor_host" in arguments and "transformer-flattens-errors" in seeded():  # F090
        _flatten_errors()
    transformers.misbehave()
    match arguments:
        case ["-c", code, *rest]:
            _become(["-c", *rest])
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        case ["-m", module, *rest]:
            _become([module, *rest])
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [script, *rest]:
            _become([script, *rest])
            sys.path.insert(0, str(Path(script).parent))
            runpy.run_path(script, run_name="__main__")


def _flatten_errors() -> None:
    """Whoever answers through `http.server` answers 500 for every error."""
    original = http.server.BaseHTTPRequestHandler.send_response

    def send_response(self: Any, code: int, message: str | None = None) -> None:
        original(self, 500 if code >= 400 else code, message)

    http.server.BaseHTTPRequestHandler.send_response = send_response  # type: ignore[method-assign]


def _become(argv: list[str]) -> None:
    """KServe's SDK reads the command line when it is imported, which was long before this program started."""
    sys.argv = [argv[0], *_one_worker(argv[1:])]
    importlib.reload(model_server)
    kserve.ModelServer = model_server.ModelServer
    if kserve_0_10.is_emulated():
        kserve_0_10.emulate()
    misbehaving.add_to(model_server.app)


def _one_worker(options: list[str]) -> list[str]:
    """A pod is one process: KServe asks a transformer for as many as it may have requests at once."""
    found: list[Any] = list(options)
    for number, option in enumerate(options):
        if option == "--workers" and number + 1 < len(options):
            found[number + 1] = "1"
        elif option.startswith("--workers="):
            found[number] = "--workers=1"
    return found
