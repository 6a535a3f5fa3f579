"""Runs single calls of tools: the intent, the call, its progress and its result, each in the log."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from time import monotonic
from typing import Protocol

from chat import keys
from chat.asks import Answer, Ask, Asked
from chat.events import Event, ToolProgress, ToolResult, ToolStart
from chat.tool_calls import Approval, ReplyStep, ServerCall, ToolImage
from worker.tools.calls import AttachedText, CallContext, InputAnswer, InputNeeded, InputRequest, Outcome
from worker.tools.decisions import Run
from worker.tools.result_room import ResultRoom
from worker.tools.toolbox import Toolbox

PROGRESS_SECONDS = 0.5
"""The shortest time between two events of progress of one call."""

NOT_KEPT = "[Left out: {} of its images, which cannot be read or stored]"

Found = list[tuple[bytes, str]]
"""Images of a result, with their media types."""


class Sink(Protocol):
    def add(self, item: Event, /) -> None: ...

    async def settled(self) -> None:
        """Waits until all events are in the log."""


class Runs:
    """Runs the calls of one attempt.

    `turn_id`: part of each call's idempotency key, which is the same in each attempt. `asked`: what the turn has asked
    its user. `keep_images`: stores images of results. `hold`: asks the user while a call is kept open. `files`: reads
    the texts of the conversation's files. `room`: what all results may have. `trace`: the `traceparent` of the attempt,
    or "".
    """

    def __init__(
        self,
        toolbox: Toolbox,
        turn_id: str,
        asked: Asked,
        keep_images: Callable[[Found], Awaitable[list[ToolImage]]],
        hold: Callable[[Ask, "Sink"], Awaitable[Answer]],
        files: Callable[[], Awaitable[Sequence[AttachedText]]],
        room: ResultRoom,
        trace: str = "",
    ) -> None:
        self._toolbox = toolbox
        self._turn_id = turn_id
        self._asked = asked
        self._keep_images = keep_images
        self._hold = hold
        self._files = files
        self._room = room
        self._trace = trace

    def begin(self, steps: Sequence[ReplyStep]) -> None:
        """Takes over the steps that the log has."""
        self._room.begin(steps)

    def question(self, index: int, call: ServerCall) -> Ask:
        """Returns the question whether a call may be run."""
        return Ask.of(Approval(id=str(index), index=index, kind="call", state="asked"), call)

    def answer(self, index: int, call: ServerCall) -> Answer | None:
        """Returns what the user has answered to that question."""
        ask = self._asked.asks.get(str(index))
        return self._asked.answers.get(ask.id) if ask and ask.is_about(call) else None

    def has_input(self, index: int, call: ServerCall) -> bool:
        """Returns whether the call is to be sent again, with what the user has answered to its tool's questions."""
        return call.has_asked and any(ask.id in self._asked.answers for ask in _newest(self._inputs(index, call)))

    def _inputs(self, index: int, call: ServerCall) -> list[Ask]:
        """Returns the questions with which the tool has ended the call so far, in order."""
        asks = [ask for ask in self._asked.asks.values() if ask.index == index and ask.request and not ask.held]
        return [ask for ask in asks if ask.is_about(call)]

    async def run(self, index: int, call: ServerCall, decision: Run, sink: Sink) -> Sequence[Ask]:
        """Runs a call and writes its result. Returns the questions of a tool that asks the user first."""
        sink.add(ToolStart(index=index, at=round(time.time(), 2)))
        await sink.settled()
        earlier = self._inputs(index, call)
        asked = _newest(earlier)
        context = CallContext(
            key=f"{self._turn_id}.{index}",
            session_id=keys.session_of(self._turn_id),
            call_id=call.id,
            trace=self._trace,
            files=await self._files() if decision.tool.gets_files else (),
            on_progress=_Progress(index, sink).add,
            answers={ask.request: _given(self._asked.answers.get(ask.id)) for ask in asked if ask.request},
            state=asked[-1].request_state if asked else None,
            on_input=self._held(index, call, sink),
        )
        outcome = await self._toolbox.call(decision.tool, decision.arguments, context)
        if isinstance(outcome, InputNeeded):
            return [
                _input(index, number, each, outcome.state, call, round_=asked[-1].round + 1 if asked else 0)
                for number, each in enumerate(outcome.requests, len(earlier))
            ]
        sink.add(await self._result(index, outcome))
        return []

    def _held(self, index: int, call: ServerCall, sink: Sink) -> Callable[[InputRequest], Awaitable[InputAnswer]]:
        """Returns what asks the user for a server that keeps the call open."""
        numbers = count()

        async def ask(request: InputRequest) -> InputAnswer:
            return _given(await self._hold(_input(index, next(numbers), request, None, call), sink))

        return ask

    async def _result(self, index: int, outcome: Outcome) -> ToolResult:
        images = await self._keep_images(outcome.images) if outcome.images else []
        missing = len(outcome.images) - len(images)
        content = "\n".join(filter(None, (outcome.content, NOT_KEPT.format(missing) if missing else "")))
        return ToolResult(
            index=index,
            status=outcome.status,
            content=self._room.fit(content),
            images=images or None,
            code=outcome.code,
            seconds=round(outcome.seconds, 2),
        )


class _Progress:
    """Writes a call's progress, at most every `PROGRESS_SECONDS`, and its newest state in the end."""

    def __init__(self, index: int, sink: Sink) -> None:
        self._index = index
        self._sink = sink
        self._written_at = float("-inf")

    async def add(self, progress: float, total: float | None, message: str | None) -> None:
        if (now := monotonic()) - self._written_at >= PROGRESS_SECONDS:
            self._written_at = now
            self._sink.add(ToolProgress(index=self._index, progress=progress, total=total, message=message))
            await asyncio.sleep(0)


def _newest(asks: Sequence[Ask]) -> list[Ask]:
    """Returns the questions of the newest round.

    A call carries the answers to these only: the server's state has earlier ones (MCP 2026-07-28, basic/patterns/mrtr:
    the keys of `inputResponses` are those of the `inputRequests` that are answered).
    """
    return [ask for ask in asks if ask.round == asks[-1].round]


def _input(
    index: int, number: int, request: InputRequest, state: str | None, call: ServerCall, *, round_: int = 0
) -> Ask:
    """Returns a tool's question to the user."""
    approval = Approval(
        id=f"{index}.{number}",
        index=index,
        kind="input",
        state="asked",
        message=request.message,
        form=request.form,
    )
    return Ask.of(approval, call).model_copy(update={"request": request.id, "request_state": state, "round": round_})


def _given(answer: Answer | None) -> InputAnswer:
    if answer is None or answer.state == "expired":
        return InputAnswer("cancel")
    return InputAnswer("accept", answer.content) if answer.state == "answered" else InputAnswer("decline")
