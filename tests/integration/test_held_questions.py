"""A tool that keeps its call open while it asks waits as long as such a question counts."""

import asyncio

from chat.asks import Answer
from chat.events import ApprovalEvent, Event
from tests.support.approvals import approvals_of, form
from tests.support.chat_fixture import USER, ChatFixture
from worker.jobs.held_questions import HeldQuestions


class Sink:
    """Has the states of the question."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.asked = asyncio.Event()

    def add(self, item: Event, /) -> None:
        assert isinstance(item, ApprovalEvent)
        self.states.append(item.state)
        self.asked.set()


async def held(chat: ChatFixture, seconds: float) -> tuple[HeldQuestions, str]:
    turn_id, _ = await chat.begun()
    return HeldQuestions(approvals_of(chat, seconds), chat.turns, turn_id, "100"), turn_id


async def test_a_held_question_expires_in_its_time(chat: ChatFixture) -> None:
    questions, _ = await held(chat, 0.2)
    sink = Sink()
    assert (await questions.ask(form(0), sink)).state == "expired"
    assert sink.states == ["asked", "expired"]


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
