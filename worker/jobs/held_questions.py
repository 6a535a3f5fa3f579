"""Asks the user on behalf of a tool that keeps its call open meanwhile, as servers of older protocols do."""

import asyncio
from typing import Protocol

from chat.approvals import Approvals
from chat.asks import Answer, Ask
from chat.event_log import LostTurn
from chat.events import ApprovalEvent, Event
from chat.turns import Turns

HELD_SECONDS = 300.0
"""How long such a call waits for its user at most: it keeps a worker's slot, unlike all other questions."""

LOOK_SECONDS = 0.5

EXPIRED = Answer(state="expired")


class Sink(Protocol):
    def add(self, item: Event, /) -> None: ...


class HeldQuestions:
    """Asks for the calls of one attempt. `approvals`: with the time of such questions."""

    def __init__(self, approvals: Approvals, turns: Turns, turn_id: str, token: str) -> None:
        self._approvals = approvals
        self._turns = turns
        self._turn_id = turn_id
        self._token = token

    async def ask(self, ask: Ask, sink: Sink) -> Answer:
        """Asks the user, and returns the answer; "expired" after their time. Raises `LostTurn`, `RedisError`."""
        ask = ask.model_copy(update={"held": True})
        held = await self._approvals.hold(self._turn_id, self._token, [ask])
        if held.status != "answered":  # by the answer to an equal question, which needs no second one
            asked = ask.approval().model_copy(update={"until": held.until})
            sink.add(ApprovalEvent(**asked.model_dump()))
        try:
            async with asyncio.timeout(self._approvals.seconds):
                answer = await self._next_answer(ask.id)
        except TimeoutError:
            answer = await self._answer(ask.id) or EXPIRED  # one that came since the last look counts
        sink.add(ApprovalEvent(**ask.answered(answer).model_dump()))
        return answer

    async def _next_answer(self, name: str) -> Answer:
        while True:
            if answer := await self._answer(name):
                return answer
            await asyncio.sleep(LOOK_SECONDS)

    async def _answer(self, name: str) -> Answer | None:
        turn = await self._turns.get(self._turn_id)
        if turn is None:
            raise LostTurn
        return turn.asked.answers.get(name)
