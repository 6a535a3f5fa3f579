"""Whether the promise was kept: the invariants, checked over every turn."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tests.chaos.people import Person, Told


async def check(people: Sequence[Person], turns: Sequence[Told], whole: str | None = None) -> list[dict[str, Any]]:
    """Raises `AssertionError` for the first turn of which not everything holds; returns the turns as the API has them.

    Each ended once; its reader's text is the stored reply (and `whole`, where given); the history has the question
    once and one reply.
    """
    return list(
        await asyncio.gather(*(_check(person, told, whole) for person, told in zip(people, turns, strict=True)))
    )


def failures(states: Sequence[Mapping[str, Any]]) -> int:
    """How many of the turns did not end well."""
    return sum(state["state"] != "done" for state in states)


async def _check(person: Person, told: Told, whole: str | None) -> dict[str, Any]:
    turn = await person.turn(told.turn_id)
    ends = [event for event in told.transcript.events if event["type"] in ("end", "error")]
    assert len(ends) == 1, f"{told.turn_id} ended {len(ends)} times"
    assert turn["state"] in ("done", "cancelled", "failed"), turn
    mine = [message for message in await person.history(told.session_id) if message["turn_id"] == told.turn_id]
    assert [message["role"] for message in mine][:1] == ["user"], mine
    replies = [message["content"] for message in mine[1:]]
    assert replies == [told.transcript.text] or (not replies and not told.transcript.text), (
        told.turn_id,
        told.transcript.types,
    )
    if whole is not None:
        assert turn["state"] == "done", turn
        assert told.transcript.text == whole, (told.turn_id, told.transcript.types)
    return turn
