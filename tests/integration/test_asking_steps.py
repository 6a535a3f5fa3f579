"""After any steps in any order a turn that asks its user agrees with a model of it in memory."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from chat import keys
from chat.approval_errors import ApprovalAnswered, ApprovalExpired, TurnOver
from chat.asks import Answer, AnswerState, Ask
from chat.endings import Endings
from chat.errors import HoldfastError
from chat.event_log import LostTurn
from chat.queue import Queue
from chat.sessions import Sessions
from chat.sweep import Sweeper
from chat.telemetry.traces import Traces
from chat.waiting import WaitingQuestions
from tests.support.approvals import approvals_of, ask
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

STEPS = ("park", "park again", "hold", "allow", "deny", "claim", "claim anew", "stop", "sweep", "time out", "close")
Step = tuple[str, int]
STATES: dict[str, AnswerState] = {"allow": "allowed", "deny": "denied"}


class Walker:
    """Does random steps to a turn, and the same to a model of it.

    `owner`: the newest claim; `asks`: the answers by the id of what was asked, None = none yet. `parked_by`: the claim
    that has parked the turn last.
    """

    def __init__(self, chat: ChatFixture, turn_id: str, queue_store: Redis) -> None:
        self.chat = chat
        self.turn_id = turn_id
        self.approvals = approvals_of(chat)
        queue = Queue(queue_store, SETTINGS)
        waiting = WaitingQuestions(chat.store, SETTINGS, chat.turns, queue)
        self.sweeper = Sweeper(chat.turns, queue, waiting, Endings(chat.turns, chat.log, queue, waiting, Traces()))
        self.queue = queue
        self.owner = 100
        self.asks: dict[str, str | None] = {}
        self.sources: dict[str, Ask] = {}
        self.parked_by = 0
        self.is_paused = self.is_over = self.is_stopped = self.is_expired = False
        self.asked = 0
        self.events: list[str] = []

    async def take(self, step: str, number: int) -> None:
        match step:
            case "park" | "hold":
                await self._ask(step, [ask(self.asked + place) for place in range(number % 3 + 1)])
            case "park again":
                await self._ask("park", list(self.sources.values())[-2:])
            case "allow" | "deny":
                await self._answer(STATES[step], str(number))
            case "claim" | "claim anew":
                await self._claim(keeps=step == "claim")
            case "stop":
                await self._stop()
            case "time out":
                await self._time_out()
            case "close":
                await self._close()
            case _:
                await self._sweep()

    async def _ask(self, step: str, asks: list[Ask]) -> None:
        if self.is_expired or not asks:
            return
        new = [each for each in asks if self.asks.get(each.id) is None]
        expected = self._expected(parks=step == "park", is_new=bool(new))
        token = str(self.owner)
        try:
            if step == "park":
                status = (await self.approvals.park(self.turn_id, token, await self._seq(), asks)).status
            else:
                status = (await self.approvals.hold(self.turn_id, token, asks)).status
        except LostTurn:
            status = None
        assert status == expected
        if status == "held" or (status == "parked" and self.parked_by != self.owner):
            self._note_asked(new, parks=status == "parked")

    def _expected(self, *, parks: bool, is_new: bool) -> str | None:
        if self.is_over:
            return None
        if parks and self.parked_by == self.owner:
            return "parked"
        if self.is_stopped:
            return "stopped"
        if not is_new:
            return "answered"
        return "parked" if parks else "held"

    def _note_asked(self, new: list[Ask], *, parks: bool) -> None:
        for each in new:
            self.asks[each.id], self.sources[each.id] = None, each
        self.asked = max(self.asked, max(int(name) for name in self.asks) + 1)
        if parks:
            self.is_paused, self.parked_by = True, self.owner
            self.events += ["asked"] * len(new)

    async def _answer(self, state: AnswerState, name: str) -> None:
        turn = await self.chat.turns.get(self.turn_id)
        assert turn
        question = turn.asked.asks.get(name)
        if question is None:
            assert name not in self.asks
            return
        before = self.asks[name]
        refusal = self._refusal(before, state, is_late=(question.until or 0) < 1000)
        answering = self.approvals.answer(USER, self.turn_id, question, Answer(state=state))
        if refusal:
            with pytest.raises(refusal):
                await answering
            return
        answered = await answering
        assert answered.is_new == (before is None)
        self.asks[name] = state
        if before is None and self.is_paused:
            self.events.append(state)
            self.is_paused = None in self.asks.values()

    def _refusal(self, before: str | None, state: str, *, is_late: bool) -> type[HoldfastError] | None:
        if before == state:
            return None
        if before:
            return ApprovalExpired if before == "expired" else ApprovalAnswered
        if self.is_over or self.is_stopped:
            return TurnOver
        return ApprovalExpired if is_late else None

    async def _claim(self, *, keeps: bool) -> None:
        token, is_late = self.owner + 1, self.is_paused and await self._is_late()
        claimed = await self.chat.turns.begin(self.turn_id, str(token), 1000, earlier="keep" if keeps else "drop")
        if self.is_over:
            assert claimed.status == "ended"
            return
        if self.is_paused and not self.is_stopped and not is_late:
            assert claimed.status == "paused"
            return
        self.owner = token
        if self.is_stopped:
            self.is_paused = False
            assert claimed.status == "cancelled"
            return
        if self.is_paused:
            self._expire()
        if self.is_expired:
            assert claimed.status == "expired"
            return
        assert claimed.status == "begun"
        assert claimed.turn
        if keeps:
            self.asks = {name: answer for name, answer in self.asks.items() if answer}
        else:
            self.asks = {}
            self.events = []
        self.sources = {name: each for name, each in self.sources.items() if name in self.asks}

    def _expire(self) -> None:
        self.events += ["expired" for answer in self.asks.values() if answer is None]
        self.asks = {name: answer or "expired" for name, answer in self.asks.items()}
        self.is_paused, self.is_expired = False, True

    async def _is_late(self) -> bool:
        paused = await self.chat.store.execute_command("HGET", keys.turn(self.turn_id), "paused")
        return float(paused) < 1000

    async def _stop(self) -> None:
        stopped = await self.chat.turns.cancel(USER, self.turn_id)
        assert (stopped.state == "running") != self.is_over
        self.is_stopped = self.is_stopped or not self.is_over

    async def _time_out(self) -> None:
        """Moves the times of all questions without an answer into the past."""
        turn = await self.chat.turns.get(self.turn_id)
        assert turn
        changes = list[str]()
        for each in turn.asked.unanswered:
            head, _, _ = each.stored.rpartition(',"until":')
            changes += [f"ask:{each.id}", f'{head},"until":1.000}}']
        if self.is_paused:
            changes += ["paused", "1.000"]
        if changes:
            await self.chat.store.execute_command("HSET", keys.turn(self.turn_id), *changes)

    async def _close(self) -> None:
        if self.is_paused or self.is_over:
            return
        await self.chat.close(self.turn_id, str(self.owner))
        self.is_over = True

    async def _sweep(self) -> None:
        is_due = not self.is_paused or self.is_stopped or await self._is_late()
        await self.sweeper.sweep_paused([self.turn_id])
        await self.sweeper.sweep([self.turn_id])
        if self.is_stopped and not self.is_over:
            self.is_over, self.is_paused = True, False
        assert await self.queue.has(self.turn_id) == (is_due and not self.is_over)
        in_lists = [
            await self.chat.store.zscore(name, self.turn_id) is not None
            for name in (keys.PAUSED_TURNS, keys.OPEN_TURNS)
        ]
        assert any(in_lists) != self.is_over
        if not is_due:
            assert in_lists == [True, False]
        await self.queue.drop(self.turn_id)

    async def _seq(self) -> int:
        return await self.chat.last(self.turn_id)

    async def check(self) -> None:
        turn = await self.chat.turns.get(self.turn_id)
        assert turn
        assert turn.is_over == self.is_over
        found = {name: turn.asked.answers.get(name) for name in turn.asked.asks}
        assert {name: answer and answer.state for name, answer in found.items()} == self.asks
        assert turn.is_paused == self.is_paused
        logged = [json.loads(event) for event in await self.chat.logged(self.turn_id)]
        assert [event["state"] for event in logged if event["type"] == "approval"] == self.events
        session = await self.chat.sessions.get(USER, self.chat.session_id)
        if self.is_paused:
            assert session.needs_answer
        if self.is_over or None not in self.asks.values():
            assert not session.needs_answer


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=5, max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_turn_agrees_with_its_model_after_any_steps(
    store: Redis, queue_store: Redis, steps: Sequence[Step]
) -> None:
    session = await Sessions(store, SETTINGS).create(USER, "assistant")
    chat = ChatFixture(store, session.session_id)
    turn_id, _ = await chat.begun("100")
    walker = Walker(chat, turn_id, queue_store)
    for step, number in steps:
        await walker.take(step, number)
        await walker.check()
    await chat.sessions.delete(USER, session.session_id)
    await chat.turns.open_turns.forget(turn_id)
