"""Calls the scripts in `chat/scripts`, one by one or several in one round trip."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from chat.scripts import source
from chat.store.cluster import Cluster

Argument = str | bytes | int | float
Call = tuple[Sequence[str], Sequence[Argument]]
"""A script's keys and arguments."""


class Script:
    """A script bound to a client. On a Cluster all its keys must be of one slot."""

    def __init__(self, store: Redis, name: str) -> None:
        self._store = store
        self._source = source(name)
        self._sha = hashlib.sha1(self._source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *args: Argument) -> Any:
        """Runs the script and returns its answer. Raises `redis.RedisError` where the store cannot be reached."""
        try:
            return await self.run(self._store, keys, args)
        except NoScriptError:
            return await self.load(self._store, keys, args)

    async def each(self, calls: Sequence[Call]) -> list[Any]:
        """Runs the script for many calls in one round trip, as `run_batch` does."""
        return await run_batch(self._store, [(self, call) for call in calls])

    def run(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Runs the script by its hash, or adds that to a pipeline."""
        return client.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)

    def load(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Runs the script by its source, or adds that to a pipeline; then the server knows the script."""
        return client.execute_command("EVAL", self._source, len(keys), *keys, *args)


ScriptCall = tuple[Script, Call]


def is_cluster(store: Redis) -> bool:
    """Whether all keys of a command must be of one slot."""
    return isinstance(store, Cluster)


async def run_batch(store: Redis, steps: Sequence[ScriptCall]) -> list[Any]:
    """Runs all steps in one round trip and returns their answers. The answer of a refused call is its error.

    Raises `redis.RedisError` where the store cannot be reached. On a Cluster it does not raise: the error is the answer
    of the calls whose node cannot be reached.
    """
    answers = await _send(store, Script.run, steps)
    unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = await _send(store, Script.load, [steps[index] for index in unknown])
        for index, answer in zip(unknown, again, strict=True):
            answers[index] = answer
    return answers


async def run_in_order(store: Redis, *batches: Sequence[ScriptCall]) -> list[Any]:
    """As `run_batch`, and each batch runs after those before it.

    One server answers in order, so it gets all in one round trip; the nodes of a Cluster get one batch after the other.
    """
    if not is_cluster(store):
        return await run_batch(store, [step for batch in batches for step in batch])
    return [answer for batch in batches for answer in await run_batch(store, batch)]


def raise_errors(answers: list[Any]) -> list[Any]:
    """Returns the answers of a batch. Raises the first error among them."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


async def _send(
    store: Redis, send: Callable[[Script, Redis, Sequence[str], Sequence[Argument]], Any], steps: Sequence[ScriptCall]
) -> list[Any]:
    async with store.pipeline(transaction=False) as pipe:
        for script, (keys, args) in steps:
            send(script, pipe, keys, args)
        return list(await pipe.execute(raise_on_error=False))
