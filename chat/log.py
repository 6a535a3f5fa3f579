"""A turn's log: the truth about what its readers see. Pub/sub carries the same entries, and may lose any."""

import time
from dataclasses import dataclass
from typing import NamedTuple

from redis.asyncio import Redis

from chat import keys
from chat.events import Event, encode
from chat.store import Script

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


def parse_published(message: str) -> Entry:
    """An entry as the scripts publish it: `<seq>:<json>`. Raises `ValueError` for anything else."""
    seq, _, json = message.partition(":")
    return Entry(int(seq), json)


@dataclass(frozen=True)
class Reading:
    """What the log holds after a cursor, and the number of its last event."""

    entries: list[Entry]
    last: int
    ended: bool

    def serves(self, cursor: int) -> bool:
        """Whether a reader at `cursor` can go on without a hole. What was before a restart is void, and gone."""
        if not self.entries:
            return cursor == self.last
        first = self.entries[0]
        return first.seq == cursor + 1 or first.is_restart


class LostTurn(Exception):
    """The turn is another worker's now, or gone: the caller may write no more."""


class TurnLog:
    """Reading logs."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def read(self, turn_id: str, after: int) -> Reading | None:
        """All entries with `seq > after`; None where the turn is gone."""
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.xrange(keys.log(turn_id), min=f"{after + 1}-0")
            pipe.hmget(keys.turn(turn_id), ["seq", "state"])
            stored, (last, state) = await pipe.execute()
        if last is None:
            return None
        entries = [Entry(int(entry_id.partition("-")[0]), fields["e"]) for entry_id, fields in stored]
        return Reading(entries, int(last), state not in ("queued", "running"))


class LogWriter:
    """Appending to one turn's log as the owner of its current attempt."""

    def __init__(self, store: Redis, turn_id: str, token: str, seq: int) -> None:
        self._append = Script(store, "append")
        self._names = (keys.turn(turn_id), keys.log(turn_id))
        self._token = token
        self._seq = seq

    async def append(self, *events: Event) -> bool:
        """Append all of the events (none: only ask). Returns whether the turn is to be stopped.

        Raises `LostTurn`.
        """
        answer = await self._append(self._names, self._token, self._seq, time.time(), *map(encode, events))
        if answer[0] < 0:
            raise LostTurn
        self._seq = answer[0]
        return bool(answer[1])
