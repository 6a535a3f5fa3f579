"""A UI message stream gives the same message however it was cut, resumed, merged or begun again."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.protocols.ai_sdk.history import ui_messages_of
from api.protocols.ai_sdk.translation import DONE, UiMessageTranslation
from chat.client_requests import ClientMessage, ClientRequest
from chat.event_log import Entry
from chat.events import AnyEvent, ApprovalEvent, Snapshot, StepDone, ToolCall, ToolProgress, ToolStart
from chat.messages import Message
from chat.tool_calls import FunctionCall, ReplyStep, ServerCall
from tests.support.event_logs import SESSION, TURN, Fed, fed, logs, merged, replayed, snapshot_of
from tests.support.tool_logs import IMAGE, ToolLog, tool_logs
from tests.support.ui_messages import UiMessage, chunks_of


def sent(events: list[Fed]) -> bytes:
    translation = UiMessageTranslation(TURN)
    return translation.begin() + b"".join(translation.frame(*each) for each in events)


def message_of(data: bytes) -> UiMessage:
    message = UiMessage()
    message.apply(chunks_of(data))
    return message


def shape(message: UiMessage) -> tuple[object, ...]:
    """What the user sees: where thinking and text change more than once, only their wholes count."""
    texts = {kind: "".join(p["text"] for p in message.parts if p["type"] == kind) for kind in ("text", "reasoning")}
    tools = [(p["id"], p["name"], p["text"], p.get("input")) for p in message.parts if p["type"] == "tool"]
    return message.id, texts, tools, message.reason, message.error


@given(logs(), st.data())
def test_a_late_reader_gets_the_same_message(log: list[Entry], data: st.DataObject) -> None:
    live = data.draw(st.integers(0, len(log)))
    assert shape(message_of(sent(merged(log, live)))) == shape(message_of(sent(fed(log))))


@given(logs(), st.data())
def test_any_cut_and_resume_gives_the_same_message(log: list[Entry], data: st.DataObject) -> None:
    whole = sent(fed(log))
    cut = data.draw(st.integers(0, whole.count(b"\n\n")))
    frames = whole.split(b"\n\n")
    message = UiMessage()
    message.apply(chunks_of(b"\n\n".join(frames[:cut])))
    message.resume(chunks_of(sent(merged(log, data.draw(st.integers(0, len(log)))))))
    assert shape(message) == shape(message_of(whole))


@given(logs(), st.data())
def test_a_snapshot_replaces_what_was_sent(log: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(log) - 1))
    events = [*fed(log[:at]), snapshot_of(log[:at]), *fed(log[at:])]
    assert shape(message_of(sent(events))) == shape(message_of(sent(fed(log))))


@given(logs())
def test_a_stream_ends_once_with_nothing_left_open(log: list[Entry]) -> None:
    data = sent(fed(log))
    assert data.endswith(DONE)
    assert data.count(DONE) == 1
    kinds = [chunk["type"] for chunk in chunks_of(data)]
    assert kinds[-1] in ("finish", "abort", "error")
    message = message_of(data)
    assert not [name for name in message._open if not name.startswith("tool:")]


def steps_of(message: UiMessage) -> list[object]:
    """What the user sees of a message with steps, in order."""
    return [{name: value for name, value in part.items() if value is not None} for part in message.parts]


@given(tool_logs(), st.data())
def test_steps_are_the_same_to_late_and_resumed_readers(log: ToolLog, data: st.DataObject) -> None:
    whole = message_of(sent(fed(log.entries)))
    late = sent(merged(log.entries, data.draw(st.integers(0, len(log.entries)))))
    assert steps_of(message_of(late)) == steps_of(whole)
    frames = sent(fed(log.entries)).split(b"\n\n")
    message = UiMessage()
    message.apply(chunks_of(b"\n\n".join(frames[: data.draw(st.integers(0, len(frames)))])))
    message.resume(chunks_of(late))
    assert steps_of(message) == steps_of(whole)


@given(tool_logs(), st.data())
def test_a_snapshot_has_the_steps(log: ToolLog, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(log.entries) - 1))
    shown = replayed(log.entries[:at])
    message = message_of(sent([*fed(log.entries[:at]), shown, *fed(log.entries[at:])]))
    assert shape(message) == shape(message_of(sent(fed(log.entries))))


@given(tool_logs())
def test_a_stored_reply_has_the_parts_of_its_stream(log: ToolLog) -> None:
    shown, streamed = log.shown, steps_of(message_of(sent(fed(log.entries))))
    reply = Message(id="5-r", role="assistant", content=shown.content, thinking=shown.thinking, steps=shown.steps)
    (stored,) = ui_messages_of([reply])
    tools = [part for part in stored["parts"] if part["type"] == "dynamic-tool"]
    expected = [part for part in streamed if isinstance(part, dict) and part["type"] == "tool"]
    assert [(part["toolCallId"], part["state"], part["input"]) for part in tools] == [
        (part["id"], part["state"], part["input"]) for part in expected
    ]


def test_progress_and_questions_come_as_data() -> None:
    call = ToolCall(index=0, id="c", name="find", server="docs")
    form = {"type": "object", "properties": {"city": {"type": "string"}}}
    asked: dict[str, Any] = {"id": "0.0", "index": 0, "kind": "input", "message": "Which city?", "form": form}
    events: list[AnyEvent] = [
        call,
        StepDone(index=0),
        ToolStart(index=0),
        ToolProgress(index=0, progress=1, total=2),
        ApprovalEvent(**asked, state="asked"),
    ]
    data = message_of(sent(fed([Entry.of(seq, event) for seq, event in enumerate(events, 1)]))).data
    assert [(each["type"], each["data"].get("progress"), each["data"].get("form")) for each in data] == [
        ("data-holdfast-progress", 1, None),
        ("data-holdfast-question", None, form),
    ]


def test_an_image_of_a_result_is_named_in_its_output() -> None:
    call = ServerCall(id="c", name="f", arguments="{", server="docs", status="ok", content="a map", images=[IMAGE])
    shown = Snapshot(content="", steps=[ReplyStep(calls=[call])])
    message = message_of(sent(fed([Entry.of(1, shown)])))
    images = [{"mediaType": "image/png", "url": f"/api/files/{IMAGE.id}"}]
    assert message.parts[-1]["output"] == {"text": "a map", "images": images}
    assert message.parts[-1]["input"] == "{"


def test_a_call_is_complete_only_at_the_end() -> None:
    call = ("tool_call", '{"type":"tool_call","index":0,"id":"c","name":"sun"}', 2)
    begun = ("tool_arguments", '{"type":"tool_arguments","index":0,"content":"{\\"a\\":"}', 3)
    rest = ("tool_arguments", '{"type":"tool_arguments","index":0,"content":"1}"}', 4)
    again = ("restart", '{"type":"restart","attempt":2}', 5)
    end = ("end", f'{{"type":"end","session_id":"{SESSION}","finish_reason":"tool_calls"}}', 6)
    assert b"input-available" not in sent([call, begun, rest])
    (given,) = [c for c in chunks_of(sent([call, begun, rest, end])) if c["type"] == "tool-input-available"]
    assert (given["input"], given["toolCallId"], given["toolName"]) == ({"a": 1}, "c", "sun")
    assert b"input-available" not in sent([call, begun, again, end])


def test_arguments_that_are_no_json_are_an_error() -> None:
    call = ("tool_call", '{"type":"tool_call","index":0,"id":"c","name":"sun"}', 2)
    broken = ("tool_arguments", '{"type":"tool_arguments","index":0,"content":"{"}', 3)
    end = ("end", f'{{"type":"end","session_id":"{SESSION}","finish_reason":"tool_calls"}}', 4)
    (given,) = [c for c in chunks_of(sent([call, broken, end])) if c["type"] == "tool-input-error"]
    assert (given["input"], bool(given["errorText"])) == ("{", True)


@pytest.mark.parametrize("arguments", ['{"a":NaN}', '{"a":[-Infinity]}'])
def test_arguments_with_nan_or_infinity_are_no_json(arguments: str) -> None:
    call = ("tool_call", '{"type":"tool_call","index":0,"id":"c","name":"sun"}', 2)
    given = ("tool_arguments", f'{{"type":"tool_arguments","index":0,"content":{json.dumps(arguments)}}}', 3)
    end = ("end", f'{{"type":"end","session_id":"{SESSION}","finish_reason":"tool_calls"}}', 4)
    (failed,) = [c for c in chunks_of(sent([call, given, end])) if c["type"] == "tool-input-error"]
    assert failed["input"] == arguments
    called = FunctionCall(id="c", name="sun", arguments=arguments)
    (shown,) = ui_messages_of([Message(id="r", role="assistant", content="", tool_calls=[called])])
    assert (shown["parts"][-1]["state"], shown["parts"][-1]["input"]) == ("output-error", arguments)


def test_a_result_that_is_nan_stays_a_text() -> None:
    called = FunctionCall(id="c", name="sun", arguments="{}")
    results = ClientRequest(messages=[ClientMessage(role="tool", tool_call_id="c", content="NaN")])
    reply = Message(id="r", role="assistant", content="", tool_calls=[called])
    (shown,) = ui_messages_of([reply, Message(id="q", role="user", content="", request=results)])
    assert shown["parts"][-1]["output"] == "NaN"


def test_what_the_client_sent_with_nan_comes_back_as_json() -> None:
    part = {"type": "tool-sun", "toolCallId": "c", "input": math.nan, "callProviderMetadata": {}}
    (given,) = [c for c in chunks_of(UiMessageTranslation(TURN, "m", [part]).begin()) if "input" in c]
    assert given["input"] is None


def test_a_shutdown_says_how_to_read_on() -> None:
    translation = UiMessageTranslation(TURN)
    data = translation.begin() + translation.frame("chunk", '{"type":"chunk","content":"a"}', 2)
    message = message_of(data + translation.interrupted())
    assert "resumeStream()" in message.error
    assert message.parts[-1]["text"] == "a"
