"""Takes, renews and ends a worker's claims on jobs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import uuid4

from chat import keys
from chat.store import Redis, Script, ScriptCall, batch_each, results, run

SILENT_LEASES = 3
"""Number of leases without a heartbeat after which a worker counts as dead."""


SLICE = 200
"""Greatest number of jobs per script call, so that a call blocks Redis for less than a millisecond."""

CLAIM = Script("claim")
RENEW = Script("renew")
FINISH = Script("finish")


@dataclass(frozen=True)
class Claim:
    """A worker's right to run a job until the lease ends.

    `due`: when the job became due, in milliseconds since the epoch by Redis' clock.
    """

    job_id: str
    token: str
    due: int

    @property
    def made_at(self) -> float:
        """When the claim was made, in seconds since the epoch by Redis' clock."""
        return made_at(self.token)


class Claims:
    """One worker's claims. All methods raise `redis.RedisError` where the queue's store cannot be reached.

    All workers of a queue must use the same lease: a score further ahead than a lease counts as a clock error.
    """

    def __init__(self, redis: Redis, worker: str, lease_seconds: float) -> None:
        self._redis = redis
        self._worker = worker
        self._lease_ms = int(lease_seconds * 1000)
        self._run_id, self._call_number = uuid4().hex, 0

    async def take(self, wanted: int) -> list[Claim]:
        """Claims at most `wanted` and at most `SLICE` due jobs.

        If the answer of a call was lost, the next call repeats it and so returns the jobs that it claimed.
        """
        claimed = await run(self._redis, self._claim_call(min(wanted, SLICE)))
        self._call_number += 1
        return claimed

    def _claim_call(self, wanted: int) -> ScriptCall[list[Claim]]:
        names = (keys.QUEUE, keys.LAST_CLAIM, keys.last_claim(self._worker), keys.RENEWALS)
        prefixes = (keys.in_progress(""), keys.retry(""))
        claim_id = f"{self._run_id}:{self._call_number}"
        return ScriptCall(CLAIM, names, (wanted, self._lease_ms, *prefixes, claim_id), _claims)

    async def renew(self, held: Mapping[str, str]) -> list[str]:
        """Renews the leases of `held` (claim tokens by job id) and stores the worker's heartbeat.

        Returns the ids of jobs whose lease is lost.
        """
        leases = list(held.items())
        slices = (leases[start : start + SLICE] for start in range(0, max(len(leases), 1), SLICE))
        lost = results(await batch_each(self._redis, [self._renew_call(part) for part in slices]))
        return [job_id for part in lost for job_id in part]

    def _renew_call(self, leases: Sequence[tuple[str, str]]) -> ScriptCall[list[str]]:
        names = (keys.QUEUE, keys.WORKERS, keys.RENEWALS)
        silence = SILENT_LEASES * self._lease_ms
        args = (self._lease_ms, keys.in_progress(""), self._worker, silence)
        return ScriptCall(RENEW, names, [*args, *chain.from_iterable(leases)], _texts)

    async def end(self, job_id: str, token: str, *, done: bool, wait_ms: int = 0) -> None:
        """Ends a claim: removes the job if it is `done`, otherwise makes it due in `wait_ms`.

        Does nothing where the lease is lost.
        """
        await run(self._redis, finish_call(job_id, token, done=done, wait_ms=wait_ms))

    async def leave(self, held: Iterable[tuple[str, str]]) -> None:
        """Releases all claims in `held`, pairs of job id and claim token, and removes the worker's heartbeat."""
        await batch_each(self._redis, [finish_call(job_id, token, done=False) for job_id, token in held])
        await self._redis.zrem(keys.WORKERS, self._worker)


def made_at(token: str) -> float:
    """Returns when `claim.lua` made the token, in seconds since the epoch by Redis' clock."""
    return int(token) / 1e6


def finish_call(job_id: str, token: str, *, done: bool, wait_ms: int = 0) -> ScriptCall[bool]:
    """Returns the call that ends a claim, as `Claims.end`. Result: whether the caller held it."""
    names = (keys.QUEUE, keys.in_progress(job_id), keys.job(job_id), keys.retry(job_id))
    return ScriptCall(FINISH, names, (job_id, token, int(done), wait_ms), bool)


def _claims(answer: Sequence[bytes | str]) -> list[Claim]:
    fields = _texts(answer)
    jobs = zip(fields[::3], fields[1::3], fields[2::3], strict=True)
    return [Claim(job_id, token, int(float(score))) for job_id, token, score in jobs]


def _texts(answer: Sequence[bytes | str]) -> list[str]:
    """Decodes the fields of an answer: arq's client returns bytes, the others text."""
    return [field.decode() if isinstance(field, bytes) else field for field in answer]
