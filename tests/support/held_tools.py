"""An MCP server over HTTP in the test's process: counts calls by their idempotency keys, and holds some of them."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from launcher import ports

KEY = "holdfast/idempotency-key"
IDEMPOTENT = ToolAnnotations(idempotent_hint=True)
SERVER = """
[servers.lab]
url = "{url}"
approval = {{ count = "always", look = "always" }}
"""

Place = Literal["request", "text", "arguments", "way", "call", "count"]
"""Where a step is held: its request before the answer, in the answer's text, or in the arguments of its first call; its
calls before they reach their tools, in both tools, or in `count` only."""

At = tuple[int, int]
"""A turn's number in the test, and one of its steps."""

Message = MutableMapping[str, Any]


class HeldTools:
    """The tools `count` (not safe to repeat), `look` (safe) and `erase` (asks before it runs).

    `holds`: steps that are held until their client is gone. `held`: how many of a step's requests or calls are.
    `runs`: how often a tool ran, by its name and its call's key. `arrived`, `cancelled`: when a call first came, and
    when it was cancelled, by the monotonic clock. `ports`: the client's end of each step's newest connection. `pause`:
    seconds that each call takes.
    """

    def __init__(self) -> None:
        self.holds: dict[At, Place] = {}
        self.held: Counter[At] = Counter()
        self.runs: Counter[tuple[str, str]] = Counter()
        self.arrived: dict[str, float] = {}
        self.cancelled: dict[str, float] = {}
        self.ports: dict[At, int] = {}
        self.pause = 0.0
        self.looked = "looked"
        self.url = ""
        self._mcp = MCPServer("lab", log_level="CRITICAL")
        self._mcp.tool(structured_output=False)(self.count)
        self._mcp.tool(structured_output=False, annotations=IDEMPOTENT)(self.look)
        self._mcp.tool(structured_output=False)(self.erase)

    @property
    def file(self) -> str:
        """The content of `MCP_FILE`."""
        return SERVER.format(url=self.url)

    def of(self, tool: str, turn_id: str) -> dict[int, int]:
        """How often each call of a turn ran, by its index, as far as it went to this tool."""
        counts = {key.rpartition("."): count for (name, key), count in self.runs.items() if name == tool}
        return {int(index): count for (turn, _, index), count in counts.items() if turn == turn_id}

    async def count(self, context: Context, turn: int, step: int) -> str:
        """Do what is not safe to repeat."""
        await self._run("count", context, (turn, step), ("call", "count"))
        return "counted"

    async def look(self, context: Context, turn: int, step: int) -> str:
        """Do what is safe to repeat."""
        await self._run("look", context, (turn, step), ("call",))
        return self.looked

    async def erase(self, context: Context, turn: int, step: int) -> str:
        """Do what the user has to allow."""
        await self._run("erase", context, (turn, step), ())
        return "erased"

    async def hold(self, at: At, *places: Place) -> None:
        """Wait for ever, if the step is held at one of these places."""
        if self.holds.get(at) in places:
            self.held[at] += 1
            await asyncio.Event().wait()

    async def _run(self, tool: str, context: Context, at: At, places: tuple[Place, ...]) -> None:
        key = str(dict(context.request_context.meta or {})[KEY])
        self.runs[tool, key] += 1
        try:
            await asyncio.sleep(self.pause)
            await self.hold(at, *places)
        except asyncio.CancelledError:
            self.cancelled.setdefault(key, time.monotonic())
            raise

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["HeldTools"]:
        """Serve inside the block."""
        port = ports.free()
        self.url = f"http://127.0.0.1:{port}/mcp"
        app = Gate(self, self._mcp.streamable_http_app())
        config = uvicorn.Config(app, "127.0.0.1", port, log_config=None, ws="none", timeout_graceful_shutdown=1)
        server = Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done(), "the tool server has not started"
            await asyncio.sleep(0.02)
        try:
            yield self
        finally:
            server.should_exit = True
            await serving


class Server(uvicorn.Server):
    """Leaves the signals of the test's process alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Gate:
    """An ASGI application that notes each call, and passes on those that are not held on their way."""

    def __init__(self, tools: HeldTools, app: Any) -> None:
        self._tools = tools
        self._app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if await self._passes(json.loads(body), scope):
            messages = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def again() -> Any:
                return next(messages, None) or await receive()

            await self._app(scope, again, send)
            return
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _passes(self, request: dict[str, Any], scope: Message) -> bool:
        if request.get("method") != "tools/call":
            return True
        params = request["params"]
        at = params["arguments"].get("turn", 0), params["arguments"].get("step", 0)
        self._tools.arrived.setdefault(params["_meta"][KEY], time.monotonic())
        self._tools.ports[at] = scope["client"][1]
        if self._tools.holds.get(at) != "way":
            return True
        self._tools.held[at] += 1
        return False


async def _body(receive: Any) -> bytes:
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
    return body
