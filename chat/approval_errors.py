"""The errors of answers to questions about calls of tools."""

from chat.errors import HoldfastError, InvalidRequest


class UnknownApproval(HoldfastError):
    status = 404
    code = "unknown_approval"
    detail = "The turn does not ask this (any more). GET /chat/turns/{id} lists what it asks."


class ApprovalChanged(HoldfastError):
    status = 409
    code = "approval_changed"
    detail = "The turn asks something else by now, so nothing was answered. Read the turn again, and answer that."


class ApprovalAnswered(HoldfastError):
    status = 409
    code = "approval_answered"
    detail = "This was answered before, and the first answer counts. Read the turn again to see it."


class ApprovalExpired(HoldfastError):
    status = 409
    code = "approval_expired"
    detail = "The time to answer is over, so the turn ends without the call. Ask the question again."


class TurnOver(HoldfastError):
    status = 409
    code = "turn_over"
    detail = "The turn is over or was stopped, so it needs no answer any more."


class InvalidInput(InvalidRequest):
    code = "invalid_input"
    detail = "The input does not fit the form. Correct it and send it again."


class NotAForm(InvalidRequest):
    code = "not_a_form"
    detail = "This asks whether a tool may be called. Answer with allow, allow_session or deny, without content."


class OnlyOnce(InvalidRequest):
    code = "not_for_session"
    detail = "A form is filled in once and not for the session. Answer with allow and content, or with deny."
