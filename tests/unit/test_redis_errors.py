"""Redis errors are classified by their code alone."""

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

from chat.store.errors import ERRORS, code_of, note, problem_of, refuses_write

IN_A_PIPELINE = "Command # 1 (HSET k v OOM command of pipeline caused error: OOM x) of pipeline caused error: "


@pytest.mark.parametrize(
    ("error", "code", "problem"),
    [
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "OOM", "store_full"),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left"), "MISCONF", "store_unavailable"),
        (ResponseError("NOREPLICAS Not enough good replicas to write."), "NOREPLICAS", "store_unavailable"),
        (ResponseError(IN_A_PIPELINE + "('MISCONF Errors writing',)"), "MISCONF", "store_unavailable"),
        (ReadOnlyError("You can't write against a read only replica."), "READONLY", "store_unavailable"),
        (ResponseError("WRONGTYPE Operation against a key"), "WRONGTYPE", "redis_unavailable"),
        (ResponseError("secret words of somebody"), "ResponseError", "redis_unavailable"),
        (AuthenticationError("Authentication required."), "NOAUTH", "redis_unavailable"),
        (AuthenticationError("invalid username-password pair"), "WRONGPASS", "redis_unavailable"),
        (NoPermissionError("User u has no permissions"), "NOPERM", "redis_unavailable"),
        (BusyLoadingError("Redis is loading"), "LOADING", "redis_unavailable"),
        (ClusterDownError("The cluster is down"), "CLUSTERDOWN", "redis_unavailable"),
        (MasterDownError("Link with MASTER is down"), "MASTERDOWN", "redis_unavailable"),
        (ConnectionError("MISCONF no"), "ConnectionError", "redis_unavailable"),
        (TimeoutError("Timeout reading"), "TimeoutError", "redis_unavailable"),
    ],
)
def test_an_error_is_classified_by_its_code(error: Exception, code: str, problem: str) -> None:
    assert code_of(error) == code
    assert problem_of(error).code == problem
    assert refuses_write(error) is (problem != "redis_unavailable")


@pytest.mark.parametrize(
    ("error", "code", "label"),
    [
        (ResponseError("MISCONF Errors writing to the AOF file"), "MISCONF", "MISCONF"),
        (ResponseError("WRONGTYPE Operation against a key"), "WRONGTYPE", "other"),
        (ResponseError("words"), "ResponseError", "other"),
        (ConnectionRefusedError(), "ConnectionRefusedError", "ConnectionError"),
        (TimeoutError(), "TimeoutError", "TimeoutError"),
        (ValueError("words"), "ValueError", None),
    ],
)
def test_an_error_of_a_store_is_counted_by_its_code(error: Exception, code: str, label: str | None) -> None:
    before = counts()
    assert note(error) == code
    assert {name: count - before[name] for name, count in counts().items() if count != before[name]} == (
        {label: 1} if label else {}
    )


def counts() -> dict[str, float]:
    samples = (sample for metric in ERRORS.collect() for sample in metric.samples)
    return {sample.labels["code"]: sample.value for sample in samples}
