"""A connection to a model server is reused after its reply was read to the end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.settings import Settings
from tests.dialects.case import sse, stop, words
from worker.jobs.titles import Answer
from worker.llm.models import Models

HELLO = words("Hel", "lo")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class KeepAliveServer:
    """A keep-alive server that answers every request with the same body and counts its connections."""

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
async def keep_alive() -> AsyncIterator[KeepAliveServer]:
    served = KeepAliveServer()
    server = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield served
    server.close()


@pytest.mark.parametrize("body", [sse(HELLO, stop()), sse(HELLO), sse(HELLO, stop(), done=False)])
async def test_a_connection_is_reused_after_a_complete_reply(keep_alive: KeepAliveServer, body: bytes) -> None:
    keep_alive.body = body
    settings = Settings(openai_base_url=f"http://127.0.0.1:{keep_alive.port}/v1", openai_api_key="k")
    async with Models(settings) as models:
        for _ in range(3):
            answer = Answer()
            await models.stream("m", [{"role": "user", "content": "q"}], answer)
            assert "".join(answer.pieces) == "Hello"
    assert keep_alive.connections == 1
