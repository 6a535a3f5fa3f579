"""Reads and writes the event logs of turns.

The log is the truth about what readers see. Pub/sub carries the same entries and may lose any of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Self

from chat import keys
from chat.events import TERMINAL_TYPES, Event, encode
from chat.store import Redis, RedisError, Script, ScriptCall, batch_each, is_cluster

SLICE = 500
"""Entries per read: reading and parsing more would block the event loop for milliseconds."""

CALL_TURNS = 25
CALL_CHARS = 100_000
"""Turns and characters per call of `append.lua`: one call costs less than many, but holds the store for longer."""

READ_LOG = "0:"
"""A message on a turn's channel that is no event and means: read the log."""

APPEND = Script("append")

_TYPE_FIRST = re.compile(r'\{"type":"(\w+)"')


class Entry(NamedTuple):
    """An event with its number. `kind`: its `type`; `json`: as `chat.events.encode` wrote it.

    `after`: of a resume, the number of the event before it; numbers between the two were never given, or are lost.
    """

    seq: int
    kind: str
    json: str
    after: int = 0

    @classmethod
    def of(cls, seq: int, event: Event) -> Self:
        return cls(seq, event.type, encode(event))

    @property
    def is_terminal(self) -> bool:
        return self.kind in TERMINAL_TYPES

    @property
    def is_restart(self) -> bool:
        return self.kind == "restart"

    @property
    def is_snapshot(self) -> bool:
        return self.kind == "snapshot"

    def follows(self, seq: int) -> bool:
        """Whether a reader that has all events up to `seq` misses none before this one.

        A restart may skip numbers, because it voids earlier events. A resume may do so after one event only: readers
        with a number between have text that the store has lost.
        """
        return self.seq == seq + 1 or self.is_restart or (self.kind == "resume" and self.after == seq)


def parse_published(message: str) -> Entry:
    """Parses an entry as the scripts publish it: `<seq>:<json>\\n:<kind>`. Raises `ValueError` for anything else.

    The kind comes last, because API processes of the previous version forward all after `<seq>:` as an event's data;
    there a line that begins with a colon is a comment.
    """
    seq, _, rest = message.partition(":")
    json, _, kind = rest.partition("\n:")
    return Entry(int(seq), kind or _kind_of(json), json)


def _parse_stored(entry_id: str, fields: Mapping[str, str]) -> Entry:
    json = fields["e"]
    after = int(fields.get("a", 0))
    return Entry(int(entry_id.partition("-")[0]), fields.get("k") or _kind_of(json), json, after)


def _kind_of(json: str) -> str:
    """Returns the kind of an entry that a version without the field `k` wrote; "" for READ_LOG."""
    found = _TYPE_FIRST.match(json)
    return found[1] if found else ""


@dataclass(frozen=True)
class Reading:
    """Entries after a cursor. `last`: seq of the turn's last event. `ended`: the turn is over.

    `is_full`: the read returned as many entries as it asked for, so there may be more.
    """

    entries: list[Entry]
    last: int
    ended: bool
    is_full: bool = False

    def serves(self, cursor: int) -> bool:
        """Whether the entries continue `cursor` without a gap."""
        if not self.entries:
            return cursor == self.last
        if self.entries[-1].seq == cursor + len(self.entries):
            return True
        previous = [cursor, *(entry.seq for entry in self.entries)]
        pairs = zip(previous, self.entries, strict=False)
        return all(entry.follows(before) for before, entry in pairs)


class LostTurn(Exception):
    """Raised when the turn is gone or owned by a newer claim: the caller must stop writing."""


class TurnLog:
    """Reads logs, and appends to many logs in one round trip."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._turns = 1 if is_cluster(store) else CALL_TURNS

    async def read(self, turn_id: str, after: int) -> Reading | None:
        """Returns all entries with `seq > after`, read in slices; None where the turn is gone."""
        entries: list[Entry] = []
        while part := await self.read_slice(turn_id, after):
            entries += part.entries
            if not part.is_full:
                return Reading(entries, part.last, part.ended)
            after = entries[-1].seq
        return None

    async def read_slice(self, turn_id: str, after: int, count: int = SLICE) -> Reading | None:
        """Returns the first `count` entries with `seq > after`; None where the turn is gone."""
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.xrange(keys.log(turn_id), min=f"{after + 1}-0", count=count)
            pipe.hmget(keys.turn(turn_id), ["seq", "state"])
            stored, (last, state) = await pipe.execute()
        if last is None:
            return None
        entries = [_parse_stored(*entry) for entry in stored]
        return Reading(entries, int(last), state not in ("waiting", "queued", "running"), len(entries) == count)

    async def append(self, batch: Sequence[tuple["LogWriter", Sequence[Event]]]) -> list[bool | Exception]:
        """Appends each writer's events in one round trip; without events, only reads the turn's state.

        Returns per writer whether its turn shall be stopped, or the error: `LostTurn` or a `redis.RedisError`.
        """
        return await self._append_groups(list(_groups([writer.entry(events) for writer, events in batch], self._turns)))

    async def _append_groups(self, groups: list[list["_Entries"]]) -> list[bool | Exception]:
        """Appends each group in one script call. If a call is refused, its turns are tried one by one."""
        try:
            answers = await batch_each(self._store, [_append_call(group) for group in groups])
        except RedisError as error:
            return [error] * sum(map(len, groups))
        refused = [
            [entries]
            for group, answer in zip(groups, answers, strict=True)
            if isinstance(answer, RedisError) and len(group) > 1
            for entries in group
        ]
        again = iter(await self._append_groups(refused) if refused else [])
        outcomes: list[bool | Exception] = []
        for group, answer in zip(groups, answers, strict=True):
            is_refused = isinstance(answer, RedisError) and len(group) > 1
            outcomes += islice(again, len(group)) if is_refused else _outcomes(group, answer)
        return outcomes


NO_POSITION = "-"
"""Removes the position that was written before."""


class LogWriter:
    """Writes one turn's log as the owner of its current attempt. `token`: of its claim.

    `position`: where the model's reply is once the next events are written, for an attempt that continues it. "":
    what was written before still counts.
    """

    def __init__(self, turn_id: str, token: str, seq: int) -> None:
        self.position = ""
        self._names = (keys.turn(turn_id), keys.log(turn_id))
        self.token = token
        self._seq = seq

    @property
    def seq(self) -> int:
        """Number of the last event that is known to be in the log."""
        return self._seq

    def entry(self, events: Sequence[Event]) -> "_Entries":
        """Encodes the events for `append.lua`."""
        args: list[str | int] = [self.token, self._seq, len(events), self.position]
        size = 0
        for event in events:
            json = encode(event)
            size += len(json)
            args += event.type, json
        return _Entries(self, self._names, args, size)

    def take(self, seq: int, stop: int) -> bool:
        """Reads the answer of `append.lua`. Returns whether the turn shall be stopped; raises `LostTurn`."""
        if seq < 0:
            raise LostTurn
        self._seq = seq
        return bool(stop)


class _Entries(NamedTuple):
    """What `append.lua` gets for one turn."""

    writer: LogWriter
    names: tuple[str, str]
    args: list[str | int]
    size: int


def _groups(batch: Iterable[_Entries], turns: int) -> Iterator[list[_Entries]]:
    """Splits the batch into groups of at most `turns` turns, and of more than one only below `CALL_CHARS`."""
    group, size = list[_Entries](), 0
    for entries in batch:
        size += entries.size
        if group and (len(group) == turns or size > CALL_CHARS):
            yield group
            group, size = [], entries.size
        group.append(entries)
    if group:
        yield group


def _append_call(group: list[_Entries]) -> ScriptCall[list[int]]:
    names = [name for entries in group for name in entries.names]
    args = [argument for entries in group for argument in entries.args]
    return ScriptCall(APPEND, names, args, list)


def _outcomes(group: list[_Entries], answer: list[int] | RedisError) -> Iterator[bool | Exception]:
    if isinstance(answer, RedisError):
        yield from [answer] * len(group)
        return
    for entries, seq, stop in zip(group, answer[::2], answer[1::2], strict=True):
        try:
            yield entries.writer.take(seq, stop)
        except LostTurn as lost:
            yield lost
