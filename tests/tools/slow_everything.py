"""The reference server `@modelcontextprotocol/server-everything`, over both transports."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from launcher import ports
from launcher.setup.page import environment, node_home
from tests.support.repository import ROOT
from tests.support.tool_servers import Tools, opened, settings_of
from tests.support.waiting import eventually
from worker.tools.calls import CallContext, InputAnswer, InputRequest

NODE = str(node_home() / "bin" / "node")
PROGRAM = ROOT / "tests/tools/node_modules/@modelcontextprotocol/server-everything/dist/index.js"


@pytest.fixture(scope="module", params=["stdio", "http"])
async def tools(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tools]:
    folder = tmp_path_factory.mktemp("everything")
    if request.param == "stdio":
        async with running(folder, f"command = {json.dumps([NODE, str(PROGRAM), 'stdio'])}") as found:
            yield found
        return
    port = ports.free()
    env = {**environment(), "PORT": str(port)}
    devnull = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        NODE, str(PROGRAM), "streamableHttp", env=env, stdout=devnull, stderr=devnull
    )
    try:
        await eventually(partial(asyncio.to_thread, ports.accepts, "127.0.0.1", port))
        async with running(folder, f'url = "http://127.0.0.1:{port}/mcp"') as found:
            yield found
    finally:
        process.kill()
        await process.wait()


def running(folder: Path, table: str) -> AbstractAsyncContextManager[Tools]:
    """Open a toolbox with the server as `s`."""
    return opened(settings_of(folder, f"[servers.s]\n{table}"), "s")


async def test_its_tools_are_offered(tools: Tools) -> None:
    offered = {tool.name: tool for tool in (await tools.toolbox.offered(None)).tools}
    assert {"echo", "get-sum", "get-tiny-image", "trigger-long-running-operation"} <= offered.keys()
    assert offered["echo"].approval == "always"
    assert offered["trigger-elicitation-request"].approval == "ask"


async def test_texts_and_structured_content_arrive(tools: Tools) -> None:
    assert (await tools.call("echo", {"message": "hi"})).content == "Echo: hi"
    assert json.loads((await tools.call("get-structured-content", {"location": "New York"})).content)["temperature"]


async def test_images_arrive(tools: Tools) -> None:
    ((content, media_type),) = (await tools.call("get-tiny-image")).images
    assert (content[:4], media_type) == (b"\x89PNG", "image/png")


async def test_resources_and_links_become_text(tools: Tools) -> None:
    assert "demo://resource/dynamic/" in (await tools.call("get-resource-links", {"count": 3})).content
    shown = await tools.call("get-resource-reference", {"resourceType": "Text", "resourceId": 1})
    assert "This is a plaintext resource" in shown.content


async def test_arguments_that_do_not_fit_are_an_error(tools: Tools) -> None:
    outcome = await tools.call("get-sum", {"a": "x"})
    assert outcome.status == "error"
    assert "expected number" in outcome.content


async def test_progress_arrives(tools: Tools) -> None:
    seen = list[float]()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    context = CallContext("k", on_progress=on_progress)
    outcome = await tools.call("trigger-long-running-operation", {"duration": 2, "steps": 4}, context)
    assert outcome.content.startswith("Long running operation completed")
    assert seen == sorted(seen)
    assert seen


async def test_a_cancelled_call_ends_at_once(tools: Tools) -> None:
    begun = asyncio.Event()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        begun.set()

    context = CallContext("k", on_progress=on_progress)
    arguments: dict[str, object] = {"duration": 600, "steps": 6000}
    call = asyncio.create_task(tools.call("trigger-long-running-operation", arguments, context))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await tools.call("echo", {"message": "on"})).content == "Echo: on"


async def test_it_asks_the_user(tools: Tools) -> None:
    asked = list[InputRequest]()

    async def on_input(request: InputRequest) -> InputAnswer:
        asked.append(request)
        return InputAnswer("accept", {"name": "Ann"})

    outcome = await tools.call("trigger-elicitation-request", context=CallContext("k", on_input=on_input))
    assert "Name: Ann" in outcome.content
    assert asked[0].form["required"] == ["name"]


async def test_it_is_not_visited_for_the_user(tools: Tools) -> None:
    arguments: dict[str, object] = {"url": "https://example.com/", "message": "Come", "elicitationId": "e"}
    outcome = await tools.call("trigger-url-elicitation", arguments)
    assert "cancel" in outcome.content.lower()
