"""A tool that keeps its call open while it asks waits as long as such a question counts."""

import asyncio
import time

from chat.asks import Answer
from chat.events import ApprovalEvent, Event
from tests.support.approvals import approvals_of, form
from tests.support.chat_fixture import USER, ChatFixture
from worker.jobs.held_questions import HELD_SECONDS, HeldQuestions


class Sink:
    """Has the question, and what became of it."""

    def __init__(self) -> None:
        self.events: list[ApprovalEvent] = []
        self.asked = asyncio.Event()

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.events]

    def add(self, item: Event, /) -> None:
        assert isinstance(item, ApprovalEvent)
        self.events.append(item)
        self.asked.set()


async def held(chat: ChatFixture, seconds: float) -> tuple[HeldQuestions, str]:
    turn_id, _ = await chat.begun()
    return HeldQuestions(approvals_of(chat, seconds), chat.turns, turn_id, "100"), turn_id


async def test_a_held_question_expires_in_its_time(chat: ChatFixture) -> None:
    begun_at = time.time()
    questions, _ = await held(chat, 0.2)
    sink = Sink()
    assert (await questions.ask(form(0), sink)).state == "expired"
    assert [(each.state, each.held) for each in sink.events] == [("asked", True), ("expired", True)]
    assert 0 < (sink.events[0].until or 0) < begun_at + HELD_SECONDS
    assert time.time() >= begun_at + 0.2


async def test_the_answer_to_a_held_question_is_found(chat: ChatFixture) -> None:
    questions, turn_id = await held(chat, 3600)
    sink = Sink()
    asking = asyncio.create_task(questions.ask(form(0), sink))
    await sink.asked.wait()
    turn = await chat.turns.get(turn_id)
    assert turn
    given = Answer(state="answered", content={"name": "Ada"})
    (ask,) = turn.asked.unanswered
    await approvals_of(chat).answer(USER, turn_id, ask, given)
    assert await asking == given
    assert sink.states == ["asked", "answered"]
