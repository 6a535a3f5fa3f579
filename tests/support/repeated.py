"""Makes steps on the store run twice, or lose their answer, as when a connection breaks before an answer arrives."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from chat.store import Script

Answered = Callable[[Any], Awaitable[None]]


def after_answer(monkeypatch: pytest.MonkeyPatch, name: str, answered: Answered) -> None:
    """Run the script `name` for its answer, call `answered` with that, and then run it as usual."""
    run = Script.run

    async def run_twice(script: Script, client: Redis, keys: Sequence[str], args: Sequence[Any]) -> Any:
        await answered(await script.load(client, keys, args))
        return await run(script, client, keys, args)

    def run_or_repeat(script: Script, client: Redis, keys: Sequence[str], args: Sequence[Any]) -> Any:
        return (run_twice if script.name == name else run)(script, client, keys, args)

    monkeypatch.setattr(Script, "run", run_or_repeat)


def ask_twice(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make the script `name` run twice each time."""

    async def ignore(_: Any) -> None: ...

    after_answer(monkeypatch, name, ignore)


def lose_answers(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make each call of the script `name` fail after it ran."""

    async def fail(_: Any) -> None:
        raise ConnectionError

    after_answer(monkeypatch, name, fail)
