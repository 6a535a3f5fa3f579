"""A call whose tool asks the user first is sent again with the answer, but once, whatever workers are lost."""

from collections.abc import Sequence
from typing import Any

import pytest

from chat.asks import Answer, Ask, Asked
from chat.events import AnyEvent, ApprovalEvent, StepDone, ToolCall, ToolStart
from chat.reply_calls import ReplyCalls
from chat.tool_calls import ServerCall
from worker.tools.runs import Runs

CALLED: list[AnyEvent] = [ToolCall(index=0, id="c", name="greet", server="lab"), StepDone(index=0), ToolStart(index=0)]
ASKED = ApprovalEvent(id="0.0", index=0, kind="input", state="asked")
ANSWERED = ApprovalEvent(id="0.0", index=0, kind="input", state="answered")


def call_after(events: Sequence[AnyEvent]) -> ServerCall:
    read = ReplyCalls()
    for event in events:
        read.add(event)
    ((call,),) = (step.calls for step in read.steps)
    return call.model_copy(deep=True)  # as an attempt takes it over


def has_input(events: Sequence[AnyEvent], *, is_held: bool = False, is_answered: bool = True) -> bool:
    about = {"server": "lab", "name": "greet", "arguments": "", "request": "r", "held": is_held}
    ask = Ask(id="0.0", index=0, kind="input", state="asked", **about)
    asked = Asked({ask.id: ask}, {ask.id: Answer(state="answered")} if is_answered else {})
    unused: Any = None
    return Runs(unused, "t", asked, unused, unused, unused, unused).has_input(0, call_after(events))


def test_an_answered_call_is_sent_again() -> None:
    assert has_input([*CALLED, ASKED, ANSWERED])


@pytest.mark.parametrize("events", [CALLED, [*CALLED, ASKED, ANSWERED, ToolStart(index=0)]])
def test_a_call_that_was_sent_last_is_not_sent_again(events: Sequence[AnyEvent]) -> None:
    assert not has_input(events)


def test_a_call_that_was_kept_open_is_not_sent_again() -> None:
    assert not has_input([*CALLED, ASKED, ANSWERED], is_held=True)


def test_a_call_without_an_answer_is_not_sent_again() -> None:
    assert not has_input([*CALLED, ASKED], is_answered=False)
