"""The table of states: what one is, and how a function becomes one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.e2e.scene import Reach

Place = Literal["full", "idle", "small"]


@dataclass(frozen=True)
class State:
    """`on` names the stack of the stage; `widths` where the state exists at some widths only."""

    name: str
    reach: Reach
    on: Place = "full"
    widths: tuple[int, ...] = (390, 1280)


STATES: list[State] = []


def state(on: Place = "full", widths: tuple[int, ...] = (390, 1280)) -> Callable[[Reach], Reach]:
    """Puts a function into the table, under its own name."""

    def put(reach: Reach) -> Reach:
        STATES.append(State(reach.__name__.replace("_", "-"), reach, on, widths))
        return reach

    return put
