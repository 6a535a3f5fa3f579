"""A turn's log: the truth about what its readers see. Pub/sub carries the same entries, and may lose any."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chat import keys
from chat.events import Event, encode
from chat.store import Call, Redis, RedisError, Script

SLICE = 500
"""Entries that are read at once: with more, reading and parsing them would hold up everything else for milliseconds."""

LOOK_AGAIN = "0:"
"""On a turn's channel: no event, but something changed; read the log."""


class Entry(NamedTuple):
    """One event with its number; `json` as `chat.events.encode` wrote it."""

    seq: int
    json: str

    @property
    def is_terminal(self) -> bool:
        return self.json.startswith(('{"type":"end"', '{"type":"error"'))

    @property
    def is_restart(self) -> bool:
        return self.json.startswith('{"type":"restart"')

    @property
    def is_snapshot(self) -> bool:
        return self.json.startswith('{"type":"snapshot"')


def parse_published(message: str) -> Entry:
    """An entry as the scripts publish it: `<seq>:<json>`. Raises `ValueError` for anything else."""
    seq, _, json = message.partition(":")
    return Entry(int(seq), json)


@dataclass(frozen=True)
class Reading:
    """What the log holds after a cursor, and the number of its last event; `is_full`: there may be more in between."""

    entries: list[Entry]
    last: int
    ended: bool
    is_full: bool = False

    def serves(self, cursor: int) -> bool:
        """Whether a reader at `cursor` can go on without a hole. What was before a restart is void, and gone."""
        if not self.entries:
            return cursor == self.last
        if self.entries[-1].seq == cursor + len(self.entries):
            return True
        befores = [cursor, *(entry.seq for entry in self.entries)]
        pairs = zip(befores, self.entries, strict=False)
        return all(entry.seq == before + 1 or entry.is_restart for before, entry in pairs)


class LostTurn(Exception):
    """The turn is another worker's now, or gone: the caller may write no more."""


class TurnLog:
    """Reading logs, and writing many at once."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._append = Script(store, "append")

    async def read(self, turn_id: str, after: int) -> Reading | None:
        """All entries with `seq > after`, read in slices; None where the turn is gone."""
        entries: list[Entry] = []
        while part := await self.read_slice(turn_id, after):
            entries += part.entries
            if not part.is_full:
                return Reading(entries, part.last, part.ended)
            after = entries[-1].seq
        return None

    async def read_slice(self, turn_id: str, after: int, count: int = SLICE) -> Reading | None:
        """The first `count` entries with `seq > after`; None where the turn is gone."""
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.xrange(keys.log(turn_id), min=f"{after + 1}-0", count=count)
            pipe.hmget(keys.turn(turn_id), ["seq", "state"])
            stored, (last, state) = await pipe.execute()
        if last is None:
            return None
        entries = [Entry(int(entry_id.partition("-")[0]), fields["e"]) for entry_id, fields in stored]
        return Reading(entries, int(last), state not in ("queued", "running"), len(entries) == count)

    async def append(self, batch: Sequence[tuple["LogWriter", Sequence[Event]]]) -> list[bool | Exception]:
        """Append each writer's events (none: only ask), in one round trip.

        For each, whether its turn is to be stopped, or why nothing can be said of it: `LostTurn` or a
        `redis.RedisError`.
        """
        try:
            answers = await self._append.each([writer.call(events) for writer, events in batch])
        except RedisError as error:
            return [error] * len(batch)
        return [_outcome(writer, answer) for (writer, _), answer in zip(batch, answers, strict=True)]


class LogWriter:
    """Writing one turn's log as the owner of its current attempt."""

    def __init__(self, turn_id: str, token: str, seq: int) -> None:
        self._names = (keys.turn(turn_id), keys.log(turn_id))
        self._token = token
        self._seq = seq

    def call(self, events: Sequence[Event]) -> Call:
        """What `append.lua` is called with."""
        return self._names, (self._token, self._seq, *map(encode, events))

    def take(self, answer: Any) -> bool:
        """Take in what `append.lua` answered. Returns whether the turn is to be stopped; raises `LostTurn`."""
        if answer[0] < 0:
            raise LostTurn
        self._seq = answer[0]
        return bool(answer[1])


def _outcome(writer: LogWriter, answer: Any) -> bool | Exception:
    if isinstance(answer, RedisError):
        return answer
    try:
        return writer.take(answer)
    except LostTurn as lost:
        return lost
