"""Asks for clients of other protocols: from a request to a queued turn and its followed reply."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from starlette.requests import Request

from api.limits.user_concurrency import UserConcurrency
from api.opening import Opening
from api.protocols.connected import while_connected
from api.protocols.errors import ServerRestarting
from api.protocols.pictures import Pictures
from api.protocols.prompts import Prompt, Repeats
from api.protocols.translation import Translation, form_of
from api.streaming.cursor import Cursor
from api.streaming.event_stream import EventStream
from api.streaming.open_streams import StreamSlot
from api.turn_streams import TurnStreams
from chat.asked import AskedRequests
from chat.direct_sessions import DirectSessions
from chat.errors import HoldfastError, UnknownSession
from chat.events import End, Error, parse
from chat.messages import Message
from chat.personas import Personas, default_of
from chat.questions import Question
from chat.session_settings import NOTHING_SET
from chat.sessions import Sessions
from chat.store import RedisError
from chat.turns import Turns

MAX_CONTEXT = 200
"""Earlier messages that a prompt has in a session that a client of another protocol began."""


@dataclass(frozen=True)
class Asked:
    """A turn that was asked for. `slot`: of its stream, which `follow` or `whole` keeps."""

    turn_id: str
    session_id: str
    is_new: bool
    slot: StreamSlot | None = None
    trace: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a turn ended. `reply`: what is stored of it; None where nothing was kept."""

    last: End | Error
    reply: Message | None


class Asking:
    """Opens the turns of requests, each of them once, and answers with their replies."""

    def __init__(
        self,
        *,
        personas: Personas,
        sessions: Sessions,
        direct_sessions: DirectSessions,
        asked: AskedRequests,
        turns: Turns,
        opening: Opening,
        turn_streams: TurnStreams,
        pictures: Pictures,
        user_concurrency: UserConcurrency,
    ) -> None:
        self._persona = default_of(personas)
        self._sessions = sessions
        self._direct_sessions = direct_sessions
        self._asked = asked
        self._turns = turns
        self._opening = opening
        self._turn_streams = turn_streams
        self._pictures = pictures
        self._user_concurrency = user_concurrency

    async def ask(self, user: str, prompt: Prompt, address: str, trace: str = "", *, follows: bool = True) -> Asked:
        """Opens the request's turn, or finds the one that the same request has opened before.

        `address`, `trace`: as in `Opening.ask`. With `follows`, the result has the slot of a stream, which is taken
        before anything is asked. Raises a `HoldfastError`; then nothing was asked.
        """
        prompt.check()
        async with self._user_concurrency.slot(user), self._session(user, prompt) as (session_id, is_repeat):
            slot = await self._turn_streams.enter(user, session_id, returns=is_repeat) if follows else None
            try:
                question, asked = prompt.question(session_id), None
                if is_repeat or prompt.session_id:
                    asked = await self._earlier(user, question, may_repeat=is_repeat or prompt.may_repeat)
                return replace(asked or await self._open(user, question, address, trace), slot=slot, trace=trace)
            except BaseException:
                if slot:
                    self._turn_streams.leave(slot)
                raise

    async def asked_before(self, user: str, prompt: Prompt) -> str | None:
        """Returns the turn that the same key has opened in the prompt's session, if any."""
        earlier = await self._earlier(user, prompt.question(prompt.session_id), may_repeat=True)
        return earlier.turn_id if earlier else None

    def follow(self, asked: Asked, translation: Translation, headers: Mapping[str, str]) -> EventStream:
        """Returns the response that streams the whole reply. A client that leaves does not stop the turn."""
        assert asked.slot
        form = form_of(translation, headers)
        return self._turn_streams.respond(Cursor(asked.turn_id, 0), asked.slot, asked.trace, form=form)

    async def whole(self, asked: Asked, request: Request) -> Outcome:
        """Waits for the turn's end. Returns how it ended.

        Raises `ServerRestarting` at a shutdown: the client asks again and gets this turn. Raises `ClientLeft`.
        """
        assert asked.slot
        last = await while_connected(request, self._turn_streams.wait(asked.turn_id, asked.slot))
        if last is None:
            raise ServerRestarting
        event = parse(last.json)
        assert isinstance(event, End | Error)
        return Outcome(event, await self._turn_streams.reply(asked.turn_id))

    @asynccontextmanager
    async def _session(self, user: str, prompt: Prompt) -> AsyncIterator[tuple[str, bool]]:
        """Yields the session in which to ask, and whether the same request was asked there before.

        Removes a session that it has created for nothing.
        """
        if prompt.session_id:
            yield prompt.session_id, False
            return
        created = await self._create(user, prompt)
        try:
            session_id = await self._session_of(user, prompt.repeats, created)
            yield session_id, session_id != created
        except HoldfastError:  # after any other error the turn may be there
            await self._remove(user, prompt, created)
            raise
        if session_id != created:
            await self._remove(user, prompt, created)

    async def _create(self, user: str, prompt: Prompt) -> str:
        if not prompt.is_listed:
            return await self._direct_sessions.create(user, self._persona)
        return (await self._sessions.create(user, self._persona, NOTHING_SET, context=MAX_CONTEXT)).session_id

    async def _remove(self, user: str, prompt: Prompt, session_id: str) -> None:
        """Removes an empty session. Where that fails, a direct one is removed later, and another one stays empty."""
        with suppress(UnknownSession, RedisError, OSError):
            if prompt.is_listed:
                await self._sessions.delete(user, session_id)
            else:
                await self._direct_sessions.remove(user, session_id)

    async def _session_of(self, user: str, repeats: Repeats, created: str) -> str:
        if repeats.key:
            return await self._asked.by_key(user, repeats.key, created)
        return await self._asked.by_digest(user, repeats.fingerprint, created, is_retry=repeats.is_retry)

    async def _earlier(self, user: str, question: Question, *, may_repeat: bool) -> Asked | None:
        """Returns the turn that the same request has opened before, so that its pictures are not stored again.

        Without `may_repeat` this is another question, and the next repetition is one of it.
        """
        turn_id = await self._turns.opened_before(user, question)
        if turn_id is None:
            return None
        if not may_repeat:
            await self._turns.end_is_read(question, turn_id)
            return None
        await self._opening.ensure_queued(await self._turns.get(turn_id))
        return Asked(turn_id, question.session_id, is_new=False)

    async def _open(self, user: str, question: Question, address: str, trace: str) -> Asked:
        if question.request:
            stored = await self._pictures.stored(user, question.request)
            question = replace(question, request=stored, file_ids=tuple(dict.fromkeys(stored.file_ids())))
        opened = await self._opening.ask(user, question, address, trace)
        return Asked(opened.turn_id, question.session_id, opened.is_new)
