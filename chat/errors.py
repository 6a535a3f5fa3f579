"""What can go wrong at the edge, each error with its HTTP status, stable code and sentence.

HoldfastError
├── 400  InvalidJson, InvalidHttp, BadCursor
├── 401  NoIdentity, BadToken
├── 403  WrongUser, WrongHost, Forwarded, CrossSite, NoGuests
├── 404  UnknownSession, UnknownTurn, UnknownMessage   another user's session answers exactly like a missing one
├── 408  BodyTooSlow, HeadTooSlow
├── 409  NoQuestion, TurnRunning
├── 413  BodyTooLarge
├── 422  InvalidRequest: UnknownRole, UnknownModel, KeyReused, MessageEmpty, MessageTooLong
├── 429  LimitReached: RateLimited, TooManyGuests, TooManyTurns, TooManyTurnsHere, TooManyStreams, TooManySessions,
│        QuotaReached   each names its limit, which /metrics counts
├── 431  HeadTooLarge
└── 503  QueueFull, QueueSlow, TooManyConnections, ProviderUnavailable, StoreFull, StoreWritesRefused, StoreUnavailable
"""

from collections.abc import Iterator
from typing import ClassVar


class HoldfastError(Exception):
    """An error to tell the caller about. `extra` becomes further members of the problem document.

    `retry_after`: seconds after which the same request may well succeed. `limit`: which limit was hit, for the metrics.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retry_after: int | None = None
    limit: str = ""
    challenge: ClassVar[str | None] = None
    """What a 401 says under `WWW-Authenticate` (RFC 6750, 3)."""

    detail: str = "Something went wrong on the server. Try again; if it stays, look into the server's log."

    def __init__(self, detail: str | None = None, **extra: str) -> None:
        self.detail = detail or self.detail
        self.extra = extra
        super().__init__(self.detail)


class InvalidRequest(HoldfastError):
    status = 422
    code = "invalid_request"
    detail = "The request is not valid."


class UnknownRole(InvalidRequest):
    code = "unknown_role"
    detail = "There is no such role. GET /roles lists the ones on offer."


class UnknownModel(InvalidRequest):
    code = "unknown_model"
    detail = "This model is not on offer. GET /models lists the ones that are."


class KeyReused(InvalidRequest):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another question. Use a new key for each question."


class MessageEmpty(InvalidRequest):
    code = "message_empty"
    detail = "The message is empty. Write something and send it again."


class MessageTooLong(InvalidRequest):
    code = "message_too_long"
    limit = "message_chars"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"The message has {length} characters; the limit is {limit}. Shorten it or split it.")


class InvalidJson(HoldfastError):
    status = 400
    code = "invalid_json"
    detail = "The body is not valid JSON. Check it and send it again."


class InvalidHttp(HoldfastError):
    status = 400
    code = "invalid_http"
    detail = "This is not a valid HTTP/1.1 request. Check the client or the proxy that sent it."


class BadCursor(HoldfastError):
    status = 400
    code = "bad_cursor"
    detail = "The cursor is not one of this turn's. Use the last SSE id, <turn_id>:<seq>, or leave it out."


class NoIdentity(HoldfastError):
    status = 401
    code = "no_identity"
    challenge = "Bearer"
    detail = "Tell who you are: send the cookie or bearer token that POST /auth/guest gives."


class BadToken(HoldfastError):
    status = 401
    code = "bad_token"
    challenge = 'Bearer error="invalid_token"'
    detail = "This token is not valid here or has expired. Get a new one with POST /auth/guest."


class WrongUser(HoldfastError):
    status = 403
    code = "wrong_user"
    detail = "The user_id is not the one of your token. Leave user_id out."


class WrongHost(HoldfastError):
    status = 403
    code = "wrong_host"
    detail = "With AUTH_MODE=trust this server answers only to the name of its own machine. Use http://127.0.0.1."


class Forwarded(HoldfastError):
    status = 403
    code = "forwarded"
    detail = (
        "With AUTH_MODE=trust this server answers only to its own machine, and a proxy brought this request. "
        "Open http://127.0.0.1 there, or have the operator use AUTH_MODE=guest."
    )


class CrossSite(HoldfastError):
    status = 403
    code = "cross_site"
    detail = (
        "This request came from a page of another site, which may not speak for you. "
        "Open the chat itself, or have the operator add that page's origin to CORS_ORIGINS."
    )


class NoGuests(HoldfastError):
    status = 403
    code = "no_guests"
    detail = "This server has no guests. Sign in with its identity provider and send the provider's token."


class UnknownSession(HoldfastError):
    status = 404
    code = "unknown_session"
    detail = "You have no session with this id: it never was, was deleted, or has expired. Start a new one."


class UnknownTurn(HoldfastError):
    status = 404
    code = "unknown_turn"
    detail = "You have no turn with this id, or it ended too long ago. The session's history has its reply."


class UnknownMessage(HoldfastError):
    status = 404
    code = "unknown_message"
    detail = "The session has no message with this id (any more). Load the history again."


class BodyTooSlow(HoldfastError):
    status = 408
    code = "body_too_slow"
    detail = "The request took too long to arrive. Send it again."


class HeadTooSlow(HoldfastError):
    status = 408
    code = "head_too_slow"
    detail = "The head of the request took too long to arrive. Send it again."


class BodyTooLarge(HoldfastError):
    status = 413
    code = "body_too_large"
    limit = "body_bytes"
    detail = "The request is too large. Shorten the message."


class HeadTooLarge(HoldfastError):
    status = 431
    code = "head_too_large"
    limit = "head_bytes"
    detail = "The address and the headers of the request are too long. Shorten them, or delete this site's cookies."


class NoQuestion(HoldfastError):
    status = 409
    code = "no_question"
    detail = "There is no question to answer again. Send a message."


class TurnRunning(HoldfastError):
    status = 409
    code = "turn_running"
    detail = "The session's last question is still being answered. Wait for it, or stop it."


class LimitReached(HoldfastError):
    status = 429
    code = "limit_reached"


class RateLimited(LimitReached):
    """`limit` is the one of `RATES` that was hit, `retry_after` the seconds until a request is forgotten."""

    RATES = ("requests_per_user", "requests_per_address")
    code = "rate_limited"
    retry_after = 60

    def __init__(self, limit: str, retry_after: int) -> None:
        super().__init__(f"Too many requests in a short time. Wait {retry_after} seconds and go on.")
        self.limit = limit
        self.retry_after = retry_after


class TooManyGuests(LimitReached):
    """`retry_after` as in `RateLimited`."""

    code = "too_many_guests"
    limit = "new_guests_per_address"
    retry_after = 3600

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many new guests came from your network. Wait {retry_after} seconds, and try again.")
        self.retry_after = retry_after


class TooManyTurns(LimitReached):
    code = "too_many_turns"
    limit = "active_turns"
    retry_after = 5
    detail = "You have as many questions under way as you may. Wait for one of the answers, or stop one."


class TooManyTurnsHere(LimitReached):
    code = "too_many_turns_here"
    limit = "active_turns_per_address"
    retry_after = 5
    detail = "As many questions from your network are under way as may be. Try again in a moment."


class TooManyStreams(LimitReached):
    code = "too_many_streams"
    limit = "streams"
    retry_after = 10
    detail = "You follow as many answers at once as you may. Close a tab or a connection, and try again."


class TooManySessions(LimitReached):
    code = "too_many_sessions"
    limit = "sessions"
    retry_after = 60
    """Not before somebody deletes one; yet every limit tells a wait, and another tab may be deleting."""

    detail = "You have as many sessions as you may. Delete one that you no longer need, and try again."


class QuotaReached(LimitReached):
    code = "quota_reached"
    limit = "stored_bytes"
    retry_after = 60
    """As of `TooManySessions`."""

    detail = (
        "Your conversations take up all the room that you have. Delete some that you no longer need, and try again."
    )


class QueueFull(HoldfastError):
    status = 503
    code = "queue_full"
    limit = "queue_depth"
    retry_after = 10
    detail = "Too many questions are waiting for an answer. Try again in a moment."


class QueueSlow(HoldfastError):
    status = 503
    code = "queue_slow"
    limit = "queue_seconds"
    retry_after = 30
    detail = "Questions wait too long for an answer right now. Try again in a moment."


class TooManyConnections(HoldfastError):
    status = 503
    code = "too_many_connections"
    limit = "connections"
    retry_after = 5
    detail = "This server has as many connections as it may. Try again in a moment."


class ProviderUnavailable(HoldfastError):
    status = 503
    code = "identity_unavailable"
    retry_after = 5
    detail = "The server cannot reach the identity provider to check your token. Try again in a moment."


class StoreFull(HoldfastError):
    status = 503
    code = "store_full"
    limit = "store_memory"
    retry_after = 30
    detail = (
        "The server's store is full, so it takes nothing new. Answers under way go on, and you can read, stop and "
        "delete as ever; the operator has to free memory, or to give the store more."
    )


class StoreWritesRefused(HoldfastError):
    status = 503
    code = "store_unavailable"
    retry_after = 5
    detail = (
        "The server's store takes no writes right now: its disk may be full, or its replicas gone. "
        "What is stored can be read; the operator has to look at the store."
    )


class StoreUnavailable(HoldfastError):
    status = 503
    code = "redis_unavailable"
    retry_after = 2
    detail = "The server cannot reach its store right now. Nothing was lost; try again in a moment."


def limits(error: type[HoldfastError] = HoldfastError) -> Iterator[str]:
    """The name of every limit that can be hit."""
    yield from RateLimited.RATES if error is RateLimited else [error.limit] if error.limit else []
    for kind in error.__subclasses__():
        yield from limits(kind)
