"""Calls of tools in a prompt can be sent to every provider, in both of their forms."""

import re
from typing import Any

import pytest

from chat.providers.catalog import Model
from worker.llm.options import ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.llm.requests import request_of
from worker.llm.responses.bodies import background_of

MODEL = Model(id="m", name="m", provider="p", first_byte_timeout=1, read_timeout=1, tries=1)
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TOOLS = [{"type": "function", "function": {"name": "docs__find", "parameters": {"type": "object"}}}]


def called(*calls: tuple[str, str]) -> PromptMessage:
    made = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}, "extra_content": {"a": 1}}
        for id_, name in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": made}


def result(id_: str, content: str) -> PromptMessage:
    return {"role": "tool", "tool_call_id": id_, "content": content}


def pairs(messages: list[PromptMessage], form: str) -> list[tuple[str, str]]:
    """The names of the calls with the results that belong to them, as the provider reads them."""
    request = request_of(MODEL, messages, ReplyOptions(parameters={"tools": TOOLS}))
    calls, results = _of_responses(background_of(request, MODEL)) if form == "responses" else _of_chat(request)
    assert len({id_ for id_, _ in calls}) == len(calls) == len(results)
    assert all(re.fullmatch(r"[!-~]{1,64}", id_) and NAME.fullmatch(name) for id_, name in calls)
    return [(name, results[id_]) for id_, name in calls]


def _of_chat(request: dict[str, Any]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    calls = [call for message in request["messages"] for call in message.get("tool_calls", ())]
    assert all(call["extra_content"] == {"a": 1} for call in calls)
    results = [message for message in request["messages"] if message["role"] == "tool"]
    made = [(call["id"], call["function"]["name"]) for call in calls]
    return made, {message["tool_call_id"]: message["content"] for message in results}


def _of_responses(body: dict[str, Any]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    made = [(item["call_id"], item["name"]) for item in body["input"] if item.get("type") == "function_call"]
    results = [item for item in body["input"] if item.get("type") == "function_call_output"]
    return made, {item["call_id"]: item["output"] for item in results}


both = pytest.mark.parametrize("form", ["chat completions", "responses"])


@both
def test_usable_names_and_ids_stay(form: str) -> None:
    given = [called(("functions.add:0", "docs__find")), result("functions.add:0", "r")]
    assert pairs(given, form) == [("docs__find", "r")]
    assert request_of(MODEL, given)["messages"] == given


@both
@pytest.mark.parametrize("name", ["", "find the docs!", "finde_Dökumente", "f" * 65, "a.b"])
def test_a_name_that_a_model_has_made_up_is_made_usable(form: str, name: str) -> None:
    ((sent, content),) = pairs([called(("c", name)), result("c", "r")], form)
    assert (sent != name, content) == (True, "r")


@both
@pytest.mark.parametrize("id_", ["", "same", "i" * 65, "two words"])
def test_calls_with_unusable_ids_keep_their_results(form: str, id_: str) -> None:
    step = [called((id_, "a"), (id_, "b")), result(id_, "ra"), result(id_, "rb")]
    later = [called((id_, "c")), result(id_, "rc")]
    assert pairs([*step, *later], form) == [("a", "ra"), ("b", "rb"), ("c", "rc")]


def test_a_new_id_is_none_that_is_there() -> None:
    given = [called(("", "a"), ("call00001", "b")), result("call00001", "rb"), result("", "ra")]
    assert pairs(given, "chat completions") == [("a", "ra"), ("b", "rb")]


def test_tools_that_calls_name_are_described_in_both_forms() -> None:
    request = request_of(MODEL, [called(("c", "docs__find")), result("c", "r")], ReplyOptions(named_tools=TOOLS))
    assert (request["tools"], request["tool_choice"]) == (TOOLS, "none")
    body = background_of(request, MODEL)
    assert body["tools"] == [{"strict": False, "type": "function", **TOOLS[0]["function"]}]  # type: ignore[dict-item]
    assert body["tool_choice"] == "none"


def test_a_tool_that_is_offered_keeps_its_name() -> None:
    tools = [{"type": "function", "function": {"name": "my.tool"}}]
    given = [called(("c", "my.tool")), result("c", "r")]
    assert request_of(MODEL, given, ReplyOptions(parameters={"tools": tools}))["messages"] == given
