"""The prompt of a branch with messages of a client is what the client has sent, with the replies between."""

import json

import pytest
from pydantic import ValidationError

from api.streaming.sse import frame_of, frame_of_merged
from chat.attachments import Attachment
from chat.client_requests import ClientRequest, PromptTooLarge
from chat.event_log import Entry
from chat.events import Chunk, Thinking, ToolArguments, ToolCall, encode, parse, text_json
from chat.messages import Message
from chat.providers.catalog import Model
from chat.questions import Question, record_of
from chat.replay import MergedEntry
from chat.session_settings import SessionSettings
from chat.tool_calls import FunctionCall
from worker.llm import blocks
from worker.llm.client_prompt import build_as_asked, is_clients
from worker.llm.options import ReplyOptions
from worker.llm.prompt import NO_ANSWER
from worker.llm.requests import request_of

PHOTO = Attachment(id="a" * 32, name="photo.jpg", type="image/jpeg", size=1, kind="image")
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
REPLY = Message(
    id="r",
    role="assistant",
    content="",
    tool_calls=[FunctionCall(id="call_1", name="weather", arguments='{"city":"Bern"}')],
    finish_reason="tool_calls",
)


def request(*messages: dict[str, object], **more: object) -> ClientRequest:
    return ClientRequest.model_validate({"messages": messages, **more})


def asked(*messages: dict[str, object], id: str = "q", **more: object) -> Message:
    given = request(*messages, **more)
    return Message(id=id, role="user", content=given.shown, request=given)


def test_a_request_is_sent_as_the_client_wrote_it() -> None:
    sent: list[dict[str, object]] = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": "one", "name": "ann"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "so"},
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]
    assert build_as_asked("", [asked(*sent)], {}) == sent


def test_instructions_come_first_and_replies_between() -> None:
    history = [
        asked({"role": "user", "content": "weather?"}, id="q1"),
        REPLY,
        asked({"role": "tool", "tool_call_id": "call_1", "content": "sun"}, id="q2"),
    ]
    assert build_as_asked("be kind", history, {}) == [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]


def test_calls_that_the_page_cannot_answer_get_an_answer() -> None:
    history = [asked({"role": "user", "content": "weather?"}, id="q1"), REPLY, Message(role="user", content="well?")]
    assert is_clients(history[1:])
    assert build_as_asked("", history, {})[-2:] == [
        {"role": "tool", "tool_call_id": "call_1", "content": NO_ANSWER},
        {"role": "user", "content": "well?"},
    ]


def test_a_branch_cut_at_a_limit_begins_with_a_question() -> None:
    history = [
        REPLY,
        asked({"role": "tool", "tool_call_id": "call_1", "content": "sun"}, id="q1"),
        asked({"role": "user", "content": "well?"}),
    ]
    assert build_as_asked("", history, {}) == [{"role": "user", "content": "well?"}]


@pytest.mark.parametrize("detail", [{}, {"detail": "low"}])
def test_a_named_picture_is_put_into_the_message(detail: dict[str, str]) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"file:{PHOTO.id}", **detail}}
    question = asked({"role": "user", "content": [{"type": "text", "text": "what?"}, picture]})
    question.attachments = [PHOTO]
    assert question.request
    assert list(question.request.file_ids()) == [PHOTO.id]
    shown = {"q": [blocks.picture(PHOTO, "data:image/jpeg;base64,eA==")]}
    (message,) = build_as_asked("", [question], shown)
    assert message["content"] == [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,eA==", **detail}},
    ]
    (message,) = build_as_asked("", [question], {"q": [blocks.missing(PHOTO)]})
    assert message["content"] == [
        {"type": "text", "text": "what?"},
        {"type": "text", "text": blocks.missing(PHOTO).text},
    ]


def test_parameters_replace_the_models_own() -> None:
    model = Model(
        id="m",
        name="m",
        provider="p",
        first_byte_timeout=1,
        read_timeout=1,
        tries=1,
        max_tokens=100,
        temperature=0.1,
        reasoning_effort="low",
        extra_body={"seed": 7},
    )
    given = request(parameters={"temperature": 0.9, "max_tokens": 500, "seed": 1, "tools": TOOLS, "stop": ["x"]})
    options = ReplyOptions.of_question(None, SessionSettings(temperature=0.2), given)
    body = request_of(model, [], options)
    assert options.has_tools
    expected = {"temperature": 0.9, "max_tokens": 100, "seed": 7, "tools": TOOLS, "stop": ["x"]}
    assert expected.items() <= body.items()
    assert body["reasoning_effort"] == "low"


def test_a_parameter_that_is_not_passed_on_is_refused() -> None:
    with pytest.raises(ValidationError, match="unknown parameters: n"):
        request(parameters={"n": 2})


def test_a_request_counts_in_bytes() -> None:
    given = request({"role": "user", "content": "漢" * 100})
    given.check(1000)
    with pytest.raises(PromptTooLarge):
        given.check(300)


def test_one_key_for_two_requests_is_noticed() -> None:
    def record(content: str) -> tuple[str, str, int | str]:
        given = request({"role": "user", "content": content}, {"role": "user", "content": "shown"})
        return record_of(Question("s", "", "", given.shown, idempotency_key="k", request=given))

    assert record("one") == record("one")
    assert record("one")[0] == record("two")[0]
    assert record("one")[1] != record("two")[1]


def test_calls_are_stored_with_a_reason_that_old_processes_know() -> None:
    assert json.loads('{"id":"",' + REPLY.body())["finish_reason"] == "stop"
    assert Message.from_body(REPLY.body()).finish_reason == "tool_calls"
    assert json.loads(REPLY.to_json())["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("event", [Chunk('"content":"\n'), Thinking("漢"), ToolArguments(12, '{"a":')])
def test_the_text_of_an_event_is_cut_out_of_its_json(event: Chunk | Thinking | ToolArguments) -> None:
    assert json.loads(text_json(encode(event))) == event.content
    assert parse(encode(event)) == event


def test_a_frame_has_the_json_of_its_event() -> None:
    entry = Entry.of(7, ToolCall(index=0, id="call_1", name="weather"))
    live, late = frame_of("T", entry), frame_of_merged("T", MergedEntry(7, entry.kind, entry.json.encode()))
    assert (live.kind, live.json) == (late.kind, late.json) == (entry.kind, entry.json)
    assert live.data == late.data
