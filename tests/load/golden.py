"""A server whose every delay, stall and fault is known, as a process of its own: `python golden.py '{"delay": 0.01}'`.

It prints its port. Answers are scheduled on the event loop: many requests wait at once, and none holds up another.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass

GOLDEN = {"predictions": [1, 1, 0, 2]}


@dataclass(frozen=True)
class Truth:
    """Seconds. `stall` at the start of every `period` of the monotonic clock nothing is answered until it is over."""

    delay: float = 0.0
    stall: float = 0.0
    period: float = 1.0
    reset_every: int = 0
    wrong_every: int = 0
    error_every: int = 0
    close_every: int = 0
    silent_every: int = 0

    def answer_at(self, now: float) -> float:
        into = now % self.period
        return now + self.delay + (self.stall - into if into < self.stall else 0.0)


class Golden(asyncio.Protocol):
    count = 0

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if not end or len(body) < length:
            return
        self.buffer = b""
        Golden.count += 1
        now = time.monotonic()
        asyncio.get_running_loop().call_at(self.truth.answer_at(now), self.answer, Golden.count)

    def answer(self, number: int) -> None:
        def due(every: int) -> bool:
            return every > 0 and number % every == 0

        truth = self.truth
        if due(truth.silent_every):
            return
        if due(truth.reset_every):
            self.transport.abort()
            return
        status = b"500 Internal Server Error" if due(truth.error_every) else b"200 OK"
        content = json.dumps({"predictions": [0, 0, 0, 0]} if due(truth.wrong_every) else GOLDEN).encode()
        closing = due(truth.close_every)
        extra = b"connection: close\r\n" if closing else b""
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n%b"
            % (status, extra, len(content), content)
        )
        if closing:
            self.transport.close()


async def serve(truth: Truth) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Golden(truth), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the test that started it, however that ends: its stdin is closed then.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Truth(**json.loads(sys.argv[1]))))
