"""A sink of a reply that keeps what it gets."""

from collections.abc import Callable, Sequence

from chat.tool_calls import FunctionCall
from worker.llm.delta import Delta


class Collected:
    """Keeps the content, the thinking and the calls of tools; there is always room."""

    is_full = False

    def __init__(self) -> None:
        self.content = self.thinking = ""
        self.arguments: list[list[str]] = []
        self._begun: list[FunctionCall] = []

    @property
    def calls(self) -> list[FunctionCall]:
        whole = zip(self._begun, map("".join, self.arguments), strict=True)
        return [call.model_copy(update={"arguments": arguments}) for call, arguments in whole]

    def resume(self, calls: Sequence[FunctionCall]) -> None:
        """Goes on after these calls."""
        self._begun = list(calls)
        self.arguments = [[call.arguments] for call in calls]

    def add(self, item: Delta, /) -> None:
        self.content += item.content
        self.thinking += item.thinking
        for call in item.calls:
            if call.id:
                assert call.number == len(self._begun)
                self._begun.append(FunctionCall(id=call.id, name=call.name, arguments="", extra_content=call.extra))
                self.arguments.append([])
            self.arguments[call.number].append(call.arguments)

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        pass
