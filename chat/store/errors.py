"""What a Redis error says: its code, and whether it refused a write."""

import re

from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from chat.errors import HoldfastError, StoreFull, StoreUnavailable, StoreWritesRefused

REFUSES_WRITES = ("MISCONF", "NOREPLICAS", "READONLY")
"""The disk is full or broken; too few replicas; it is one."""

_CODE = re.compile(r"""(?:\(["'])?([A-Z]{2,20}) """)


def code_of(error: Exception) -> str:
    """The code at the front of a server's error (`OOM`, `MISCONF`, …), else the exception's type. Never its text."""
    if isinstance(error, OutOfMemoryError):  # redis-py takes the codes that it knows off the text
        return "OOM"
    if isinstance(error, ReadOnlyError):
        return "READONLY"
    said = str(error).rpartition(" of pipeline caused error: ")[2]  # redis-py puts the command first
    code = _CODE.match(said) if type(error) is ResponseError else None
    return code[1] if code else type(error).__name__


def refuses_write(error: Exception) -> bool:
    """Whether the server answered that it takes no write; then nothing was written."""
    return code_of(error) in ("OOM", *REFUSES_WRITES)


def problem_of(error: Exception) -> HoldfastError:
    """The problem returned to the caller."""
    if code_of(error) == "OOM":
        return StoreFull()
    return StoreWritesRefused() if refuses_write(error) else StoreUnavailable()
