"""Opens turns: from a request to a queued turn."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from api.health.metrics import Metrics
from api.roles import chosen_model, chosen_role, own_persona
from api.stopping import Stopping
from api.turn_schemas import TurnRequest
from chat import keys
from chat.attachments import Attachment
from chat.continued import check_continuable
from chat.errors import (
    HoldfastError,
    InvalidRequest,
    MessageEmpty,
    MessageTooLong,
    QueueFull,
    QueueSlow,
    QuotaReached,
    StoreFull,
    StoreWritesRefused,
    TooManyTurns,
    TooManyTurnsHere,
    TurnRunning,
    UnknownRole,
    UnknownSession,
)
from chat.files.errors import ModelWithoutVision, UnknownFile
from chat.files.files import Files
from chat.files.vision import can_see
from chat.own_personas import OwnPersonas
from chat.personas import Personas
from chat.questions import Question
from chat.queue import Queue
from chat.session_record import Session
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import RedisError, ResponseError
from chat.store.errors import note, problem_of, refuses_write
from chat.store.memory import StoreMemory
from chat.telemetry.traces import Traces
from chat.turn_record import Turn
from chat.turns import Opened, Turns

NOTE_TIMEOUT_SECONDS = 0.5
"""How long the end of a reply is held back for the store to note that it is read."""

MAY_HAVE_BEEN_OPENED = (
    QueueFull,
    QueueSlow,
    StoreFull,
    StoreWritesRefused,
    TooManyTurns,
    TooManyTurnsHere,
    QuotaReached,
    UnknownFile,
    ModelWithoutVision,
    UnknownRole,
)
"""Refusals of a new question that a repeated one does not get: it was accepted before."""

logger = structlog.get_logger(__name__)


class Opening:
    """Opens the turns of questions, each of them once."""

    def __init__(
        self,
        *,
        settings: Settings,
        personas: Personas,
        own_personas: OwnPersonas,
        store_memory: StoreMemory,
        queue: Queue,
        sessions: Sessions,
        turns: Turns,
        files: Files,
        stopping: Stopping,
        metrics: Metrics,
        traces: Traces,
    ) -> None:
        self._settings = settings
        self._personas = personas
        self._own_personas = own_personas
        self._store_memory = store_memory
        self._queue = queue
        self._sessions = sessions
        self._turns = turns
        self._files = files
        self._stopping = stopping
        self._turns_opened = metrics.turns_opened
        self._traces = traces

    def question_of(
        self, body: TurnRequest, idempotency_key: str | None = None, *, by_stream: bool = False
    ) -> Question:
        """Returns the checked question of a request. Raises a `HoldfastError` for an invalid one."""
        if body.message is not None:
            check_message(body.message, self._settings.max_message_chars)
        if not keys.is_session_id(body.session_id):
            raise UnknownSession
        return Question(
            session_id=body.session_id,
            persona=chosen_role(self._personas, body.role) if body.role is not None else "",
            model=chosen_model(self._settings, body.model),
            thinking=body.thinking,
            message=body.message,
            replace_from=body.replace_from,
            parent_id=body.parent_id,
            continues=body.continue_from,
            waits=body.when_busy == "wait",
            file_ids=tuple(dict.fromkeys(body.attachments)),
            idempotency_key=idempotency_key,
            by_stream=by_stream,
        )

    async def ask(self, user: str, question: Question, address: str, trace: str = "") -> Opened:
        """Stores the question, and queues its turn unless it waits. Returns the turn.

        A repeated question returns the earlier turn, even when a limit rejects new ones. `address`: the hash of the
        address that the turn counts for, or "". `trace`: the request's span. The length of a client's request is
        limited by `MAX_PROMPT_BYTES`, not by `MAX_MESSAGE_CHARS`. Raises a `HoldfastError`.
        """
        if question.request:
            question.request.check(self._settings.max_prompt_bytes)
        with self._traces.span("open turn", trace) as span:
            opened = await self._ask(user, question, address, span.context)
            span.note(holdfast__turn_id=opened.turn_id)
        return opened

    async def ask_by_stream(self, user: str, request: TurnRequest, address: str, trace: str) -> str:
        """As `ask`, for a question in the URL of a stream: returns the turn of the same question asked before, too.

        An EventSource that loses its connection before the first id asks again, and gets the turn that it opened. It
        also gets a running turn that POST /chat/turns opened with the same message.
        """
        try:
            return (await self.ask(user, self.question_of(request, by_stream=True), address, trace)).turn_id
        except TurnRunning as error:
            running: str = error.extra["turn_id"]
            turn = await self._turns.get(running)
            asked = await self._sessions.message(request.session_id, turn.question) if turn else None
            if asked is None or (asked.content, asked.turn_id) != (request.message, running):
                raise
            return running

    async def note_end_read(self, asked: TurnRequest, turn_id: str) -> None:
        """Notes in the store that the end was read, so that the same message is a new question from now on.

        Runs before the end is sent, because the reader may ask again at once. If the store fails, the message becomes a
        new question after a minute.
        """
        try:
            async with asyncio.timeout(NOTE_TIMEOUT_SECONDS):
                await self._turns.end_is_read(self.question_of(asked, by_stream=True), turn_id)
        except (RedisError, OSError, TimeoutError, HoldfastError) as error:
            logger.info("end_not_noted", turn_id=turn_id, error=note(error))

    async def _ask(self, user: str, question: Question, address: str, trace: str) -> Opened:
        try:
            self._store_memory.check()
            question = await self._continuing(user, question)
            await own_persona(self._personas, self._own_personas, user, question.persona)
            position = await self._queue_position()
            async with self._with_files(user, question) as complete:
                opened = await self._open(user, complete, position, address, trace)
        except MAY_HAVE_BEEN_OPENED:
            if (earlier := await self._turns.opened_before(user, question)) is None:
                raise
            opened = Opened(earlier, is_new=False)
        turn_id = opened.turn_id
        if not opened.is_new:
            turn = await self.ensure_queued(await self._turns.get(turn_id))
            return replace(opened, waits=bool(turn and turn.state == "waiting"))
        if not opened.waits:
            try:
                await self._queue.put(turn_id)
            except RedisError as error:  # the turn is open all the same: a sweep will queue it
                logger.warning("turn_not_queued", turn_id=turn_id, error=note(error))
        if opened.size:
            try:
                await self._sessions.turn_opened(opened.size, has_record=question.has_record)
            except RedisError as error:  # the session's next question corrects the count
                logger.warning("bytes_not_counted", turn_id=turn_id, error=note(error))
        self._turns_opened.inc()
        logger.info("turn_opened", turn_id=turn_id, position=position, waits=opened.waits)
        return opened

    async def _continuing(self, user: str, question: Question) -> Question:
        """Returns the question; one that continues a reply has that one's persona and model, if it names none.

        Raises `UnknownSession`, and what `check_continuable` raises. A message that is missing is left to `open.lua`.
        """
        if question.continues is None:
            return question
        await self._sessions.get(user, question.session_id)
        reply = await self._sessions.message(question.session_id, question.continues)
        if reply is None:
            return question
        check_continuable(reply, self._settings.max_reply_chars)
        persona, model = reply.persona or "", reply.model or ""
        known = persona in self._personas or await self._own_personas.find(user, persona)
        return replace(
            question,
            persona=question.persona or (persona if known else ""),
            model=question.model or (model if model in self._settings.catalog.models else ""),
        )

    @asynccontextmanager
    async def _with_files(self, user: str, question: Question) -> AsyncIterator[Question]:
        """Yields the question with its files bound to its session. None of them is removed during the block.

        Raises `UnknownFile`, `TooManyFiles`, or `ModelWithoutVision` where the model cannot see one of its pictures.
        """
        if not question.file_ids and question.message is not None:
            yield question
            return
        session = await self._sessions.get(user, question.session_id)
        question = replace(question, model=question.model or self._model_of(session))
        if not question.file_ids:
            self._check_vision(question.model, await self._asked_again(session, question))
            yield question
            return
        self._check_vision(question.model, await self._files.attachments(user, question.file_ids))
        bound = await self._files.bind(user, question.session_id, question.file_ids)
        is_opened = False
        try:
            yield replace(question, attachments=tuple(bound))
            is_opened = True
        finally:
            await self._files.settle(user, question.file_ids, is_opened=is_opened)

    def _model_of(self, session: Session) -> str:
        """Returns the model that a question gets which names none, as `open.lua` chooses it."""
        catalog = self._settings.catalog
        return session.model if session.model in catalog.models else catalog.default_id

    def _check_vision(self, model: str, attachments: Sequence[Attachment]) -> None:
        if any(each.kind == "image" for each in attachments) and not can_see(self._settings, model):
            raise ModelWithoutVision

    async def _asked_again(self, session: Session, question: Question) -> Sequence[Attachment]:
        """Returns the attachments of the question that is answered again."""
        named = question.continues or question.replace_from or question.parent_id or session.leaf
        found = await self._sessions.message(session.session_id, named) if named else None
        if found and found.role == "assistant" and found.parent_id:
            found = await self._sessions.message(session.session_id, found.parent_id)
        return found.attachments or () if found else ()

    async def _open(self, user: str, question: Question, position: int, address: str, trace: str) -> Opened:
        """As `Turns.open`, but first ends a stopped turn of the session whose worker has died.

        Also raises `StoreFull` or `StoreWritesRefused`.
        """
        try:
            return await self._turns.open(user, question, position, address, trace)
        except TurnRunning as error:
            if not await self._stopping.is_stopped_and_over(error.extra["turn_id"]):
                raise
        except ResponseError as error:
            if not refuses_write(error):
                raise
            logger.warning("question_not_stored", error=note(error))
            raise problem_of(error) from None
        return await self._turns.open(user, question, position, address, trace)

    async def _queue_position(self) -> int:
        """Returns how many jobs are ahead of a new turn. Raises `QueueFull`; or `QueueSlow` if one waits too long."""
        waiting = await self._queue.waiting()
        if waiting.jobs >= self._settings.max_queue_depth:
            raise QueueFull
        if 0 < self._settings.max_queue_seconds < waiting.seconds:
            raise QueueSlow
        return waiting.jobs

    async def ensure_queued(self, turn: Turn | None) -> Turn | None:
        """Queues the turn again if its API process died between opening and queueing it. Returns the turn."""
        if turn and turn.state == "queued":
            try:
                await self._queue.put(turn.turn_id)
            except ResponseError as error:  # readers may follow although the store is full; a sweep will queue it
                if not refuses_write(error):
                    raise
                logger.warning("turn_not_queued", turn_id=turn.turn_id, error=note(error))
        return turn


def check_message(message: str, limit: int) -> None:
    """Checks a message. Raises `MessageEmpty`, `MessageTooLong`, or `InvalidRequest` for half of a surrogate pair."""
    if not message.strip():
        raise MessageEmpty
    if len(message) > limit:
        raise MessageTooLong(len(message), limit)
    try:
        message.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The message is not valid Unicode: it contains half of a surrogate pair.") from None
