"""Redis errors are classified by their code alone."""

import pytest
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, ResponseError, TimeoutError

from chat.store.errors import code_of, problem_of, refuses_write

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
        (ConnectionError("MISCONF no"), "ConnectionError", "redis_unavailable"),
        (TimeoutError("Timeout reading"), "TimeoutError", "redis_unavailable"),
    ],
)
def test_an_error_is_classified_by_its_code(error: Exception, code: str, problem: str) -> None:
    assert code_of(error) == code
    assert problem_of(error).code == problem
    assert refuses_write(error) is (problem != "redis_unavailable")
