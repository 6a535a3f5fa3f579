"""Classifies Redis errors: their code, refused writes, and the error that callers receive. Counts them by code."""

import re

from prometheus_client import Counter
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
    RedisError,
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

CODES = (
    *("BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS", "OOM", "READONLY"),
    *("TRYAGAIN", "WRONGPASS", "ConnectionError", "TimeoutError"),
)
OTHER = "other"
"""Label of all other codes, because their number has no bound."""

ERRORS = Counter("holdfast_store_errors", "Failures of Redis that this process met", ["code"], registry=None)
for _code in (*CODES, OTHER):
    ERRORS.labels(_code)

_CODE = re.compile(r"""(?:\(["'])?([A-Z]{2,20}) """)


def code_of(error: BaseException) -> str:
    """Returns the code of a server's error (`OOM`, `MISCONF`, …), otherwise the exception's type. Never its text."""
    if isinstance(error, AuthenticationError):
        return "NOAUTH" if str(error).casefold().startswith("authentication required") else "WRONGPASS"
    for kind, name in _CODE_OF_TYPE.items():
        if isinstance(error, kind):
            return name
    text = str(error).rpartition(" of pipeline caused error: ")[2]  # redis-py puts the command first
    code = _CODE.match(text) if type(error) is ResponseError else None
    return code[1] if code else type(error).__name__


def note(error: BaseException) -> str:
    """Counts an error of a store. Returns its code for the log, as `code_of`."""
    code = code_of(error)
    if isinstance(error, RedisError | OSError):
        name = "TimeoutError" if isinstance(error, TimeoutError) else "ConnectionError"
        label = name if isinstance(error, OSError) else code
        ERRORS.labels(label if label in CODES else OTHER).inc()
    return code


def refuses_write(error: BaseException) -> bool:
    """Whether the server refused the write; then nothing was written."""
    return code_of(error) in ("OOM", *REFUSES_WRITES)


def problem_of(error: Exception) -> HoldfastError:
    """Returns the error for the caller of the API."""
    if code_of(error) == "OOM":
        return StoreFull()
    return StoreWritesRefused() if refuses_write(error) else StoreUnavailable()
