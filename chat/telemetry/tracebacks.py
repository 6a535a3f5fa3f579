"""Formats tracebacks for the log without values, because those may contain user text."""

import sys
import traceback
from typing import Any

UVICORN_LOGGER = "uvicorn.error"
"""Explains in several lines why a start failed; there are no requests yet, so they contain no values."""

MIN_REDACTED_CHARS = 4
"""Shorter error texts are not redacted, because they occur in other words."""


def plain(_: Any, __: str, event: Any) -> Any:
    """Structlog processor: replaces `exc_info` by `exception`, and redacts the error's text in the event's text."""
    error = _error_of(event.pop("exc_info", None))
    if error:
        event["exception"] = "\n".join(_lines_of(error))
        texts = [text for each in _chain(error) for text in (repr(each), str(each))]
        for text in (text for text in texts if len(text) >= MIN_REDACTED_CHARS):
            event["event"] = str(event["event"]).replace(text, "…")
    return event


def release(error: BaseException) -> None:
    """Drops the tracebacks of an error and of all errors linked to it, which keep frames alive.

    A frame and an error that refer to each other are only freed by the garbage collector, together with the whole
    request body.
    """
    for each in _linked(error):
        each.__traceback__ = None


def first_line(_: Any, __: str, event: Any) -> Any:
    """Structlog processor for records of libraries: keeps the first line, because asyncio's next lines show values."""
    if event.get("logger") != UVICORN_LOGGER:
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _error_of(info: object) -> BaseException | None:
    """Returns the error from any form of `exc_info`: True, a tuple, or the error."""
    given = sys.exc_info() if info is True else info
    error = given[1] if isinstance(given, tuple) else given
    return error if isinstance(error, BaseException) else None


def _chain(error: BaseException | None) -> list[BaseException]:
    """Returns the error after its causes, as a traceback shows them."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found[::-1]


def _linked(error: BaseException) -> list[BaseException]:
    """Returns the error and all errors that it refers to, also those that a traceback leaves out."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and not any(each is other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__]
            waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
    return found


def _lines_of(error: BaseException) -> list[str]:
    lines = []
    for each in _chain(error):
        lines += [line.rstrip("\n") for line in traceback.format_tb(each.__traceback__)]
        lines.append(_type_of(each))
    return lines


def _type_of(error: BaseException) -> str:
    """Returns the error's type; for an `OSError` also its text, which comes from the operating system."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{kind}: {error.strerror}" if isinstance(error, OSError) and error.strerror else kind
