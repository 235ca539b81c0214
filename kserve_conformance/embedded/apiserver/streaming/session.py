"""A SPDY/3.1 connection as its server sees it: the streams that the client opens.

kubectl's side is moby/spdystream: connection.go there keeps no flow control windows (it knows no WINDOW_UPDATE), so
neither does this one, and a reader that is too slow holds the whole connection by TCP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from kserve_conformance.embedded.apiserver.streaming import spdy
from kserve_conformance.embedded.apiserver.streaming.spdy import Control, Data, SpdyError
from kserve_conformance.embedded.apiserver.streaming.streams import Carrier, Inbox

MOST_STREAMS = 2000  # open at once on one connection
DATA_BYTES = 1 << 15  # of one data frame


class SpdyStream:
    """One stream that the client opened; `headers` say what for."""

    def __init__(self, session: Session, number: int, headers: Mapping[str, str]) -> None:
        self._session = session
        self.number = number
        self.headers = headers
        self.inbox = Inbox()
        self.received_all = False
        self.sent_all = False

    async def read(self) -> bytes:
        return await self.inbox.get()

    async def write(self, data: bytes) -> None:
        for start in range(0, len(data), DATA_BYTES):
            if self.sent_all:
                raise ConnectionResetError("the stream was reset")
            await self._session.send(Data(self.number, data[start : start + DATA_BYTES]))

    async def finish(self) -> None:
        if not self.sent_all:
            self.sent_all = True
            await self._session.send(Data(self.number, b"", fin=True))
            self._session.forget_if_done(self)

    async def abandon(self) -> None:
        """What still comes is thrown away."""
        self.inbox.end()
        await self.finish()


class Session:
    """Iterate over `streams` to keep it going."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._decoder, self._encoder = spdy.Decoder(), spdy.Encoder()
        self._sending = asyncio.Lock()
        self._open: dict[int, SpdyStream] = {}
        self._newest = 0

    async def streams(self) -> AsyncIterator[SpdyStream]:
        """Each one as it is opened, until the connection ends. Every stream then reads its end."""
        try:
            while received := await self._carrier.receive():
                for frame in self._decoder.feed(received):
                    opened = await self._take(frame)
                    if opened is not None:
                        yield opened
        except SpdyError:
            await self.send(Control(spdy.GOAWAY, self._newest, code=spdy.PROTOCOL_ERROR))
        except _GoneError:
            return
        finally:
            for each in self._open.values():
                each.sent_all = True
                each.inbox.end()
            self._open.clear()

    async def send(self, frame: spdy.Frame) -> None:
        async with self._sending:
            await self._carrier.send(self._encoder.encode(frame))

    def forget_if_done(self, stream: SpdyStream) -> None:
        if stream.received_all and stream.sent_all:
            self._open.pop(stream.number, None)

    async def _take(self, frame: spdy.Frame) -> SpdyStream | None:
        if isinstance(frame, Data):
            await self._data(frame)
            return None
        match frame.kind:
            case spdy.SYN_STREAM:
                return await self._opened(frame)
            case spdy.PING if frame.number % 2:  # the client's own; an even one would answer ours
                await self.send(frame)
            case spdy.RST_STREAM:
                stream = self._open.pop(frame.number, None)
                if stream is not None:
                    stream.received_all = stream.sent_all = True
                    stream.inbox.end()
            case spdy.GOAWAY:
                raise _GoneError
        return None

    async def _opened(self, frame: Control) -> SpdyStream | None:
        number = frame.number
        if number % 2 == 0 or number <= self._newest:
            raise SpdyError(f"stream {number} after {self._newest}")
        self._newest = number
        if len(self._open) >= MOST_STREAMS:
            await self.send(Control(spdy.RST_STREAM, number, code=spdy.REFUSED_STREAM))
            return None
        stream = self._open[number] = SpdyStream(self, number, frame.headers or {})
        if frame.fin:
            self._finished(stream)
        await self.send(Control(spdy.SYN_REPLY, number))
        return stream

    async def _data(self, frame: Data) -> None:
        stream = self._open.get(frame.stream)
        if stream is None or stream.received_all:  # gone already, as far as this side knows
            return
        await stream.inbox.put(frame.body)
        if frame.fin:
            self._finished(stream)

    def _finished(self, stream: SpdyStream) -> None:
        stream.received_all = True
        stream.inbox.end()
        self.forget_if_done(stream)


class _GoneError(Exception):
    """The client said that it is going."""
