"""Gathers the calls of tools in a reply, and its steps, from the reply's events. Pure."""

from collections.abc import Sequence

from chat.events import (
    AnyEvent,
    ApprovalEvent,
    Chunk,
    Restart,
    Snapshot,
    StepDone,
    Thinking,
    ToolArguments,
    ToolCall,
    ToolResult,
    ToolStart,
)
from chat.tool_calls import Approval, FunctionCall, ReplyStep, ServerCall


class ReplyCalls:
    """The calls of tools in a reply, and its steps, as far as events have been added.

    `all`: every call, in the order of its index. Calls and steps are not copied: later events change them. The cost of
    an event does not grow with those before it.
    """

    def __init__(self) -> None:
        self.all: list[FunctionCall] = []
        self._arguments: list[list[str]] = []
        self._complete: list[ReplyStep] = []
        self._content: list[str] = []
        self._thinking: list[str] = []
        self._first = 0  # index of the first call of the step that is not complete

    def add(self, event: AnyEvent) -> None:
        """Adds the next event. Raises `IndexError` for one about a call that is not there."""
        match event:
            case Chunk():
                self._content.append(event.content)
            case Thinking():
                self._thinking.append(event.content)
            case ToolCall():
                self._begin([_call_of(event)])
            case ToolArguments():
                self._arguments[event.index].append(event.content)
            case StepDone():
                self._complete.append(self._step(complete=True).model_copy(update={"usage": event.usage}))
                self._content, self._thinking, self._first = [], [], len(self.all)
            case Restart() | Snapshot():
                self._replace(event if isinstance(event, Snapshot) else Snapshot(content=""))
            case ToolStart() | ToolResult() | ApprovalEvent():
                _note(event, self.all[event.index])

    @property
    def of_client(self) -> list[FunctionCall]:
        """The calls of the client's tools."""
        return [call for call in self._whole() if not isinstance(call, ServerCall)]

    @property
    def steps(self) -> list[ReplyStep]:
        """The steps that are complete, and the one that is not, if it has calls of tool servers."""
        last = self._step(complete=False)
        return [*self._complete, last] if last.calls else [*self._complete]

    def _step(self, *, complete: bool) -> ReplyStep:
        calls = [call for call in self._whole()[self._first :] if isinstance(call, ServerCall)]
        content, thinking = "".join(self._content), "".join(self._thinking)
        return ReplyStep(content=content, thinking=thinking or None, calls=calls, complete=complete)

    def _whole(self) -> list[FunctionCall]:
        """Returns all calls, with their arguments so far."""
        for call, parts in zip(self.all, self._arguments, strict=True):
            if len(parts) > 1:
                parts[:] = ["".join(parts)]
            call.arguments = parts[0] if parts else ""
        return self.all

    def _begin(self, calls: Sequence[FunctionCall]) -> None:
        self.all += calls
        self._arguments += [[call.arguments] for call in calls]

    def _replace(self, shown: Snapshot) -> None:
        """Drops all that was added, in favour of a snapshot. Its text after its complete steps is of the next one."""
        steps = [step.model_copy(deep=True) for step in shown.steps or ()]
        self._complete = [step for step in steps if step.complete]
        self._content = [shown.content[sum(len(step.content) for step in self._complete) :]]
        self._thinking = [shown.thinking[sum(len(step.thinking or "") for step in self._complete) :]]
        self.all, self._arguments = [], []
        self._begin([call.model_copy() for call in shown.tool_calls or ()])
        self._begin([call for step in self._complete for call in step.calls])
        self._first = len(self.all)
        self._begin([call for step in steps if not step.complete for call in step.calls])


def _call_of(event: ToolCall) -> FunctionCall:
    fields = event.model_dump(include={"id", "name", "extra_content"})
    if event.server is None:
        return FunctionCall(**fields, arguments="")
    about = {"server": event.server, "title": event.title, "server_title": event.server_title}
    return ServerCall(**fields, arguments="", **about)


def _note(event: ToolStart | ToolResult | ApprovalEvent, call: FunctionCall) -> None:
    """Notes what became of a call of a tool server's tool."""
    if not isinstance(call, ServerCall):
        return
    match event:
        case ToolStart():
            call.start(event.at)
        case ApprovalEvent():
            call.ask(Approval(**event.model_dump(exclude={"type"})))
        case ToolResult():
            call.status, call.content, call.code = event.status, event.content, event.code
            call.images, call.seconds = event.images, event.seconds
