"""Measures steps on the branches of a session: another version, another branch, a page of one."""

from collections.abc import Awaitable, Callable
from functools import partial

from bench.curves.curve import CONSTANT, Curve
from bench.curves.lab import TEXT, USER, Lab, best, fill_history, message_id

TRIALS = 5
SIZES = (10, 100, 1000, 10_000, 100_000)


async def session_of(lab: Lab, messages: int) -> str:
    session_id = await lab.session()
    await fill_history(lab.store, session_id, messages, TEXT)
    return session_id


def versions(place: Callable[[int], int], text: str | None) -> Callable[[Lab, int], Awaitable[float]]:
    """Returns the cost of another version of the message number `place(count)` of `count` messages."""

    async def cost(lab: Lab, messages: int) -> float:
        session_id, found = await session_of(lab, messages), list[float]()
        for _ in range(TRIALS):
            opened = list[str]()

            async def call(opened: list[str] = opened) -> None:
                opened.append(await lab.turn(session_id, text, message_id(place(messages))))

            found.append(await best(call, 1))
            await lab.turns.cancel(USER, opened[0])
        return min(found)

    return cost


async def show(lab: Lab, messages: int) -> float:
    """Shows the branch from the first question and the other one, in turn."""
    session_id = await session_of(lab, messages)
    other = await lab.turn(session_id, "other", message_id(0))
    await lab.turns.cancel(USER, other)
    branches = [f"{other.rpartition('.')[2]}-q", message_id(messages - 1)]

    async def both() -> None:
        for message in branches:
            await lab.sessions.branches.show(USER, session_id, message)

    return await best(both) / 2


async def page_of_a_branch(lab: Lab, messages: int) -> float:
    """Reads the newest page of a branch that is not shown."""
    session_id = await session_of(lab, messages)
    await lab.turns.cancel(USER, await lab.turn(session_id, "other", message_id(0)))
    return await best(partial(lab.sessions.history, USER, session_id, 100, branch=message_id(messages // 2)))


async def remove_last(lab: Lab, messages: int) -> float:
    """Removes the newest messages, one by one."""
    session_id = await session_of(lab, messages)
    last = iter(range(messages - 1, 0, -1))
    return await best(lambda: lab.sessions.branches.remove(USER, session_id, message_id(next(last))), TRIALS)


CURVES: list[Curve[Lab]] = [
    Curve("regenerate the last reply", "messages", CONSTANT, versions(lambda count: count - 1, None), SIZES),
    Curve("regenerate the first reply", "messages", CONSTANT, versions(lambda _: 1, None), SIZES),
    Curve(
        "edit a question in the middle", "messages", CONSTANT, versions(lambda count: count // 4 * 2, "other"), SIZES
    ),
    Curve("show another branch", "messages", CONSTANT, show, SIZES),
    Curve("read a page of another branch", "messages", CONSTANT, page_of_a_branch, SIZES[1:]),
    Curve("delete the last message", "messages", CONSTANT, remove_last, SIZES),
]
