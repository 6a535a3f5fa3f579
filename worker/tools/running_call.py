"""Runs one call of a tool within its time, and ends it early where it is cancelled."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Any

from mcp_types import CallToolResult

from worker.tools import failures, results
from worker.tools.asking import ask
from worker.tools.calls import CallContext, InputAnswer, InputNeeded, InputRequest, Outcome, Tool
from worker.tools.guard import Exchange
from worker.tools.links import Link

END_SECONDS = 0.25
"""How long the end of a call waits for its connection, over which the server is informed. The rest happens later."""

UNASKED = (
    "[The tool server asked for an input while several calls of it ran, or soon after one was stopped. The user was "
    "not asked, because its protocol does not say which call asks. If this call needs the input, it can be made again.]"
)


@dataclass(frozen=True)
class Bounds:
    """Limits of one call: bytes of an answer of the server, characters of the result."""

    response_bytes: int
    result_chars: int


class Clock:
    """Completes `expired` after the given seconds, which do not run while it is paused."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = seconds
        self.expired: asyncio.Future[None] = self._loop.create_future()
        self.resume()

    def resume(self) -> None:
        """Starts it, or goes on."""
        self._began = self._loop.time()
        self._timer = self._loop.call_later(self._left, self.expire)

    def pause(self) -> None:
        """Stops it for the time being."""
        self._timer.cancel()
        self._left -= self._loop.time() - self._began

    def expire(self) -> None:
        """Ends the time now."""
        self._timer.cancel()
        if not self.expired.done():
            self.expired.set_result(None)


class RunningCall:
    """One call. Its connection has a task of its own, so that the outcome never waits for the connection's end."""

    def __init__(self, link: Link, tool: Tool, arguments: dict[str, Any], context: CallContext, bounds: Bounds) -> None:
        self._link = link
        self._tool = tool
        self._arguments = arguments
        self._context = context
        self._bounds = bounds
        self.exchange = Exchange(bounds.response_bytes, session_id=context.session_id)
        self.ending: asyncio.Task[None] | None = None
        """The task of the connection, if it goes on after the outcome; it ends soon by itself."""

    async def outcome(self, trace: str) -> Outcome | InputNeeded:
        """Returns what comes of the call. `trace`: the `traceparent` for the server, or "".

        Raises `CancelledError` after `END_SECONDS` at the latest.
        """
        self._clock = Clock(self._tool.timeout)
        self.exchange.on_too_large = self._clock.expire
        self._answer: asyncio.Future[Outcome | InputNeeded] = asyncio.get_running_loop().create_future()
        self.ending = asyncio.create_task(self._run(trace))
        try:
            ends: set[asyncio.Future[Any]] = {self._answer, self._clock.expired, self.ending}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._answer.done():
                return self._answer.result()
            if not self._clock.expired.done():  # the package has cancelled the connection
                return failures.failed(self._tool, "tool_server_down", failures.MAYBE_RUN)
            await self._end()
            return failures.failed(
                self._tool, "tool_result_too_large" if self.exchange.is_too_large else "tool_timeout"
            )
        except asyncio.CancelledError:
            await self._end()
            raise
        finally:
            self._clock.expire()

    async def _end(self) -> None:
        assert self.ending
        self.ending.cancel()
        await asyncio.wait({self.ending}, timeout=END_SECONDS)

    async def _run(self, trace: str) -> None:
        """Makes the connection, asks, and closes the connection. The answer is there before the end."""
        try:
            async with self._link.for_call(self.exchange, self._ask_user) as client:
                answer = await ask(client, self._tool, self._arguments, self._context, trace)
                self._found(self._read(answer))
        except Exception as error:
            self._found(failures.outcome_of(error, self._tool, self.exchange))

    def _read(self, answer: CallToolResult | InputNeeded) -> Outcome | InputNeeded:
        if isinstance(answer, InputNeeded):
            return answer
        return results.outcome_of(answer, self._bounds.result_chars)

    def _found(self, outcome: Outcome | InputNeeded) -> None:
        if isinstance(outcome, Outcome) and self.exchange.has_unasked:
            outcome = replace(outcome, content="\n".join(filter(None, (outcome.content, UNASKED))))
        with contextlib.suppress(asyncio.InvalidStateError):  # the end of the connection may fail after the answer
            self._answer.set_result(outcome)

    async def _ask_user(self, request: InputRequest) -> InputAnswer:
        self._clock.pause()
        try:
            return await self._context.on_input(request)
        finally:
            self._clock.resume()
