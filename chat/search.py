"""Searches a user's sessions for words, some of them per call. There is no index: messages are read and compared."""

import asyncio
import base64
import json
import math
import re
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel

from chat import keys
from chat.errors import BadCursor
from chat.matching import Excerpt, Occurrences, Query, Range, excerpt, pieces
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run
from chat.takeover import takeover_call

MAX_RESULTS = 50
MAX_MESSAGES = 2000
MAX_BYTES = 4_000_000
MAX_READS = 100
"""Limits of one call: results, messages and bytes that are compared, and calls of scripts, of which a session takes one
or more. It stops at the first limit that it reaches, so it exceeds one by at most one read."""

READ_MESSAGES = 100
READ_BYTES = 500_000
"""Limits of one read. It has at least one message, even a larger one."""

TAKEOVER_BYTES = MAX_BYTES // 20
"""What a call of `takeover_call` counts as, so that there are at most 20 of them."""

SESSIONS_AHEAD = 20
"""Sessions whose ids are read at once."""

SHARE_SECONDS = 0.002
"""How long texts are compared before other requests have their turn."""

BEGIN = 2**53 - 1
"""The `position` of a session of which nothing has been compared, not even its title."""

CURSOR = re.compile(r"[A-Za-z0-9_-]{1,300}")

SCAN = Script("scan")


class Place(NamedTuple):
    """Where a search goes on: in this session, with the message `position`, then with the sessions after it.

    `activity`: its score in the list, seconds since the epoch where it is neither pinned nor archived. `position`:
    among the session's messages in the order of their creation; -1 = none is left. `after`: the id of the message that
    was compared last, to find the next one where some were dropped.
    """

    activity: float
    session_id: str
    position: int = BEGIN
    after: str = ""

    def cursor(self) -> str:
        text = f"{self.activity!r} {self.session_id} {self.position} {self.after}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """Raises `BadCursor` for a text that `cursor` has not made."""
        try:
            if not CURSOR.fullmatch(cursor):
                raise ValueError
            decoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            activity, session_id, position, after = decoded.split(" ", 3)
            place = cls(float(activity), session_id, int(position), after)
        except ValueError:
            raise _bad_cursor() from None
        is_possible = math.isfinite(place.activity) and -1 <= place.position <= BEGIN
        if not (is_possible and keys.is_session_id(session_id) and place.cursor() == cursor):
            raise _bad_cursor()
        return place


class Hit(BaseModel):
    """A message, or without `message_id` a title, in which all words of the query occur; `timestamp` in seconds.

    `excerpt`: some 120 characters of it on one line. `ranges`: where words of the query are in the excerpt: begin and
    end of each, in UTF-16 code units. `archived`: its session is.
    """

    session_id: str
    title: str
    message_id: str | None = None
    role: Literal["user", "assistant"] | None = None
    timestamp: float
    excerpt: str
    ranges: list[Range]
    archived: bool = False


class Found(NamedTuple):
    """The results of a call. `cursor`: with it the next call goes on; None = everything has been compared.

    `sessions`, `messages`: how many were compared.
    """

    hits: list[Hit]
    cursor: str | None
    sessions: int
    messages: int


class _Read(NamedTuple):
    """Messages of a session by position, newest first. `position`, `after`: as in `Place`, for the next read."""

    title: str
    updated_at: float
    position: int
    after: str
    messages: list[tuple[int, str]]


class Search:
    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def find(self, user_id: str, query: Query, limit: int, cursor: str = "") -> Found:
        """Compares the user's sessions in the order of the list, archived ones last, on all branches, newest first.

        Returns at most `limit` results. Sessions with new messages move to the top: those are not found again by a
        search that has begun before. Raises `BadCursor`.
        """
        call = _Call(self._store, self._settings, user_id, query, limit)
        return await call.run(Place.parse(cursor) if cursor else None)


class _Call:
    """One call of `Search.find`."""

    def __init__(self, store: Redis, settings: Settings, user_id: str, query: Query, limit: int) -> None:
        self._store = store
        self._settings = settings
        self._user_id = user_id
        self._query = query
        self._limit = limit
        self._ahead: list[Place] = []
        self._hits: list[Hit] = []
        self._sessions = self._messages = self._bytes = self._reads = 0
        self._since = time.monotonic()

    async def run(self, place: Place | None) -> Found:
        while not self._is_over():
            if place is None or place.position < 0:
                place = await self._next(place)
            if place is None:
                break
            place = await self._compare(place)
        return Found(self._hits, place.cursor() if place else None, self._sessions, self._messages)

    def _is_over(self) -> bool:
        return self._is_full() or self._messages >= MAX_MESSAGES or self._bytes >= MAX_BYTES or self._reads >= MAX_READS

    def _is_full(self) -> bool:
        return len(self._hits) >= self._limit

    async def _next(self, place: Place | None) -> Place | None:
        """Returns the beginning of the session after the place's one."""
        offset = 0
        while not self._ahead:
            newest = place.activity if place else math.inf
            listed = await self._store.zrevrangebyscore(
                keys.user_sessions(self._user_id), newest, -math.inf, offset, SESSIONS_AHEAD, withscores=True
            )
            if not listed:
                return None
            offset += len(listed)
            found = [Place(activity, session_id) for session_id, activity in listed]
            self._ahead = [each for each in found if not place or each[:2] < place[:2]]
        return self._ahead.pop(0)

    async def _compare(self, place: Place) -> Place:
        """Compares messages of one read. Returns where the search goes on."""
        self._reads += 1
        args = (self._user_id, place.position, place.after, READ_MESSAGES, READ_BYTES)
        match await run(self._store, ScriptCall(SCAN, keys.history(place.session_id), args, _read)):
            case _Read() as read:
                return await self._compare_read(place, read)
            case "not_taken_over":
                self._bytes += TAKEOVER_BYTES
                await run(self._store, takeover_call(self._settings, place.session_id))
                return place
            case _:
                return place._replace(position=-1)

    async def _compare_read(self, place: Place, read: _Read) -> Place:
        if place.position == BEGIN:
            self._sessions += 1
            place = place._replace(position=BEGIN - 1)
            if found := await self._find(read.title):
                self._add(place, read, found, timestamp=read.updated_at)
        for position, text in read.messages:
            if self._is_full():
                return place
            self._messages += 1
            self._bytes += len(text.encode())
            message = json.loads(text)
            if found := await self._find(message["content"]):
                given = {name: message[name] for name in ("role", "timestamp")}
                self._add(place, read, found, message_id=message["id"], **given)
            place = place._replace(position=position - 1, after=message["id"])
        return place._replace(position=read.position, after=read.after)

    def _add(self, place: Place, read: _Read, found: Excerpt, **given: Any) -> None:
        self._hits.append(
            Hit(
                session_id=place.session_id,
                title=read.title,
                excerpt=found.text,
                ranges=found.ranges,
                archived=place.activity < 0,  # see `chat/scripts/marks.lua`
                **given,
            )
        )

    async def _find(self, text: str) -> Excerpt | None:
        """As `matching.find`, but other requests have their turn meanwhile."""
        occurrences = Occurrences(self._query)
        for begin, piece in pieces(text):
            if time.monotonic() - self._since > SHARE_SECONDS:
                await asyncio.sleep(0)
                self._since = time.monotonic()
            occurrences.add(begin, piece)
            if not occurrences.missing and occurrences.first:
                return excerpt(self._query, text, occurrences.first)
        return None


def _bad_cursor() -> BadCursor:
    return BadCursor("The cursor is not one of a search. Use the last answer's cursor, or leave it out to begin anew.")


def _read(answer: Sequence[Any]) -> _Read | str:
    match answer:
        case ["messages", title, updated_at, position, after, found]:
            messages = list(zip(map(int, found[::2]), found[1::2], strict=True))
            return _Read(title or "", float(updated_at or 0), position, after, messages)
        case _:
            return str(answer[0])
