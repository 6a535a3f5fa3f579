"""Asks for clients of other protocols: from a request to a queued turn and its followed reply."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request

from api.limits.user_concurrency import UserConcurrency
from api.opening import Opening
from api.protocols.connected import while_connected
from api.protocols.errors import ServerRestarting
from api.protocols.pictures import Pictures
from api.protocols.prompt_sessions import PromptSessions
from api.protocols.prompts import Prompt
from api.protocols.tool_servers import check_servers
from api.protocols.translation import Translation, form_of
from api.streaming.cursor import Cursor
from api.streaming.event_stream import EventStream
from api.streaming.open_streams import StreamSlot
from api.turn_streams import TurnStreams
from chat.events import End, Error, parse
from chat.keys import session_of
from chat.messages import Message
from chat.questions import Question
from chat.settings import Settings
from chat.turns import Turns


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
        places: PromptSessions,
        turns: Turns,
        opening: Opening,
        turn_streams: TurnStreams,
        pictures: Pictures,
        user_concurrency: UserConcurrency,
        settings: Settings,
    ) -> None:
        self._places = places
        self._turns = turns
        self._opening = opening
        self._turn_streams = turn_streams
        self._pictures = pictures
        self._user_concurrency = user_concurrency
        self._settings = settings

    async def ask(self, user: str, prompt: Prompt, address: str, trace: str = "", *, follows: bool = True) -> Asked:
        """Opens the request's turn, or finds the one that the same request has opened before.

        `address`, `trace`: as in `Opening.ask`. With `follows`, the result has the slot of a stream, which is taken
        before anything is asked. Raises a `HoldfastError`; then nothing was asked.
        """
        prompt.check()
        check_servers(prompt.request.servers, prompt.model, self._settings)
        async with self._user_concurrency.slot(user), self._places.entered(user, prompt) as (session_id, is_repeat):
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

    async def again(self, user: str, turn_id: str, trace: str = "", *, follows: bool = True) -> Asked:
        """Returns a turn that was asked before, with the slot of a stream where it `follows`."""
        session_id = session_of(turn_id)
        slot = await self._turn_streams.enter(user, session_id, returns=True) if follows else None
        return Asked(turn_id, session_id, is_new=False, slot=slot, trace=trace)

    async def asked_before(self, user: str, prompt: Prompt) -> str | None:
        """Returns the turn that the same key has opened in the prompt's session, if any."""
        earlier = await self._earlier(user, prompt.question(prompt.session_id), may_repeat=True)
        return earlier.turn_id if earlier else None

    def follow(
        self, asked: Asked, translation: Translation, headers: Mapping[str, str], *, pauses: bool = False
    ) -> EventStream:
        """Returns the response that streams the whole reply. A client that leaves does not stop the turn.

        `pauses` as in `Form`.
        """
        assert asked.slot
        form = form_of(translation, headers, pauses=pauses)
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
