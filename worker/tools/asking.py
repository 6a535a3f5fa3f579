"""Sends the call of a tool over a connection, and repeats it where the protocol asks for that."""

import asyncio
import math
from typing import Any

from mcp import Client, MCPError
from mcp_types import (
    HEADER_MISMATCH,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
)
from pydantic import TypeAdapter

from worker.tools.calls import CallContext, InputNeeded, Tool
from worker.tools.questions import Round, needed, next_round

Answer = CallToolResult | InputRequiredResult
ANSWER: TypeAdapter[Answer] = TypeAdapter(CallToolResult | InputRequiredResult)

ROUNDS = 10
"""Repetitions of one call that no person answers."""

ROUND_PAUSE = 0.1
PROGRESS_PAUSE = 0.5
"""Seconds between two reports of progress. The newest replaces earlier ones."""

MESSAGE_CHARS = 500


class TooManyRounds(Exception):
    """Raised where a server has a call repeated again and again."""


class Progress:
    """Passes on the newest progress of a call, at most twice a second."""

    def __init__(self, context: CallContext) -> None:
        self._context = context
        self._newest: tuple[float, float | None, str | None] | None = None
        self._has_news = asyncio.Event()

    async def note(self, progress: float, total: float | None, message: str | None) -> None:
        """Takes what the server reports; ignores what is no number."""
        if math.isfinite(progress) and math.isfinite(total or 0):
            self._newest = progress, total, message[:MESSAGE_CHARS] if message else None
            self._has_news.set()

    async def run(self) -> None:
        """Passes progress on, until it is cancelled."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            if self._newest:
                await self._context.on_progress(*self._newest)
            await asyncio.sleep(PROGRESS_PAUSE)


async def ask(
    client: Client, tool: Tool, arguments: dict[str, Any], context: CallContext, trace: str
) -> CallToolResult | InputNeeded:
    """Returns the result of the call, or the questions that the user has to answer first.

    Raises `MCPError`, `ValidationError`, `Unsupported`, `TooManyRounds`, and what the connection raises.
    """
    progress = Progress(context)
    reporting = asyncio.create_task(progress.run())
    try:
        this_round = next_round(context.state, context.answers)
        for _ in range(ROUNDS):
            answer = await _sent(client, tool, _params(tool, arguments, context, trace, this_round), progress)
            if isinstance(answer, CallToolResult):
                return answer
            questions = needed(answer)
            if questions.requests:
                return questions
            this_round = next_round(questions.state, {})
            await asyncio.sleep(ROUND_PAUSE)
        raise TooManyRounds
    finally:
        reporting.cancel()


def _params(
    tool: Tool, arguments: dict[str, Any], context: CallContext, trace: str, this_round: Round
) -> CallToolRequestParams:
    meta: dict[str, Any] = {"holdfast/idempotency-key": context.key}
    if trace:
        meta["traceparent"] = trace
    if tool.gets_files:
        meta["holdfast/files"] = [{"name": each.name, "type": each.type, "text": each.text} for each in context.files]
    return CallToolRequestParams.model_validate(
        {
            "name": tool.name,
            "arguments": arguments,
            "inputResponses": this_round.answers,
            "requestState": this_round.state,
            "_meta": meta,
        }
    )


async def _sent(client: Client, tool: Tool, params: CallToolRequestParams, progress: Progress) -> Answer:
    request = CallToolRequest(params=params)
    try:
        return await client.session.send_request(request, ANSWER, progress_callback=progress.note)
    except MCPError as error:
        if error.code != HEADER_MISMATCH:
            raise
    await client.list_tools()  # the connection learns which arguments the server wants as headers
    return await client.session.send_request(request, ANSWER, progress_callback=progress.note)
