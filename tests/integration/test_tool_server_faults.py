"""Whatever a tool server answers, the call has a result with a code, and the server is up or missing."""

import asyncio
import dataclasses
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from launcher import ports
from tests.support.raw_tool_server import TOOL, Answer, Message, RawServer, listed, raw_server, result, text
from tests.support.tool_servers import Tools, opened, settings_of
from tests.support.waiting import eventually
from worker.tools.calls import CallContext, InputAnswer, InputNeeded, Outcome

BYTES = 100_000
MIB = b"x" * 1_048_576


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with raw_server() as running:
        yield running


@pytest.fixture
async def tools(server: RawServer, tmp_path: Path) -> AsyncIterator[Tools]:
    settings = settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"', tool_response_bytes=BYTES)
    async with opened(settings, "s") as running:
        yield running


async def hang(request: web.Request, message: Message) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def garbage(request: web.Request, message: Message) -> web.StreamResponse:
    return web.Response(body=b'{"jsonrpc": 7, \xff', content_type="application/json")


async def page(request: web.Request, message: Message) -> web.StreamResponse:
    return web.Response(text="<p>nothing here", content_type="text/html")


async def no_result(request: web.Request, message: Message) -> web.StreamResponse:
    return result(message, {"content": [{"type": "text"}]})


async def broken(request: web.Request, message: Message) -> web.StreamResponse:
    return web.Response(status=500, text="no")


async def unauthorized(request: web.Request, message: Message) -> web.StreamResponse:
    return web.Response(status=401)


async def elsewhere(request: web.Request, message: Message) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(request.url.with_path("/other"))})


async def bomb(request: web.Request, message: Message) -> web.StreamResponse:
    body = gzip.compress(json.dumps(text(message, "x" * BYTES * 10)).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return web.Response(body=body, headers=headers)


async def endless(request: web.Request, message: Message) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(MIB)


async def endless_event(request: web.Request, message: Message) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: ")
    while True:
        await response.write(MIB)


async def endless_events(request: web.Request, message: Message) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x" * 1000}}
    while True:
        await response.write(b"event: message\ndata: " + json.dumps(note).encode() + b"\n\n")


async def dense(request: web.Request, message: Message) -> web.StreamResponse:
    structured = json.loads("[" + ",".join(["[]"] * 40) + "]")
    value = {"content": [], "structuredContent": structured, "resultType": "complete"}
    return result(message, value)


async def broken_off(request: web.Request, message: Message) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    assert request.transport
    request.transport.close()
    return response


FAULTS: list[tuple[Answer, str]] = [
    (garbage, "tool_failed"),
    (page, "tool_failed"),
    (no_result, "tool_failed"),
    (broken, "tool_server_down"),
    (unauthorized, "tool_server_down"),
    (elsewhere, "tool_server_down"),
    (bomb, "tool_server_down"),
    (broken_off, "tool_server_down"),
    (dense, "tool_result_too_large"),
    (endless, "tool_result_too_large"),
    (endless_event, "tool_result_too_large"),
    (endless_events, "tool_result_too_large"),
]


@pytest.mark.parametrize(("answer", "code"), FAULTS, ids=[answer.__name__ for answer, _ in FAULTS])
async def test_a_faulty_answer_ends_the_call_with_a_code(
    server: RawServer, tools: Tools, answer: Answer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tools.guard.VALUES", 60)
    server.answers["tools/call"] = answer
    outcome = await tools.call("t")
    assert (outcome.status, outcome.code) == ("error", code)
    assert "xxx" not in outcome.content
    del server.answers["tools/call"]
    await tools.ready("s")
    assert (await tools.call("t")).content == "done"


async def test_a_redirect_is_not_followed(server: RawServer, tools: Tools) -> None:
    server.answers["tools/call"] = elsewhere
    await tools.call("t")
    assert [message["method"] for message in server.seen].count("tools/call") == 1


async def test_a_call_without_an_answer_ends_in_time(server: RawServer, tools: Tools) -> None:
    server.answers["tools/call"] = hang
    tool = dataclasses.replace(tools.tool("t"), timeout=0.2)
    outcome = await tools.toolbox.call(tool, {}, CallContext("k"))
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.code) == ("error", "tool_timeout")


async def test_of_two_answers_with_one_id_the_first_counts(server: RawServer, tools: Tools) -> None:
    async def twice(request: web.Request, message: Message) -> web.StreamResponse:
        answers = [json.dumps(text(message, words)) for words in ("first", "second")]
        body = "".join(f"event: message\ndata: {answer}\n\n" for answer in answers)
        return web.Response(text=body, content_type="text/event-stream")

    server.answers["tools/call"] = twice
    assert (await tools.call("t")).content == "first"


async def test_state_without_a_question_is_sent_back(server: RawServer, tools: Tools) -> None:
    async def later(request: web.Request, message: Message) -> web.StreamResponse:
        if message["params"].get("requestState") == "again":
            return web.json_response(text(message, "later"))
        return result(message, {"resultType": "input_required", "requestState": "again"})

    server.answers["tools/call"] = later
    assert (await tools.call("t")).content == "later"


async def test_addresses_for_users_are_cancelled_by_us(server: RawServer, tools: Tools) -> None:
    form = {"mode": "form", "message": "Who?", "requestedSchema": {"type": "object", "properties": {}}}
    visit = {"mode": "url", "message": "Come", "url": "https://example.com/"}
    asked = {name: {"method": "elicitation/create", "params": params} for name, params in (("f", form), ("u", visit))}

    async def ask(request: web.Request, message: Message) -> web.StreamResponse:
        if answers := message["params"].get("inputResponses"):
            return web.json_response(text(message, json.dumps({key: each["action"] for key, each in answers.items()})))
        return result(message, {"resultType": "input_required", "inputRequests": asked, "requestState": "s"})

    server.answers["tools/call"] = ask
    needed = await tools.asked("t")
    assert isinstance(needed, InputNeeded)
    assert [request.id for request in needed.requests] == ["f"]
    answered = CallContext("k", answers={"f": InputAnswer("accept", {})}, state=needed.state)
    assert json.loads((await tools.call("t", context=answered)).content) == {"f": "accept", "u": "cancel"}


async def test_a_server_that_wants_the_model_gets_nothing(server: RawServer, tools: Tools) -> None:
    sampling = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 5}}

    async def ask(request: web.Request, message: Message) -> web.StreamResponse:
        return result(message, {"resultType": "input_required", "inputRequests": {"m": sampling}})

    server.answers["tools/call"] = ask
    outcome = await tools.call("t")
    assert outcome.code == "tool_failed"


async def test_an_odd_list_of_tools_is_bounded(server: RawServer, tmp_path: Path) -> None:
    server.tools = [TOOL, {**TOOL, "title": "second"}, *({**TOOL, "name": f"n{each}"} for each in range(1000))]
    server.tools.append({**TOOL, "name": "large", "inputSchema": {"type": "object", "description": "x" * 70_000}})

    async def endless_list(request: web.Request, message: Message) -> web.StreamResponse:
        return result(message, listed(*server.tools, nextCursor=str(len(server.seen))))

    server.answers["tools/list"] = endless_list
    settings = settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"')
    async with opened(settings, "s") as tools:
        names = [tool.name for tool in (await tools.toolbox.offered(None)).tools]
    assert names[:2] == ["t", "n0"]
    assert len(names) == len(set(names)) == 200


@pytest.mark.parametrize("answer", [garbage, broken, elsewhere, endless, no_result], ids=lambda each: each.__name__)
async def test_a_server_without_a_usable_list_is_missing(server: RawServer, tmp_path: Path, answer: Answer) -> None:
    server.answers["tools/list"] = answer
    async with opened(settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"', tool_response_bytes=BYTES)) as tools:
        assert (await tools.toolbox.offered(None)).missing == ["s"]
        del server.answers["tools/list"]
        await tools.ready("s")


async def test_servers_that_are_down_do_not_hide_others(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tools.toolbox.START_SECONDS", 0.1)
    monkeypatch.setattr("worker.tools.watched_server.START_SECONDS", 0.3)
    text_of_file = (
        f'[servers.up]\nurl = "{server.url}"\n'
        f'[servers.down]\nurl = "http://127.0.0.1:{ports.free()}/mcp"\n'
        '[servers.absent]\ncommand = ["/nowhere/no-such-program"]\n'
        '[servers.silent]\ncommand = ["sleep", "600"]\n'
    )
    async with opened(settings_of(tmp_path, text_of_file), "up") as tools:
        offered = await tools.toolbox.offered(None)
        assert [tool.function_name for tool in offered.tools] == ["up__t"]
        assert offered.missing == ["down", "absent", "silent"]
        assert (await tools.toolbox.offered(["up/*"])).missing == []


async def test_rules_of_the_operator_hold(server: RawServer, tmp_path: Path) -> None:
    hints = {"readOnlyHint": True}
    server.tools = [{**TOOL, "name": name, "annotations": hints} for name in ("read_a", "delete_a", "other", "hidden")]
    rules = 'deny = ["hid*"]\napproval = { "read_*" = "ask", "delete_*" = "never" }\nrepeat = []'
    async with opened(settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"\n{rules}'), "s") as tools:
        offered = {tool.name: tool.approval for tool in (await tools.toolbox.offered(None)).tools}
        assert offered == {"read_a": "ask", "other": "always"}
        assert tools.tool("delete_a").approval == "never"


async def test_headers_of_the_file_are_sent_and_proxies_not_used(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCS_TOKEN", "s3cret")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    header = 'headers = { Authorization = "Bearer ${DOCS_TOKEN}" }'
    async with opened(settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"\n{header}'), "s") as tools:
        assert (await tools.call("t")).content == "done"
    assert server.headers["authorization"] == "Bearer s3cret"
    assert server.headers["accept-encoding"] == "identity"


async def test_a_list_is_read_again_after_its_time(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tools.listing.REFRESH_SECONDS", 0.05)
    async with opened(settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"'), "s") as tools:
        server.tools = [{**TOOL, "name": "new"}]

        async def is_new() -> bool:
            return [tool.name for tool in (await tools.toolbox.offered(None)).tools] == ["new"]

        await eventually(is_new)


async def test_a_server_that_hangs_at_a_cancellation_delays_no_call(server: RawServer, tmp_path: Path) -> None:
    async def unknown(request: web.Request, message: Message) -> web.StreamResponse:
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no"}})

    async def greet(request: web.Request, message: Message) -> web.StreamResponse:
        about = {"name": "old", "version": "1"}
        return result(message, {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": about})

    async def accept(request: web.Request, message: Message) -> web.StreamResponse:
        return web.Response(status=202)

    server.answers |= {
        "server/discover": unknown,
        "initialize": greet,
        "notifications/initialized": accept,
        "notifications/cancelled": hang,
        "tools/call": hang,
    }
    async with opened(settings_of(tmp_path, f'[servers.s]\nurl = "{server.url}"'), "s") as tools:
        call = asyncio.create_task(tools.call("t"))

        async def has_come() -> bool:
            return "tools/call" in [message["method"] for message in server.seen]

        await eventually(has_come)
        began = asyncio.get_running_loop().time()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert asyncio.get_running_loop().time() - began < 2  # 0.3 on a quiet machine
        assert "notifications/cancelled" in [message["method"] for message in server.seen]
