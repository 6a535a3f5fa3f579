"""Tracebacks for the log: what broke and where, without the values, which may be what somebody wrote."""

import sys
import traceback
from typing import Any

SERVER = "uvicorn.error"
"""Tells on many lines why a start failed, when nobody has asked anything yet."""

SHORTEST = 4
"""Characters of an error's text that are worth looking for."""


def plain(_: Any, __: str, event: Any) -> Any:
    """A structlog processor: `exc_info` becomes `exception`, and leaves the event's own text."""
    error = _error_of(event.pop("exc_info", None))
    if error:
        event["exception"] = "\n".join(_told(error))
        for text in (text for each in _chain(error) for text in (repr(each), str(each)) if len(text) >= SHORTEST):
            event["event"] = str(event["event"]).replace(text, "…")
    return event


def release(error: BaseException) -> None:
    """Let go of the frames that an error, and what led to it, keep alive.

    A frame that holds the error that holds the frame is freed by the garbage collector alone, and all of a request's
    body with it.
    """
    for each in _linked(error):
        each.__traceback__ = None


def first_line(_: Any, __: str, event: Any) -> Any:
    """A structlog processor for libraries' records: what follows the first line shows values (asyncio's does)."""
    if event.get("logger") != SERVER:
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _error_of(info: object) -> BaseException | None:
    """Of all the forms that `exc_info` comes in."""
    given = sys.exc_info() if info is True else info
    error = given[1] if isinstance(given, tuple) else given
    return error if isinstance(error, BaseException) else None


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what led to it, the first cause first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found[::-1]


def _linked(error: BaseException) -> list[BaseException]:
    """The error and whatever it refers to, those among them that a traceback would leave out."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and not any(each is other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__]
            waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
    return found


def _told(error: BaseException) -> list[str]:
    lines = []
    for each in _chain(error):
        lines += [line.rstrip("\n") for line in traceback.format_tb(each.__traceback__)]
        lines.append(_named(each))
    return lines


def _named(error: BaseException) -> str:
    """Its type; of the system's errors also their text, which is the system's own."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{kind}: {error.strerror}" if isinstance(error, OSError) and error.strerror else kind
