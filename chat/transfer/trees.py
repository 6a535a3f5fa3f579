"""Checks a tree of messages, and orders it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chat.messages import Message
from chat.transfer.conversation import NotImportable
from chat.transfer.limits import MAX_MESSAGES, MAX_NESTED_VERSIONS, MAX_VERSIONS


class Placed(Protocol):
    """Something at a place of a tree."""

    @property
    def id(self) -> str: ...
    @property
    def parent_id(self) -> str | None: ...


def top_down(parents: Mapping[str, str | None]) -> list[str]:
    """Returns the ids, each after its parent; those with the same parent in their order. Leaves out cycles.

    Every parent must be among the ids, or None.
    """
    children = defaultdict[str | None, list[str]](list)
    for name, parent in parents.items():
        children[parent].append(name)
    ordered, waiting = list[str](), children[None][::-1]
    while waiting:
        name = waiting.pop()
        ordered.append(name)
        waiting += reversed(children.get(name, []))
    return ordered


def oldest_first(messages: Sequence[Message]) -> list[Message]:
    """Sorts by time, but never a message before the one that it follows."""
    latest = dict[str | None, float]()
    for message in messages:
        latest[message.id] = max(message.timestamp, latest.get(message.parent_id, 0.0))
    return sorted(messages, key=lambda message: latest[message.id])


def check(messages: Sequence[Placed], most: int = MAX_MESSAGES, most_versions: int = MAX_VERSIONS) -> None:
    """Raises `NotImportable` where these are more messages or versions than may be imported."""
    if len(messages) > most:
        raise NotImportable("too_many_messages")
    versions = Counter(message.parent_id for message in messages)
    if versions and max(versions.values()) > most_versions:
        raise NotImportable("too_many_versions")
    nested, begun = dict[str | None, int](), set[str | None]()
    for message in messages:
        is_first = message.parent_id not in begun
        begun.add(message.parent_id)
        nested[message.id] = nested.get(message.parent_id, 0) + (0 if is_first else 1)
    if nested and max(nested.values()) > MAX_NESTED_VERSIONS:
        raise NotImportable("too_many_versions")


def leaf_of(messages: Iterable[Placed], shown: str | None) -> str | None:
    """Returns the last message of the branch of `shown`, or of all, following the newest versions."""
    newest, last = dict[str | None, str](), None
    known = set[str]()
    for message in messages:
        newest[message.parent_id] = last = message.id
        known.add(message.id)
    leaf = shown if shown in known else last
    while leaf in newest:
        leaf = newest[leaf]
    return leaf
