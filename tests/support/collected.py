"""A sink of a reply that keeps what it gets."""

from collections.abc import Callable

from worker.llm.delta import Delta


class Collected:
    """Keeps the content and the thinking; there is always room."""

    is_full = False

    def __init__(self) -> None:
        self.content = self.thinking = ""

    def add(self, item: Delta, /) -> None:
        self.content += item.content
        self.thinking += item.thinking

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        pass
