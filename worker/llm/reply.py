"""Decodes the bytes of one answer into the deltas of a reply."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chat.usage import Usage
from worker.llm import failures, usage
from worker.llm.chunks import ChunkReader, Fragment, plain_text
from worker.llm.delta import CallDelta, Delta, Reason
from worker.llm.failures import ModelFailure
from worker.llm.frames import BROKEN, CUT, DONE, Frame, FrameParser
from worker.llm.lost import looks_like_payload, names_for_log
from worker.llm.reasons import Verdict, more_severe
from worker.llm.seam import NotContinued, Seam
from worker.llm.surrogates import SurrogateJoiner
from worker.llm.think_tags import ThinkTags
from worker.llm.tool_calls import ToolCallReader


class Sink(Protocol):
    """Takes the deltas of a reply."""

    def add(self, item: Delta, /) -> None: ...

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be added for now."""

    async def room(self) -> None:
        """Waits until more may be added."""

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        """Notes the position in the model's reply together with what is added from now on, or `at_once`.

        `position` gets the number of pieces added and returns where the reply is after them, for a later attempt. None:
        what is added from now on cannot be continued, and what was noted before does not count any more.
        """


class ReplyDecoder:
    """Takes bytes as they come. Hands the sink the deltas that they add to the reply.

    It accepts many forms, but calls a reply complete only with `[DONE]`, with a known finish reason, or as a whole
    document. Text after a finish reason belongs to the reply. `oddities` has kinds of `worker.llm.delta.ODDITIES`. A
    reply beyond `room` characters, its thinking included, ends there with the reason "length". `conversation`: texts
    that an error may quote. `seam`: joins the answer to a text that it continues; `room` counts only what it adds.
    `has_tools`: the model may call tools. Otherwise a call is an oddity, and without text a failure.
    """

    def __init__(
        self,
        sink: Sink,
        room: int,
        conversation: Sequence[str] = (),
        seam: Seam | None = None,
        *,
        has_tools: bool = False,
    ) -> None:
        self.oddities: set[str] = set()
        self.is_over = False
        """The answer adds nothing more."""

        self.has_begun = False
        """A payload that can be read has come."""

        self.has_output = False
        """Text, also in a field that is not known, thinking or a finish reason has come."""

        self.usage: Usage | None = None
        self.verdict: Verdict | None = None
        self.continues_after_reason = False
        """Text followed a finish reason: this server's reasons do not mean the end of the reply."""

        self.payloads = 0
        """Number of payloads since the first finish reason, and of some before it."""

        self.thoughts = 0
        """Number of pieces of thinking that were added."""

        self._sink = sink
        self._chars_left = room
        self._conversation = conversation
        self._frames = FrameParser()
        self._calls = ToolCallReader() if has_tools else None
        self._chunks = ChunkReader(self.oddities, lambda: "".join(self._pieces), self._calls)
        self._tags = ThinkTags("beginning" if seam is None or seam.has_thought else "text")
        self._seam = seam
        self._content, self._thinking = SurrogateJoiner(), SurrogateJoiner()
        self._has_content = self._has_thinking = self._has_unknown = self._has_calls = self._is_plain = False
        self._pieces: list[str] = []
        self._documents = 0
        self._is_whole = False
        self._is_cut = self._is_done = self._has_lost = self._has_gap = False

    @property
    def unknown_fields(self) -> list[str]:
        """The names of fields with text that was not read, as they may be logged."""
        return names_for_log(self._chunks.unknown_fields)

    def take(self, chunk: bytes) -> bool:
        """As `feed`. Returns whether more may come now: the answer is not over and the sink is not full."""
        self.feed(chunk)
        return not self.is_over and not self._sink.is_full

    def feed(self, chunk: bytes) -> None:
        """Decodes the next bytes.

        Raises `ModelFailure` for an error or for what cannot be read, `FrameTooLong` for a line without end,
        `NotContinued` for an answer that does not fit its seam.
        """
        frames = self._frames.feed(chunk)
        self._is_plain = self._is_plain and "encoding" not in self._frames.oddities  # of a half of a surrogate pair
        for frame in frames:
            if not (self._is_plain and frame.data.__class__ is dict and self._add_plain(frame.data)):
                self._take(frame)
                self._is_plain = self._may_be_plain()

    def _add_plain(self, data: dict[str, Any]) -> bool:
        """Fast path for nearly all frames. Returns whether the frame was taken."""
        text = plain_text(data)
        if not text or len(text) > self._chars_left:
            return False
        self._chars_left -= len(text)
        self._pieces.append(text)
        self._sink.add(Delta(text))
        return True

    def _may_be_plain(self) -> bool:
        """Returns whether no state and nothing held back can affect a piece of content."""
        return (
            self._has_content
            and (self._seam is None or self._seam.is_over)
            and self._tags.is_plain
            and self.verdict is None
            and not (self.is_over or self._frames.is_document or "encoding" in self._frames.oddities)
        )

    def finish(self) -> Delta:
        """Ends the decoding, because the answer ended or nothing more is waited for. Returns the last delta.

        Raises `ModelFailure` if the reply is not complete. The sink has what came of it.
        """
        for frame in self._frames.finish():
            self._take(frame)
        self._flush(has_ended=True)
        for call in self._calls.finish() if self._calls else ():
            self._emit_call(call)
        if self._has_gap and not self._is_cut:
            raise failures.broken_stream()
        reason = self._reason()
        if self._is_unread(reason):
            raise failures.broken_stream()
        if self._seam and (held := self._seam.finish()):
            self._emit(Delta(held))
        return Delta(finish_reason=reason, usage=self.usage)

    def flush(self) -> None:
        """Hands on what was held back. The answer has ended or broken off.

        Half a character is not handed on: another attempt may continue the text.
        """
        self._flush(has_ended=False)

    def _flush(self, *, has_ended: bool) -> None:
        for fragment in self._chunks.other_choices():
            self._add(fragment)
        self.oddities |= self._frames.oddities
        content, thinking = self._tags.finish()
        content, thinking = self._content.join(content), self._thinking.join(thinking)
        if has_ended:
            content, thinking = content + self._content.finish(), thinking + self._thinking.finish()
        self._join(content, thinking)

    def _join(self, content: str, thinking: str) -> None:
        """Hands on what the answer adds to the text that it continues."""
        if self._seam and not self._is_cut:
            thinking = self._not_thinking_again(thinking)
            content = content if self._seam.is_over else self._after_seam(content)
        if content or thinking:
            self._emit(Delta(content, thinking))

    def _not_thinking_again(self, thinking: str) -> str:
        """Returns the thinking. A model that thinks before it goes on with a text begins another reply."""
        if thinking.strip() and not self._has_content:
            self._is_cut = True
            raise NotContinued
        return thinking if self._has_content else ""

    def _after_seam(self, content: str) -> str:
        assert self._seam
        try:
            return self._seam.take(content)
        except NotContinued:
            self._is_cut = True
            raise

    def _take(self, frame: Frame) -> None:
        self.payloads += 1
        if self.is_over:
            return
        data = frame.data
        if isinstance(data, dict):
            self._take_object(data, frame.event)
        elif isinstance(data, list):
            for each in data:
                self._take(Frame(each, frame.event))
        elif isinstance(data, str) and data.strip(" \"'").upper() == DONE:
            self.is_over = self._is_done = self.has_begun = True
        elif frame.event == "error" or (isinstance(data, str) and data.casefold().startswith("error")):
            raise failures.of_error_frame(data, self._conversation)
        else:
            self._take_unreadable(data)

    def _take_unreadable(self, data: Any) -> None:
        """Takes a heartbeat, a payload that broke, or token counts that were cut after the reply's end."""
        if data is CUT:
            raise failures.incomplete() if self.has_output else failures.broken_stream()
        if data is BROKEN and (self.verdict is None or self.continues_after_reason):
            raise failures.broken_stream()
        self._has_lost = self._has_lost or data is BROKEN
        self.oddities.add("payload")
        if isinstance(data, str) and looks_like_payload(data):
            self._note_unread_text()

    def _take_object(self, data: dict[str, Any], event: str) -> None:
        self.has_begun = True
        fragment = self._chunks.read(data, event)
        if self._frames.is_document or data.get("object") == "chat.completion":
            self._note_document(fragment.is_whole)
        if fragment.has_lost:
            self._note_unread_text()
        self._add(fragment)
        if fragment.error is not None:
            raise failures.of_error_frame(fragment.error, self._conversation)

    def _note_unread_text(self) -> None:
        """Records that a payload has text that is not read. After the reply's end that may be anything."""
        self.oddities.add("payload")
        if self.verdict is None or self.continues_after_reason:
            self._has_gap = True
        self._has_lost = True

    def _note_document(self, whole: bool) -> None:
        """Records a whole answer. It is complete if it is the only one."""
        if whole or self._frames.is_document:
            self.oddities.add("no_stream" if whole else "frames")
        self._documents += 1
        self._is_whole = whole and self._documents == 1 and not self._pieces

    def _add(self, fragment: Fragment) -> None:
        if fragment.content or fragment.thinking:
            self._add_text(fragment.content, fragment.thinking)
        for call in fragment.calls:
            self._note_late()
            self._emit_call(call)
        self._has_unknown = self._has_unknown or fragment.has_unknown
        self.has_output = self.has_output or bool(
            fragment.content or fragment.thinking or fragment.calls or fragment.verdict or fragment.has_unknown
        )
        if fragment.verdict:
            self.verdict = more_severe(self.verdict, fragment.verdict)
        if fragment.usage is not None:
            self._count(fragment.usage)

    def _count(self, counts: Any) -> None:
        """Records token counts. Invalid ones cannot fail the reply, because counts are bookkeeping."""
        found = usage.parsed(counts)
        if found is None:
            self.oddities.add("usage")
        elif self.usage and not found.prompt_tokens:  # Anthropic sends the prompt's count first
            prompt, completion = self.usage.prompt_tokens, found.completion_tokens
            self.usage = Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
        else:
            self.usage = found

    def _add_text(self, content: str, thinking: str) -> None:
        self._pieces.append(content)
        self._note_late()
        if thinking.strip():
            self._tags.other_thinking(thinking)
        if content and not self._tags.is_plain:
            content, inside = self._tags.split(content)
            thinking += inside
        self._join(self._content.join(content), self._thinking.join(thinking))

    def _note_late(self) -> None:
        """Notes that more of the reply has come after a finish reason, if one has come."""
        if self.verdict and not self.continues_after_reason:
            self.continues_after_reason = True
            self.oddities.add("late_text")
            if self._has_lost:
                raise failures.broken_stream()

    def _emit_call(self, call: CallDelta) -> None:
        """Hands on a piece of a call. Its arguments are cut where the reply is too long."""
        if self._is_cut:
            return
        self._has_calls = True
        self._chars_left -= len(call.id) + len(call.name) + len(str(call.extra or "")) + len(call.arguments)
        if self._chars_left < 0:
            call = call._replace(arguments=call.arguments[: self._chars_left])
            self.is_over = self._is_cut = True
        self._sink.add(Delta(calls=(call,)))

    def _emit(self, delta: Delta) -> None:
        if self._is_cut:
            return
        self._has_content = self._has_content or bool(delta.content.strip())
        self._has_thinking = self._has_thinking or bool(delta.thinking.strip())
        self.thoughts += bool(delta.thinking)
        left = self._chars_left
        self._chars_left -= len(delta.content) + len(delta.thinking)
        if self._chars_left >= 0:
            return self._sink.add(delta)
        thinking = delta.thinking[:left]
        self._sink.add(Delta(delta.content[: left - len(thinking)], thinking))
        self.is_over = self._is_cut = True

    def _reason(self) -> Reason:
        """Returns why the reply ended. Raises `ModelFailure` unless that is known to be a good end."""
        if self._is_cut:
            return "length"
        match self.verdict:
            case "failure":
                raise failures.incomplete()
            case "unknown":
                raise failures.unknown_end()
            case "stop" | "tool_call" | None if failure := self._unread_calls():
                raise failure
            case "length" | "content_filter" as reason:
                return reason
            case None if not (self._is_done or self._is_whole):
                raise failures.incomplete() if self.has_begun else failures.broken_stream()
            case None:
                self.oddities.add("no_reason")
        return "tool_calls" if self._has_calls else "stop"

    def _unread_calls(self) -> ModelFailure | None:
        """Returns the failure of a reply that calls tools, where there are none, or the calls could not all be read."""
        is_odd = "tool_calls" in self.oddities
        if not self._calls:
            return failures.tool_call() if is_odd and not self._has_content else None
        is_odd = is_odd or self._calls.has_unread or (self.verdict == "tool_call" and not self._has_calls)
        return failures.broken_stream() if is_odd else None

    def _is_unread(self, reason: Reason) -> bool:
        """Returns whether all text of the reply is in unknown fields. Thinking may use all tokens of a reply."""
        if not self._has_unknown or self._has_content or self._has_calls or reason == "content_filter":
            return False
        return not (self._has_thinking and reason == "length")
