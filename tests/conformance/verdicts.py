"""What a check may find: that its sentence is broken, or that it cannot be tested here."""

from collections.abc import Container
from typing import Any


class Broken(AssertionError):
    """The server, or the reader, does not keep the sentence."""


class NotTested(Exception):
    """The sentence cannot be tested here; the text says why."""


def same(found: object, wanted: object, what: str) -> None:
    """Raise `Broken` unless they are equal; `what` names what was looked at."""
    if found != wanted:
        raise Broken(f"{what}: {short(found)}, and not {short(wanted)}")


def one_of(found: object, wanted: Container[Any], what: str) -> None:
    """Raise `Broken` unless it is among them."""
    if found not in wanted:
        raise Broken(f"{what}: {short(found)}, and not one of {short(wanted)}")


def holds(fact: object, what: str) -> None:
    """Raise `Broken` unless it is true; `what` says what is wrong."""
    if not fact:
        raise Broken(what)


def short(value: object) -> str:
    """The value in one line of at most 200 characters."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:150]} … {text[-40:]}"
