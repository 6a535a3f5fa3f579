"""A tool server of the protocol of 2026-07-28 whose answers a test writes, down to the bytes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Message = dict[str, Any]
Answer = Callable[[web.Request, Message], Awaitable[web.StreamResponse]]

DISCOVERED = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "raw", "version": "1"},
    "resultType": "complete",
    "ttlMs": 0,
    "cacheScope": "private",
}
TOOL = {"name": "t", "description": "A tool", "inputSchema": {"type": "object"}}


def result(message: Message, value: Message) -> web.Response:
    """Return an answer with a result."""
    return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": value})


def text(message: Message, words: str) -> Message:
    """Return the JSON of a result of a call."""
    content = [{"type": "text", "text": words}]
    return {"jsonrpc": "2.0", "id": message["id"], "result": {"content": content, "resultType": "complete"}}


def listed(*tools: Message, **more: Any) -> Message:
    """Return the result of a list of tools."""
    return {"tools": list(tools), "resultType": "complete", "ttlMs": 0, "cacheScope": "private", **more}


async def nothing(_: web.Request) -> web.StreamResponse | None:
    """Leave the request to the server."""
    return None


class RawServer:
    """The server. `answers`: by method. `seen`: the messages it got, and `headers` those of the last request.

    `before`: answers a request instead, or returns None.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.tools: list[Message] = [TOOL]
        self.seen: list[Message] = []
        self.headers: dict[str, str] = {}
        self.url = ""
        self.before: Callable[[web.Request], Awaitable[web.StreamResponse | None]] = nothing

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer as the test has written, or well."""
        if early := await self.before(request):
            return early
        message = await request.json() if request.method == "POST" else {"method": request.method}
        self.seen.append(message)
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        if answer := self.answers.get(message["method"]):
            return await answer(request, message)
        if message["method"] == "server/discover":
            return result(message, DISCOVERED)
        if message["method"] == "tools/list":
            return result(message, listed(*self.tools))
        if message["method"] == "tools/call":
            return web.json_response(text(message, "done"))
        return web.Response(status=405)


@asynccontextmanager
async def raw_server() -> AsyncIterator[RawServer]:
    """Serve on a free port."""
    server = RawServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
        yield server
    finally:
        await runner.cleanup()
