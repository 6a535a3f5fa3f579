"""Takes, renews and ends a worker's claims on jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from uuid import uuid4

from chat import keys
from chat.store import Call, Redis, RedisError, Script

SILENT_LEASES = 3
"""Number of leases without a heartbeat after which a worker counts as dead."""


SLICE = 200
"""Greatest number of jobs per script call, so that a call blocks Redis for less than a millisecond."""


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
        self._claim = Script(redis, "claim")
        self._renew = Script(redis, "renew")
        self._finish = Script(redis, "finish")

    async def take(self, wanted: int) -> list[Claim]:
        """Claims at most `wanted` and at most `SLICE` due jobs.

        If the answer of a call was lost, the next call repeats it and so returns the jobs that it claimed.
        """
        names = (keys.QUEUE, keys.LAST_CLAIM, keys.last_claim(self._worker), keys.RENEWALS)
        prefixes = (keys.in_progress(""), keys.retry(""))
        claim_id = f"{self._run_id}:{self._call_number}"
        answer = await self._claim(names, min(wanted, SLICE), self._lease_ms, *prefixes, claim_id)
        self._call_number += 1
        fields = [_text(field) for field in answer]
        return [
            Claim(job_id, token, int(float(score)))
            for job_id, token, score in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        ]

    async def renew(self, held: Mapping[str, str]) -> list[str]:
        """Renews the leases of `held` (claim tokens by job id) and stores the worker's heartbeat.

        Returns the ids of jobs whose lease is lost.
        """
        silence = SILENT_LEASES * self._lease_ms
        names = (keys.QUEUE, keys.WORKERS, keys.RENEWALS)
        leases = list(held.items())
        calls: list[Call] = []
        for start in range(0, max(len(leases), 1), SLICE):
            pairs = chain.from_iterable(leases[start : start + SLICE])
            calls.append((names, (self._lease_ms, keys.in_progress(""), self._worker, silence, *pairs)))
        answers = await self._renew.each(calls)
        for answer in answers:
            if isinstance(answer, RedisError):
                raise answer
        return [_text(job_id) for lost in answers for job_id in lost]

    async def end(self, job_id: str, token: str, *, done: bool, wait_ms: int = 0) -> None:
        """Ends a claim: removes the job if it is `done`, otherwise makes it due in `wait_ms`.

        Does nothing where the lease is lost.
        """
        await self._finish(*_finish_args(job_id, token, done, wait_ms))

    async def leave(self, held: Iterable[tuple[str, str]]) -> None:
        """Releases all claims in `held`, pairs of job id and claim token, and removes the worker's heartbeat."""
        await self._finish.each([_call(*_finish_args(job_id, token, False, 0)) for job_id, token in held])
        await self._redis.zrem(keys.WORKERS, self._worker)


def made_at(token: str) -> float:
    """Returns when `claim.lua` made the token, in seconds since the epoch by Redis' clock."""
    return int(token) / 1e6


def _finish_args(job_id: str, token: str, done: bool, wait_ms: int) -> tuple[tuple[str, ...], str, str, int, int]:
    names = (keys.QUEUE, keys.in_progress(job_id), keys.job(job_id), keys.retry(job_id))
    return names, job_id, token, int(done), wait_ms


def _call(names: tuple[str, ...], *args: str | int) -> Call:
    return names, args


def _text(field: bytes | str) -> str:
    """Decodes a field: arq's client returns bytes, the others text."""
    return field.decode() if isinstance(field, bytes) else field
