"""Reads what earlier attempts at a turn have written, and decides whether its model goes on with that."""

from dataclasses import dataclass

from chat.event_log import Entry, TurnLog
from chat.events import CALL_TYPES, TEXT_TYPES, VOIDING_TYPES, Snapshot
from chat.position import Position, parsed
from chat.providers.catalog import Catalog
from chat.replay import Replay
from chat.turn_record import Turn
from worker.llm.continuation import Continuation
from worker.output.reply_timer import Ago

SHOWN_TYPES = TEXT_TYPES | CALL_TYPES


@dataclass(frozen=True)
class Written:
    """The text in a turn's log. `entries`: how many events the log has. `kind`: of the last text; "" without text.

    `text_seq`: number of the last text, or of a later event that has voided all text. Calls of tools count as text.
    """

    shown: Snapshot
    entries: int
    kind: str
    text_seq: int


@dataclass(frozen=True)
class Kept:
    """What a new attempt goes on with. `reply`: what the model continues; None where the steps so far are kept."""

    reply: Continuation | None
    written: Written


async def kept_by(turn: Turn, log: TurnLog, catalog: Catalog) -> Kept | None:
    """Returns what a new attempt at the turn goes on with; None where it makes the reply again.

    A turn that continues a reply does so where its model makes the rest in the background: the text of that response
    is not the text of the turn. A position that is older than the text was noted before a process of another version
    wrote the text. A finished step with calls of tools is always kept, unless it is of the reply that is continued.
    Raises `redis.RedisError`.
    """
    position = parsed(turn.position)
    written = await read(log, turn.turn_id)
    if not turn.continues and any(step.complete for step in written.shown.steps or ()):
        return Kept(None, written)
    if position is None or (turn.continues and position.response):
        return None
    if turn.position_seq < written.text_seq or not _can_continue(position, written, catalog):
        return None
    shown = written.shown
    return Kept(Continuation(shown.content, shown.thinking, position, tuple(shown.tool_calls or ())), written)


async def read(log: TurnLog, turn_id: str) -> Written:
    """Reads a turn's log in slices. Raises `redis.RedisError`."""
    replay, after, last = Replay(), 0, Entry(0, "", "")
    while part := await log.read_slice(turn_id, after):
        replay.add(part.entries)
        texts = (entry for entry in reversed(part.entries) if entry.kind in SHOWN_TYPES | VOIDING_TYPES)
        last = next(texts, last)
        if not part.is_full:
            break
        after = part.entries[-1].seq
    return Written(replay.text(), replay.count, last.kind if last.kind in SHOWN_TYPES else "", last.seq)


def ago_of(turn: Turn) -> Ago:
    """Returns how long before the present attempt the text was begun."""

    def seconds(since: float | None) -> float | None:
        return max(0.0, turn.begun_at - since) if turn.begun_at and since else None

    return Ago(seconds(turn.text_since) or 0.0, seconds(turn.thought_at), seconds(turn.spoke_at))


def _can_continue(position: Position, written: Written, catalog: Catalog) -> bool:
    """Whether the model can continue the text. Thinking and calls of tools cannot be continued by a prefix.

    Calls of tool servers have other names in the log than in the model's answer, so they are not continued at all.
    """
    model = catalog.find(position.model)
    if model is None or written.shown.steps:
        return False
    if position.response:
        return model.continues == "background"
    if written.kind != "chunk" or written.shown.tool_calls:
        return False
    return model.continues == "prefix" and bool(written.shown.content.strip())
