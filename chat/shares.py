"""Makes, lists, revokes and reads share links: addresses at which a branch of a session is read without an identity."""

import secrets
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from chat import keys
from chat.errors import UnknownMessage, UnknownSession
from chat.history import PAGE_BYTES
from chat.messages import Message
from chat.settings import Settings
from chat.share_errors import MAX_OF_SESSION, NothingToShare, TooManyShares, TooManySharesHere, UnknownShare
from chat.share_index import Noted, ShareIndex
from chat.store import Argument, Redis, Script, ScriptCall, batch_each, results, run
from chat.takeover import take_over

ShareKind = Literal["frozen", "live"]

LINK_BYTES = 20
"""Random bytes of a secret id, 160 bits: too many to guess one."""

SHARE = Script("share")
SHARE_LIST = Script("share_list")
SHARED = Script("shared")
SHARED_FILE = Script("shared_file")
UNSHARE = Script("unshare")


class Share(BaseModel):
    """A share link as the session has it; times in seconds since the epoch, `expires_at` 0 = never.

    `link`: the secret id, which opens it. `title`: the session's title as it was; None of a live one.
    """

    model_config = ConfigDict(frozen=True)

    link: str
    kind: ShareKind
    created_at: int
    expires_at: int
    title: str | None = None

    @property
    def lifetime(self) -> int:
        """Returns for how many seconds the link was made, 0 = for ever."""
        return self.expires_at - self.created_at if self.expires_at else 0


class OwnShare(NamedTuple):
    """A share link for its owner. `title`: the session's title now."""

    session_id: str
    share_id: str
    share: Share
    title: str


class SharedPage(NamedTuple):
    """A page of what a share link shows, oldest message first.

    `has_more`: there are earlier messages. `is_running`: a reply to the newest message is being written.
    """

    share: Share
    title: str
    messages: list[Message]
    has_more: bool
    is_running: bool


class Shares:
    """All steps of share links. Those of the owner raise `UnknownSession`, those of readers `UnknownShare`."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._index = ShareIndex(store)

    async def make(self, user_id: str, session_id: str, kind: ShareKind, seconds: int) -> OwnShare:
        """Makes a link that expires after so many seconds, 0 = never.

        Raises `NothingToShare`, `TooManySharesHere` or `TooManyShares`; then nothing was stored.
        """
        if not keys.is_session_id(session_id):
            raise UnknownSession
        link_id = secrets.token_hex(LINK_BYTES)
        noted = Noted(session_id, keys.share_of(link_id))
        args = (user_id, noted.share_id, link_id, kind, seconds, MAX_OF_SESSION)
        share, title = _made(await self._run(SHARE, session_id, *args))
        if not await self._index.add(user_id, noted, seconds):
            await self.of_user(user_id)  # which removes those that do not exist any more
            if not await self._index.add(user_id, noted, seconds):
                await self.revoke(user_id, session_id, noted.share_id)
                raise TooManyShares
        return OwnShare(session_id, noted.share_id, share, title)

    async def of_session(self, user_id: str, session_id: str) -> list[OwnShare]:
        """Returns the links of a session, newest first."""
        await self._check_owner(user_id, session_id)
        found = await run(self._store, _list_call(user_id, session_id))
        known = {each.share_id for each in await self._index.listed(user_id)}
        for each in found:
            if each.share_id not in known:  # the process died that made it
                await self._index.add(user_id, Noted(session_id, each.share_id), each.share.lifetime)
        return _newest_first(found)

    async def of_user(self, user_id: str) -> list[OwnShare]:
        """Returns all links of the user, newest first."""
        noted = await self._index.listed(user_id)
        session_ids = dict.fromkeys(each.session_id for each in noted)
        answers = await batch_each(self._store, [_list_call(user_id, each) for each in session_ids])
        found = [share for of_session in results(answers) for share in of_session]
        known = {each.share_id for each in found}
        await self._index.remove(user_id, [each for each in noted if each.share_id not in known])
        return _newest_first(found)

    async def revoke(self, user_id: str, session_id: str, share_id: str) -> None:
        """Removes a link at once. Raises `UnknownShare` where the session has no such one."""
        await self._check_owner(user_id, session_id)
        call = ScriptCall(UNSHARE, [keys.session(session_id)], (user_id, share_id), str)
        is_removed = await run(self._store, call) == "removed"
        # It leads here without a record where the answer was lost before, or the process died.
        if not is_removed and await self._index.session_of(share_id) != session_id:
            raise UnknownShare
        await self._index.remove(user_id, [Noted(session_id, share_id)])

    async def read(self, link_id: str, limit: int, before: str = "") -> SharedPage:
        """Returns the newest messages that a link shows, or those before one. Raises `UnknownMessage`, too."""
        share_id, session_id = await self._follow(link_id)
        answer = await self._run(SHARED, session_id, share_id, limit, PAGE_BYTES, before)
        match answer:
            case ["page", text, title, messages, has_more, is_running]:
                share = Share.model_validate_json(text)
                found = [Message.from_json(each) for each in reversed(messages)]
                shown = title if share.title is None else share.title
                return SharedPage(share, shown, found, bool(has_more), bool(is_running))
            case ["unknown_message"]:
                raise UnknownMessage
            case _:
                await self._index.forget(share_id)
                raise UnknownShare

    async def owner_of_file(self, link_id: str, message_id: str, file_id: str) -> str:
        """Returns the user whose file a link shows with a message."""
        share_id, session_id = await self._follow(link_id)
        names = keys.history(session_id)[:3]
        call = ScriptCall(SHARED_FILE, names, (share_id, message_id, file_id), str)
        if not (user_id := await run(self._store, call)):
            raise UnknownShare
        return user_id

    async def erase(self, user_id: str) -> None:
        """Removes what is left of the user's links after all sessions are deleted."""
        await self._index.remove(user_id, await self._index.listed(user_id))

    async def _follow(self, link_id: str) -> tuple[str, str]:
        """Returns the share id and the session id of a link."""
        if not keys.is_link_id(link_id):
            raise UnknownShare
        share_id = keys.share_of(link_id)
        if not (session_id := await self._index.session_of(share_id)):
            raise UnknownShare
        return share_id, session_id

    async def _check_owner(self, user_id: str, session_id: str) -> None:
        if not keys.is_session_id(session_id):
            raise UnknownSession
        if await self._store.execute_command("HGET", keys.session(session_id), "user_id") != user_id:
            raise UnknownSession

    async def _run(self, script: Script, session_id: str, *args: Argument) -> Sequence[Any]:
        call = ScriptCall(script, keys.history(session_id), args, _as_it_is)
        while (answer := await run(self._store, call))[0] == "not_taken_over":
            await take_over(self._store, self._settings, session_id)
        return answer


def _as_it_is(answer: Sequence[Any]) -> Sequence[Any]:
    return answer


def _made(answer: Sequence[Any]) -> tuple[Share, str]:
    match answer:
        case ["shared", text, title]:
            return Share.model_validate_json(text), title
        case ["too_many"]:
            raise TooManySharesHere
        case ["empty"]:
            raise NothingToShare
        case _:
            raise UnknownSession


def _list_call(user_id: str, session_id: str) -> ScriptCall[list[OwnShare]]:
    def read(answer: Sequence[str]) -> list[OwnShare]:
        title, *found = answer or [""]
        pairs = zip(found[::2], found[1::2], strict=True)
        return [OwnShare(session_id, share_id, Share.model_validate_json(text), title) for share_id, text in pairs]

    return ScriptCall(SHARE_LIST, keys.history(session_id)[:3], (user_id,), read)


def _newest_first(shares: list[OwnShare]) -> list[OwnShare]:
    return sorted(shares, key=lambda each: (each.share.created_at, each.share_id), reverse=True)
