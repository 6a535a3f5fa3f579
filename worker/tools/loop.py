"""Makes a reply whose model calls tools: a request, its calls, their results, the next request, until a text."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from chat.asks import Ask
from chat.events import Event, Snapshot, StepDone, ToolResult
from chat.tool_calls import ReplyStep, ServerCall
from chat.usage import Usage, total
from worker.llm.delta import Delta
from worker.llm.going_on import Ask as AskModel
from worker.llm.options import ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.tools import step_sink
from worker.tools.calls import Tool
from worker.tools.decisions import AskUser, Decision, Finish, allows, decide
from worker.tools.descriptions import function_of
from worker.tools.limits import ToolLimits
from worker.tools.runs import Runs
from worker.tools.step_sink import StepSink
from worker.tools.token_count import tokens_of_steps


class Sink(step_sink.Sink, Protocol):
    """Takes the reply's events, and knows its steps so far."""

    text: str
    thinking: str
    """The text and the thinking in the log."""

    @property
    def steps(self) -> list[ReplyStep]:
        """The steps in the log."""

    def begin_request(self) -> None:
        """Notes that another request to the model follows: a failure before its first delta may be repeated."""

    async def settled(self) -> None:
        """Waits until all events are in the log."""


class Paused(Exception):
    """Raised where the reply waits for the user's answer to `asks`."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        super().__init__()
        self.asks = asks


@dataclass(frozen=True)
class Requests:
    """Makes the requests of a reply. `ask`: returns what streams the answer to a prompt.

    `steps`: writes finished steps as messages. `describe`: returns the tools that these messages name, where the model
    may call none.
    """

    messages: list[PromptMessage]
    options: ReplyOptions
    ask: Callable[[list[PromptMessage], ReplyOptions, bool], AskModel]
    steps: Callable[[Sequence[ReplyStep]], Awaitable[list[PromptMessage]]]
    describe: Callable[[Sequence[ReplyStep]], list[dict[str, Any]]]


class ToolLoop:
    """Makes one attempt's reply. A step that is in the log is not made again.

    `tools`: those that the model may call, by the names by which it does. `allowed`: those that the user allows in the
    conversation, as `server/tool`.
    """

    def __init__(
        self, tools: Mapping[str, Tool], requests: Requests, runs: Runs, limits: ToolLimits, allowed: Set[str]
    ) -> None:
        self._tools = tools
        self._by_name = {(tool.server, tool.name): tool for tool in tools.values()}
        self._requests = requests
        self._runs = runs
        self._limits = limits
        self._allowed = allowed
        self._begun_at = monotonic()
        self._is_last = False

    async def run(self, sink: Sink) -> Delta:
        """Streams the reply. Returns the last delta, with the tokens of all requests.

        Raises `ModelFailure`, or `Paused` once all that can be done without the user is in the log.
        """
        await self._drop_unfinished(sink)
        self._runs.begin(sink.steps)
        while True:
            await self._finish_calls(sink)
            was_last, steps = self._is_last, sink.steps
            last, calls = await self._request(sink, steps)
            if not calls or last.finish_reason != "tool_calls":  # cut calls are not whole
                return last._replace(usage=total(_usage_of(steps), last.usage))
            sink.add(StepDone(index=len(steps), usage=last.usage))
            await sink.settled()
            if was_last:
                await self._finish_calls(sink)
                return last._replace(finish_reason="stop", usage=_usage_of(sink.steps))

    async def _drop_unfinished(self, sink: Sink) -> None:
        """Voids what a lost attempt has written of a request that it did not finish."""
        steps = [step for step in sink.steps if step.complete]
        content = "".join(step.content for step in steps)
        thinking = "".join(step.thinking or "" for step in steps)
        if steps and (len(steps) < len(sink.steps) or (content, thinking) != (sink.text, sink.thinking)):
            sink.add(Snapshot(content=content, thinking=thinking, steps=steps))
            await sink.settled()

    async def _request(self, sink: Sink, steps: Sequence[ReplyStep]) -> tuple[Delta, int]:
        """Makes one request. Returns the last delta, and the number of calls in the answer."""
        sink.begin_request()
        step = StepSink(sink, self._tools, sum(len(each.calls) for each in steps))
        messages = [*self._requests.messages, *await self._requests.steps(steps)]
        ask = self._requests.ask(messages, self._options(steps), not steps)
        return await ask(step), step.calls

    def _options(self, steps: Sequence[ReplyStep]) -> ReplyOptions:
        """Returns the request's options.

        Tools are described in the last request as well, and after steps whose servers are all down: some servers of
        models refuse messages about calls otherwise.
        """
        parameters = dict(self._requests.options.parameters)
        tools = list(map(function_of, self._tools.values())) or self._requests.describe(steps)
        if tools:
            parameters["tools"] = tools
            if self._is_last or not self._tools:
                parameters["tool_choice"] = "none"
        return self._requests.options._replace(parameters=parameters)

    async def _finish_calls(self, sink: Sink) -> None:
        """Gives each call of the last step a result. Raises `Paused` where the user has to answer first."""
        steps = sink.steps
        if not steps:
            return
        *earlier, step = steps
        first = sum(len(each.calls) for each in earlier)
        open_calls = [(first + place, call) for place, call in enumerate(step.calls) if call.status is None]
        tokens = tokens_of_steps(steps, self._requests.messages) if self._limits.tokens else 0
        reason = self._limits.reached(len(earlier), monotonic() - self._begun_at, tokens)
        last = -1 if reason else self._limits.calls - 1
        for index, _ in open_calls:
            if index > last:
                sink.add(ToolResult(index=index, status="limit", content=reason or self._limits.no_more_calls))
        self._is_last = first + len(step.calls) - 1 > last or any(call.status == "limit" for call in step.calls)
        await self._run([(index, call) for index, call in open_calls if index <= last], sink)

    async def _run(self, calls: Sequence[tuple[int, ServerCall]], sink: Sink) -> None:
        """Runs calls at the same time, and asks the user about others."""
        asks, running = list[Ask](), list[asyncio.Task[Sequence[Ask]]]()
        async with _together() as group:
            for index, call in calls:
                decision = self._decide(index, call)
                if isinstance(decision, Finish):
                    sink.add(_finished(index, decision))
                elif isinstance(decision, AskUser):
                    asks.append(self._runs.question(index, call))
                else:
                    running.append(group.create_task(self._runs.run(index, call, decision, sink)))
        await sink.settled()
        asks += [ask for task in running for ask in task.result()]
        if asks:
            raise Paused(asks)

    def _decide(self, index: int, call: ServerCall) -> Decision:
        tool = self._by_name.get((call.server, call.name))
        is_allowed, has_input = allows(self._allowed, tool), self._runs.has_input(index, call)
        return decide(call, tool, self._runs.answer(index, call), is_allowed=is_allowed, has_input=has_input)


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Runs tasks at the same time. Raises the error of the first that fails, and not a group of them."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _finished(index: int, decision: Finish) -> Event:
    return ToolResult(index=index, status=decision.status, content=decision.content, code=decision.code)


def _usage_of(steps: Sequence[ReplyStep]) -> Usage | None:
    usage: Usage | None = None
    for step in steps:
        usage = total(usage, step.usage)
    return usage
