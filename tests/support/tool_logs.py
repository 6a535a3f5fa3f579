"""Random event logs of turns that call tools of tool servers, as workers write them, for property tests."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import strategies as st

from chat.event_log import Entry
from chat.events import (
    AnyEvent,
    ApprovalEvent,
    Chunk,
    Resume,
    Snapshot,
    Start,
    StepDone,
    Thinking,
    ToolArguments,
    ToolCall,
    ToolProgress,
    ToolResult,
    ToolStart,
)
from chat.tool_calls import Approval, ApprovalState, ReplyStep, ResultStatus, ServerCall, ToolImage
from tests.support.event_logs import ENDS, SESSION, TEXTS, TURN

STATUSES: list[ResultStatus] = ["ok", "error", "unknown"]
IMAGE = ToolImage(id="f" * 32, type="image/png", width=2, height=1)
SERVER = "docs"
TITLE = "Look up"

CallEvent = ToolStart | ToolProgress | ToolResult | ApprovalEvent


class ToolLog(NamedTuple):
    """A log, and what a reader of all of it shows at the end."""

    entries: list[Entry]
    shown: Snapshot


@dataclass
class Log:
    """A log while it is made. `open`: events of the request that the model answers now."""

    events: list[AnyEvent]
    steps: list[ReplyStep] = field(default_factory=list)
    open: list[AnyEvent] = field(default_factory=list)

    @property
    def calls(self) -> list[ServerCall]:
        """The calls of all steps that are complete."""
        return [call for step in self.steps for call in step.calls]

    def open_text(self, kind: type[Chunk | Thinking]) -> str:
        return "".join(event.content for event in self.open if isinstance(event, kind))

    def shown(self) -> Snapshot:
        """What a reader of the log shows, if the model's answer so far has no calls."""
        return Snapshot(
            content="".join(step.content for step in self.steps) + self.open_text(Chunk),
            thinking="".join(step.thinking or "" for step in self.steps) + self.open_text(Thinking),
            steps=[step.model_copy(deep=True) for step in self.steps] or None,
        )


@st.composite
def tool_logs(draw: st.DrawFn) -> ToolLog:
    """A log of steps with calls and approvals, which several attempts have written."""
    log, attempt = Log([Start(turn_id=TURN, session_id=SESSION, position=0)]), 1
    for _ in range(draw(st.integers(0, 3))):
        _answer(draw, log, calls=draw(st.integers(0, 2)))
        if draw(st.booleans()):
            attempt += 1
            _go_on(log, attempt)
        else:
            if not any(isinstance(event, ToolCall) for event in log.open):
                _answer(draw, log, calls=1)
            _complete_step(log)
            _run_calls(draw, log)
    _answer(draw, log, calls=0)
    log.events.append(draw(st.sampled_from(ENDS)))
    return ToolLog([Entry.of(seq, event) for seq, event in enumerate(log.events, 1)], log.shown())


def _answer(draw: st.DrawFn, log: Log, calls: int) -> None:
    """The model answers a request, after its answer so far, with so many calls."""
    events: list[AnyEvent] = [Chunk("\n\n")] if log.steps and not log.open else []
    events += draw(st.lists(st.one_of(TEXTS.map(Chunk), TEXTS.map(Thinking)), max_size=3))
    first = len(log.calls) + sum(isinstance(event, ToolCall) for event in log.open)
    for index in range(first, first + calls):
        events.append(ToolCall(index=index, id=f"call_{index}", name="look_up", server=SERVER, title=TITLE))
        events += [ToolArguments(index, part) for part in draw(st.lists(TEXTS, max_size=2))]
    log.open += events
    log.events += events


def _go_on(log: Log, attempt: int) -> None:
    """A new attempt goes on after the last step that is complete."""
    is_partial, log.open = bool(log.open), []
    log.events.append(Resume(attempt=attempt))
    if is_partial:
        log.events.append(log.shown())


def _complete_step(log: Log) -> None:
    arguments = dict[int, str]()
    for event in log.open:
        if isinstance(event, ToolArguments):
            arguments[event.index] = arguments.get(event.index, "") + event.content
    calls = [
        ServerCall(id=event.id, name=event.name, arguments=arguments.get(event.index, ""), server=SERVER, title=TITLE)
        for event in log.open
        if isinstance(event, ToolCall)
    ]
    step = ReplyStep(content=log.open_text(Chunk), thinking=log.open_text(Thinking) or None, calls=calls)
    log.events.append(StepDone(index=len(log.steps)))
    log.steps.append(step)
    log.open = []


def _run_calls(draw: st.DrawFn, log: Log) -> None:
    """The calls of the last step get their results, in any order."""
    first = len(log.calls) - len(log.steps[-1].calls)
    scripts = [draw(_about_call(index)) for index in range(first, len(log.calls))]
    while rest := [script for script in scripts if script]:
        event = draw(st.sampled_from(rest)).pop(0)
        log.events.append(event)
        call = log.calls[event.index]
        if isinstance(event, ToolStart):
            call.started, call.started_at = True, event.at
        elif isinstance(event, ApprovalEvent):
            call.approval = Approval(**event.model_dump(exclude={"type"}))
        elif isinstance(event, ToolResult):
            call.status, call.content, call.images = event.status, event.content, event.images
            call.code, call.seconds = event.code, event.seconds


@st.composite
def _about_call(draw: st.DrawFn, index: int) -> list[CallEvent]:
    """The events of a call from its question to its result."""
    answer: ApprovalState | None = draw(st.sampled_from([None, "allowed", "allowed_session", "denied"]))
    events = list[CallEvent]()
    if answer:
        asked: dict[str, Any] = {"id": str(index), "index": index, "kind": "call"}
        events.append(ApprovalEvent(**asked, state="asked", until=1.5))
        events.append(ApprovalEvent(**asked, state=answer, note="no" if answer == "denied" else None))
    if answer == "denied":
        return [*events, ToolResult(index=index, status="denied", content="The user has denied the call.")]
    events.append(ToolStart(index=index, at=draw(st.none() | st.just(1.7e9))))
    for done in range(draw(st.integers(0, 3))):
        events.append(ToolProgress(index=index, progress=done, total=3))
    if draw(st.booleans()):
        form = {"type": "object"}
        given: dict[str, Any] = {"id": f"{index}.0", "index": index, "kind": "input", "message": "Which?"}
        events.append(ApprovalEvent(**given, state="asked", form=form))
        events.append(ApprovalEvent(**given, state="answered"))
    status, images = draw(st.sampled_from(STATUSES)), draw(st.none() | st.just([IMAGE]))
    code = "tool_timeout" if status == "error" else None
    return [
        *events,
        ToolResult(index=index, status=status, content=draw(TEXTS), images=images, code=code, seconds=0.5),
    ]
