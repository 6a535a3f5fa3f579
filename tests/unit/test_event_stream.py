"""Fails when sse-starlette stops calling the overrides of `EventStream`, or changes what they rely on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import nullcontext

import pytest
from sse_starlette.sse import AppStatus
from starlette.types import Message

from api.streaming import sse
from api.streaming.event_stream import PING, RECONNECT_MS, EventStream, StreamHeartbeat
from api.streaming.shutdown import ShutdownSignal
from api.streaming.sse import Frame
from chat.telemetry.traces import Traces

SCOPE = {"type": "http", "method": "GET"}
ONE, TWO, END = Frame(1, False, b"one"), Frame(2, False, b"two"), Frame(3, True, b"end")


def stream_of(batches: AsyncGenerator[list[Frame]]) -> EventStream:
    heartbeat = StreamHeartbeat(ShutdownSignal())
    return EventStream(batches, nullcontext(), Traces().span("follow turn"), heartbeat)


async def of(*batches: list[Frame]) -> AsyncGenerator[list[Frame]]:
    for batch in batches:
        for _ in range(10):
            await asyncio.sleep(0)  # lets the library's other tasks run, which may end the stream
        yield batch


async def connected() -> Message:
    """What the server passes on of a client that stays: nothing."""
    never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    return await never


class Sent:
    """Records the bodies that a response sends."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.bodies: list[bytes] = []
        self.ends: list[bool] = []

    async def __call__(self, message: Message) -> None:
        self.types.append(message["type"])
        if message["type"] == "http.response.body":
            self.bodies.append(message["body"])
            self.ends.append(not message["more_body"])


async def test_each_batch_is_sent_in_one_piece_without_encoding() -> None:
    sent = Sent()
    await stream_of(of([ONE, TWO], [END]))(SCOPE, connected, sent)
    assert sent.types[0] == "http.response.start"
    assert sent.bodies == [sse.retry(RECONNECT_MS), b"onetwo", b"end"]
    assert sent.ends == [False, False, True]


async def test_the_librarys_exit_watcher_does_not_cut_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppStatus, "should_exit", True)
    sent = Sent()
    await stream_of(of([ONE], [TWO], [END]))(SCOPE, connected, sent)
    assert sent.bodies[1:] == [b"one", b"two", b"end"]


async def test_a_stream_ends_when_its_reader_disconnects() -> None:
    is_read, is_closed = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncGenerator[list[Frame]]:
        try:
            yield [ONE]
            is_read.set()
            await asyncio.get_running_loop().create_future()
        finally:
            is_closed.set()

    async def leaves() -> Message:
        await is_read.wait()
        return {"type": "http.disconnect"}

    sent, stream = Sent(), stream_of(endless())
    await stream(SCOPE, leaves, sent)
    assert is_closed.is_set()
    assert not stream.active
    assert not any(sent.ends)


async def test_no_ping_follows_the_end_of_a_stream() -> None:
    sent, ends, passes = Sent(), asyncio.Event(), asyncio.Event()

    async def slow(message: Message) -> None:
        await sent(message)
        if sent.ends and sent.ends[-1]:
            ends.set()
            await passes.wait()

    stream = stream_of(of([END]))
    running = asyncio.create_task(stream(SCOPE, connected, slow))
    await ends.wait()
    ping = asyncio.create_task(stream.ping())
    await asyncio.sleep(0)
    passes.set()
    await asyncio.gather(running, ping)
    assert PING not in sent.bodies
    assert sent.bodies[-1] == b"end"
