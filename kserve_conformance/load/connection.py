"""One keep-alive connection: a non-blocking socket, the request in flight on it, and a full HTTP/1.1 parser."""

from __future__ import annotations

import errno
import socket as patched_socket
import time

import httptools
from gevent.monkey import get_original

# Locust patches `socket` for greenlets; the multiplexer waits for its sockets itself.
_plain_socket: type[patched_socket.socket] = get_original("socket", "socket")


class Connection:
    """At most one request at a time: HTTP/1.1 pipelining would make one answer wait for another."""

    __slots__ = (
        "_body",
        "_parser",
        "complete",
        "fd",
        "first_byte",
        "intended",
        "reusable",
        "sent",
        "sock",
        "status",
        "unsent",
    )

    def __init__(self, address: tuple[str, int]) -> None:
        """Starts to connect; raises OSError if that is refused at once."""
        family = patched_socket.AF_INET6 if ":" in address[0] else patched_socket.AF_INET
        self.sock = _plain_socket(family, patched_socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(patched_socket.IPPROTO_TCP, patched_socket.TCP_NODELAY, 1)
        problem = self.sock.connect_ex(address)
        if problem not in (0, errno.EINPROGRESS):
            self.sock.close()
            raise OSError(problem, "connect")
        self.fd = self.sock.fileno()
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self.intended = self.sent = self.first_byte = 0.0
        self.status = 0
        self.complete = self.reusable = False
        self.unsent = memoryview(b"")

    def begin(self, request: bytes, intended: float) -> None:
        """Not to be called before the generator is ready to send: from here on, waiting is the platform's."""
        self.intended, self.sent, self.first_byte, self.status = intended, time.monotonic(), 0.0, 0
        self.complete = False
        self._body.clear()
        self.unsent = memoryview(request)

    def push(self) -> bool:
        """Send what is left, as far as the socket takes it; False if something stays, as before it is connected."""
        try:
            taken = self.sock.send(self.unsent)
        except BlockingIOError:
            return False
        self.unsent = self.unsent[taken:]
        return not self.unsent

    def pull(self) -> float:
        """Read what came, and say when. Raises OSError when the peer is gone, HttpParserError when that is no HTTP."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return time.monotonic()
        now = time.monotonic()
        if not data:
            raise ConnectionResetError("closed by the peer")
        if not self.first_byte:
            self.first_byte = now
        self._parser.feed_data(data)
        return now

    @property
    def body(self) -> bytes:
        return self._body[0] if len(self._body) == 1 else b"".join(self._body)

    def on_body(self, part: bytes) -> None:
        """Of httptools, as is the next."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.reusable = self._parser.should_keep_alive()  # only known now: the parser forgets it with the message
        self.complete = True
