"""Classifies Redis errors: their code, refused writes, and the error that callers receive."""

import re

from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from chat.errors import HoldfastError, StoreFull, StoreUnavailable, StoreWritesRefused

REFUSES_WRITES = ("MISCONF", "NOREPLICAS", "READONLY")
"""Codes for a full or broken disk, too few replicas, and a server that is a replica."""

_CODE = re.compile(r"""(?:\(["'])?([A-Z]{2,20}) """)


def code_of(error: Exception) -> str:
    """Returns the code of a server's error (`OOM`, `MISCONF`, …), otherwise the exception's type. Never its text."""
    if isinstance(error, OutOfMemoryError):  # redis-py removes the codes it knows from the text
        return "OOM"
    if isinstance(error, ReadOnlyError):
        return "READONLY"
    text = str(error).rpartition(" of pipeline caused error: ")[2]  # redis-py puts the command first
    code = _CODE.match(text) if type(error) is ResponseError else None
    return code[1] if code else type(error).__name__


def refuses_write(error: Exception) -> bool:
    """Whether the server refused the write; then nothing was written."""
    return code_of(error) in ("OOM", *REFUSES_WRITES)


def problem_of(error: Exception) -> HoldfastError:
    """Returns the error for the caller of the API."""
    if code_of(error) == "OOM":
        return StoreFull()
    return StoreWritesRefused() if refuses_write(error) else StoreUnavailable()
