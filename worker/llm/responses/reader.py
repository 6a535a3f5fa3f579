"""Decodes the events of a background response into the deltas of a reply."""

from collections.abc import Sequence
from typing import Any

from chat.messages import Usage
from worker.llm import failures, usage
from worker.llm.delta import Delta, Reason
from worker.llm.reply import Sink
from worker.llm.responses import outputs
from worker.llm.seam import NotContinued

CONTENT = frozenset(("response.output_text.delta", "response.refusal.delta"))
THINKING = frozenset(("response.reasoning_summary_text.delta", "response.reasoning_text.delta"))
NEXT_SUMMARY = "response.reasoning_summary_part.added"
ENDS = frozenset(("response.completed", "response.incomplete", "response.failed", "response.cancelled"))


class ResponseReader:
    """Takes the events of one response, in any number of streams. Hands the sink what is new.

    `id`: of the response, "" before its first event. `after`: number of the last event that was taken; its text and all
    before it was handed on. Events up to it are ignored. `content`, `thinking`: all text so far, also of earlier
    attempts. At `room` characters the reply is cut. `has_ended`: the response does not change any more.

    The text of an event that ends in half a surrogate pair waits for the next one, because `after` has to be exact.
    """

    def __init__(self, sink: Sink, room: int, conversation: Sequence[str] = ()) -> None:
        self.id = ""
        self.after: int | None = None
        self.is_over = self.is_cut = self.has_added = self.has_ended = False
        self._sink = sink
        self._room = room
        self._conversation = conversation
        self._content, self._thinking = list[str](), list[str]()
        self._held: dict[str, str] = {}
        self._reason: Reason | None = None
        self._usage: Usage | None = None

    def go_on(self, response_id: str, after: int | None, content: str, thinking: str) -> None:
        """Continues a response of which so much was written."""
        self.id, self.after = response_id, after
        self._content, self._thinking = [content], [thinking]
        self._room -= len(content) + len(thinking)

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
        elif kind == "error":
            raise failures.of_error_frame(event.get("error") or event, self._conversation)

    def _note(self, number: Any, kind: str) -> None:
        """Notes the number of an event. Without one its text could not be left out by a later attempt."""
        if isinstance(number, int):
            self.after = number
        elif kind in CONTENT | THINKING:
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
        self._reason = self._reason or outputs.reason_of(response, self._conversation)
        self.is_over = True

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
