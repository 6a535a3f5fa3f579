"""The errors of requests that name a reply: to vote on it, to continue it, to get it again by its key."""

from chat.errors import HoldfastError


class NotAReply(HoldfastError):
    status = 409
    code = "not_a_reply"
    detail = "This message is a question. Only a reply can be voted on or continued."


class ReplyComplete(HoldfastError):
    status = 409
    code = "reply_complete"
    detail = "This reply has not stopped early, so there is nothing to continue. Ask for more in a new question."


class ReplyEmpty(HoldfastError):
    status = 409
    code = "reply_empty"
    detail = "This reply stopped before its first word, so there is no text to continue. Regenerate it."


class ReplyCallsTools(HoldfastError):
    status = 409
    code = "reply_calls_tools"
    detail = "This reply calls tools, so its client goes on with their results. Regenerate it to get another one."


class ReplyTooLong(HoldfastError):
    status = 409
    code = "reply_too_long"
    detail = "This reply has as many characters as the server allows. Ask for the rest in a new question."


class ReplyExpired(HoldfastError):
    status = 409
    code = "reply_expired"
    detail = "The reply to this Idempotency-Key is no longer kept. To ask the question again, use a new key."
