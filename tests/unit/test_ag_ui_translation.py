"""AG-UI events give the same messages however a run was cut, resumed, merged or begun again."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.protocols.ag_ui.requests import earlier_of
from api.protocols.ag_ui.schemas import AgMessage
from api.protocols.ag_ui.translation import AgUiTranslation, Run
from chat.event_log import Entry
from chat.events import AnyEvent, ApprovalEvent, End, Snapshot, StepDone, ToolCall, ToolProgress
from chat.tool_calls import Approval, ReplyStep, ServerCall
from tests.support.ag_ui_messages import Conversation, events_of
from tests.support.event_logs import SESSION, TURN, Fed, fed, logs, merged, replayed, snapshot_of
from tests.support.tool_logs import IMAGE, ToolLog, tool_logs

QUESTION = {"id": "q", "role": "user", "content": "Why?"}
EARLIER = {"id": "1-t", "role": "reasoning", "content": "Hm."}
BASES = st.sampled_from([[QUESTION], [EARLIER, QUESTION]])


def sent(events: list[Fed], messages: list[dict[str, Any]], **more: bool) -> bytes:
    translation = AgUiTranslation(Run(TURN, "thread", "run", messages, **more))
    data = translation.begin()
    for each in events:
        if translation.is_over:
            break
        data += translation.frame(*each)
    return data


def whole(log: list[Entry], base: list[dict[str, Any]]) -> Conversation:
    conversation = Conversation(base)
    conversation.apply(events_of(sent(fed(log), base)))
    return conversation


def same(one: Conversation, other: Conversation) -> bool:
    return (sorted(one.given, key=str), one.outcome) == (sorted(other.given, key=str), other.outcome)


@given(logs(), BASES, st.data())
def test_the_same_run_again_gives_the_same_messages(log: list[Entry], base: Any, data: st.DataObject) -> None:
    events = events_of(sent(fed(log), base))
    conversation = Conversation(base)
    conversation.apply(events[: data.draw(st.integers(1, len(events)))])
    live = data.draw(st.integers(0, len(log)))
    again = sent(merged(log, live), list(conversation.messages.values()), replaces=True)
    conversation.apply(events_of(again))
    assert same(conversation, whole(log, base))


@given(logs(tools=False), BASES, st.data())
def test_any_cut_and_resume_gives_the_same_messages(log: list[Entry], base: Any, data: st.DataObject) -> None:
    events = events_of(sent(fed(log), base))
    came = events[: data.draw(st.integers(1, len(events)))]
    conversation = Conversation(base)
    conversation.apply(came)
    after = max([int(name.rpartition(":")[2]) for name, _ in came if name], default=0)
    if after == len(log):
        return
    rest = [entry for entry in log if entry.seq > after]
    has = list(conversation.messages.values())
    if after:
        conversation.apply(events_of(sent(merged(rest, data.draw(st.integers(0, len(rest)))), has, goes_on=True)))
    else:
        conversation.apply(events_of(sent(fed(rest), has, replaces=True)))
    assert same(conversation, whole(log, base))


@given(logs(tools=False), BASES, st.data())
def test_a_snapshot_replaces_what_was_sent(log: list[Entry], base: Any, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(log) - 1))
    conversation = Conversation(base)
    events = [*fed(log[:at]), snapshot_of(log[:at]), *fed(log[at:])]
    conversation.apply(events_of(sent(events, base)))
    assert same(conversation, whole(log, base))


@given(tool_logs(), BASES, st.data())
def test_the_same_run_again_gives_the_same_steps(log: ToolLog, base: Any, data: st.DataObject) -> None:
    events = events_of(sent(fed(log.entries), base))
    conversation = Conversation(base)
    conversation.apply(events[: data.draw(st.integers(1, len(events)))])
    live = data.draw(st.integers(0, len(log.entries)))
    again = sent(merged(log.entries, live), list(conversation.messages.values()), replaces=True)
    conversation.apply(events_of(again))
    assert same(conversation, whole(log.entries, base))


@given(tool_logs(), BASES, st.data())
def test_a_snapshot_has_the_steps(log: ToolLog, base: Any, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(log.entries) - 1))
    conversation = Conversation(base)
    events = [*fed(log.entries[:at]), replayed(log.entries[:at]), *fed(log.entries[at:])]
    conversation.apply(events_of(sent(events, base)))
    assert same(conversation, whole(log.entries, base))


@given(tool_logs())
def test_a_reply_is_known_by_each_message_of_its_steps(log: ToolLog) -> None:
    conversation = whole(log.entries, [])
    given = [AgMessage.model_validate(each) for each in conversation.messages.values() if each["role"] != "reasoning"]
    if given:
        assert earlier_of([*given, AgMessage(id="q", role="user", content="?")])[0] == (len(given), "5-r")


def test_a_call_without_a_result_is_not_pending() -> None:
    call = ToolCall(index=0, id="c", name="find", server="docs")
    last = End(session_id=SESSION, finish_reason="length")
    log = [Entry.of(1, call), Entry.of(2, last)]
    events = [event for _, event in events_of(sent(fed(log), [QUESTION]))]
    assert [event["type"] for event in events[-3:]] == ["TOOL_CALL_END", "TOOL_CALL_RESULT", "RUN_FINISHED"]
    assert "pendingToolCallIds" not in events[-1]["outcome"]


def test_questions_and_progress_are_custom_events() -> None:
    asked = Approval(id="0", index=0, kind="call", state="asked", until=5.0)
    call = ToolCall(index=0, id="c", name="find", server="docs")
    events: list[AnyEvent] = [
        call,
        StepDone(index=0),
        ApprovalEvent(**asked.model_dump()),
        ToolProgress(index=0, progress=1),
    ]
    conversation = whole([Entry.of(seq, event) for seq, event in enumerate(events, 1)], [])
    question = {"turnId": TURN, "toolCallId": "5-r.c0", "id": "0", "kind": "call", "state": "asked", "until": 5.0}
    assert [(each["name"], each["value"]) for each in conversation.custom] == [
        ("holdfast.approval", question),
        ("holdfast.tool_progress", {"toolCallId": "5-r.c0", "progress": 1}),
    ]
    waiting = ServerCall(id="c", name="find", arguments="", server="docs", approval=asked)
    late = whole([Entry.of(1, Snapshot(content="", steps=[ReplyStep(calls=[waiting])]))], [])
    assert [each["value"] for each in late.custom] == [question]


def test_an_image_of_a_result_is_a_part_of_its_message() -> None:
    call = ServerCall(id="c", name="f", arguments="{}", server="docs", status="ok", content="a map", images=[IMAGE])
    late = whole([Entry.of(1, Snapshot(content="", steps=[ReplyStep(calls=[call])]))], [])
    source = {"type": "url", "value": f"/api/files/{IMAGE.id}", "mimeType": "image/png"}
    assert late.messages["5-r.c0"]["content"] == [
        {"type": "text", "text": "a map"},
        {"type": "image", "source": source},
    ]


def test_calls_that_are_lost_end_the_stream_and_never_run() -> None:
    call = ("tool_call", '{"type":"tool_call","index":0,"id":"c","name":"sun"}', 2)
    events = events_of(sent([call, ("restart", '{"type":"restart","attempt":2}', 3)], [QUESTION]))
    assert [event["type"] for _, event in events] == ["RUN_STARTED", "TOOL_CALL_START", "RUN_ERROR"]
    assert events[-1][1]["code"] == "worker_lost"
    assert events[-1][0] == ""


def test_thoughts_of_a_snapshot_are_taken_back_by_the_next_one() -> None:
    shown = "snapshot", Snapshot(content="", thinking="Hm.").model_dump_json(), 1
    conversation = Conversation([QUESTION])
    conversation.apply(events_of(sent([shown, ("restart", '{"type":"restart","attempt":2}', 2)], [QUESTION])))
    assert conversation.given == [QUESTION]


def test_pending_calls_and_usage_are_in_the_last_event() -> None:
    call = ("tool_call", '{"type":"tool_call","index":0,"id":"c","name":"sun"}', 2)
    usage = '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}'
    end = ("end", f'{{"type":"end","session_id":"{SESSION}","finish_reason":"tool_calls",{usage}}}', 3)
    last = events_of(sent([call, end], [QUESTION]))[-1]
    assert last[0] == f"{TURN}:3"
    assert last[1]["outcome"] == {"type": "success", "pendingToolCallIds": ["c"]}
    assert last[1]["usage"] == [{"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}]


def test_what_the_client_sent_with_nan_comes_back_as_json() -> None:
    activity = {"id": "a", "role": "activity", "content": {"x": math.nan}}
    events = sent([], [activity], replaces=True)
    assert b'"content":{"x":null}' in events
