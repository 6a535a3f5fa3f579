"""The errors of waiting questions."""

from chat.errors import HoldfastError


class TooManyWaiting(HoldfastError):
    status = 409
    code = "too_many_waiting"
    detail = "20 questions of this session are waiting, which is the limit. Wait for a reply, or remove one of them."


class NotWaiting(HoldfastError):
    status = 409
    code = "not_waiting"
    detail = "The question does not wait any more: it was asked or stopped, so it cannot be changed or removed."
