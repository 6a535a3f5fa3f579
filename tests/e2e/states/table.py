"""The table of states, and the decorator that adds a function to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.e2e.scene import Reach, Scene

Place = Literal["full", "idle", "several", "small"]


@dataclass(frozen=True)
class State:
    """A state of the page. `step` brings a page into it from the state before it in its walk, or from an empty page."""

    name: str
    step: Reach

    async def reach(self, scene: Scene) -> None:
        """Take the step. An error says in which state it happened."""
        try:
            await self.step(scene)
        except Exception as error:
            error.add_note(f"on the way to the state {self.name}")
            raise


@dataclass(frozen=True)
class Walk:
    """States that one page gets into, one after the other. `on` names the stack, `widths` those at which they exist.

    One that is `print_only` is on paper: its pictures show all of it, and the rules for screens do not apply.
    """

    states: tuple[State, ...]
    on: Place
    widths: tuple[int, ...]
    print_only: bool

    @property
    def name(self) -> str:
        """The name of its first state, and of its last one if there are several."""
        ends = dict.fromkeys((self.states[0].name, self.states[-1].name))
        return "...".join(ends)


WALKS: list[Walk] = []


def state(
    on: Place = "full",
    widths: tuple[int, ...] = (390, 1280),
    *,
    after: Reach | None = None,
    print_only: bool = False,
) -> Callable[[Reach], Reach]:
    """Add the function to the table under its own name: to the walk that ends with the step `after`, or as a new one.

    A step that follows another is on the same stack at the same widths.
    """

    def add(step: Reach) -> Reach:
        added = State(step.__name__.replace("_", "-"), step)
        if after is None:
            WALKS.append(Walk((added,), on, widths, print_only))
        else:
            place, walk = next((place, walk) for place, walk in enumerate(WALKS) if walk.states[-1].step is after)
            WALKS[place] = Walk((*walk.states, added), walk.on, walk.widths, walk.print_only)
        return step

    return add
