"""Claims on jobs, as a worker holds them: take, renew, end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from uuid import uuid4

from chat import keys
from chat.store import Call, Redis, RedisError, Script

SILENT_LEASES = 3
"""After so many leases without a heartbeat a worker counts as dead."""


SLICE = 200
"""Jobs of one script call: each holds up everybody else's commands for less than a millisecond."""


@dataclass(frozen=True)
class Claim:
    """A job that is the worker's until its lease ends. `due` is in milliseconds since the epoch, by Redis' clock."""

    job_id: str
    token: str
    due: int

    @property
    def made_at(self) -> float:
        """When the claim was made, in seconds since the epoch by Redis' clock."""
        return made_at(self.token)


class Claims:
    """One worker's claims. All methods raise `redis.RedisError` where the queue's store cannot be reached.

    Workers that share a queue have the same lease: scores further ahead than a lease are taken for a clock's mistake.
    """

    def __init__(self, redis: Redis, worker: str, lease_seconds: float) -> None:
        self._redis = redis
        self._worker = worker
        self._lease_ms = int(lease_seconds * 1000)
        self._run, self._number = uuid4().hex, 0
        self._claim = Script(redis, "claim")
        self._renew = Script(redis, "renew")
        self._finish = Script(redis, "finish")

    async def take(self, wanted: int) -> list[Claim]:
        """Claim at most `wanted` due jobs, and at most `SLICE`. The call after one whose answer was lost repeats it."""
        names = (keys.QUEUE, keys.LAST_CLAIM, keys.last_claim(self._worker), keys.RENEWALS)
        prefixes = (keys.in_progress(""), keys.retry(""))
        answer = await self._claim(names, min(wanted, SLICE), self._lease_ms, *prefixes, f"{self._run}:{self._number}")
        self._number += 1
        fields = [_text(field) for field in answer]
        return [
            Claim(job_id, token, int(float(score)))
            for job_id, token, score in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        ]

    async def renew(self, held: Mapping[str, str]) -> list[str]:
        """Renew the leases of `held`, job ids with their claim tokens, and note that the worker is alive.

        Returns the jobs whose lease is lost.
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
        """Take the job off the queue, or give it back to be claimed after `wait_ms`; nothing where it is lost."""
        await self._finish(*_ending(job_id, token, done, wait_ms))

    async def leave(self, held: Iterable[tuple[str, str]]) -> None:
        """Give back all that is `held`, and take the worker off the list."""
        await self._finish.each([_call(*_ending(job_id, token, False, 0)) for job_id, token in held])
        await self._redis.zrem(keys.WORKERS, self._worker)


def made_at(token: str) -> float:
    """When `claim.lua` made the token, in seconds since the epoch by Redis' clock."""
    return int(token) / 1e6


def _ending(job_id: str, token: str, done: bool, wait_ms: int) -> tuple[tuple[str, ...], str, str, int, int]:
    names = (keys.QUEUE, keys.in_progress(job_id), keys.job(job_id), keys.retry(job_id))
    return names, job_id, token, int(done), wait_ms


def _call(names: tuple[str, ...], *args: str | int) -> Call:
    return names, args


def _text(field: bytes | str) -> str:
    """arq's client answers in bytes, others in text."""
    return field.decode() if isinstance(field, bytes) else field
