"""Circuit breakers, shared by all processes: what keeps failing is left out for a while.

A circuit is *closed* as long as what it is named after works. `FAILURES` failures in a row open it for `OPEN_SECONDS`,
and each failed trial for twice as long. After that time it is *half-open*: one request is let through as a trial. Any
answer closes it, with its first word; a whole one also forgets the failures before. Nothing depends on circuits: where
their store fails, they count as closed.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import uuid4

import structlog

from chat import keys
from chat.store import Redis, RedisError, Script, ScriptCall, run
from chat.store.errors import note

FAILURES = 5
WINDOW_SECONDS = 60
OPEN_SECONDS = 30
LONGEST_OPEN_SECONDS = 300
TRIAL_SECONDS = 60
"""How long a trial keeps other requests out, if its result does not come before."""

FORGET_SECONDS = 600
"""How long an open circuit is remembered after its time, if nothing is asked."""

TIMEOUT_SECONDS = 0.5
"""How long a step may take before the circuits count as closed."""

CHECK_SECONDS = 60
"""How long a process takes a circuit that worked for closed, without asking the store what others have found."""

CHOOSE = Script("choose")
FAIL = Script("fail")

State = Literal["closed", "half_open", "open"]
T = TypeVar("T")

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Choice:
    """The candidate to ask, counted from 0. `reason`: why the first one is left out, "" if it is not."""

    index: int = 0
    reason: str = ""


class Circuits:
    """All circuits on the queue's store. The names of circuits are free."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._doubted: dict[str, float] = {}
        """Names that have failed lately, with the time at which that is forgotten, by this process' clock."""

        self._checked: dict[str, float] = {}
        """Names that worked, with the time from which the store is to be asked again."""

    async def choose(self, candidates: Sequence[Sequence[str]]) -> Choice:
        """Returns the first candidate that is not left out, and the first of all where each is.

        `candidates`: the names of each one's circuits, the same number for each.
        """
        call = choose_call(candidates, uuid4().hex)
        answer = await _in_time(run(self._redis, call), (1, False, ""))
        position, is_doubted, reason = answer
        index = max(position - 1, 0)
        if is_doubted:
            self._doubt(candidates[index])
        return Choice(index, reason if position > 1 else "")

    async def failed(self, name: str, reason: str) -> bool:
        """Counts a failure. Returns whether the circuit is open."""
        self._doubt([name])
        is_open = await _in_time(run(self._redis, fail_call(name, uuid4().hex, reason)), False)
        if is_open:
            logger.warning("circuit_open", circuit=name, reason=reason)
        return is_open

    async def answered(self, names: Iterable[str]) -> None:
        """Closes the circuits, because an answer has begun. Asks the store only for those that may be open."""
        if names := self._doubtful(names):
            await _in_time(self._redis.unlink(*map(keys.circuit, names)), 0)

    async def succeeded(self, names: Iterable[str]) -> None:
        """Forgets the failures, because an answer is whole. Asks the store only for those that may have some.

        Leaves open what was opened after the answer had begun.
        """
        if names := self._doubtful(names):
            still_open = await _in_time(self._forget(names), names)
            self._checked.update(dict.fromkeys(names, time.monotonic() + CHECK_SECONDS))
            for name in set(names) - set(still_open):
                self._doubted.pop(name, None)

    async def _forget(self, names: list[str]) -> list[str]:
        """Removes the failures. Returns the names of circuits that are open nevertheless."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.unlink(*map(keys.circuit_failures, names))
            for name in names:
                pipe.exists(keys.circuit(name))
            _, *found = await pipe.execute()
        return [name for name, is_open in zip(names, found, strict=True) if is_open]

    def _doubtful(self, names: Iterable[str]) -> list[str]:
        now = time.monotonic()
        return [name for name in names if self._doubted.get(name, 0) > now or self._checked.get(name, 0) <= now]

    async def states(self, names: Sequence[str]) -> dict[str, State]:
        """Returns the states of the circuits. Raises `redis.RedisError`."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            for name in names:
                pipe.hget(keys.circuit(name), "open_until")
            (seconds, microseconds), *found = await pipe.execute()
        now = int(seconds) * 1000 + int(microseconds) // 1000
        return {name: _state(open_until, now) for name, open_until in zip(names, found, strict=True)}

    def _doubt(self, names: Iterable[str]) -> None:
        until = time.monotonic() + WINDOW_SECONDS + LONGEST_OPEN_SECONDS + FORGET_SECONDS
        self._doubted.update(dict.fromkeys(names, until))


def choose_call(candidates: Sequence[Sequence[str]], nonce: str) -> ScriptCall[tuple[int, bool, str]]:
    """Returns the call that chooses a candidate. Result: its position from 1, whether it has failures, a reason."""
    names = [key for circuits in candidates for name in circuits for key in _keys(name)]
    args = (len(candidates[0]), nonce, TRIAL_SECONDS * 1000, LONGEST_OPEN_SECONDS * 1000)
    return ScriptCall(CHOOSE, names, args, _chosen)


def fail_call(name: str, nonce: str, reason: str) -> ScriptCall[bool]:
    """Returns the call that counts a failure. Result: whether the circuit is open."""
    seconds = (WINDOW_SECONDS, OPEN_SECONDS, LONGEST_OPEN_SECONDS, FORGET_SECONDS)
    return ScriptCall(FAIL, _keys(name), (nonce, reason, FAILURES, *(1000 * each for each in seconds)), bool)


def _keys(name: str) -> tuple[str, str]:
    return keys.circuit(name), keys.circuit_failures(name)


def _chosen(answer: Sequence[Any]) -> tuple[int, bool, str]:
    position, is_doubted, reason = answer
    return int(position), is_doubted == "1", str(reason or "")


def _state(open_until: str | None, now: int) -> State:
    if open_until is None:
        return "closed"
    return "open" if now < float(open_until) <= now + LONGEST_OPEN_SECONDS * 1000 else "half_open"


async def _in_time(step: Awaitable[T], otherwise: T) -> T:
    """Returns the result of a step; `otherwise` if the store fails or takes too long."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await step
    except (RedisError, OSError) as error:  # a `TimeoutError` is an `OSError`
        logger.info("circuits_not_reached", error=note(error))
        return otherwise
