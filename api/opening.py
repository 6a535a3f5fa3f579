"""From a request to a queued turn."""

import structlog

from api.roles import chosen_model, chosen_role
from api.schemas import TurnRequest
from api.state import State
from chat import keys
from chat.errors import (
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
    UnknownSession,
)
from chat.questions import Question
from chat.store import RedisError, ResponseError
from chat.store.errors import code_of, problem_of, refuses_write
from chat.turns import Opened, Turn

logger = structlog.get_logger(__name__)


def question_of(
    state: State, body: TurnRequest, idempotency_key: str | None = None, *, by_stream: bool = False
) -> Question:
    """The question of a request, checked. Raises a `HoldfastError` that says what is wrong with it."""
    if body.message is not None:
        check_message(body.message, state.settings.max_message_chars)
    if not keys.is_session_id(body.session_id):
        raise UnknownSession
    return Question(
        session_id=body.session_id,
        persona=chosen_role(state, body.role) if body.role is not None else "",
        model=chosen_model(state, body.model),
        message=body.message,
        replace_from=body.replace_from,
        idempotency_key=idempotency_key,
        by_stream=by_stream,
    )


def check_message(message: str, limit: int) -> None:
    """Raises `MessageEmpty`, `MessageTooLong`, or `InvalidRequest` for half of a surrogate pair."""
    if not message.strip():
        raise MessageEmpty
    if len(message) > limit:
        raise MessageTooLong(len(message), limit)
    try:
        message.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The message is not valid Unicode: it has half of a surrogate pair.") from None


async def ask(state: State, user: str, question: Question, address: str, trace: str = "") -> str:
    """Store the question, queue its turn, and return the turn's id. `address` is the one it counts for, if any.

    What was asked before is answered for, even where nothing more is taken. `trace`: the span of the request.
    """
    with state.traces.span("open turn", trace) as span:
        turn_id = await _ask(state, user, question, address, span.context)
        span.note(holdfast__turn_id=turn_id)
    return turn_id


async def _ask(state: State, user: str, question: Question, address: str, trace: str) -> str:
    try:
        state.store_memory.check()
        position = await _queue_position(state)
        opened = await _open(state, user, question, position, address, trace)
    except (QueueFull, QueueSlow, StoreFull, StoreWritesRefused, TooManyTurns, TooManyTurnsHere, QuotaReached):
        if (earlier := await state.turns.opened_before(user, question)) is None:
            raise
        opened = Opened(earlier, is_new=False)
    turn_id = opened.turn_id
    if not opened.is_new:
        await ensure_queued(state, await state.turns.get(turn_id))
        return turn_id
    try:
        await state.queue.put(turn_id)
        await state.sessions.touch(user, question.session_id)
        await state.turns.stored.opened(question.session_id, has_record=question.has_record)
    except RedisError as error:  # the question is taken all the same: a sweep will queue it
        logger.warning("turn_not_queued", turn_id=turn_id, error=code_of(error))
    state.metrics.turns_opened.inc()
    logger.info("turn_opened", turn_id=turn_id, position=position)
    return turn_id


async def _open(state: State, user: str, question: Question, position: int, address: str, trace: str) -> Opened:
    """As `Turns.open`; a stopped turn whose worker is gone does not keep its session from the next question.

    Raises `StoreFull` or `StoreWritesRefused` as well.
    """
    try:
        return await state.turns.open(user, question, position, address, trace)
    except TurnRunning as error:
        if not await state.stopping.is_stopped_and_over(error.extra["turn_id"]):
            raise
    except ResponseError as error:
        if not refuses_write(error):
            raise
        logger.warning("question_not_stored", error=code_of(error))
        raise problem_of(error) from None
    return await state.turns.open(user, question, position, address, trace)


async def _queue_position(state: State) -> int:
    """How many turns wait before a new one. Raises `QueueFull` or `QueueSlow` where those are too many or too old."""
    waiting = await state.queue.waiting()
    if waiting.jobs >= state.settings.max_queue_depth:
        raise QueueFull
    if 0 < state.settings.max_queue_seconds < waiting.seconds:
        raise QueueSlow
    return waiting.jobs


async def ensure_queued(state: State, turn: Turn | None) -> Turn | None:
    """The turn; queued again where its API process died between opening and queueing it."""
    if turn and turn.state == "queued":
        try:
            await state.queue.put(turn.turn_id)
        except ResponseError as error:  # a full store keeps nobody from following: a sweep will queue it
            if not refuses_write(error):
                raise
            logger.warning("turn_not_queued", turn_id=turn.turn_id, error=code_of(error))
    return turn
