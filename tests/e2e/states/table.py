"""The table of states, and the decorator that adds a function to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.e2e.scene import Reach

Place = Literal["full", "idle", "several", "small"]


@dataclass(frozen=True)
class State:
    """A state of the page. `on` names the stack that it needs, `widths` the widths at which it exists.

    One that is `print_only` is on paper: its pictures show all of it, and the rules for screens do not apply.
    """

    name: str
    reach: Reach
    on: Place = "full"
    widths: tuple[int, ...] = (390, 1280)
    print_only: bool = False

    @property
    def module(self) -> str:
        """The name of its module in `tests.e2e.states`."""
        return self.reach.__module__.rpartition(".")[2]


STATES: list[State] = []


def state(
    on: Place = "full", widths: tuple[int, ...] = (390, 1280), *, print_only: bool = False
) -> Callable[[Reach], Reach]:
    """Add the function to the table under its own name."""

    def add(reach: Reach) -> Reach:
        STATES.append(State(reach.__name__.replace("_", "-"), reach, on, widths, print_only))
        return reach

    return add
