"""The errors of responses, besides those of `chat.errors`.

400  StreamExpired
404  ResponseNotFound
409  ResponseRunning
"""

from chat.errors import HoldfastError, TurnRunning


class ResponseNotFound(HoldfastError):
    status = 404
    code = "response_not_found"
    detail = "You have no response with this id: it never existed, was deleted, or was not to be stored."


class StreamExpired(HoldfastError):
    status = 400
    code = "stream_expired"
    detail = (
        "The events of this response are no longer kept one by one. Stream it without starting_after, and it comes as "
        "a whole, or retrieve it."
    )


class ResponseRunning(TurnRunning):
    """Another answer than `TurnRunning`'s for the same cause."""

    detail = "A response of this conversation is still being made. Wait for its end, or cancel it."
