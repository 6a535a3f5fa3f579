"""Ends turns that no worker runs: keeps the text that readers saw and removes the job."""

from typing import Literal, NamedTuple

import structlog

from chat.continued import adds_nothing, joined, with_usage
from chat.event_log import LostTurn, TurnLog
from chat.events import End, Error, Snapshot
from chat.messages import MAX_LOST_WORKERS, FinishReason, Message, reply_id
from chat.position import parsed
from chat.queue import Queue
from chat.replay import Replay
from chat.telemetry.traces import Traces
from chat.turn_record import Turn
from chat.turns import Turns
from chat.waiting import WaitingQuestions

Outcome = Literal["ended", "over", "held"]
"""Result of ending a turn: this call ended it; it was over before; another process holds or held its claim."""

logger = structlog.get_logger(__name__)


class Shown(NamedTuple):
    """What the readers of a turn have seen. `model`: the model that answered, None = the turn's own."""

    text: Snapshot
    model: str | None = None


def reply_of(
    turn: Turn,
    last: End | Error,
    shown: Shown,
    *,
    seconds: float | None = None,
    thinking_seconds: float | None = None,
    persona_name: str | None = None,
    base: Message | None = None,
) -> Message | None:
    """Returns the message to store: exactly the text that readers saw.

    Returns None for a reply that was cancelled or failed before its first word or call. `base`: the reply that it
    continues, whose text is no word of its own.
    """
    finish_reason: FinishReason = "error" if isinstance(last, Error) else last.finish_reason
    text = shown.text
    if finish_reason in ("cancelled", "error") and adds_nothing(text, base):
        return None
    reply = Message(
        id=reply_id(turn.turn_id),
        role="assistant",
        content=text.content,
        turn_id=turn.turn_id,
        persona=turn.persona,
        persona_name=persona_name,
        model=shown.model or turn.model,
        asked_model=turn.model if shown.model not in (None, turn.model) else None,
        finish_reason=finish_reason,
        error=last.code if isinstance(last, Error) else None,
        usage=last.usage if isinstance(last, End) else None,
        thinking=text.thinking or None,
        tool_calls=text.tool_calls or None,
        steps=text.steps or None,
        thinking_seconds=thinking_seconds,
        seconds=seconds,
        lost_workers=min(turn.lost, MAX_LOST_WORKERS) or None,
    )
    return joined(reply, base) if base else reply


async def shown_of(log: TurnLog, turn_id: str) -> Shown:
    """Returns what the turn's readers have seen. Reads the log in slices, so that other tasks run between."""
    replay, after = Replay(), 0
    while part := await log.read_slice(turn_id, after):
        replay.add(part.entries)
        if not part.is_full:
            break
        after = part.entries[-1].seq
    return Shown(replay.text(), replay.answered_by())


class Endings:
    """Ends turns and removes jobs, for the API and for sweeps.

    Claims a turn's job as a worker does, so fencing works in both directions.
    """

    def __init__(self, turns: Turns, log: TurnLog, queue: Queue, waiting: WaitingQuestions, traces: Traces) -> None:
        self._turns = turns
        self._waiting = waiting
        self._log = log
        self._queue = queue
        self._traces = traces

    async def end_stopped(self, turn_id: str) -> Outcome:
        """Ends a stopped turn as cancelled, unless a worker holds it. After a `redis.RedisError`, call it again."""
        token = await self._queue.take(turn_id)
        if token is None:
            return "held"
        claimed = await self._turns.begin(turn_id, token, earlier="ask")
        match claimed.status, claimed.turn:
            case "ended", _:
                await self._queue.finish(turn_id, token)
                return "over"
            case "cancelled", Turn() as turn:
                return await self._close(turn, token, claimed.continued)
            case _, Turn():  # the store lost the stop flag: a worker shall continue, and no loss is counted
                await self._turns.hand_back(turn_id, token)
        await self._queue.give_back(turn_id, token)
        return "held"

    async def _close(self, turn: Turn, token: str, base: Message | None) -> Outcome:
        last: End | Error = End(session_id=turn.session_id, finish_reason="cancelled")
        last = with_usage(last, base) if base else last
        reply = reply_of(turn, last, await shown_of(self._log, turn.turn_id), base=base)
        if reply:
            last = last.model_copy(update={"message_id": reply.id})
        span = self._traces.span("close turn", turn.trace, holdfast__state="cancelled", holdfast__outcome="cancelled")
        with span:
            try:
                following = await self._turns.close(turn, token, "cancelled", last, reply)
            except LostTurn:
                return "held"
        if following:
            await self._waiting.begin(following)
        await self._queue.finish(turn.turn_id, token)
        if (position := parsed(turn.position)) and position.response:  # only workers call models
            await self._queue.put_response(turn.turn_id, turn.position)
        logger.info("turn_closed", turn_id=turn.turn_id, state="cancelled", outcome="cancelled")
        return "ended"

    async def remove_jobs(self, *job_ids: str) -> bool:
        """Removes jobs that no worker holds. Returns whether all the jobs are gone."""
        return all([await self._remove(job_id) for job_id in job_ids])

    async def _remove(self, job_id: str) -> bool:
        token = await self._queue.take(job_id)
        if token is None:
            return False
        await self._queue.finish(job_id, token)
        return True
