"""The warm process pods are forked from: KServe and scikit-learn are imported once, so a pod starts in milliseconds.

Other model servers' libraries are imported when the first pod asks for them, and are shared from then on.

Started by `zygote.py` with one end of a socket pair. Requests and reports are JSON lines. When the other end closes,
for whatever reason, every child is killed and this process ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

from kserve_conformance.embedded.node import grpc_address, network

# What the programs import only once they have something to do: a pod would spend most of its start on it.
USED_LATER = (
    "pydantic.v1",
    "sklearn.datasets",
    "sklearn.svm",
    "sklearn.tree",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
RUNTIMES = "kserve_conformance.embedded.runtimes"
NEEDED_FIRST = ("sklearnserver", "storage_initializer")
PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> None:
    link = socket.socket(fileno=descriptor)
    unread = b""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in (*USED_LATER, *(f"{RUNTIMES}.{each}" for each in NEEDED_FIRST)):
        importlib.import_module(name)
    gc.freeze()  # pages of what is imported stay shared with the children
    _send(link, {"warm": True})
    children: dict[int, int] = {}  # pidfd -> pid
    while True:
        readable, _, _ = select.select([link.fileno(), *children], [], [])
        for each in readable:
            if each in children:
                _report(link, children.pop(each), each)
                continue
            received = link.recv(1 << 16)
            if not received:
                for pid in children.values():
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, unread = (unread + received).split(b"\n")  # several requests may arrive at once
            for line in lines:
                _fork(link, json.loads(line), children)


def _fork(link: socket.socket, request: dict[str, Any], children: dict[int, int]) -> None:
    module = f"{RUNTIMES}.{request['program']}"
    if module not in sys.modules:
        with contextlib.suppress(ImportError):  # which the pod then meets, and says so in its log
            importlib.import_module(module)
        gc.freeze()
    pid = os.fork()
    if pid == 0:
        link.close()
        _become_pod(request)
    children[os.pidfd_open(pid)] = pid
    _send(link, {"id": request["id"], "pid": pid})


def _report(link: socket.socket, pid: int, pidfd: int) -> None:
    _, status = os.waitpid(pid, 0)
    os.close(pidfd)
    code = os.waitstatus_to_exitcode(status)
    # A container killed by a signal reports 128 + n, as container runtimes do.
    _send(link, {"pid": pid, "code": 128 - code if code < 0 else code})


def _send(link: socket.socket, message: dict[str, Any]) -> None:
    link.sendall(json.dumps(message).encode() + b"\n")


def _become_pod(request: dict[str, Any]) -> None:
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except FileNotFoundError:  # the pod has been removed meanwhile, and its folder with it
            return
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
        os.environ.update(request["env"])
        network.join(request["address"])
        grpc_address.listen_at(request["address"])
        importlib.import_module(f"{RUNTIMES}.{request['program']}").main(request["args"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever ends a container ends it with a trace in its log
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]))
