"""SPDY/3.1: frames, and a session against a client that follows the rules and one that does not."""

from __future__ import annotations

import asyncio
import struct
import zlib

import pytest

from kserve_conformance.embedded.apiserver.streaming import spdy
from kserve_conformance.embedded.apiserver.streaming.session import MOST_STREAMS, Session
from kserve_conformance.embedded.apiserver.streaming.spdy import Control, Data, Decoder, Encoder, SpdyError
from kserve_conformance.embedded.apiserver.streaming.streams import MOST_UNREAD, Inbox

FRAMES = [
    Control(spdy.SYN_STREAM, 1, headers={"streamtype": "error", "port": "8080"}),
    Control(spdy.SYN_STREAM, 3, fin=True, headers={"streamtype": "data", "port": "8080"}),
    Control(spdy.SYN_REPLY, 1, headers={}),
    Control(spdy.HEADERS, 1, headers={"name": "grüße"}),
    Data(1, b"x" * 70_000),
    Data(3, b"", fin=True),
    Control(spdy.PING, 0x80000001),
    Control(spdy.WINDOW_UPDATE, 1, code=1 << 16),
    Control(spdy.RST_STREAM, 3, code=spdy.REFUSED_STREAM),
    Control(spdy.GOAWAY, 3, code=0),
]


def test_dictionary_is_the_one_of_the_protocol() -> None:
    assert (len(spdy.DICTIONARY), zlib.adler32(spdy.DICTIONARY)) == (1423, 0xE3C6A7C2)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_frames_survive_however_they_are_cut(size: int) -> None:
    encoder, decoder = Encoder(), Decoder()
    sent = b"".join(encoder.encode(each) for each in FRAMES)
    parts = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert [frame for part in parts for frame in decoder.feed(part)] == FRAMES


def test_unknown_kinds_are_left_out() -> None:
    settings = struct.pack(">HHII", 0x8003, 4, 4, 0)
    assert list(Decoder().feed(settings + Encoder().encode(FRAMES[-1]))) == [FRAMES[-1]]


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">HHII", 0x8002, spdy.PING, 4, 1),
        struct.pack(">HHI", 0x8003, spdy.PING, 0),
        struct.pack(">HHI", 0x8003, spdy.SYN_STREAM, 14) + bytes(10) + b"junk",
        struct.pack(">HHI", 0x8003, spdy.SYN_STREAM, 10) + bytes(10),
    ],
    ids=["version", "short", "headers", "no headers"],
)
def test_malformed_frames(sent: bytes) -> None:
    with pytest.raises(SpdyError):
        list(Decoder().feed(sent))


def test_headers_that_inflate_without_end() -> None:
    bomb = Encoder().encode(Control(spdy.SYN_STREAM, 1, headers={"a": "b" * (1 << 20)}))
    with pytest.raises(SpdyError, match="more than"):
        list(Decoder().feed(bomb))


class Client:
    """A carrier in memory; the client's end of it."""

    def __init__(self) -> None:
        self.encoder, self.decoder = Encoder(), Decoder()
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self.answers: list[spdy.Frame] = []

    def says(self, *frames: spdy.Frame) -> None:
        for each in frames:
            self.incoming.put_nowait(self.encoder.encode(each))

    async def receive(self) -> bytes:
        return await self.incoming.get()

    async def send(self, data: bytes) -> None:
        self.answers += self.decoder.feed(data)

    async def close(self) -> None:
        self.incoming.put_nowait(b"")


def opened(number: int) -> Control:
    return Control(spdy.SYN_STREAM, number, headers={"streamtype": "data"})


def test_a_stream_carries_both_ways_and_is_forgotten() -> None:
    async def story() -> None:
        client = Client()
        session = Session(client)
        client.says(opened(1), Data(1, b"hello"), Data(1, b"", fin=True), Control(spdy.PING, 1))
        await client.close()
        async for stream in session.streams():
            assert stream.headers == {"streamtype": "data"}
            echo = asyncio.create_task(stream.read())
        assert await echo == b"hello"
        assert client.answers == [Control(spdy.SYN_REPLY, 1, headers={}), Control(spdy.PING, 1)]
        assert session._open == {}

    asyncio.run(story())


def test_a_finished_stream_is_forgotten_while_the_connection_lasts() -> None:
    async def story() -> None:
        client = Client()
        session = Session(client)
        for number in range(1, 10_001, 2):
            client.says(opened(number), Data(number, b"", fin=True))
        await client.close()
        async for stream in session.streams():
            await stream.finish()
            assert len(session._open) <= 1
        assert stream.number == 9_999

    asyncio.run(story())


def test_too_many_streams_are_refused() -> None:
    async def story() -> None:
        client = Client()
        client.says(*(opened(2 * number + 1) for number in range(MOST_STREAMS + 1)))
        await client.close()
        got = [stream.number async for stream in Session(client).streams()]
        assert len(got) == MOST_STREAMS
        assert client.answers[-1] == Control(spdy.RST_STREAM, 2 * MOST_STREAMS + 1, code=spdy.REFUSED_STREAM)

    asyncio.run(story())


@pytest.mark.parametrize("second", [opened(1), opened(2)], ids=["used", "even"])
def test_a_client_that_breaks_the_rules_is_sent_away(second: Control) -> None:
    async def story() -> None:
        client = Client()
        client.says(opened(1), second)
        streams = [stream async for stream in Session(client).streams()]
        assert client.answers[-1] == Control(spdy.GOAWAY, 1, code=spdy.PROTOCOL_ERROR)
        assert await streams[0].read() == b""
        with pytest.raises(ConnectionError):
            await streams[0].write(b"too late")

    asyncio.run(story())


def test_an_inbox_holds_its_writer_back_and_lets_it_go() -> None:
    async def story() -> None:
        inbox = Inbox()
        await inbox.put(b"x" * MOST_UNREAD)
        held = asyncio.create_task(inbox.put(b"y"))
        await asyncio.sleep(0)
        assert not held.done()
        assert len(await inbox.get()) == MOST_UNREAD
        await held
        assert await inbox.get() == b"y"
        inbox.end()
        assert await inbox.get() == b""

    asyncio.run(story())
