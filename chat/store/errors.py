"""Classifies Redis errors: their code, refused writes, and the error that callers receive."""

import re

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ExecAbortError,
    MasterDownError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)

from chat.errors import HoldfastError, StoreFull, StoreUnavailable, StoreWritesRefused

REFUSES_WRITES = ("MISCONF", "NOREPLICAS", "READONLY")
"""Codes for a full or broken disk, too few replicas, and a server that is a replica."""

_CODE_OF_TYPE: dict[type[Exception], str] = {
    OutOfMemoryError: "OOM",
    ReadOnlyError: "READONLY",
    NoPermissionError: "NOPERM",
    BusyLoadingError: "LOADING",
    NoScriptError: "NOSCRIPT",
    ExecAbortError: "EXECABORT",
    MasterDownError: "MASTERDOWN",  # before its base class
    ClusterDownError: "CLUSTERDOWN",
    TryAgainError: "TRYAGAIN",
}
"""Errors from whose text redis-py removes the code."""

_CODE = re.compile(r"""(?:\(["'])?([A-Z]{2,20}) """)


def code_of(error: Exception) -> str:
    """Returns the code of a server's error (`OOM`, `MISCONF`, …), otherwise the exception's type. Never its text."""
    if isinstance(error, AuthenticationError):
        return "NOAUTH" if str(error).casefold().startswith("authentication required") else "WRONGPASS"
    for kind, name in _CODE_OF_TYPE.items():
        if isinstance(error, kind):
            return name
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
