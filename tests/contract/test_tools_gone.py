"""A reply goes on with the results that it has although its tool servers are gone."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import database
from tests.support.model_server import Exchange, refuse
from tests.support.stack import ROOT, Stack, run_stack
from tests.support.waiting import eventually
from worker.tools.decisions import UNKNOWN_TOOL

SERVERS = """
[servers.frail]
command = ["sh", "-c", "test -e {there} && exec {python} -m tests.support.tool_server {record} stdio"]
env = {{ PYTHONPATH = "{root}" }}
approval = {{ count = "ask", "*" = "always" }}
"""


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The server starts as long as this file is there."""
    file = tmp_path / "there"
    file.touch()
    return file


@pytest.fixture
async def stack(redis_url: str, tmp_path: Path, there: Path) -> AsyncIterator[Stack]:
    file = tmp_path / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=tmp_path / "record", root=ROOT, there=there), "utf-8")
    async with run_stack(database(redis_url), tmp_path, openai_can="tools", mcp_file=str(file)) as running:
        yield running


def calls(*names: str) -> Any:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        for index, name in enumerate(names):
            await exchange.call(index, f"call_{name}", f"frail__{name}", '{"a":1,"b":2}' if name == "add" else "{}")
        await exchange.finish("tool_calls")

    return script


async def strict(exchange: Exchange) -> None:
    """Answers as a server that refuses messages about tools which the request does not describe."""
    named = [call["function"]["name"] for each in exchange.body["messages"] for call in each.get("tool_calls", ())]
    described = [tool["function"]["name"] for tool in exchange.body.get("tools", ())]
    if not set(named) <= set(described):
        return await refuse(400)(exchange)
    await exchange.start()
    await exchange.say("Done.")
    await exchange.finish()


async def test_a_reply_whose_servers_are_gone_is_finished(stack: Stack, there: Path) -> None:
    stack.model.on("first", calls("add", "count"), strict)
    stack.model.on("second", calls("die"), strict)
    async with stack.client() as user:
        turn_id = await user.ask(await user.start(), "first")

        async def asked() -> list[dict[str, Any]]:
            return list((await user.turn(turn_id))["approvals"])

        (question,) = await eventually(asked)
        await asyncio.to_thread(there.unlink)
        assert (await user.chat(await user.start(), "second")).text == "Done."

        async def is_down() -> bool:
            return not any(server["is_up"] for server in (await user.http.get("/chat/tools")).json()["servers"])

        await eventually(is_down)
        body = {"id": question["id"], "decision": "allow"}
        assert (await user.http.post(f"/chat/turns/{turn_id}/approvals", json=body)).status_code == 200
        transcript = await user.follow(turn_id)
    assert transcript.text == "Done."
    results = {event["index"]: event["content"] for event in transcript.events if event["type"] == "tool_result"}
    assert results == {0: "3", 1: UNKNOWN_TOOL}
    sent = stack.model.asked("first")[-1].body
    assert sent["tool_choice"] == "none"
    described = {tool["function"]["name"]: tool["function"]["parameters"] for tool in sent["tools"]}
    assert described["frail__add"]["required"] == ["a", "b"]
