"""Opens turns: from a request to a queued turn."""

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
    """Returns the checked question of a request. Raises a `HoldfastError` for an invalid one."""
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
    """Checks a message. Raises `MessageEmpty`, `MessageTooLong`, or `InvalidRequest` for half of a surrogate pair."""
    if not message.strip():
        raise MessageEmpty
    if len(message) > limit:
        raise MessageTooLong(len(message), limit)
    try:
        message.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The message is not valid Unicode: it contains half of a surrogate pair.") from None


async def ask(state: State, user: str, question: Question, address: str, trace: str = "") -> str:
    """Stores the question, queues its turn, and returns the turn's id.

    A repeated question returns the earlier turn, even when a limit rejects new ones. `address`: the hash of the address
    that the turn counts for, or "". `trace`: the request's span. Raises a `HoldfastError`.
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
    except RedisError as error:  # the turn is open all the same: a sweep will queue it
        logger.warning("turn_not_queued", turn_id=turn_id, error=code_of(error))
    if opened.size:
        try:
            await state.sessions.turn_opened(opened.size, has_record=question.has_record)
        except RedisError as error:  # the session's next question corrects the count
            logger.warning("bytes_not_counted", turn_id=turn_id, error=code_of(error))
    state.metrics.turns_opened.inc()
    logger.info("turn_opened", turn_id=turn_id, position=position)
    return turn_id


async def _open(state: State, user: str, question: Question, position: int, address: str, trace: str) -> Opened:
    """As `Turns.open`, but first ends a stopped turn of the session whose worker has died.

    Also raises `StoreFull` or `StoreWritesRefused`.
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
    """Returns how many jobs are ahead of a new turn. Raises `QueueFull` if too many wait, `QueueSlow` if too long."""
    waiting = await state.queue.waiting()
    if waiting.jobs >= state.settings.max_queue_depth:
        raise QueueFull
    if 0 < state.settings.max_queue_seconds < waiting.seconds:
        raise QueueSlow
    return waiting.jobs


async def ensure_queued(state: State, turn: Turn | None) -> Turn | None:
    """Queues the turn again if its API process died between opening and queueing it. Returns the turn."""
    if turn and turn.state == "queued":
        try:
            await state.queue.put(turn.turn_id)
        except ResponseError as error:  # readers may follow although the store is full; a sweep will queue it
            if not refuses_write(error):
                raise
            logger.warning("turn_not_queued", turn_id=turn.turn_id, error=code_of(error))
    return turn
