"""Replies whose model calls tools of tool servers: steps, results, limits and the next question."""

import io
import json
import sys
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.databases import database
from tests.support.foreign_exports import encoded, own, own_file, own_message
from tests.support.model_server import Exchange
from tests.support.scrapes import Scrapes
from tests.support.sse import Transcript
from tests.support.stack import ROOT, Stack, run_stack
from tests.support.waiting import eventually
from worker.jobs.tool_replies import MISSING
from worker.llm.overlap import tail_of
from worker.llm.prompt import GO_ON
from worker.llm.step_prompt import IMAGES

SERVERS = """
[servers.lab]
title = "Lab"
command = ["{python}", "-m", "tests.support.tool_server", "{record}", "stdio"]
env = {{ PYTHONPATH = "{root}" }}
approval = {{ "*" = "always" }}

[servers.gone]
url = "http://127.0.0.1:9/mcp"
"""


@pytest.fixture(scope="module")
async def tooled(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack whose models can call the tools of a server on this machine."""
    folder = tmp_path_factory.mktemp("tools")
    file = folder / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=folder / "record", root=ROOT), "utf-8")
    settings: dict[str, Any] = {
        "openai_can": "tools,vision",
        "tool_steps": "3",
        "tool_calls": "4",
        "tool_reply_chars": "10000",
        "mcp_file": str(file),
    }
    async with run_stack(database(redis_url), folder, **settings) as stack:
        yield stack


@pytest.fixture
async def user(tooled: Stack) -> AsyncIterator[Client]:
    async with tooled.client() as client:
        yield client


def calls(*made: tuple[str, str], text: str = "") -> Any:
    """A script that says a text, then calls tools of the server with these arguments."""

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        if text:
            await exchange.say(text)
        for index, (name, arguments) in enumerate(made):
            await exchange.call(index, f"call_{len(exchange.body['messages'])}_{index}", f"lab__{name}", arguments)
        await exchange.finish("tool_calls", {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})

    return script


def says(text: str) -> Any:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(text)
        await exchange.finish("stop", {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})

    return script


def results(transcript: Transcript) -> list[tuple[int, str, str]]:
    found = [event for event in transcript.events if event["type"] == "tool_result"]
    return [(event["index"], event["status"], event["content"]) for event in found]


async def test_each_step_is_in_the_log_before_the_next(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(
        question,
        calls(("add", '{"a":1,"b":2}'), ("count", "{}"), text="Let me see."),
        calls(("fail", "")),
        says("Three."),
    )
    session_id = await user.start()
    transcript = await user.chat(session_id, question)
    called, run = ("tool_call", "tool_arguments"), ("tool_start", "tool_result")
    assert transcript.types[:7] == ["start", "chunk", *called, *called, "step"]
    assert sorted(transcript.types[7:11]) == sorted([*run, *run])
    assert transcript.types[11:] == ["tool_call", "step", *run, "chunk", "end"]
    assert sorted(results(transcript)) == [(0, "ok", "3"), (1, "ok", "counted"), (2, "error", "this tool always fails")]
    assert transcript.text == "Let me see.\n\nThree."
    assert transcript.end
    assert transcript.end["usage"]["total_tokens"] == 45
    prompts = [exchange.body["messages"] for exchange in tooled.model.asked(question)]
    assert [[each["role"] for each in prompt] for prompt in prompts] == [
        ["system", "user"],
        ["system", "user", "assistant", "tool", "tool"],
        ["system", "user", "assistant", "tool", "tool", "assistant", "tool"],
    ]
    assert prompts[2][2]["tool_calls"][0]["function"] == {"name": "lab__add", "arguments": '{"a":1,"b":2}'}
    (_, reply) = await user.history(session_id)
    assert [[call["status"] for call in step["calls"]] for step in reply["steps"]] == [["ok", "ok"], ["error"]]
    assert reply["content"] == transcript.text
    assert reply["usage"]["total_tokens"] == 45


async def test_exports_and_links_keep_the_order_of_steps(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("add", '{"a":1,"b":2}'), text="Let me see."), calls(("fail", "")), says("Three."))
    session_id = await user.start()
    await user.chat(session_id, question)
    exported = await user.http.get(f"/chat/sessions/{session_id}/export", params={"format": "markdown"})
    written = (
        "Let me see.",
        "> Tool call: Add two numbers (Lab)",
        "> 3",
        "> Tool call: fail (Lab)",
        "> this tool always fails",
        "\n\nThree.",
    )
    places = [exported.text.find(each) for each in written]
    assert -1 not in places
    assert places == sorted(places)
    link = (await user.http.post(f"/chat/sessions/{session_id}/shares", json={"kind": "frozen"})).json()["path"]
    shared = (await user.http.get(f"/shares/{link.rpartition('/')[2]}")).json()["messages"][1]
    titles = [
        (step["content"], [(call["title"], call["server"]) for call in step["calls"]]) for step in shared["steps"]
    ]
    assert titles == [("Let me see.", [("Add two numbers", "Lab")]), ("", [("fail", "Lab")])]
    assert shared["content"] == "Let me see.\n\nThree."


async def test_the_next_question_has_the_calls_of_the_reply(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("add", '{"a":1,"b":2}')), says("Three."))
    tooled.model.on(f"{question} again", says("Still three."))
    session_id = await user.start()
    await user.chat(session_id, question)
    await user.chat(session_id, f"{question} again")
    (exchange,) = tooled.model.asked(f"{question} again")
    roles = [each["role"] for each in exchange.body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


async def test_a_limit_of_steps_ends_in_a_text(tooled: Stack, user: Client, question: str) -> None:
    step = calls(("add", '{"a":1,"b":2}'))
    tooled.model.on(question, step, step, step, step, says("Enough."))
    transcript = await user.chat(await user.start(), question)
    assert [status for _, status, _ in results(transcript)] == ["ok", "ok", "ok", "limit"]
    assert transcript.text == "Enough."
    choices = [exchange.body.get("tool_choice") for exchange in tooled.model.asked(question)]
    assert choices == [None, None, None, None, "none"]


async def test_a_model_that_ignores_the_limit_is_not_asked_again(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("add", '{"a":1,"b":2}')))
    transcript = await user.chat(await user.start(), question)
    assert [status for _, status, _ in results(transcript)] == ["ok", "ok", "ok", "limit", "limit"]
    assert transcript.end
    assert transcript.end["finish_reason"] == "stop"


async def test_calls_beyond_the_limit_are_not_run(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(*[("add", '{"a":1,"b":2}')] * 6), says("Enough."))
    transcript = await user.chat(await user.start(), question)
    assert [status for _, status, _ in sorted(results(transcript))] == ["ok"] * 4 + ["limit"] * 2


async def test_all_results_of_a_reply_are_bounded_everywhere(tooled: Stack, user: Client, question: str) -> None:
    step = calls(("huge", '{"size":8000}'))
    tooled.model.on(question, step, step, says("Enough."))
    session_id = await user.start()
    transcript = await user.chat(session_id, question)
    first, second = (content for _, _, content in results(transcript))
    assert (len(first), len(second)) == (8000, 2000)
    assert "characters left out" in second
    (_, reply) = await user.history(session_id)
    assert [call["content"] for each in reply["steps"] for call in each["calls"]] == [first, second]
    sent = tooled.model.asked(question)[-1].body["messages"]
    assert [each["content"] for each in sent if each["role"] == "tool"] == [first, second]


async def test_an_image_of_a_result_is_a_file_that_the_model_sees(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("picture", "{}")))
    session_id = await user.start()
    transcript = await user.chat(session_id, question)
    (result,) = [event for event in transcript.events if event["type"] == "tool_result"]
    (image,) = result["images"]
    stored = await user.http.get(f"/files/{image['id']}")
    assert stored.status_code == 200
    second = next(each for each in tooled.model.exchanges if each.question == IMAGES)
    assert second.body["messages"][-1]["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")


async def test_images_of_results_are_in_a_zip_and_come_back(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("picture", "{}")))
    session_id = await user.start()
    await user.chat(session_id, question)
    image = (await user.history(session_id))[1]["steps"][0]["calls"][0]["images"][0]
    response = await user.http.get(f"/chat/sessions/{session_id}/export", params={"format": "zip"})
    content = (await user.http.get(f"/files/{image['id']}")).content
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.read(f"files/{image['id']}/result.png") == content
        (listed,) = json.loads(archive.read("files.json"))["files"]
    assert (listed["name"], listed["type"], listed["size"]) == ("result.png", "image/png", len(content))
    async with tooled.client() as other:
        answer = await other.http.post("/me/import", content=response.content)
        _, file, conversation, _ = map(json.loads, answer.text.splitlines())
        assert (file["status"], file["name"], conversation["parts"]) == ("imported", "result.png", {})
        copy = (await other.history(conversation["session_id"]))[1]["steps"][0]["calls"][0]["images"][0]
        assert copy == image | {"id": copy["id"]}
        assert (await other.http.get(f"/files/{copy['id']}")).content == content
        refused(await other.http.get(f"/files/{image['id']}"), 404, "unknown_file")
        await other.http.delete(f"/chat/session/{conversation['session_id']}")
        refused(await other.http.get(f"/files/{copy['id']}"), 404, "unknown_file")


async def test_an_import_without_the_files_leaves_out_images(tooled: Stack, user: Client) -> None:
    step = {"calls": [{"name": "draw", "status": "ok", "images": [{"id": "a" * 32, "type": "image/png"}]}]}
    reply = own_message("a", None, "assistant", "Drawn.", steps=[step])
    answer = await user.http.post("/me/import", content=encoded(own_file(own(reply))))
    _, conversation, _ = map(json.loads, answer.text.splitlines())
    assert conversation["parts"] == {"files": 1}
    (stored,) = await user.history(conversation["session_id"])
    assert stored["steps"][0]["calls"][0].get("images") is None


async def test_a_result_says_that_an_image_is_missing(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("torn", "{}")), says("Sorry."))
    transcript = await user.chat(await user.start(), question)
    ((_, status, content),) = results(transcript)
    assert (status, content) == ("ok", "[Left out: 1 of its images, which cannot be read or stored]")


@pytest.mark.parametrize("name", ["nothing", "add"])
async def test_a_call_that_cannot_be_made_fails_no_turn(tooled: Stack, user: Client, question: str, name: str) -> None:
    tooled.model.on(question, calls((name, '["no object"]')), says("Sorry."))
    transcript = await user.chat(await user.start(), question)
    ((_, status, content),) = results(transcript)
    assert status == "error"
    assert content
    assert transcript.text == "Sorry."


async def test_a_server_that_is_down_is_named_to_the_model(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, says("It is down."))
    transcript = await user.chat(await user.start(), question)
    (exchange,) = tooled.model.asked(question)
    assert exchange.body["messages"][0]["content"].endswith(MISSING.format("gone"))
    assert {tool["function"]["name"].partition("__")[0] for tool in exchange.body["tools"]} == {"lab"}
    assert transcript.text == "It is down."


async def test_a_server_that_a_call_ends_is_there_for_the_next(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("die", "{}")), calls(("add", '{"a":1,"b":2}')), says("Three."))
    transcript = await user.chat(await user.start(), question)
    (_, died, reason), added = results(transcript)
    assert (died, bool(reason)) == ("error", True)
    assert added == (1, "ok", "3")
    assert transcript.text == "Three."


async def test_a_call_goes_on_with_what_its_tool_asks_for(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("greet", "{}")), says("Greeted."))
    tokens_before = await prompt_tokens(tooled)
    turn_id = await user.ask(await user.start(), question)
    await fill_in(user, turn_id)
    transcript = await user.follow(turn_id)
    assert results(transcript) == [(0, "ok", "Hello Ada")]
    assert transcript.types.count("tool_start") == 2
    assert transcript.end
    assert transcript.end["usage"]["prompt_tokens"] == 20
    assert await prompt_tokens(tooled) == tokens_before + 20  # those of the first attempt are not counted again


async def prompt_tokens(stack: Stack) -> float:
    """How many the worker has counted."""
    return (await Scrapes().look(*stack.worker_urls)).sum("holdfast_tokens_total", kind="prompt")


async def fill_in(user: Client, turn_id: str, name: str = "0.0") -> None:
    """Answers a tool's question once it is asked."""

    async def asked() -> list[dict[str, Any]]:
        return [each for each in (await user.turn(turn_id))["approvals"] if each["id"] == name]

    (form,) = await eventually(asked)
    content = {"content": {"name": "Ada"}, "revision": form["revision"]}
    body = {"id": name, "decision": "allow", **content}
    answer = await user.http.post(f"/chat/turns/{turn_id}/approvals", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_tool_gets_the_answers_to_its_newest_questions(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls(("ask_twice", "{}")), says("Asked."))
    turn_id = await user.ask(await user.start(), question)
    await fill_in(user, turn_id, "0.0")
    await fill_in(user, turn_id, "0.1")
    transcript = await user.follow(turn_id)
    assert results(transcript) == [(0, "ok", "two")]


async def test_a_continued_reply_keeps_the_text_after_its_steps(tooled: Stack, user: Client, question: str) -> None:
    async def cut(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say("one two three ")
        await exchange.finish("length")

    tooled.model.on(question, calls(("add", '{"a":1,"b":2}'), text="Let me see."), cut)
    session_id = await user.start()
    await user.chat(session_id, question)
    base = (await user.history(session_id))[-1]
    tooled.model.on(GO_ON.format(tail_of(base["content"])), says("four"))
    read = await user.follow(await user.ask(session_id, continue_from=base["id"]))
    assert read.text == "Let me see.\n\none two three four"
    sent = tooled.model.asked(GO_ON.format(tail_of(base["content"])))[-1].body
    roles = [each["role"] for each in sent["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert (sent["messages"][3]["content"], sent["messages"][4]["content"]) == ("3", base["content"])
    assert ([tool["function"]["name"] for tool in sent["tools"]], sent["tool_choice"]) == (["lab__add"], "none")
