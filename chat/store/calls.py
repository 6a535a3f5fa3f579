"""Makes script calls: one alone, or several in one round trip, each with its own typed result."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from chat.store.cluster import Cluster
from chat.store.script import Argument, Script, ScriptCall

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def is_cluster(store: Redis) -> bool:
    """Whether all keys of a command must be of one slot."""
    return isinstance(store, Cluster)


async def run(store: Redis, call: ScriptCall[T]) -> T:
    """Makes the call and returns its result. Raises what `read` raises.

    Raises `redis.RedisError` where the store cannot be reached or refuses the call.
    """
    try:
        answer = await call.script.run(store, call.keys, call.args)
    except NoScriptError:
        answer = await call.script.load(store, call.keys, call.args)
    return call.read(answer)


@overload
async def batch(store: Redis, a: ScriptCall[A], b: ScriptCall[B], /) -> tuple[A, B]: ...
@overload
async def batch(store: Redis, a: ScriptCall[A], b: ScriptCall[B], c: ScriptCall[C], /) -> tuple[A, B, C]: ...
async def batch(store: Redis, *calls: ScriptCall[Any]) -> tuple[Any, ...]:
    """Makes the calls in one round trip and returns their results. Raises the first error among them."""
    return tuple(results(await batch_each(store, calls)))


async def batch_each(store: Redis, calls: Sequence[ScriptCall[T]]) -> list[T | RedisError]:
    """Makes calls of one kind in one round trip. Returns the result of each, or the error where it was refused.

    Raises `redis.RedisError` where the store cannot be reached. On a Cluster it does not raise: the error is the result
    of the calls whose node cannot be reached.
    """
    return _read(calls, await _answers(store, calls))


async def in_order(
    store: Redis, first: Sequence[ScriptCall[A]], then: Sequence[ScriptCall[B]]
) -> tuple[list[A | RedisError], list[B | RedisError]]:
    """As `batch_each` for two kinds of calls, of which those in `then` run after those in `first`.

    One server answers in order, so it gets all in one round trip. The nodes of a Cluster get one kind after the other,
    and so does a server that did not know one of the scripts: then it gets all calls again.
    """
    if not is_cluster(store):
        answers = await _send(store, Script.run, [*first, *then])
        if not any(isinstance(answer, NoScriptError) for answer in answers):
            return _read(first, answers[: len(first)]), _read(then, answers[len(first) :])
    return await batch_each(store, first), await batch_each(store, then)


def results(outcomes: Sequence[T | RedisError]) -> list[T]:
    """Returns the results of several calls. Raises the first error among them."""
    done: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, RedisError):
            raise outcome
        done.append(outcome)
    return done


def _read(calls: Sequence[ScriptCall[T]], answers: Sequence[Any]) -> list[T | RedisError]:
    pairs = zip(calls, answers, strict=True)
    return [answer if isinstance(answer, RedisError) else call.read(answer) for call, answer in pairs]


async def _answers(store: Redis, calls: Sequence[ScriptCall[Any]]) -> list[Any]:
    """Sends the calls, and once more those whose script the server does not know. Returns answers and errors."""
    answers = await _send(store, Script.run, calls)
    unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = await _send(store, Script.load, [calls[index] for index in unknown])
        for index, answer in zip(unknown, again, strict=True):
            answers[index] = answer
    return answers


async def _send(
    store: Redis,
    send: Callable[[Script, Redis, Sequence[str], Sequence[Argument]], Any],
    calls: Sequence[ScriptCall[Any]],
) -> list[Any]:
    async with store.pipeline(transaction=False) as pipe:
        for call in calls:
            send(call.script, pipe, call.keys, call.args)
        return list(await pipe.execute(raise_on_error=False))
