"""Says how the reply of a turn is made whose model may call tools of tool servers."""

from collections.abc import Awaitable, Callable, Collection, Sequence, Set
from functools import partial
from typing import Any

import structlog

from chat.client_requests import MAX_TOOLS
from chat.continued import text_of
from chat.files.vision import can_see
from chat.messages import Message
from chat.settings import Settings
from chat.tool_calls import ReplyStep, ServerCall
from chat.tools.function_names import function_name, usable_name
from chat.turn_record import Turn
from worker.jobs.attached_files import AttachedFiles
from worker.jobs.held_questions import HeldQuestions
from worker.jobs.result_images import ResultImages
from worker.llm.continuation import WITH_THINKING
from worker.llm.going_on import Ask
from worker.llm.options import ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.llm.step_prompt import fitting, in_words, messages_of
from worker.tools.calls import Offered
from worker.tools.descriptions import called_tools
from worker.tools.limits import ToolLimits
from worker.tools.loop import Requests, ToolLoop
from worker.tools.result_room import ResultRoom
from worker.tools.runs import Runs
from worker.tools.toolbox import Toolbox

CHARS_PER_TOKEN = 4
RESULT_CHARS = 200_000
"""Characters of all results of a reply in a request, where the model's context is not known; else half of that."""

NONE = Offered([])

MISSING = "The tools of these servers cannot be reached at present: {}. Say so if they are needed."

logger = structlog.get_logger(__name__)


class ToolReplies:
    """Makes the loops of replies with tools, for one worker process."""

    def __init__(self, toolbox: Toolbox, images: ResultImages, files: AttachedFiles, settings: Settings) -> None:
        self._toolbox = toolbox
        self._images = images
        self._files = files
        self._settings = settings

    async def offered(self, turn: Turn, question: Message, patterns: Sequence[str] | None) -> Offered:
        """Returns the tools that the model may call, at most `MAX_TOOLS`: providers refuse a request with more.

        `patterns`: of the persona. Of these a client gets those of the servers that its request names. A reply that is
        continued has none, because it goes on with a text.
        """
        if turn.continues or not self._can_call(turn):
            return NONE
        if question.request and not question.request.servers:
            return NONE
        offered = await self._toolbox.offered(patterns)
        if question.request:
            offered = _of_servers(offered, question.request.servers or ())
        if offered.missing:
            logger.warning("tool_servers_missing", servers=offered.missing)
        if (more := len(offered.tools) - MAX_TOOLS) > 0:
            logger.warning("tools_left_out", count=more)
        return Offered(offered.tools[:MAX_TOOLS], offered.missing)

    def loop(
        self,
        turn: Turn,
        offered: Offered,
        messages: list[PromptMessage],
        options: ReplyOptions,
        ask: Callable[[list[PromptMessage], ReplyOptions, bool], Ask],
        allowed: Set[str],
        held: HeldQuestions,
        history: Sequence[Message],
        trace: str,
    ) -> ToolLoop:
        """Returns what makes the reply.

        `allowed`: tools that the user has allowed. `held`: asks during calls. `trace`: `traceparent` of the attempt.
        """
        files = partial(self._files.texts, turn.user_id, history)
        tools = {tool.function_name: tool for tool in offered.tools}
        limits = ToolLimits(
            self._settings.tool_steps,
            self._settings.tool_calls,
            self._settings.tool_seconds,
            self._settings.tool_tokens,
        )
        keep, room = partial(self._images.keep, turn), ResultRoom(self._settings.tool_reply_chars)
        runs = Runs(self._toolbox, turn.turn_id, turn.asked, keep, held.ask, files, room, trace)
        requests = Requests(messages, options, ask, self._steps_of(turn), partial(self._described, turn))
        return ToolLoop(tools, requests, runs, limits, allowed)

    async def after_steps_of(
        self, turn: Turn, base: Message, messages: list[PromptMessage], options: ReplyOptions
    ) -> tuple[list[PromptMessage], ReplyOptions]:
        """Returns the prompt of a turn that continues `base`, with the calls of that reply and their results.

        The text between them is left out: the whole text of the reply follows them.
        """
        steps = [step.model_copy(update={"content": ""}) for step in text_of(base).steps or () if step.calls]
        if not steps:
            return messages, options
        described = self._described(turn, steps)
        return [*messages, *await self._steps_of(turn)(steps)], options._replace(named_tools=described)

    def _described(self, turn: Turn, steps: Sequence[ReplyStep]) -> list[dict[str, Any]]:
        """Returns the tools that the steps' messages name."""
        if not self._can_call(turn):
            return []
        known = {tool.function_name: tool for status in self._toolbox.status() for tool in status.tools}
        return called_tools([name_of(call) for step in steps for call in step.calls], known)[:MAX_TOOLS]

    def _can_call(self, turn: Turn) -> bool:
        model = self._settings.catalog.find(turn.model)
        return bool(model and "tools" in model.can)

    def _steps_of(self, turn: Turn) -> Callable[[Sequence[ReplyStep]], Awaitable[list[PromptMessage]]]:
        model = self._settings.catalog.find(turn.model)
        with_thinking = bool(model and model.dialect in WITH_THINKING)
        sees = can_see(self._settings, turn.model)
        max_chars = CHARS_PER_TOKEN * model.context_length // 2 if model and model.context_length else RESULT_CHARS

        async def steps_of(steps: Sequence[ReplyStep]) -> list[PromptMessage]:
            if not self._can_call(turn):
                return list(in_words(fitting(steps, max_chars)))
            found = [image for step in steps for call in step.calls for image in call.images or ()]
            images = await self._images.read(turn, found) if found and sees else {}
            fitted = fitting(steps, max_chars)
            return list(messages_of(fitted, name_of, images, with_thinking=with_thinking))

        return steps_of


def _of_servers(offered: Offered, names: Collection[str]) -> Offered:
    tools = [tool for tool in offered.tools if tool.server in names]
    return Offered(tools, [name for name in offered.missing if name in names])


def name_of(call: ServerCall) -> str:
    """Returns the name by which models call the tool. One that a model has made up belongs to no server."""
    return function_name(call.server, call.name) if call.server else usable_name(call.name)


def with_missing(prompt: list[PromptMessage], offered: Offered) -> list[PromptMessage]:
    """Returns the prompt with the names of servers that are down, so that the model can say so."""
    if not offered.missing:
        return prompt
    note = MISSING.format(", ".join(offered.missing))
    first, *others = prompt
    if first["role"] != "system" or not isinstance(first["content"], str):
        return [{"role": "system", "content": note}, *prompt]
    return [{**first, "content": f"{first['content']}\n\n{note}"}, *others]
