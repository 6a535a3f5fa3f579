"""`python -m bench.model_server PORT`: a cheap mock model endpoint that records when it sent each token.

It encodes frames in advance and writes each token separately. `GET /record/<number>` returns the times.
"""

import asyncio
import json
import sys
import time
from array import array
from collections.abc import Iterator
from typing import cast

import uvloop

from bench.texts import VOCABULARY, Wish

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
LAST = b"0\r\n\r\n"
BATCH = 64
"""Tokens per write in a flood; about 16 KB."""


def chunk(payload: bytes) -> bytes:
    frame = b"data: " + payload + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(frame), frame)


def frame(choices: object, usage: object = None) -> bytes:
    """Returns an encoded completion chunk with the fields that the large providers send."""
    body = {
        "id": "chatcmpl-9Xw4o8TqkQ2mZ7bVh1cDyJ3eRsLfN",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "mock",
        "service_tier": "default",
        "system_fingerprint": "fp_3f2a9c71d0",
        "choices": choices,
        "usage": usage,
    }
    return chunk(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


def delta(reason: str | None = None, **fields: str) -> bytes:
    return frame([{"index": 0, "delta": fields, "logprobs": None, "finish_reason": reason}])


FRAMES = [delta(content=word) for word in VOCABULARY]


class Record:
    """The times of one request and of each token of its reply, by the machine's monotonic clock."""

    def __init__(self) -> None:
        self.times = array("d", [time.monotonic()])


class Mock:
    """State that all connections share."""

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.released = asyncio.Event()

    def control(self, path: str) -> bytes:
        """Handles a request of the benchmark. Returns the body of the response."""
        if path.startswith("/record/"):
            record = self.records.get(int(path.rpartition("/")[2]))
            return record.times.tobytes() if record else b""
        if path == "/release":
            self.released.set()
        if path == "/hold":
            self.released.clear()
        return b""


class Endpoint(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._buffer = b""
        self._stream: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self._stream:
            self._stream.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        fields = head.lower()
        length = int(fields.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if not found or len(rest) < length:
            return
        self._buffer = rest[length:]
        path = head.split(b" ", 2)[1].decode()
        if path.endswith("/chat/completions"):
            self._answer(json.loads(rest[:length]))
        else:
            body = self._mock.control(path)
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    def _answer(self, request: dict[str, object]) -> None:
        messages = request["messages"]
        assert isinstance(messages, list)
        wish = Wish.parse(messages[-1]["content"])
        record = self._mock.records[wish.number] = Record()
        usage = bool(request.get("stream_options"))
        self._stream = asyncio.get_running_loop().create_task(self._reply(wish, record, usage))

    async def _reply(self, wish: Wish, record: Record, usage: bool) -> None:
        self._transport.write(HEAD)
        if wish.held:
            await self._mock.released.wait()
        if wish.delay:
            await asyncio.sleep(wish.delay)
        frames = [delta(content=wish.opening()), *(FRAMES[word] for word in wish.words())]
        self._transport.write(delta(role="assistant", content=""))
        await (self._paced(frames, wish.rate, record) if wish.rate else self._flood(frames, record))
        self._transport.write(b"".join(ending(wish.tokens, usage)))

    async def _paced(self, frames: list[bytes], rate: float, record: Record) -> None:
        """Writes tokens by a fixed schedule: a late token does not delay the next."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        for index, data in enumerate(frames):
            wait = started + index / rate - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            record.times.append(time.monotonic())
            self._transport.write(data)

    async def _flood(self, frames: list[bytes], record: Record) -> None:
        for index in range(0, len(frames), BATCH):
            await self._writable.wait()
            batch = frames[index : index + BATCH]
            record.times.extend([time.monotonic()] * len(batch))
            self._transport.write(b"".join(batch))
            await asyncio.sleep(0)


def ending(tokens: int, usage: bool) -> Iterator[bytes]:
    yield delta("stop")
    if usage:
        yield frame([], {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": tokens + 10})
    yield chunk(b"[DONE]")
    yield LAST


async def serve(port: int) -> None:
    mock = Mock()
    server = await asyncio.get_running_loop().create_server(lambda: Endpoint(mock), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
