"""An MCP server with scriptable faults. `python -m tests.support.tool_server RECORD [stdio|PORT] [legacy]` runs it.

Each call appends a line to the file RECORD: its tool, its idempotency key, and what became of it.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from mcp import MCPError
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import (
    METHOD_NOT_FOUND,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""

READS = ToolAnnotations(read_only_hint=True)
IDEMPOTENT = ToolAnnotations(idempotent_hint=True)


class Name(BaseModel):
    """The form of a question."""

    name: str


def server(record: Path, *, is_legacy: bool = False) -> MCPServer:
    """Return the server. A legacy one knows only the protocols with a handshake."""
    mcp = MCPServer("scripted")

    def note(tool: str, ctx: Context, what: str) -> None:
        meta: dict[str, Any] = dict(ctx.request_context.meta or {})
        with record.open("a") as file:
            file.write(f"{tool} {meta.get('holdfast/idempotency-key', '-')} {what}\n")

    @mcp.tool(annotations=READS, title="Add two numbers")
    def add(a: int, b: int) -> int:
        """Return the sum."""
        return a + b

    @mcp.tool(structured_output=False)
    def count(ctx: Context) -> str:
        """Count the calls of this tool, which is not safe to repeat."""
        note("count", ctx, "ran")
        return str(record.read_text().count("count "))

    @mcp.tool(annotations=IDEMPOTENT, structured_output=False)
    def look(ctx: Context) -> str:
        """Count the calls of this tool, which is safe to repeat."""
        note("look", ctx, "ran")
        return "looked"

    @mcp.tool(structured_output=False)
    async def wait(ctx: Context, seconds: float, steps: int = 1) -> str:
        """Wait, and report progress."""
        note("wait", ctx, "began")
        try:
            for step in range(steps):
                await ctx.report_progress(step, steps, f"step {step}")
                await asyncio.sleep(seconds / steps)
        except asyncio.CancelledError:
            note("wait", ctx, "cancelled")
            raise
        note("wait", ctx, "ended")
        return "waited"

    @mcp.tool(structured_output=False)
    def fail() -> str:
        """Report an error."""
        raise ValueError("this tool always fails")

    @mcp.tool(structured_output=False)
    def meta(ctx: Context) -> str:
        """Return what accompanies the call."""
        return json.dumps(dict(ctx.request_context.meta or {}))

    @mcp.tool(structured_output=False)
    def many() -> CallToolResult:
        """Return each kind of content."""
        return CallToolResult(
            content=[
                TextContent(text="a text"),
                ImageContent(data=PIXEL, mime_type="image/png"),
                EmbeddedResource(resource=TextResourceContents(uri="file:///a.txt", text="of a resource")),
                EmbeddedResource(resource=BlobResourceContents(uri="file:///b.bin", blob="AAAA")),
                ResourceLink(name="link", uri="https://example.com/", description="somewhere"),
            ]
        )

    @mcp.tool(structured_output=False)
    def picture() -> Image:
        """Return an image."""
        return Image(data=__import__("base64").b64decode(PIXEL), format="png")

    @mcp.tool()
    def structured() -> dict[str, int]:
        """Return structured content."""
        return {"answer": 42}

    @mcp.tool(structured_output=False)
    def huge(size: int) -> str:
        """Return a text of that many bytes."""
        return "x" * size

    @mcp.tool(structured_output=False)
    def die(ctx: Context) -> str:
        """End the server."""
        note("die", ctx, "ran")
        os._exit(1)

    def ask_name() -> Elicit[Name]:
        return Elicit("What is your name?", Name)

    @mcp.tool(structured_output=False)
    def greet(name: Annotated[Name, Resolve(ask_name)], ctx: Context) -> str:
        """Ask the user for a name."""
        note("greet", ctx, "ran")
        return f"Hello {name.name}"

    @mcp.tool(structured_output=False)
    async def grow(ctx: Context) -> str:
        """Add another tool."""
        mcp.add_tool(lambda: "new", name="grown", description="New")
        await ctx.notify_tools_changed()
        await ctx.session.send_tool_list_changed()
        return "grown"

    async def only_handshake(ctx: Any, call_next: Any) -> Any:
        if ctx.method == "server/discover":
            raise MCPError(METHOD_NOT_FOUND, "Method not found")
        return await call_next(ctx)

    if is_legacy:
        mcp.middleware.append(only_handshake)
    return mcp


def main() -> None:
    """Run the server until it is ended."""
    record, transport, *words = sys.argv[1:]
    mcp = server(Path(record), is_legacy="legacy" in words)
    if transport == "stdio":
        mcp.run("stdio")
    else:
        uvicorn.run(mcp.streamable_http_app(), host="127.0.0.1", port=int(transport), log_level="critical")


if __name__ == "__main__":
    main()
