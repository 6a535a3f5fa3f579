"""Checks the invariants of every turn."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tests.chaos.simulated_users import ObservedTurn, SimulatedUser


async def check(
    users: Sequence[SimulatedUser], turns: Sequence[ObservedTurn], whole: str | None = None
) -> list[dict[str, Any]]:
    """Check the turns and return them as the API has them. Raises `AssertionError` for the first that fails.

    Each turn ended once. Its reader's text is the stored reply, and `whole` if given. The history has its question
    once, and one reply.
    """
    return list(
        await asyncio.gather(*(_check(user, observed, whole) for user, observed in zip(users, turns, strict=True)))
    )


def failures(states: Sequence[Mapping[str, Any]]) -> int:
    """The number of turns that did not end as done."""
    return sum(state["state"] != "done" for state in states)


async def _check(user: SimulatedUser, observed: ObservedTurn, whole: str | None) -> dict[str, Any]:
    turn = await user.turn(observed.turn_id)
    ends = [event for event in observed.transcript.events if event["type"] in ("end", "error")]
    assert len(ends) == 1, f"{observed.turn_id} ended {len(ends)} times"
    assert turn["state"] in ("done", "cancelled", "failed"), turn
    mine = [message for message in await user.history(observed.session_id) if message["turn_id"] == observed.turn_id]
    assert [message["role"] for message in mine][:1] == ["user"], mine
    replies = [message["content"] for message in mine[1:]]
    assert replies == [observed.transcript.text] or (not replies and not observed.transcript.text), (
        observed.turn_id,
        observed.transcript.types,
    )
    if whole is not None:
        assert turn["state"] == "done", turn
        assert observed.transcript.text == whole, (observed.turn_id, observed.transcript.types)
    return turn
