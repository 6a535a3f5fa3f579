"""Decodes the events of a background response into the deltas of a reply."""

from collections.abc import Sequence
from typing import Any

from chat.client_requests import MAX_TOOLS
from chat.tool_calls import FunctionCall
from chat.usage import Usage
from worker.llm import failures, usage
from worker.llm.delta import CallDelta, Delta, Reason
from worker.llm.reply import Sink
from worker.llm.responses import outputs
from worker.llm.seam import NotContinued

CONTENT = frozenset(("response.output_text.delta", "response.refusal.delta"))
THINKING = frozenset(("response.reasoning_summary_text.delta", "response.reasoning_text.delta"))
ARGUMENTS = "response.function_call_arguments.delta"
NEXT_ITEM = "response.output_item.added"
NEXT_SUMMARY = "response.reasoning_summary_part.added"
ENDS = frozenset(("response.completed", "response.incomplete", "response.failed", "response.cancelled"))


class ResponseReader:
    """Takes the events of one response, in any number of streams. Hands the sink what is new.

    `id`: of the response, "" before its first event. `after`: number of the last event that was taken; its text and all
    before it was handed on. Events up to it are ignored. `content`, `thinking`: all text so far, also of earlier
    attempts. At `room` characters the reply is cut. `has_ended`: the response does not change any more.
    `has_tools`: the model may call tools of the client; otherwise calls are not read.

    The text of an event that ends in half a surrogate pair waits for the next one, because `after` has to be exact.
    """

    def __init__(self, sink: Sink, room: int, conversation: Sequence[str] = (), *, has_tools: bool = False) -> None:
        self.id = ""
        self.after: int | None = None
        self.is_over = self.is_cut = self.has_added = self.has_ended = False
        self._sink = sink
        self._room = room
        self._conversation = conversation
        self._has_tools = has_tools
        self._content, self._thinking = list[str](), list[str]()
        self._calls, self._arguments = list[FunctionCall](), list[list[str]]()
        self._numbers: dict[Any, int] = {}
        self._held: dict[str, str] = {}
        self._reason: Reason | None = None
        self._usage: Usage | None = None

    def go_on(
        self, response_id: str, after: int | None, content: str, thinking: str, calls: Sequence[FunctionCall] = ()
    ) -> None:
        """Continues a response of which so much was written."""
        self.id, self.after = response_id, after
        self._content, self._thinking = [content], [thinking]
        self._calls, self._arguments = list(calls), [[call.arguments] for call in calls]
        self._room -= len(content) + len(thinking) + sum(map(_size, calls))

    @property
    def content(self) -> str:
        return "".join(self._content)

    @property
    def thinking(self) -> str:
        return "".join(self._thinking)

    def connect(self) -> None:
        """Prepares for another stream, which begins after `after`."""
        self._held.clear()

    def take(self, event: dict[str, Any]) -> None:
        """Takes the next event. Raises `ModelFailure` for an error, and for a response that has failed."""
        number = event.get("sequence_number")
        if self.is_over or (isinstance(number, int) and self.after is not None and number <= self.after):
            return
        kind, response = event.get("type"), event.get("response")
        if isinstance(response, dict):
            self.id = self.id or str(response.get("id") or "")
        self._take(str(kind), event)
        if kind in ENDS and isinstance(response, dict):
            return self.end(response)
        if not self._held:
            self._note(number, str(kind))

    def _take(self, kind: str, event: dict[str, Any]) -> None:
        if kind in CONTENT:
            self._add(self._joined(kind, event), "")
        elif kind in THINKING:
            self._add("", self._joined(kind, event))
        elif kind == NEXT_SUMMARY and event.get("summary_index"):
            self._add("", outputs.BETWEEN_SUMMARIES)
        elif self._has_tools and kind in (NEXT_ITEM, ARGUMENTS):
            self._take_call(kind, event)
        elif kind == "error":
            raise failures.of_error_frame(event.get("error") or event, self._conversation)

    def _take_call(self, kind: str, event: dict[str, Any]) -> None:
        item, place = event.get("item"), event.get("output_index")
        if kind == ARGUMENTS:
            # The items come one after the other, so one that an earlier stream began is the last.
            self._add_arguments(self._numbers.get(place, len(self._calls) - 1), self._joined(kind, event))
        elif isinstance(item, dict) and item.get("type") == "function_call":
            self._numbers[place] = len(self._calls)
            self._add_call(outputs.call_of(item))

    def _note(self, number: Any, kind: str) -> None:
        """Notes the number of an event. Without one its text could not be left out by a later attempt."""
        if isinstance(number, int):
            self.after = number
        elif kind in CONTENT | THINKING or (self._has_tools and kind in (NEXT_ITEM, ARGUMENTS)):
            raise failures.broken_stream()

    def _joined(self, kind: str, event: dict[str, Any]) -> str:
        """Returns the text of an event and of those that waited for it; "" where it has to wait for the next one."""
        text = self._held.pop(kind, "") + str(event.get("delta") or "")
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._held[kind] = text
            return ""
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def end(self, response: dict[str, Any]) -> None:
        """Takes a response that does not change any more, and the text in it that no event had.

        Raises `ModelFailure` where it has failed, and `NotContinued` where it is not the reply so far.
        """
        self.has_ended = True
        self._usage = usage.parsed(response.get("usage")) if response.get("usage") else None
        whole, content = outputs.text_of(response), self.content
        if whole and not whole.startswith(content):
            raise failures.broken_stream() if self.has_added else NotContinued
        thought, thinking = outputs.thinking_of(response), self.thinking
        if thought.startswith(thinking) and not content:
            self._add("", thought[len(thinking) :])
        self._add(whole[len(content) :], "")
        if self._has_tools:
            self._end_calls(outputs.calls_of(response))
        self._reason = self._reason or outputs.reason_of(response, self._conversation, has_tools=self._has_tools)
        self.is_over = True

    def _end_calls(self, calls: list[FunctionCall]) -> None:
        """Takes what no event had of the calls. Raises as `end`."""
        if calls and len(calls) < len(self._calls):
            raise failures.broken_stream() if self.has_added else NotContinued
        for number, call in enumerate(calls):
            if number == len(self._calls):
                self._add_call(call)
                continue
            known = "".join(self._arguments[number])
            if not call.arguments.startswith(known):
                raise failures.broken_stream() if self.has_added else NotContinued
            self._add_arguments(number, call.arguments[len(known) :])

    def _add_call(self, call: FunctionCall) -> None:
        """Hands on the beginning of a call. Raises `ModelFailure` for one without a name, and for too many."""
        if self.is_over:
            return
        if not (call.id and call.name):
            raise failures.broken_stream()
        if len(self._calls) == MAX_TOOLS:
            raise failures.too_large()
        number = len(self._calls)
        self._calls.append(call)
        self._arguments.append([])
        self._room -= len(call.id) + len(call.name)
        self._hand_on(CallDelta(number, call.id, call.name))
        self._add_arguments(number, call.arguments)

    def _add_arguments(self, number: int, arguments: str) -> None:
        """Hands on arguments, as far as there is room. Raises `ModelFailure` where they belong to no call."""
        if not arguments or self.is_over:
            return
        if number < 0:
            raise failures.broken_stream()
        if len(arguments) > self._room:
            arguments = arguments[: max(self._room, 0)]
            self._reason, self.is_over, self.is_cut = "length", True, True
        self._room -= len(arguments)
        self._arguments[number].append(arguments)
        self._hand_on(CallDelta(number, arguments=arguments))

    def _hand_on(self, call: CallDelta) -> None:
        self.has_added = True
        self._sink.add(Delta(calls=(call,)))

    def _add(self, content: str, thinking: str) -> None:
        """Hands on text, as far as there is room."""
        if not (content or thinking) or self.is_over:
            return
        if len(content) + len(thinking) > self._room:
            thinking = thinking[: self._room]
            content = content[: self._room - len(thinking)]
            self._reason, self.is_over, self.is_cut = "length", True, True
        self._room -= len(content) + len(thinking)
        self._content.append(content)
        self._thinking.append(thinking)
        self.has_added = True
        self._sink.add(Delta(content, thinking))

    @property
    def last(self) -> Delta:
        """The last delta of a reply that is over."""
        return Delta(finish_reason=self._reason, usage=self._usage)


def _size(call: FunctionCall) -> int:
    return len(call.id) + len(call.name) + len(call.arguments)
