"""An MCP server with scriptable faults. `python -m tests.support.tool_server RECORD stdio|PORT [legacy]` runs it.

Each call that matters appends a line to the file RECORD: its tool, its idempotency key, and what became of it. A legacy
server knows only the protocols with a handshake.
"""

import asyncio
import base64
import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from mcp import MCPError
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp.server.runner import serve_loop
from mcp.server.stdio import stdio_server
from mcp_types import (
    METHOD_NOT_FOUND,
    BlobResourceContents,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    EmbeddedResource,
    ImageContent,
    InputRequiredResult,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
    ToolListChangedNotification,
)
from pydantic import BaseModel

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""

READS = ToolAnnotations(read_only_hint=True)
IDEMPOTENT = ToolAnnotations(idempotent_hint=True)

mcp = MCPServer("scripted")


class Name(BaseModel):
    """The form of a question."""

    name: str


def ask_name() -> Elicit[Name]:
    """Ask for a name."""
    return Elicit("What is your name?", Name)


def note(tool: str, context: Context, what: str) -> None:
    """Append a line to the record."""
    with Path(sys.argv[1]).open("a") as file:
        file.write(f"{tool} {_meta(context).get('holdfast/idempotency-key', '-')} {what}\n")


def _meta(context: Context) -> dict[str, Any]:
    return dict(context.request_context.meta or {})


@mcp.tool(annotations=READS, title="Add two numbers")
def add(a: int, b: int) -> int:
    """Return the sum."""
    return a + b


@mcp.tool(structured_output=False)
def count(context: Context) -> str:
    """Do what is not safe to repeat."""
    note("count", context, "ran")
    return "counted"


@mcp.tool(annotations=IDEMPOTENT, structured_output=False)
def look(context: Context) -> str:
    """Do what is safe to repeat."""
    note("look", context, "ran")
    return "looked"


@mcp.tool(structured_output=False)
async def wait(context: Context, seconds: float, steps: int = 1) -> str:
    """Wait, and report progress."""
    note("wait", context, "began")
    try:
        for step in range(steps):
            await context.report_progress(step, steps, f"step {step}")
            await asyncio.sleep(seconds / steps)
    except asyncio.CancelledError:
        note("wait", context, "cancelled")
        raise
    note("wait", context, "ended")
    return "waited"


@mcp.tool(structured_output=False)
def fail() -> CallToolResult:
    """Report an error."""
    return CallToolResult(content=[TextContent(text="this tool always fails")], is_error=True)


@mcp.tool(structured_output=False)
def refuse() -> str:
    """Report an error of the protocol."""
    raise MCPError(-32000, "out of order")


@mcp.tool(structured_output=False)
def meta(context: Context) -> str:
    """Return what accompanies the call."""
    return json.dumps(_meta(context))


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
    return Image(data=base64.b64decode(PIXEL), format="png")


@mcp.tool(structured_output=False)
def torn() -> Image:
    """Return an image that ends after its first bytes."""
    return Image(data=base64.b64decode(PIXEL)[:20], format="png")


@mcp.tool(structured_output=False)
def huge(size: int) -> str:
    """Return a text of that many bytes."""
    return "x" * size


@mcp.tool(structured_output=False)
def die(context: Context) -> str:
    """End the server."""
    note("die", context, "ran")
    os._exit(1)


@mcp.tool(structured_output=False)
def greet(name: Annotated[Name, Resolve(ask_name)], context: Context) -> str:
    """Ask the user for a name."""
    note("greet", context, "ran")
    return f"Hello {name.name}"


@mcp.tool(structured_output=False)
async def ask_twice(context: Context) -> CallToolResult | InputRequiredResult:
    """Ask for a name, then for another one. Return which answers came with the last request."""
    given = sorted(context.input_responses or {})
    if context.request_state == "two":
        return CallToolResult(content=[TextContent(text=",".join(given))])
    number = "two" if context.request_state else "one"
    params = ElicitRequestFormParams(message=f"Name {number}?", requested_schema=Name.model_json_schema())
    return InputRequiredResult(input_requests={number: ElicitRequest(params=params)}, request_state=number)


@mcp.tool(structured_output=False)
async def grow(context: Context) -> str:
    """Offer another tool from now on."""
    mcp.add_tool(lambda: "new", name="grown", description="New")
    await context.notify_tools_changed()
    # With the result of this call: a stream of the session's own may be open too late for a session of one call.
    await context.session.send_notification(ToolListChangedNotification(), related_request_id=context.request_id)
    return "grown"


async def only_handshake(ctx: Any, call_next: Any) -> Any:
    """Refuse the discovery that newer protocols begin with."""
    if ctx.method == "server/discover":
        raise MCPError(METHOD_NOT_FOUND, "Method not found")
    return await call_next(ctx)


async def run_legacy_stdio() -> None:
    """Serve one client over standard input and output with a handshake only."""
    lowlevel = mcp._lowlevel_server
    async with stdio_server() as (received, to_send), lowlevel.lifespan(lowlevel) as state:
        options = lowlevel.create_initialization_options()
        await serve_loop(lowlevel, received, to_send, lifespan_state=state, init_options=options)


def main() -> None:
    """Run the server until it is ended."""
    _, _, transport, *words = sys.argv
    logging.disable()
    if transport == "stdio":
        asyncio.run(run_legacy_stdio() if words else mcp.run_stdio_async())
        return
    if words:
        mcp.middleware.append(only_handshake)
    uvicorn.run(mcp.streamable_http_app(), host="127.0.0.1", port=int(transport), log_level="critical")


if __name__ == "__main__":
    main()
