"""Which replies can be continued, and what a continued one took in all."""

from typing import Any

import pytest

from chat.continued import adds_nothing, check_continuable, joined, text_of, with_usage
from chat.errors import HoldfastError
from chat.events import End, Error, Snapshot
from chat.messages import MAX_LOST_WORKERS, Message
from chat.tool_calls import FunctionCall, ReplyStep, ServerCall
from chat.usage import Usage


def reply(**fields: Any) -> Message:
    return Message.model_validate({"role": "assistant", "content": "one two", "finish_reason": "length", **fields})


@pytest.mark.parametrize("reason", ["length", "cancelled", "error"])
def test_a_reply_that_stopped_early_can_be_continued(reason: str) -> None:
    check_continuable(reply(finish_reason=reason), 8)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": "user"}, "not_a_reply"),
        ({"finish_reason": "stop"}, "reply_complete"),
        ({"finish_reason": "content_filter"}, "reply_complete"),
        ({"finish_reason": None}, "reply_complete"),
        ({"tool_calls": [{"id": "c", "name": "f", "arguments": "{}"}]}, "reply_calls_tools"),
        ({"content": ""}, "reply_empty"),
        ({"content": " \n", "thinking": "hm"}, "reply_empty"),
        ({"thinking": "h"}, "reply_too_long"),
    ],
)
def test_another_message_cannot_be_continued(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(HoldfastError) as refused:
        check_continuable(reply(**fields), 8)
    assert refused.value.code == code


def test_tokens_times_and_lost_workers_are_added() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    base = reply(usage=usage, seconds=1.5, thinking_seconds=1.0, lost_workers=1)
    last = with_usage(End(session_id="s", finish_reason="stop", usage=usage), base)
    assert isinstance(last, End)
    both = joined(reply(usage=last.usage, seconds=2.25, lost_workers=2), base)
    assert both.usage == last.usage == Usage(prompt_tokens=2, completion_tokens=4, total_tokens=6)
    assert (both.seconds, both.thinking_seconds, both.lost_workers) == (3.75, 1.0, 3)


def test_what_is_not_known_of_one_part_is_that_of_the_other() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    stopped = End(session_id="s", finish_reason="cancelled")
    counted = stopped.model_copy(update={"usage": usage})
    assert with_usage(counted, reply()) == with_usage(stopped, reply(usage=usage)) == counted
    failed = Error(code="model_timeout", content="", retryable=True)
    assert with_usage(failed, reply(usage=usage)) == failed
    assert joined(reply(), reply(usage=usage)).usage == usage
    both = joined(reply(), reply())
    assert (both.usage, both.seconds, both.lost_workers) == (None, None, None)


def test_the_count_of_lost_workers_is_bounded() -> None:
    assert joined(reply(lost_workers=MAX_LOST_WORKERS), reply(lost_workers=5)).lost_workers == MAX_LOST_WORKERS


def test_a_continued_reply_begins_with_text_and_thinking() -> None:
    text = text_of(reply(thinking="hm"))
    assert (text.content, text.thinking, text.tool_calls) == ("one two", "hm", None)
    assert text_of(reply()).thinking == ""


def test_a_continued_reply_begins_with_its_complete_steps() -> None:
    def call(**fields: Any) -> ServerCall:
        return ServerCall(id="a", name="f", arguments="{}", server="docs", **fields)

    done = call(status="ok", content="r", started=True)
    base = reply(
        content="one two",
        steps=[
            ReplyStep(content="one ", calls=[done]),
            ReplyStep(calls=[call(started=True), call()]),
            ReplyStep(content="two", calls=[call()], complete=False),
        ],
    )
    begun = text_of(base)
    assert begun.content == "one two"
    results = [[(each.status, bool(each.content)) for each in step.calls] for step in begun.steps or ()]
    assert results == [[("ok", True)], [("unknown", True), ("denied", True)]]
    assert base.steps
    assert base.steps[1].calls[0].status is None
    assert text_of(reply()) == Snapshot(content="one two")


CALL = FunctionCall(id="c", name="f", arguments="{}")


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        (Snapshot(content="", thinking=""), False),
        (Snapshot(content="one two", thinking="hm"), False),
        (Snapshot(content="one two", thinking="hm", tool_calls=[]), False),
        (Snapshot(content="one two", thinking="hm\n\nhm"), True),
        (Snapshot(content="one two three", thinking="hm"), True),
        (Snapshot(content="one two", thinking="hm", tool_calls=[CALL]), True),
    ],
)
def test_only_what_is_new_adds_to_a_continued_reply(text: Snapshot, *, adds: bool) -> None:
    assert adds_nothing(text, reply(thinking="hm")) is not adds


def test_any_text_or_call_adds_to_a_new_reply() -> None:
    assert adds_nothing(Snapshot(content=""), None)
    for text in (
        Snapshot(content="a"),
        Snapshot(content="", thinking="a"),
        Snapshot(content="", tool_calls=[CALL]),
    ):
        assert not adds_nothing(text, None)
