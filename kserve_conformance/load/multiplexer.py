"""The generator: many connections and one timer behind one epoll.

Open loop: what is due is sent, whatever has been answered, over a free connection or a new one. Behind schedule it
still reads between sends: a generator that only catches up reports its own queue as the server's latency.
"""

from __future__ import annotations

import select as patched_select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httptools
from gevent.monkey import get_original

from kserve_conformance.load.connection import Connection
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.timer import Timer

_epoll: type[patched_select.epoll] = get_original("select", "epoll")
_BREATH = 0.05  # seconds between two looks at what is not I/O: locust's greenlets, deadlines, the record
_BATCH = 32  # sends in a row before reading again
_HOPELESS = 2.0  # seconds behind schedule at which going on only measures the generator
_REFUSALS = 100  # failures in a row after which a closed loop ends: it would spin

Record = Callable[[float, float, float, float, int, Outcome], None]


@dataclass
class Health:
    """What the generator did to its own measurement. Seconds."""

    longest_turn: float = 0.0  # busy without looking at timer or sockets
    opened: int = 0
    aborted: str = ""


class Multiplexer:
    def __init__(
        self,
        address: tuple[str, int],
        request: bytes,
        *,
        connections: int,
        timeout: float,
        check: Callable[[int, bytes], bool],
        record: Record,
        breathe: Callable[[], None],
    ) -> None:
        self._address = address
        self._request = request
        self._limit = connections
        self._timeout = timeout
        self._check = check
        self._record = record
        self._breathe = breathe
        self._epoll = _epoll()
        self._timer = Timer()
        self._epoll.register(self._timer.fd, patched_select.EPOLLIN)
        self._open: dict[int, Connection] = {}
        self._free: list[Connection] = []
        self._flying: dict[Connection, None] = {}  # in the order of sending
        self._failures = 0  # in a row
        self._turned = self._breathed = time.monotonic()
        self.health = Health()

    def connect(self, count: int) -> None:
        """Ahead of the first request, so that it does not pay for the handshake."""
        for _ in range(min(count, self._limit)):
            self._free.append(self._connected())

    def open_loop(self, due: Sequence[float]) -> None:
        """`due` are monotonic times, ascending. Returns when each has its outcome."""
        position, count = 0, len(due)
        self._turned = self._breathed = time.monotonic()
        while position < count or self._flying:
            batch = 0
            while batch < _BATCH and position < count and self._can_send and due[position] <= time.monotonic():
                self._send(due[position])
                position += 1
                batch += 1
            late = time.monotonic() - due[position] if position < count else 0.0
            if late > _HOPELESS:
                why = "it could not send faster" if self._can_send else f"all {self._limit} connections were busy"
                self.health.aborted = f"{late:.1f} s behind schedule: {why}"
                self._drop(due[position:])
                position = count
            elif late < 0:
                self._timer.wake_at(due[position])
            self._turn(0.0 if batch == _BATCH else _BREATH)

    def closed_loop(self, users: int, until: float) -> None:
        """Each user sends when its answer is there, up to `until`; what is in flight then is still waited for."""
        self._turned = self._breathed = time.monotonic()
        while True:
            while len(self._flying) < users and (now := time.monotonic()) < until and self._failures < _REFUSALS:
                self._send(now)
            if not self._flying:
                break
            self._turn(_BREATH)
        if self._failures >= _REFUSALS:
            self.health.aborted = f"{self._failures} requests in a row failed"

    def close(self) -> None:
        for connection in self._open.values():
            connection.sock.close()
        self._open.clear()
        self._timer.close()
        self._epoll.close()

    @property
    def _can_send(self) -> bool:
        return bool(self._free) or len(self._open) < self._limit

    def _turn(self, longest: float) -> None:
        """Wait for the timer, an answer or the next breath, and deal with it."""
        self.health.longest_turn = max(self.health.longest_turn, time.monotonic() - self._turned)
        ready = self._epoll.poll(longest)
        self._turned = time.monotonic()
        for fd, events in ready:
            if fd == self._timer.fd:
                self._timer.woke()
            elif fd in self._open:  # not closed by an earlier one of these
                self._serve(self._open[fd], events)
        now = time.monotonic()
        if now - self._breathed > _BREATH:
            self._breathed = now
            self._expire(now)
            self._breathe()

    def _serve(self, connection: Connection, events: int) -> None:
        now = time.monotonic()
        flying = connection in self._flying
        try:
            if connection.unsent and connection.push():
                self._epoll.modify(connection.fd, patched_select.EPOLLIN)
            if events & ~patched_select.EPOLLOUT:
                now = connection.pull()
        except (OSError, httptools.HttpParserError):
            self._discard(connection)
            if flying:
                self._end(connection, time.monotonic(), Outcome.FAILED)
            return
        if not connection.complete:
            return
        if not flying:  # an answer to nothing
            self._discard(connection)
            return
        right = self._check(connection.status, connection.body)
        self._end(connection, now, Outcome.RIGHT if right else Outcome.WRONG)
        if connection.reusable:
            connection.complete = False
            self._free.append(connection)
        else:
            self._discard(connection)

    def _send(self, intended: float) -> None:
        now = time.monotonic()
        try:
            connection = self._free.pop() if self._free else self._connected()
        except OSError:
            self._failures += 1
            self._record(intended, now, 0.0, time.monotonic(), 0, Outcome.FAILED)
            return
        connection.begin(self._request, intended)
        self._flying[connection] = None
        try:
            if not connection.push():
                self._epoll.modify(connection.fd, patched_select.EPOLLIN | patched_select.EPOLLOUT)
        except OSError:
            self._discard(connection)
            self._end(connection, time.monotonic(), Outcome.FAILED)

    def _end(self, connection: Connection, now: float, outcome: Outcome) -> None:
        del self._flying[connection]
        self._failures = 0 if outcome is Outcome.RIGHT else self._failures + 1
        self._record(connection.intended, connection.sent, connection.first_byte, now, connection.status, outcome)

    def _expire(self, now: float) -> None:
        for connection in list(self._flying):
            if now - connection.intended < self._timeout:
                break
            self._discard(connection)
            self._end(connection, now, Outcome.TIMED_OUT)

    def _drop(self, left: Sequence[float]) -> None:
        now = time.monotonic()
        for intended in left:
            self._record(intended, 0.0, 0.0, now, 0, Outcome.DROPPED)

    def _connected(self) -> Connection:
        connection = Connection(self._address)
        self._open[connection.fd] = connection
        self._epoll.register(connection.fd, patched_select.EPOLLIN)
        self.health.opened += 1
        return connection

    def _discard(self, connection: Connection) -> None:
        del self._open[connection.fd]
        if connection in self._free:
            self._free.remove(connection)
        self._epoll.unregister(connection.fd)
        connection.sock.close()
