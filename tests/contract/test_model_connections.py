"""A connection to a model server serves again once its reply was read to the end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.settings import Settings
from tests.dialects.case import sse, stop, words
from worker.jobs.titles import Answer
from worker.llm.model import Model

HELLO = words("Hel", "lo")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class KeptOpen:
    """A server that answers each request by the same body, and counts its connections."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.body = b""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
                writer.write(HEAD + b"%x\r\n%b\r\n0\r\n\r\n" % (len(self.body), self.body))
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()


@pytest.fixture
async def kept_open() -> AsyncIterator[KeptOpen]:
    served = KeptOpen()
    server = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield served
    server.close()


@pytest.mark.parametrize("body", [sse(HELLO, stop()), sse(HELLO), sse(HELLO, stop(), done=False)])
async def test_a_whole_reply_leaves_its_connection_for_the_next(kept_open: KeptOpen, body: bytes) -> None:
    kept_open.body = body
    settings = Settings(openai_base_url=f"http://127.0.0.1:{kept_open.port}/v1", openai_api_key="k")
    async with Model(settings) as model:
        for _ in range(3):
            answer = Answer()
            await model.stream("m", [{"role": "user", "content": "q"}], answer)
            assert "".join(answer.pieces) == "Hello"
    assert kept_open.connections == 1
