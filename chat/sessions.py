"""Creates, lists, renames, clears and deletes sessions, and reads their messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from chat import keys, messages
from chat.branches import Branches
from chat.empty_sessions import EmptySessions
from chat.errors import UnknownSession
from chat.history import PAGE_MESSAGES, HistoryPages, Part, WaitingQuestion
from chat.marks import MarksChange
from chat.messages import Message
from chat.session_list import SHOWN, SessionList, TagCount, View
from chat.session_record import LISTED, Session
from chat.session_settings import NOTHING_SET, SessionSettings
from chat.settings import Settings
from chat.share_index import ShareIndex
from chat.store import Redis, Script, ScriptCall, batch_each, run
from chat.stored_bytes import SessionSize, StoredBytes
from chat.takeover import take_over
from chat.turn_removal import SLICE, TurnRemoval, TurnState, turn_keys

PAGE_ROUNDS = 10
"""How often at most a page of sessions is read again because sessions on it have expired."""

CONFIGURE = Script("configure")
PROLONG = Script("prolong")
CLEAR = Script("clear")
DELETE = Script("delete")
RENAME = Script("rename")
TITLE = Script("title")


@dataclass(frozen=True)
class History:
    """A session and a consistent page of one of its branches, oldest message first.

    `total`: number of messages of the branch. `has_more`, `has_later`: there are messages before these, and after
    them. `waiting`: the questions that wait, in order. `is_shown`: the branch is the one that is shown; while a reply
    runs, that is the one to its question.
    """

    session: Session
    messages: list[Message]
    total: int
    has_more: bool
    has_later: bool
    waiting: list[WaitingQuestion]
    is_shown: bool


class Sessions:
    """All steps of sessions on the store.

    All that take a user and a session raise `UnknownSession` for one that is missing or another user's.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._pages = HistoryPages(store, settings)
        self._stored = StoredBytes(store, settings)
        self._removal = TurnRemoval(store)
        self._shares = ShareIndex(store)
        self.branches = Branches(store, settings)
        self.list = SessionList(store, settings)
        self.empty = EmptySessions(store, settings, self.list)

    async def create(
        self,
        user_id: str,
        persona: str,
        settings: SessionSettings = NOTHING_SET,
        *,
        context: int | None = None,
    ) -> Session:
        """Creates a session. Raises `TooManySessions`; then nothing was stored.

        `context`: how many earlier messages a prompt has, instead of `CONTEXT_MESSAGES`.
        """
        session_id = str(uuid4())
        given = (*settings.pairs(), "context_messages", "" if context is None else str(context))
        now = await self.empty.create(user_id, session_id, persona, given)
        fields = {"user_id": user_id, "title": "", "persona": persona, "created_at": now, "updated_at": now}
        return Session.from_hash(session_id, fields)

    async def turn_opened(self, size: SessionSize, *, has_record: bool = False) -> None:
        """Moves the session to the top of its user's list, if it is on it, and counts its bytes.

        An archived session is not archived any more.
        """
        touch = self.list.touch_call(size.user_id, size.session_id)
        await self._stored.opened(size, touch, has_record=has_record)

    async def get(self, user_id: str, session_id: str) -> Session:
        """Returns a session without its marks."""
        _check(session_id)
        return _owned(user_id, session_id, await self._store.execute_command("HGETALL", keys.session(session_id)))

    async def marked(self, user_id: str, session_id: str) -> Session:
        """Returns a session with its marks and the number of its waiting questions."""
        session = await self.get(user_id, session_id)
        marks = await self.list.marks(user_id, session_id)
        waiting = await self._store.execute_command("LLEN", keys.waiting(session_id))
        return session.model_copy(update={**dict(marks), "waiting": waiting})

    async def mark(self, user_id: str, session_id: str, change: MarksChange) -> None:
        """Changes a session's marks. Raises `TooManyPinned` or `TooManyTags`."""
        await self.get(user_id, session_id)
        await self.list.mark(user_id, session_id, change)

    async def history(
        self,
        user_id: str,
        session_id: str,
        limit: int = PAGE_MESSAGES,
        before: str = "",
        *,
        branch: str = "",
        around: str = "",
        after: str = "",
    ) -> History:
        """Returns the session with its newest messages, or with others.

        At most `limit` of them, fewer where they are large. The others: as in `history.Part`. Raises
        `UnknownMessage` where one of these messages does not exist.
        """
        _check(session_id)
        page = await self._pages.read(user_id, session_id, limit, Part(before, branch, around, after))
        session = _owned(user_id, session_id, page.fields)
        if "has_messages" in page.fields and not page.total:  # all messages have expired
            session.trimmed = True
        has_more, has_later = page.earlier > 0, page.later > 0
        return History(session, page.messages, page.total, has_more, has_later, page.waiting, page.is_shown)

    async def message(self, session_id: str, message_id: str) -> Message | None:
        """Returns one message, without a check of the user."""
        text = await self._store.execute_command("HGET", keys.tree(session_id), message_id)
        return Message.from_json(text) if text else None

    async def reply(self, turn_id: str) -> Message | None:
        """Returns the stored reply of a turn, without a check of the user."""
        session_id = keys.session_of(turn_id)
        if found := await self._reply(turn_id):
            return found
        await take_over(self._store, self._settings, session_id)
        return await self._reply(turn_id)

    async def _reply(self, turn_id: str) -> Message | None:
        session_id = keys.session_of(turn_id)
        if found := await self.message(session_id, messages.reply_id(turn_id)):
            return found
        legacy = await self._store.execute_command("HGET", keys.tree(session_id), f"t:{keys.number_of(turn_id)}")
        return await self.message(session_id, legacy) if legacy else None

    async def page(self, user_id: str, limit: int, offset: int, view: View = SHOWN) -> tuple[list[Session], int]:
        """Returns a page of the user's sessions, pinned ones first, then newest first, and the number of all."""
        sessions, total = list[Session](), 0
        for _ in range(PAGE_ROUNDS):
            marks, total = await self.list.page(user_id, limit, offset, view)
            found = await self._load(list(marks))
            sessions = [Session.from_hash(each, fields, marks[each]) for each, fields in found.items() if fields]
            await self._prolong(user_id, found)
            expired = [session_id for session_id, fields in found.items() if not fields]
            if not expired:
                break
            await self.list.remove(user_id, *expired)
        return sessions, total

    async def tags(self, user_id: str) -> list[TagCount]:
        """Returns the tags that the user's sessions have, in alphabetical order, with their numbers."""
        counts, unlisted = await self.list.tags(user_id)
        if gone := [session_id for session_id, fields in (await self._load(unlisted)).items() if not fields]:
            await self.list.remove(user_id, *gone)
            counts, _ = await self.list.tags(user_id)
        return counts

    async def _prolong(self, user_id: str, found: dict[str, dict[str, str]]) -> None:
        """Keeps sessions that processes of 0.1.0 wrote as long as today's, once for each: else they expire in days."""
        kept = self._settings.keep_session, self._settings.keep_history
        calls = [
            ScriptCall(PROLONG, [keys.session(session_id), keys.messages(session_id)], kept, bool)
            for session_id, fields in found.items()
            if fields.get("title") and not fields.keys() & {"head", "kept"}
        ]
        if calls:  # a full store refuses them: then the next reading of the list keeps the sessions
            await batch_each(self._store, calls)
            await self.list.renew(user_id)

    async def _load(self, ids: list[str]) -> dict[str, dict[str, str]]:
        async with self._store.pipeline(transaction=False) as pipe:
            for session_id in ids:
                pipe.hmget(keys.session(session_id), LISTED)
                pipe.llen(keys.waiting(session_id))
            found = await pipe.execute()
        return {
            session_id: _given(values, waiting)
            for session_id, values, waiting in zip(ids, found[::2], found[1::2], strict=True)
        }

    async def configure(self, user_id: str, session_id: str, settings: SessionSettings) -> None:
        """Sets what is given of the settings, and removes what is given as None."""
        _check(session_id)
        args = (user_id, *settings.pairs())
        if not await run(self._store, ScriptCall(CONFIGURE, [keys.session(session_id)], args, bool)):
            raise UnknownSession

    async def rename(self, user_id: str, session_id: str, title: str) -> Session:
        _check(session_id)
        if not await run(self._store, ScriptCall(RENAME, [keys.session(session_id)], (user_id, title), bool)):
            raise UnknownSession
        return await self.get(user_id, session_id)

    async def awaits_title(self, session_id: str) -> bool:
        """Whether the session's title is still the one taken from its first question. Direct sessions need none."""
        name = keys.session(session_id)
        title_from, is_direct = await self._store.execute_command("HMGET", name, "title_from", "direct")
        return bool(title_from == "question" and not is_direct)

    async def to_name(self, session_id: str) -> tuple[list[Message], int]:
        """Returns the newest question with its reply, and the session's `cuts`: a later edit of messages voids a title.

        A question after them, which waits for its reply, is left out. Raises `UnknownSession`.
        """
        user_id = await self._store.execute_command("HGET", keys.session(session_id), "user_id")
        page = await self._pages.read(user_id or "", session_id, 3)
        ends_with_question = page.messages and page.messages[-1].role == "user"
        answered = page.messages[:-1] if ends_with_question else page.messages
        return answered[-2:], int(page.fields.get("cuts", 0))

    async def give_title(self, session_id: str, title: str, cuts: int, newest: Message) -> bool:
        """Replaces the title taken from the first question ("" = keep that for good). Returns whether there was one.

        `newest`: the last message that the title was made from; the title is removed with it. `cuts`: from `to_name`.
        """
        args = (title, cuts, newest.depth)
        return await run(self._store, ScriptCall(TITLE, [keys.session(session_id)], args, bool))

    async def clear(self, user_id: str, session_id: str) -> str | None:
        """Removes the messages and turns. Returns the id of the active turn, if any, which the caller stops."""
        while True:
            active = (await self.get(user_id, session_id)).active_turn or ""
            await self._removal.drop_oldest(user_id, session_id, keep=SLICE)
            turn_ids = await self._store.zrange(keys.turns(session_id), 0, -1)
            states = await self._removal.states_of([turn_id for turn_id in turn_ids if turn_id != active])
            cleared = await run(self._store, _clear_call(user_id, session_id, active, states))
            if cleared.status == "unknown":
                raise UnknownSession
            if cleared.status == "cleared":
                await self._removal.free_slots(user_id, states)
                await self._stored.cleared(user_id, session_id, cleared.revision)
                await self._shares.remove_session(user_id, session_id)
                return active or None

    async def delete(self, user_id: str, session_id: str) -> dict[str, str]:
        """Deletes the session and all its data; readers and workers of its turns find the turns gone.

        Returns the ids of its turns that may have jobs, with the positions of their models' replies ("" = none): the
        caller drops the jobs, removes the open turns, and stops responses that models make in the background.
        If there are more than `SLICE` turns, the older ones are deleted in slices after the session. If this process
        dies meanwhile, the rest of them, which are all over, expires as usual (`LOG_TTL`).
        """
        await self.get(user_id, session_id)
        answer, states = "changed", dict[str, TurnState]()
        while answer == "changed":
            states = await self._removal.states_of(await self._store.zrevrange(keys.turns(session_id), 0, SLICE - 1))
            answer = await run(self._store, _delete_call(user_id, session_id, self._settings.log_ttl, states))
        # "unknown" means that another call, or the first of two sendings of this one, has deleted the session.
        await self.list.remove(user_id, session_id)
        with_jobs = await self._removal.free_slots(user_id, states)
        with_jobs |= await self._removal.drop_oldest(user_id, session_id)
        await self._stored.deleted(user_id, session_id)
        await self._shares.remove_session(user_id, session_id)
        return with_jobs


class _Cleared(NamedTuple):
    """The answer of `clear.lua`, with the session's revision where it was cleared."""

    status: str
    revision: int = 0


def _clear_call(user_id: str, session_id: str, active: str, turn_ids: Collection[str]) -> ScriptCall[_Cleared]:
    turn_key = keys.turn(active or f"{session_id}.0")
    names = (*keys.history(session_id), keys.turns(session_id), turn_key)
    return ScriptCall(CLEAR, [*names, *turn_keys(turn_ids)], (user_id, active, *turn_ids), _cleared)


def _cleared(answer: Sequence[Any]) -> _Cleared:
    return _Cleared(*answer)


def _delete_call(user_id: str, session_id: str, kept_seconds: int, turn_ids: Collection[str]) -> ScriptCall[str]:
    names = (
        keys.session(session_id),
        keys.messages(session_id),
        keys.turns(session_id),
        keys.idempotency(session_id),
        keys.idempotency_times(session_id),
        keys.tree(session_id),
        keys.order(session_id),
        keys.waiting(session_id),
    )
    return ScriptCall(DELETE, [*names, *turn_keys(turn_ids)], (user_id, SLICE, kept_seconds, *turn_ids), str)


def _given(values: Sequence[str | None], waiting: int) -> dict[str, str]:
    """Returns the fields of a listed session that it has; none where it has expired."""
    given = {name: value for name, value in zip(LISTED, values, strict=True) if value is not None}
    return {**given, "waiting": str(waiting)} if given else {}


def _owned(user_id: str, session_id: str, fields: dict[str, str]) -> Session:
    if fields.get("user_id") != user_id:
        raise UnknownSession
    return Session.from_hash(session_id, fields)


def _check(session_id: str) -> None:
    if not keys.is_session_id(session_id):
        raise UnknownSession
