"""Passes answers of users on to turns that ask them about calls of tools."""

import structlog

from api.health.metrics import Metrics
from chat.approval_errors import ApprovalChanged, UnknownApproval
from chat.approvals import Approvals
from chat.asks import Answer, Ask
from chat.errors import UnknownTurn
from chat.queue import Queue
from chat.store import RedisError
from chat.store.errors import note
from chat.turn_record import Turn
from chat.turns import Turns

logger = structlog.get_logger(__name__)


class Answering:
    """Stores answers. The last one queues the turn; if this process dies before, a sweep does."""

    def __init__(self, turns: Turns, approvals: Approvals, queue: Queue, metrics: Metrics) -> None:
        self._turns = turns
        self._approvals = approvals
        self._queue = queue
        self._answers = metrics.approvals

    async def asked(self, user: str, turn_id: str, approval_id: str, revision: str | None = None) -> tuple[Turn, Ask]:
        """Returns the turn and what it asks. `revision`: of the question that the user has seen, None = not known.

        Raises `UnknownTurn`, `UnknownApproval`, or `ApprovalChanged`.
        """
        turn = await self._turns.look(user, turn_id)
        if turn is None:
            raise UnknownTurn
        ask = turn.asked.asks.get(approval_id)
        if ask is None:
            raise UnknownApproval
        if not ask.is_shown_as(revision):
            raise ApprovalChanged
        return turn, ask

    async def answer(self, user: str, turn: Turn, ask: Ask, answer: Answer) -> bool:
        """Stores the answer, once. Returns whether it was not stored before.

        Raises `UnknownTurn`, `UnknownApproval`, `ApprovalChanged`, `ApprovalAnswered`, `ApprovalExpired`, `TurnOver`,
        or `TooManyTurns` where the turn cannot go on now; then nothing is stored.
        """
        if turn.is_paused:  # where it goes on waiting, or is over, the next that needs the slot takes it
            await self._turns.rejoin(turn)
        answered = await self._approvals.answer(user, turn.turn_id, ask, answer)
        if answered.status == "resumed":
            await self._queue_again(turn.turn_id)
        if answered.is_new:
            self._answers.labels(answer.state).inc()
            logger.info("approval_answered", turn_id=turn.turn_id, approval=ask.id, answer=answer.state, tool=ask.tool)
        return answered.is_new

    async def _queue_again(self, turn_id: str) -> None:
        try:
            await self._turns.open_turns.add(turn_id)
            await self._queue.put(turn_id)
        except (RedisError, OSError) as error:
            logger.warning("turn_not_queued", turn_id=turn_id, error=note(error))
