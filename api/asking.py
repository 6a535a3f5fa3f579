"""From a request to a queued turn."""

import structlog
from redis.exceptions import RedisError

from api.roles import chosen_model, chosen_role
from api.schemas import TurnRequest
from api.state import State
from chat.errors import InvalidRequest, MessageEmpty, MessageTooLong, QueueFull
from chat.turns import Question, Turn

logger = structlog.get_logger(__name__)


async def question_of(state: State, user: str, body: TurnRequest, idempotency_key: str | None) -> Question:
    """The question of a request, checked. Raises a `HoldfastError` that says what is wrong with it."""
    if body.message is not None:
        check_message(body.message, state.settings.max_message_chars)
    session = await state.sessions.get(user, body.session_id)
    role = chosen_role(state, body.role)
    if body.role is None and session.role in state.personas:
        role = session.role
    return Question(
        session_id=body.session_id,
        persona=role,
        model=chosen_model(state, body.model),
        message=body.message,
        replace_from=body.replace_from,
        idempotency_key=idempotency_key,
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


async def ask(state: State, user: str, question: Question) -> str:
    """Store the question, queue its turn, and return the turn's id."""
    position = await state.queue.depth()
    if position >= state.settings.max_queue_depth:
        return await _asked_before(state, question)
    opened = await state.turns.open(user, question, position)
    turn_id = opened.turn_id
    if not opened.is_new:
        await revive(state, turn_id)
        return turn_id
    try:
        await state.queue.put(turn_id)
        await state.sessions.touch(user, question.session_id)
    except RedisError as error:  # the question is taken all the same: a sweep will queue it
        logger.warning("turn_not_queued", turn_id=turn_id, error=type(error).__name__)
    state.metrics.turns_opened.inc()
    logger.info("turn_opened", turn_id=turn_id, position=position)
    return turn_id


async def _asked_before(state: State, question: Question) -> str:
    """The turn that the question's key opened before. Raises `QueueFull` where there is none."""
    key = question.idempotency_key
    turn_id = await state.turns.opened_by(question.session_id, key) if key else None
    if turn_id is None:
        raise QueueFull
    return turn_id


async def revive(state: State, turn_id: str) -> Turn | None:
    """The turn; queued again where its API process died between opening and queueing it."""
    turn = await state.turns.get(turn_id)
    if turn and turn.state == "queued":
        await state.queue.put(turn_id)
    return turn
