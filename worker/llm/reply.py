"""The bytes of one answer in, the reply's deltas out."""

from collections.abc import Sequence
from typing import Any, Protocol

from chat.messages import Usage
from worker.llm import failures, usage
from worker.llm.chunks import ChunkReader, Said, plain_text
from worker.llm.delta import Delta, Reason
from worker.llm.frames import BROKEN, CUT, DONE, Frame, FrameParser
from worker.llm.lost import looks_like_payload
from worker.llm.reasons import Verdict, worse
from worker.llm.surrogates import SurrogateJoiner
from worker.llm.think_tags import ThinkTags


class Sink(Protocol):
    """Takes a reply's deltas as they come."""

    def add(self, item: Delta, /) -> None: ...

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be added for now."""

    async def room(self) -> None:
        """Returns when there is room for more."""


class ReplyDecoder:
    """Feed it bytes as they come; it hands the sink what they add to the reply.

    It is generous in what it reads, and strict in what it calls complete: a reply needs `[DONE]`, or a finish reason
    that is known, or to be a whole document. Text after a finish reason belongs to the reply. `oddities` has kinds of
    `worker.llm.delta.ODDITIES`. A reply beyond `room` characters, its thinking included, ends there with the reason
    "length". `said`: texts of the conversation, which an error may quote.
    """

    def __init__(self, sink: Sink, room: int, said: Sequence[str] = ()) -> None:
        self.oddities: set[str] = set()
        self.is_over = False
        """The answer has nothing more to say."""

        self.has_begun = False
        """Something understandable has come."""

        self.has_spoken = False
        """Text, thinking or a finish reason has come."""

        self.usage: Usage | None = None
        self.verdict: Verdict | None = None
        self.goes_on_after_reason = False
        """The server names a reason though text follows: its reason does not tell that the reply ends."""

        self.payloads = 0
        """Those that came since the first finish reason, and some before."""

        self._sink = sink
        self._room = room
        self._said = said
        self._frames = FrameParser()
        self._chunks = ChunkReader(self.oddities, lambda: "".join(self._pieces))
        self._tags = ThinkTags()
        self._content, self._thinking = SurrogateJoiner(), SurrogateJoiner()
        self._has_content = self._is_plain = False
        self._pieces: list[str] = []
        self._documents = 0
        self._is_whole = False
        self._is_cut = self._is_done = self._has_lost = self._has_gap = False

    def take(self, chunk: bytes) -> bool:
        """As `feed`. Returns whether more may come now: the answer goes on and the sink has room."""
        self.feed(chunk)
        return not self.is_over and not self._sink.is_full

    def feed(self, chunk: bytes) -> None:
        """Raises `ModelFailure` for an error or for what cannot be read, `FrameTooLong` for a line without end."""
        for frame in self._frames.feed(chunk):
            if not (self._is_plain and frame.data.__class__ is dict and self._add_plain(frame.data)):
                self._take(frame)
                self._is_plain = self._may_be_plain()

    def _add_plain(self, data: dict[str, Any]) -> bool:
        """The quick way for nearly all frames; whether the frame could take it."""
        text = plain_text(data)
        if not text or len(text) > self._room:
            return False
        self._room -= len(text)
        self._pieces.append(text)
        self._sink.add(Delta(text))
        return True

    def _may_be_plain(self) -> bool:
        """Whether nothing is held back or remembered that a piece of content could concern."""
        return (
            self._has_content
            and self._tags.is_plain
            and self.verdict is None
            and not (self.is_over or self._frames.is_document or "encoding" in self._frames.oddities)
        )

    def finish(self) -> Delta:
        """The answer has ended, or nothing more is waited for. Returns the last delta of the reply.

        Raises `ModelFailure` where the reply is not complete; what came of it has been handed on.
        """
        for frame in self._frames.finish():
            self._take(frame)
        self.flush()
        if self._has_gap and not self._is_cut:
            raise failures.broken_stream()
        return Delta(finish_reason=self._reason(), usage=self.usage)

    def flush(self) -> None:
        """Hand on what was held back. The answer has ended, well or not."""
        for said in self._chunks.others():
            self._add(said)
        self.oddities |= self._frames.oddities
        content, thinking = self._tags.finish()
        content = self._content.join(content) + self._content.finish()
        thinking = self._thinking.join(thinking) + self._thinking.finish()
        if content or thinking:
            self._hand_on(Delta(content, thinking))

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
            raise failures.of_error_frame(data, self._said)
        else:
            self._take_unreadable(data)

    def _take_unreadable(self, data: Any) -> None:
        """A heartbeat; a payload that broke; or, after the reply's end, token counts that were cut."""
        if data is CUT:
            raise failures.incomplete() if self.has_spoken else failures.broken_stream()
        if data is BROKEN and (self.verdict is None or self.goes_on_after_reason):
            raise failures.broken_stream()
        self._has_lost = self._has_lost or data is BROKEN
        self.oddities.add("payload")
        if isinstance(data, str) and looks_like_payload(data):
            self._note_loss()

    def _take_object(self, data: dict[str, Any], event: str) -> None:
        self.has_begun = True
        said = self._chunks.read(data, event)
        if self._frames.is_document or data.get("object") == "chat.completion":
            self._note_document(said.is_whole)
        if said.has_lost:
            self._note_loss()
        self._add(said)
        if said.error is not None:
            raise failures.of_error_frame(said.error, self._said)

    def _note_loss(self) -> None:
        """A payload has text that is not read. After the reply's end it may tell of anything."""
        self.oddities.add("payload")
        if self.verdict is None or self.goes_on_after_reason:
            self._has_gap = True
        self._has_lost = True

    def _note_document(self, whole: bool) -> None:
        """A whole answer is complete by itself, where it is the only one."""
        if whole or self._frames.is_document:
            self.oddities.add("no_stream" if whole else "frames")
        self._documents += 1
        self._is_whole = whole and self._documents == 1 and not self._pieces

    def _add(self, said: Said) -> None:
        if said.content or said.thinking:
            self._add_text(said.content, said.thinking)
        self.has_spoken = self.has_spoken or bool(said.content or said.thinking or said.verdict)
        if said.verdict:
            self.verdict = worse(self.verdict, said.verdict)
        if said.usage is not None:
            self._count(said.usage)

    def _count(self, counts: Any) -> None:
        """Token counts are bookkeeping: ones that make no sense cannot harm the reply."""
        found = usage.parsed(counts)
        if found is None:
            self.oddities.add("usage")
        elif self.usage and not found.prompt_tokens:  # Anthropic counts the prompt at the beginning
            prompt, completion = self.usage.prompt_tokens, found.completion_tokens
            self.usage = Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
        else:
            self.usage = found

    def _add_text(self, content: str, thinking: str) -> None:
        self._pieces.append(content)
        if self.verdict and not self.goes_on_after_reason:
            self.goes_on_after_reason = True
            self.oddities.add("late_text")
            if self._has_lost:
                raise failures.broken_stream()
        if thinking.strip():
            self._tags.other_thinking(thinking)
        if content and not self._tags.is_plain:
            content, inside = self._tags.split(content)
            thinking += inside
        joined = Delta(self._content.join(content), self._thinking.join(thinking))
        if joined.content or joined.thinking:
            self._hand_on(joined)

    def _hand_on(self, delta: Delta) -> None:
        if self._is_cut:
            return
        self._has_content = self._has_content or bool(delta.content.strip())
        size = len(delta.content) + len(delta.thinking)
        self._room -= size
        if self._room >= 0:
            return self._sink.add(delta)
        room = self._room + size
        thinking = delta.thinking[:room]
        self._sink.add(Delta(delta.content[: room - len(thinking)], thinking))
        self.is_over = self._is_cut = True

    def _reason(self) -> Reason:
        """Why the reply ended. Raises `ModelFailure` where that is not known to be a good end."""
        if self._is_cut:
            return "length"
        match self.verdict:
            case "failure":
                raise failures.incomplete()
            case "unknown":
                raise failures.unknown_end()
            case "stop" | "tool_call" | None if "tool_calls" in self.oddities and not self._has_content:
                raise failures.tool_call()
            case "length" | "content_filter" as reason:
                return reason
            case None if not (self._is_done or self._is_whole):
                raise failures.incomplete() if self.has_begun else failures.broken_stream()
            case None:
                self.oddities.add("no_reason")
        return "stop"
