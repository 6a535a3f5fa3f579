"""Streamed responses: any cut, any merging and any resume give the same response."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.protocols.responses.ids import approval_of
from api.protocols.responses.items import items_of
from api.protocols.responses.objects import head_of
from api.protocols.responses.translation import ResponseTranslation
from chat.client_requests import ClientRequest
from chat.event_log import Entry
from chat.events import (
    AnyEvent,
    ApprovalEvent,
    Chunk,
    End,
    Error,
    Restart,
    Resume,
    Retry,
    Snapshot,
    Start,
    StepDone,
    Thinking,
    ToolArguments,
    ToolCall,
    ToolResult,
)
from chat.messages import Message
from chat.replay import merge
from chat.tool_calls import FunctionCall
from chat.usage import Usage
from tests.support.response_reader import ResponseState, events_of, text_of
from tests.support.tool_logs import ToolLog, tool_logs

SESSION = "3f2b8f1c-6c0e-4c3d-9a54-f2f0c0a1b2c3"
TURN = f"{SESSION}.176408000000000012"
REQUEST = ClientRequest.model_validate(
    {
        "messages": [{"role": "user", "content": "hello"}],
        "parameters": {
            "tools": [{"type": "function", "function": {"name": "weather"}}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
            "reasoning_effort": "low",
            "max_tokens": 5,
        },
        "echo": {"background": True, "metadata": {"a": "b"}, "store": True},
    }
)
HEAD = head_of(TURN, "scripted", REQUEST)

pieces = some.text(alphabet=some.sampled_from('ab "\\\n\U0001f9cané漢'), min_size=1, max_size=4)
texts = some.lists(some.builds(Chunk, pieces) | some.builds(Thinking, pieces), max_size=12)
ends: some.SearchStrategy[AnyEvent] = some.sampled_from(
    [
        End(
            session_id=SESSION, finish_reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
        ),
        End(session_id=SESSION, finish_reason="length"),
        End(session_id=SESSION, finish_reason="content_filter"),
        End(session_id=SESSION, finish_reason="cancelled"),
        Error(code="model_rate_limited", content="The server is busy.", retryable=True),
    ]
)


@some.composite
def replies(draw: some.DrawFn) -> list[AnyEvent]:
    """Text and thinking in any order, perhaps calls of tools with their arguments mixed, more text, and the end."""
    events: list[AnyEvent] = [Start(turn_id=TURN, session_id=SESSION, position=0), *draw(texts)]
    if draw(some.booleans()):
        events.append(
            Retry(attempt=2, reason="model_timeout", wait_seconds=1, model=draw(some.none() | some.just("b")))
        )
    calls = draw(some.integers(0, 3))
    events.extend(ToolCall(index=index, id=f"call_{index}", name="weather") for index in range(calls))
    if calls:
        events += draw(some.lists(some.builds(ToolArguments, some.integers(0, calls - 1), pieces), max_size=6))
    return [*events, *draw(texts), Resume(attempt=2), *draw(texts), draw(ends)]


def log_of(events: Sequence[AnyEvent]) -> list[Entry]:
    return [Entry.of(seq, event) for seq, event in enumerate(events, 1)]


def merged(entries: Sequence[Entry], cuts: Sequence[int]) -> list[Entry]:
    """Merge the entries between the cuts, as backlogs do."""
    bounds = [0, *sorted({cut % (len(entries) + 1) for cut in cuts}), len(entries)]
    return [entry for begin, end in pairwise(bounds) for entry in (merge(entries[begin:end]) if end > begin else [])]


def frames_of(entries: Sequence[Entry], after: int | None = None) -> list[bytes]:
    """Returns what a reader gets, in the pieces in which it gets it."""
    translation = ResponseTranslation(TURN, HEAD, after)
    pieces = [translation.begin()]
    for entry in entries:
        pieces.append(translation.frame(entry.kind, entry.json, entry.seq))
        if translation.is_over:
            break
    return pieces


def whole(entries: Sequence[Entry], after: int | None = None) -> list[dict[str, object]]:
    return events_of(b"".join(frames_of(entries, after)))


cut_places = some.lists(some.integers(0, 1000), max_size=5)


@given(replies(), cut_places, cut_places, some.integers(0, 10_000))
def test_any_cut_merge_and_resume_give_the_same_response(
    reply: list[AnyEvent], first_cuts: list[int], later_cuts: list[int], place: int
) -> None:
    log, uncut = log_of(reply), ResponseState()
    uncut.take(whole(log))
    assert uncut.final
    events = whole(merged(log, first_cuts))
    got = events[: place % (len(events) + 1)]
    resumed = ResponseState()
    resumed.take(got)
    after = resumed.last if got else None
    resumed.take(whole(merged(log, later_cuts), after))
    assert (resumed.final, resumed.last) == (uncut.final, uncut.last)
    assert (resumed.items, resumed.parts) == (uncut.items, uncut.parts)


@given(replies(), some.integers(0, 200))
def test_a_resume_inside_a_delta_sends_the_characters_after(reply: list[AnyEvent], after: int) -> None:
    log = log_of(reply)
    single: list[AnyEvent] = []
    for event in reply:
        if isinstance(event, Chunk | Thinking | ToolArguments):
            single += [replace(event, content=letter) for letter in event.content]
        else:
            single.append(event)
    assert whole(log, after)[-1:] == whole(log_of(single), after)[-1:]
    state = ResponseState()
    state.take(event for event in whole(log_of(single)) if int(str(event["sequence_number"])) <= after)
    state.take(whole(log, after))
    full = ResponseState()
    full.take(whole(log))
    assert state.parts == full.parts


def cut_log(log: ToolLog, cuts: Sequence[int], after: int | None = None) -> list[dict[str, object]]:
    return whole(merged(log.entries, cuts), after)


@given(tool_logs(), cut_places, cut_places, some.integers(0, 10_000))
def test_any_cut_of_a_reply_with_steps_gives_the_same_response(
    log: ToolLog, first_cuts: list[int], later_cuts: list[int], place: int
) -> None:
    expected = ResponseState()
    expected.take(cut_log(log, [len(log.entries)]))
    assert expected.final
    events = cut_log(log, first_cuts)
    got = events[: place % (len(events) + 1)]
    resumed = ResponseState()
    resumed.take(got)
    if not resumed.final and not resumed.error:
        resumed.take(cut_log(log, later_cuts, resumed.last if got else None))
    if resumed.error:  # what an interrupted request had written cannot be taken back
        assert (resumed.error["code"], "snapshot" in kinds_of(log)) == ("worker_lost", True)
    else:
        assert (resumed.final, resumed.last) == (expected.final, expected.last)
        assert resumed.done == expected.done


def kinds_of(log: ToolLog) -> list[str]:
    return [entry.kind for entry in log.entries]


@given(tool_logs())
def test_a_retrieved_response_has_the_calls_of_its_stream(log: ToolLog) -> None:
    state = ResponseState()
    state.take(cut_log(log, [len(log.entries)]))
    assert state.final
    reply = Message(
        role="assistant", content=log.shown.content, thinking=log.shown.thinking or None, steps=log.shown.steps
    )
    stored = items_of(TURN, reply).as_objects("completed")
    assert calls_of(stored) == calls_of(state.final["output"])


def calls_of(output: list[dict[str, object]]) -> list[object]:
    names = ("name", "server_label", "arguments", "output", "error", "status")
    return [[item[name] for name in names] for item in output if item["type"] == "mcp_call"]


def test_a_call_that_was_asked_about_names_the_question() -> None:
    call = ToolCall(index=0, id="c", name="find", server="docs")
    asked: dict[str, Any] = {"id": "0", "index": 0, "kind": "call"}
    reply: list[AnyEvent] = [
        call,
        ToolArguments(0, "{}"),
        StepDone(index=0),
        ApprovalEvent(**asked, state="asked"),
        ApprovalEvent(**asked, state="denied"),
        ToolResult(index=0, status="denied", content="No."),
        End(session_id=SESSION, finish_reason="stop"),
    ]
    state = ResponseState()
    state.take(whole(log_of(reply)))
    assert state.final
    called, question = state.final["output"]
    assert (question["type"], question["arguments"], question["server_label"]) == ("mcp_approval_request", "{}", "docs")
    assert approval_of(question["id"]) == (TURN, "0", None)
    assert (called["approval_request_id"], called["status"]) == (question["id"], "failed")
    assert called["error"] == {"type": "mcp_tool_execution_error", "content": [{"type": "text", "text": "No."}]}
    assert [kind.removeprefix("response.") for kind in state.types[3:]] == [
        "output_item.added",
        "mcp_call.in_progress",
        "mcp_call_arguments.delta",
        "mcp_call_arguments.done",
        "output_item.added",
        "output_item.done",
        "mcp_call.failed",
        "output_item.done",
        "completed",
    ]


def test_thinking_text_and_calls_are_items_in_order() -> None:
    reply: list[AnyEvent] = [
        Start(turn_id=TURN, session_id=SESSION, position=0),
        Thinking("Hm"),
        Chunk("Yes"),
        ToolCall(index=0, id="call_0", name="weather"),
        ToolArguments(0, "{}"),
        End(session_id=SESSION, finish_reason="tool_calls"),
    ]
    state = ResponseState()
    state.take(whole(log_of(reply)))
    assert state.final
    output = state.final["output"]
    assert [(item["type"], item["status"], text_of(item)) for item in output] == [
        ("reasoning", "completed", "Hm"),
        ("message", "completed", "Yes"),
        ("function_call", "completed", "{}"),
    ]
    assert [kind.removeprefix("response.") for kind in state.types] == [
        "created",
        "queued",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


RESTARTED: list[AnyEvent] = [
    Start(turn_id=TURN, session_id=SESSION, position=0),
    Restart(attempt=2),
    Chunk("again"),
    End(session_id=SESSION, finish_reason="stop"),
]
BROKEN: list[AnyEvent] = [Start(turn_id=TURN, session_id=SESSION, position=0), Chunk("first"), Restart(attempt=2)]


def test_readers_of_a_reply_made_again_get_an_error() -> None:
    state = ResponseState()
    state.take(whole(log_of(BROKEN)))
    assert state.error
    assert state.error["code"] == "worker_lost"
    assert set(state.parts.values()) == {"first"}


@pytest.mark.parametrize("is_wiped", [True, False])
def test_a_number_of_the_reply_before_gets_an_error(is_wiped: bool) -> None:
    log = merge(log_of(RESTARTED if is_wiped else [*BROKEN, *RESTARTED[2:]]))
    for after in (3, 5, 9):
        (error,) = whole(log, after)
        assert (error["type"], error["code"]) == ("error", "worker_lost")


@pytest.mark.parametrize("after", [None, 0, 2])
def test_readers_without_text_get_the_reply_made_again(after: int | None) -> None:
    state = ResponseState()
    state.take(whole(log_of(RESTARTED), after))
    assert state.final
    assert text_of(state.final["output"][0]) == "again"


def test_the_reply_made_again_can_be_resumed() -> None:
    events = whole(log_of(RESTARTED))
    delta = next(event for event in events if event["type"] == "response.output_text.delta")
    number = int(str(delta["sequence_number"]))
    (rest,) = [event for event in whole(log_of(RESTARTED), number - 2) if str(event["type"]).endswith("text.delta")]
    assert rest["delta"] == "in"


def test_a_snapshot_sends_what_is_new() -> None:
    call = FunctionCall(id="call_0", name="weather", arguments='{"a":1}')
    state = ResponseState()
    state.take(
        whole(
            log_of(
                [
                    Start(turn_id=TURN, session_id=SESSION, position=0),
                    Thinking("H"),
                    Snapshot(content="Yes", thinking="Hm", tool_calls=[call]),
                    End(session_id=SESSION, finish_reason="tool_calls"),
                ]
            )
        )
    )
    assert state.final
    assert [text_of(item) for item in state.final["output"]] == ["Hm", "Yes", '{"a":1}']


def test_a_snapshot_of_another_text_ends_with_an_error() -> None:
    state = ResponseState()
    state.take(whole(log_of([*BROKEN[:2], Snapshot(content="other")])))
    assert state.error


def test_history_serves_the_whole_but_no_number() -> None:
    log = log_of([Snapshot(content="Yes"), End(session_id=SESSION, finish_reason="stop")])
    state = ResponseState()
    state.take(whole(log))
    assert state.final
    (error,) = whole(log, 4)
    assert error["code"] == "stream_expired"
