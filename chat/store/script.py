"""The Lua scripts of `chat/scripts`, and typed calls of them, which `chat.store.calls` makes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from redis.asyncio import Redis

from chat.scripts import source

Argument = str | bytes | int | float

T_co = TypeVar("T_co", covariant=True)


class Script:
    """A script of `chat/scripts`, which servers know by its hash once they have got its source."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._source = source(name)
        self._sha = hashlib.sha1(self._source.encode(), usedforsecurity=False).hexdigest()

    def run(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Runs the script by its hash, or adds that to a pipeline."""
        return client.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)

    def load(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Runs the script by its source, or adds that to a pipeline; then the server knows the script."""
        return client.execute_command("EVAL", self._source, len(keys), *keys, *args)


@dataclass(frozen=True, slots=True)
class ScriptCall(Generic[T_co]):
    """A call of a script, not sent yet. `read` makes the result of the script's answer; it has no other effect.

    On a Cluster all keys must be of one slot.
    """

    script: Script
    keys: Sequence[str]
    args: Sequence[Argument]
    read: Callable[[Any], T_co]


def named(arguments: Mapping[str, Argument]) -> list[Argument]:
    """Returns the arguments for a script that takes them by name (see `chat.scripts`): name, value, name, value, …"""
    return [part for pair in arguments.items() for part in pair]


def fields_of(answer: Sequence[str]) -> dict[str, str]:
    """Reads a hash in a script's answer: name, value, name, value, …"""
    return dict(zip(answer[::2], answer[1::2], strict=True))
