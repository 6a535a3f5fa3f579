"""The errors that clients of other protocols receive, besides those of `chat.errors`.

409  ReplyStopped
422  UnsupportedParameter
503  ServerRestarting
"""

from chat.errors import HoldfastError, InvalidRequest


class UnsupportedParameter(InvalidRequest):
    """Raised for what a request asks for and this server does not do, so that nothing is ignored in silence.

    `name`: the parameter, as `messages[0].content`. `remedy`: a sentence.
    """

    code = "unsupported_parameter"

    def __init__(self, name: str, remedy: str = "Leave it out.") -> None:
        super().__init__(f"This server does not support the parameter {name}. {remedy}", param=name)


class ReplyStopped(HoldfastError):
    status = 409
    code = "reply_stopped"
    detail = "The reply was stopped before it was complete. Ask again for another one."


class ServerRestarting(HoldfastError):
    status = 503
    code = "server_restarting"
    retry_after = 1
    detail = "This server restarts, and the reply goes on meanwhile. Send the same request again to get it."
