"""Lists a user's sessions in their order, with what the user has marked: pinned, archived, tags."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter

from chat import keys
from chat.errors import UnknownSession
from chat.list_errors import TooManyPinned, TooManyTags
from chat.marks import Marks, MarksChange
from chat.settings import Settings
from chat.store import Argument, Redis, Script, ScriptCall, run

T = TypeVar("T")

STRINGS = TypeAdapter(list[str])

MAX_PINNED = 50
MAX_TAGS = 100
"""Limits of one user: pinned sessions, and different tags. `chat.list_errors` names both."""

SLICE = 500
"""Sessions whose ids are read in one round trip."""

CHECKED = 200
"""Sessions with marks that are compared with the list each time that tags are counted."""

LIST = Script("list")
LISTED = Script("listed")
MARK = Script("mark")
TAGS = Script("tags")
TOUCH = Script("touch")
UNLIST = Script("unlist")


class View(NamedTuple):
    """Which sessions are listed: archived ones or the others, all of them or those with a tag ("" = all)."""

    archived: bool = False
    tag: str = ""


SHOWN = View()


class Listed(NamedTuple):
    """A page of a view: ids with their marks in the order of the list, and the number of all sessions in the view."""

    marks: dict[str, Marks]
    total: int


class TagCount(BaseModel):
    """A tag, and the numbers of its sessions: of those that are not archived, and of those that are."""

    tag: str
    sessions: int
    archived: int


class Tags(NamedTuple):
    """A user's tags. `unlisted`: archived sessions that a process of 0.1.0 has deleted, or dropped from its list."""

    counts: list[TagCount]
    unlisted: list[str]


class SessionList:
    """The steps on a user's list. Each is one script, whose work depends on the page that is asked for."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._limit = settings.max_sessions_per_user
        self._kept = settings.keep_session

    async def add(self, user_id: str, session_id: str, at: float | str = "") -> bool:
        """Adds a session, `at` a time in seconds ("" = now). Returns whether the limit of sessions allows it."""
        return await run(self._store, _call(LIST, user_id, (session_id, self._limit, self._kept, at), bool))

    async def has(self, user_id: str, session_id: str) -> bool:
        """Returns whether a session is on the list."""
        return await self._store.zscore(keys.user_sessions(user_id), session_id) is not None

    def touch_call(self, user_id: str, session_id: str) -> ScriptCall[int]:
        """Returns the call that moves a session to the top of the list; an archived one is not archived any more."""
        return _call(TOUCH, user_id, (session_id, self._kept), int)

    async def renew(self, user_id: str) -> None:
        """Keeps the list and the marks for as long as a session that is used now."""
        await run(self._store, self.touch_call(user_id, ""))

    async def page(self, user_id: str, limit: int, offset: int, view: View = SHOWN) -> Listed:
        """Returns a page: pinned sessions first, then by last activity, newest first."""
        args = (int(view.archived), view.tag, offset, limit)
        return await run(self._store, _call(LISTED, user_id, args, _listed))

    async def remove(self, user_id: str, *session_ids: str) -> None:
        """Removes sessions with their marks."""
        await run(self._store, _call(UNLIST, user_id, session_ids, int))

    async def mark(self, user_id: str, session_id: str, change: MarksChange) -> Marks:
        """Changes a session's marks. Returns them.

        Raises `TooManyPinned`, `TooManyTags`, or `UnknownSession` for one that is not on the list.
        """
        tags = "" if change.tags is None else _json(change.tags)
        args = (session_id, _flag(change.pinned), _flag(change.archived), tags, MAX_PINNED, MAX_TAGS, self._kept)
        return await run(self._store, _call(MARK, user_id, args, _marked))

    async def marks(self, user_id: str, session_id: str) -> Marks:
        """Returns the marks of a session; none for one that is not on the list."""
        name = keys.session_marks(user_id)
        return Marks.from_json(await self._store.execute_command("HGET", name, session_id))

    async def tags(self, user_id: str) -> Tags:
        """Returns the tags that sessions have, in alphabetical order."""
        return await run(self._store, _call(TAGS, user_id, (CHECKED,), _counted))

    async def ids(self, user_id: str) -> list[str]:
        """Returns the ids of all sessions in the order of the list, archived ones last."""
        found = list[str]()
        for name in (keys.user_sessions(user_id), keys.archived_sessions(user_id)):
            start = 0
            while part := await self._store.zrevrange(name, start, start + SLICE - 1):
                found += part
                start += len(part)
        return list(dict.fromkeys(found))


def _call(script: Script, user_id: str, args: Sequence[Argument], read: Callable[[Any], T]) -> ScriptCall[T]:
    return ScriptCall(script, keys.session_lists(user_id), args, read)


def _flag(value: bool | None) -> str:
    return "" if value is None else str(int(value))


def _json(tags: Sequence[str]) -> str:
    return STRINGS.dump_json(list(tags)).decode()


def _listed(answer: Sequence[Any]) -> Listed:
    total, *found = answer
    marks = {session_id: Marks.from_json(text) for session_id, text in zip(found[::2], found[1::2], strict=True)}
    return Listed(marks, total)


def _marked(answer: Sequence[Any]) -> Marks:
    match answer:
        case ["marked", text]:
            return Marks.from_json(text)
        case ["too_many_pinned"]:
            raise TooManyPinned
        case ["too_many_tags"]:
            raise TooManyTags
        case _:
            raise UnknownSession


def _counted(answer: Sequence[Any]) -> Tags:
    unlisted, counted = answer
    found = zip(counted[::3], counted[1::3], counted[2::3], strict=True)
    counts = [TagCount(tag=tag, sessions=shown, archived=archived) for tag, shown, archived in found]
    used = [each for each in counts if each.sessions or each.archived]
    return Tags(sorted(used, key=lambda each: (each.tag.casefold(), each.tag)), unlisted)
