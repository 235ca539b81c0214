"""SPDY/3.1 framing without any input or output: bytes become frames, frames become bytes.

Only what a server needs for kubectl (The Chromium Projects, "SPDY Protocol - Draft 3.1", sections 2.2 and 2.6).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

VERSION = 3
FIN = 0x01
MOST_HEADER_BYTES = 1 << 16  # of one inflated header block; a real one has less than a hundred
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 6, 7, 8, 9
PROTOCOL_ERROR, REFUSED_STREAM = 1, 3  # of RST_STREAM; GOAWAY's protocol error has the same number
FIXED = {SYN_STREAM: 10, SYN_REPLY: 4, RST_STREAM: 8, PING: 4, GOAWAY: 8, HEADERS: 4, WINDOW_UPDATE: 8}  # least sizes

_NAMES = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
_VALUES = ("200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
_REST = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
# The preset zlib dictionary of section 2.6.10.1: its checksum travels with every compressed stream.
DICTIONARY = b"".join(struct.pack(">I", len(each)) + each.encode() for each in (*_NAMES.split(), *_VALUES))
DICTIONARY += _REST.encode()


class SpdyError(Exception):
    """The other side does not speak SPDY/3.1."""


@dataclass(frozen=True)
class Data:
    stream: int
    body: bytes
    fin: bool = False


@dataclass(frozen=True)
class Control:
    """A control frame. `number` is its stream, ping or, of GOAWAY, last good stream; `code` is a status or a delta."""

    kind: int
    number: int
    fin: bool = False
    headers: Mapping[str, str] | None = None
    code: int = 0


Frame = Data | Control


class Decoder:
    """Frames of one direction of one connection."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, received: bytes) -> Iterator[Frame]:
        """Every frame that is whole now; kinds that mean nothing here are left out. Raises SpdyError."""
        self._unread += received
        while len(self._unread) >= 8:
            word, rest = struct.unpack_from(">II", self._unread)
            flags, size = rest >> 24, rest & 0xFFFFFF
            if len(self._unread) < 8 + size:
                return
            body = bytes(self._unread[8 : 8 + size])
            del self._unread[: 8 + size]
            if not word >> 31:
                yield Data(word, body, bool(flags & FIN))
                continue
            frame = self._control(word, flags, body)
            if frame is not None:
                yield frame

    def _control(self, word: int, flags: int, body: bytes) -> Control | None:
        version, kind = word >> 16 & 0x7FFF, word & 0xFFFF
        if version != VERSION:
            raise SpdyError(f"version {version} of SPDY")
        if kind not in FIXED:
            return None
        if len(body) < FIXED[kind]:
            raise SpdyError(f"a control frame of type {kind} with {len(body)} bytes")
        (number,) = struct.unpack_from(">I", body)
        code, headers = 0, None
        if kind in (SYN_STREAM, SYN_REPLY, HEADERS):
            headers = self._headers(body[FIXED[kind] :])
        elif kind != PING:
            (code,) = struct.unpack_from(">I", body, 4)
        return Control(kind, number if kind == PING else number & 0x7FFFFFFF, bool(flags & FIN), headers, code)

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._inflate.decompress(block, MOST_HEADER_BYTES)
        except zlib.error as error:
            raise SpdyError(f"a header block: {error}") from None
        if self._inflate.unconsumed_tail:
            raise SpdyError(f"a header block of more than {MOST_HEADER_BYTES} bytes")
        position = 4
        texts: list[str] = []
        try:
            (count,) = struct.unpack_from(">I", plain)
            for _ in range(2 * count):
                (size,) = struct.unpack_from(">I", plain, position)
                text = plain[position + 4 : position + 4 + size]
                if len(text) < size:
                    raise SpdyError("a header block that ends too soon")
                texts.append(text.decode(errors="replace"))
                position += 4 + size
        except struct.error:
            raise SpdyError("a header block that ends too soon") from None
        return dict(zip(texts[::2], texts[1::2], strict=True))


class Encoder:
    """The other direction. Frames have to be sent in the order in which they were encoded."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def encode(self, frame: Frame) -> bytes:
        if isinstance(frame, Data):
            return struct.pack(">II", frame.stream, (FIN if frame.fin else 0) << 24 | len(frame.body)) + frame.body
        body = struct.pack(">I", frame.number)
        if frame.kind in (SYN_STREAM, SYN_REPLY, HEADERS):
            body += bytes(FIXED[frame.kind] - 4) + self._headers(frame.headers or {})
        elif frame.kind != PING:
            body += struct.pack(">I", frame.code)
        flags = FIN if frame.fin else 0
        return struct.pack(">HHI", 0x8000 | VERSION, frame.kind, flags << 24 | len(body)) + body

    def _headers(self, headers: Mapping[str, str]) -> bytes:
        plain = struct.pack(">I", len(headers))
        for text in (text for pair in headers.items() for text in pair):
            raw = text.encode()
            plain += struct.pack(">I", len(raw)) + raw
        return self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
