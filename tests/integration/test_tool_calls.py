"""Tools of a real MCP server are offered and called, over both transports, with and without a handshake."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator

import pytest

from tests.support.tool_servers import ScriptedServer, Tools, opened, scripted, settings_of
from tests.support.waiting import eventually
from worker.tools.calls import AttachedText, CallContext, InputAnswer, InputNeeded, InputRequest

RESULT_CHARS = 2000
RESPONSE_BYTES = 200_000
WAYS = [("http", False), ("http", True), ("stdio", False), ("stdio", True)]


@dataclasses.dataclass(frozen=True)
class Setup:
    """A scripted server, and a toolbox that has it as `s`."""

    server: ScriptedServer
    tools: Tools
    is_legacy: bool
    is_http: bool


@pytest.fixture(scope="module", params=WAYS, ids=["http", "http-legacy", "stdio", "stdio-legacy"])
async def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setup]:
    transport, is_legacy = request.param
    folder = tmp_path_factory.mktemp("tools")
    async with scripted(folder, transport, is_legacy=is_legacy) as server:
        settings = settings_of(
            folder,
            f"[servers.s]\n{server.table}\nfiles = true\ntimeout = 50",
            tool_result_chars=RESULT_CHARS,
            tool_response_bytes=RESPONSE_BYTES,
        )
        async with opened(settings, "s") as tools:
            yield Setup(server, tools, is_legacy, transport == "http")


async def test_tools_are_offered_with_schema_and_rules(setup: Setup) -> None:
    offered = await setup.tools.toolbox.offered(None)
    tools = {tool.name: tool for tool in offered.tools}
    assert offered.missing == []
    add, look, count = tools["add"], tools["look"], tools["count"]
    assert (add.function_name, add.title, add.description) == ("s__add", "Add two numbers", "Return the sum.")
    assert add.parameters["required"] == ["a", "b"]
    assert [(tool.approval, tool.is_repeatable) for tool in (add, look, count)] == [
        ("always", True),
        ("ask", True),
        ("ask", False),
    ]


async def test_only_selected_tools_are_offered(setup: Setup) -> None:
    offered = await setup.tools.toolbox.offered(["s/add", "s/lo*", "other/*"])
    assert {tool.name for tool in offered.tools} == {"add", "look"}
    assert (await setup.tools.toolbox.offered([])).tools == []


async def test_a_call_has_a_result(setup: Setup) -> None:
    outcome = await setup.tools.call("add", {"a": 1, "b": 2})
    assert (outcome.status, outcome.content, outcome.images, outcome.code) == ("ok", "3", [], None)
    assert 0 < outcome.seconds < 50


async def test_an_error_of_the_tool_is_its_result(setup: Setup) -> None:
    outcome = await setup.tools.call("fail")
    assert (outcome.status, outcome.content, outcome.code) == ("error", "this tool always fails", None)


async def test_an_error_of_the_protocol_has_a_code(setup: Setup) -> None:
    outcome = await setup.tools.call("refuse")
    assert (outcome.status, outcome.code) == ("error", "tool_failed")
    assert "out of order" in outcome.content


async def test_a_call_carries_its_key_and_the_files(setup: Setup) -> None:
    file = AttachedText("a.txt", "text/plain", "hello")
    outcome = await setup.tools.call("meta", context=CallContext("the-key", files=[file]))
    meta = json.loads(outcome.content)
    assert meta["holdfast/idempotency-key"] == "the-key"
    assert meta["holdfast/files"] == [{"name": "a.txt", "type": "text/plain", "text": "hello"}]


async def test_every_kind_of_content_becomes_text_or_image(setup: Setup) -> None:
    outcome = await setup.tools.call("many")
    assert outcome.content.splitlines() == [
        "a text",
        "file:///a.txt:",
        "of a resource",
        "[Left out: the contents of file:///b.bin, of an unknown type]",
        "link (https://example.com/): somewhere",
    ]
    ((content, media_type),) = outcome.images
    assert (content[:4], media_type) == (b"\x89PNG", "image/png")


async def test_a_long_result_is_cut_with_a_note(setup: Setup) -> None:
    outcome = await setup.tools.call("huge", {"size": 5000})
    assert len(outcome.content) == RESULT_CHARS
    assert outcome.content.endswith("[Cut: the result has 5000 characters, of which these are the first.]")


async def test_progress_arrives_at_most_twice_a_second(setup: Setup) -> None:
    seen = list[float]()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (40, f"step {progress:g}")
        seen.append(progress)

    outcome = await setup.tools.call("wait", {"seconds": 0.8, "steps": 40}, CallContext("p", on_progress=on_progress))
    assert outcome.content == "waited"
    assert 1 <= len(seen) <= 2 + 2 * outcome.seconds
    assert seen == sorted(seen)


async def test_a_cancelled_call_is_cancelled_in_the_server(setup: Setup) -> None:
    call = asyncio.create_task(setup.tools.call("wait", {"seconds": 600}, CallContext("cancel")))
    await setup.server.recorded("wait cancel began")
    began = asyncio.get_running_loop().time()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.get_running_loop().time() - began < 2  # 0.3 on a quiet machine
    await setup.server.recorded("wait cancel cancelled")


async def test_a_call_beyond_its_time_is_cancelled(setup: Setup) -> None:
    tool = dataclasses.replace(setup.tools.tool("wait"), timeout=1)
    outcome = await setup.tools.toolbox.call(tool, {"seconds": 600}, CallContext("late"))
    assert (outcome.status, outcome.code) == ("error", "tool_timeout")  # type: ignore[union-attr]
    await setup.server.recorded("wait late cancelled")


async def test_a_tool_asks_the_user(setup: Setup) -> None:
    asked = list[InputRequest]()

    async def on_input(request: InputRequest) -> InputAnswer:
        asked.append(request)
        return InputAnswer("accept", {"name": "Ann"})

    outcome = await setup.tools.asked("greet", context=CallContext("greet", on_input=on_input))
    if isinstance(outcome, InputNeeded):
        asked += outcome.requests
        answers = {request.id: await on_input(request) for request in outcome.requests[:]}
        asked.pop()
        outcome = await setup.tools.call("greet", context=CallContext("greet", answers=answers, state=outcome.state))
    (request,) = asked
    assert request.message == "What is your name?"
    assert request.form["properties"] == {"name": {"title": "Name", "type": "string"}}
    assert outcome.content == "Hello Ann"


async def test_a_changed_list_of_tools_is_read_again(setup: Setup) -> None:
    await setup.tools.call("grow")

    async def is_there() -> bool:
        return "grown" in {tool.name for tool in (await setup.tools.toolbox.offered(None)).tools}

    await eventually(is_there)


async def test_a_tool_that_is_not_listed_is_unknown(setup: Setup) -> None:
    tool = dataclasses.replace(setup.tools.tool("add"), name="gone")
    outcome = await setup.tools.toolbox.call(tool, {}, CallContext("k"))
    assert (outcome.status, outcome.code) == ("error", "tool_unknown")  # type: ignore[union-attr]


async def test_a_result_beyond_the_bound_is_not_read(setup: Setup) -> None:
    size = 100_000_000 if setup.is_http and not setup.is_legacy else 5_000_000
    outcome = await setup.tools.call("huge", {"size": size})
    assert (outcome.status, outcome.code) == ("error", "tool_result_too_large")

    async def goes_on() -> bool:
        return (await setup.tools.call("add", {"a": 2, "b": 2})).content == "4"

    await eventually(goes_on)


async def test_a_dying_server_fails_its_call_and_is_missing(setup: Setup) -> None:
    outcome = await setup.tools.call("die")
    assert (outcome.status, outcome.code) == ("error", "tool_server_down")

    async def is_missing() -> bool:
        return (await setup.tools.toolbox.offered(None)).missing == ["s"]

    if setup.is_http:
        await eventually(is_missing)
    else:
        await setup.tools.ready("s")  # it is started again
    assert setup.server.lines().count("die key ran") == 1
