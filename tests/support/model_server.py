"""A scripted model server: an OpenAI-compatible endpoint over real HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support import privacy
from tests.support.waiting import PATIENCE

Script = Callable[["Exchange"], Awaitable[None]]


def texts_of(content: Any) -> list[str]:
    """The texts of a message's content: itself, or those among its parts."""
    if isinstance(content, list):
        return [part["text"] for part in content if part["type"] == "text"]
    return [] if content is None else [str(content)]


class Exchange:
    """One request to the server, with methods to answer it well or badly."""

    def __init__(self, path: str, body: dict[str, Any], headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        self.path = path
        self.body = body
        for message in body.get("messages", []):
            if message["role"] != "system":  # system prompts are not secret
                for text in texts_of(message["content"]):
                    privacy.note(text)
        self.headers = headers
        self._writer = writer
        self.in_chunks = False
        self._begun = False
        self.gone = asyncio.Event()

    @property
    def question(self) -> str:
        """The user's own text in the last question, after the texts of its files. A prefix of the reply may follow."""
        asked = [message for message in self.body["messages"] if message["role"] == "user"]
        texts = texts_of(asked[-1]["content"]) if asked else []
        return (texts or [""])[-1].rpartition("]\n\n")[2]

    @property
    def prefix(self) -> str:
        """The text to be continued; "" where the reply is to be begun."""
        last = self.body["messages"][-1]
        return str(last["content"]) if last["role"] == "assistant" else ""

    @property
    def peer_port(self) -> int:
        """The port of the client's end of the connection."""
        return int(self._writer.get_extra_info("peername")[1])

    async def respond(self, status: int, body: bytes, **headers: str) -> None:
        """Send a complete response without streaming."""
        length = str(len(body))
        fields = {"content-type": "application/json", "content-length": length, "connection": "close", **headers}
        await self.head(status, fields)
        await self.raw(body)

    async def start(self) -> None:
        """Begin a stream that ends when the connection closes, or with a last chunk where `in_chunks` is set."""
        end = {"transfer-encoding": "chunked"} if self.in_chunks else {"connection": "close"}
        await self.head(200, {"content-type": "text/event-stream", **end})
        self._begun = self.in_chunks

    async def head(self, status: int, fields: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} -", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
        await self.raw("\r\n".join([*lines, "", ""]).encode())

    async def raw(self, data: bytes) -> None:
        if data:
            self._writer.write(b"%x\r\n%b\r\n" % (len(data), data) if self._begun else data)
        await self._writer.drain()

    async def frame(self, data: dict[str, Any]) -> None:
        await self.raw(b"data: " + json.dumps(data).encode() + b"\n\n")

    async def delta(self, **fields: Any) -> None:
        await self.frame({"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": fields}]})

    async def say(self, *pieces: str) -> None:
        for piece in pieces:
            privacy.note(piece)
            await self.delta(content=piece)

    async def call(self, index: int, call_id: str, name: str, *arguments: str) -> None:
        """Call a tool: its id and its name, then its arguments in these pieces."""
        function = {"name": name, "arguments": ""}
        await self.delta(tool_calls=[{"index": index, "id": call_id, "type": "function", "function": function}])
        for piece in arguments:
            await self.arguments(index, piece)

    async def arguments(self, index: int, piece: str) -> None:
        """Send more of a call's arguments."""
        privacy.note(piece)
        await self.delta(tool_calls=[{"index": index, "function": {"arguments": piece}}])

    async def finish(self, reason: str = "stop", usage: dict[str, int] | None = None) -> None:
        """End the stream regularly: the finish reason, the token counts, `[DONE]`."""
        await self.frame({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if usage:
            await self.frame({"choices": [], "usage": usage})
        await self.raw(b"data: [DONE]\n\n")
        if self._begun:
            self._writer.write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Abort the connection as a crash does."""
        self._writer.transport.abort()


class ModelServer:
    """Answers each request for a question with the question's next script; repeats the last one.

    `checks`: the requests for its list of models, which `models` answers.
    """

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.checks: list[Exchange] = []
        self.models: Script = listing("scripted", "other")
        self._scripts: dict[str, list[Script]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def on(self, question: str, *scripts: Script) -> None:
        self._scripts[question] = list(scripts)

    def asked(self, question: str) -> list[Exchange]:
        """The requests whose last message is this question."""
        return [exchange for exchange in self.exchanges if exchange.question == question]

    @asynccontextmanager
    async def serve(self, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator["ModelServer"]:
        server = await asyncio.start_server(self._serve_one, host, port, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            await self._answer(reader, writer)
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            exchange = await _read(reader, writer)
            if exchange.path.partition("?")[0].endswith("/models"):
                self.checks.append(exchange)
                return await self.models(exchange)
            self.exchanges.append(exchange)
            scripts = self._scripts.get(exchange.question, [echo])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
            await _until_gone(script(exchange), reader, exchange)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Exchange(head.split(" ")[1], json.loads(body or b"{}"), headers, writer)


async def _until_gone(script: Awaitable[None], reader: asyncio.StreamReader, exchange: Exchange) -> None:
    """Run the script until it ends or the client disconnects."""
    running = asyncio.ensure_future(script)
    leaving = asyncio.ensure_future(_gone(reader))
    leaving.add_done_callback(lambda _: exchange.gone.set())
    await asyncio.wait([running, leaving], return_when=asyncio.FIRST_COMPLETED)
    for task in (running, leaving):
        task.cancel()
    await asyncio.gather(running, leaving, return_exceptions=True)


async def _gone(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(1)


async def echo(exchange: Exchange) -> None:
    """Stream "You said: <question>" word by word; used for questions without a script."""
    await exchange.start()
    await exchange.say(*(f"{word} " for word in f"You said: {exchange.question}".split()))
    await exchange.finish(usage={"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8})


def tell(*pieces: str, reason: str = "stop", pause: float = 0, usage: dict[str, int] | None = None) -> Script:
    """Stream the pieces, with `pause` seconds after each, and end regularly."""

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        for piece in pieces:
            await exchange.say(piece)
            await asyncio.sleep(pause)
        await exchange.finish(reason, usage)

    return script


def refuse(status: int, body: Any = None, **headers: str) -> Script:
    """Respond with this status and an error in OpenAI's format."""
    content = json.dumps(body if body is not None else {"error": {"message": "no", "type": "test"}}).encode()

    async def script(exchange: Exchange) -> None:
        await exchange.respond(status, content, **headers)

    return script


def listing(*models: str) -> Script:
    """List these models."""
    return refuse(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in models]})


def break_off(*pieces: str, last: bytes = b"", hang: bool = False, drop: bool = False) -> Script:
    """Stream the pieces and the raw bytes, then hang, abort the connection, or close it without an end of the reply."""

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(*pieces)
        await exchange.raw(last)
        if hang:
            await asyncio.Event().wait()
        if drop:
            exchange.drop()

    return script


def in_chunks(script: Script) -> Script:
    """Run the script with chunked transfer encoding, as most model servers do."""

    async def chunked(exchange: Exchange) -> None:
        exchange.in_chunks = True
        await script(exchange)

    return chunked


async def silence(exchange: Exchange) -> None:
    """Never answer."""
    await asyncio.Event().wait()


class Led:
    """A script that the test drives: `await led.exchange()`, then call `say` and `finish`."""

    def __init__(self) -> None:
        self._exchange: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.start()
        self._exchange.set_result(exchange)
        await self._over.wait()

    async def exchange(self) -> Exchange:
        """Wait for the request and return its exchange; the response's head has been sent."""
        return await asyncio.wait_for(asyncio.shield(self._exchange), PATIENCE)

    async def finish(self, reason: str = "stop") -> None:
        await (await self.exchange()).finish(reason)
        self._over.set()
