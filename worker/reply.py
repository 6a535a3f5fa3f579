"""Pure: the bytes of one chat completion stream in, the reply's deltas out."""

from typing import Protocol

from worker import failures
from worker.deltas import DONE, Delta, Mender, parse
from worker.frames import FrameParser


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

    `last` is set once the reply is complete: its reason to end, and the token counts as far as they came.
    `is_over` tells that the stream has nothing more to say.
    A reply that goes on beyond `room` characters, its reasoning included, ends there as one of its length.
    """

    def __init__(self, sink: Sink, room: int) -> None:
        self.last: Delta | None = None
        self.is_over = False
        self._sink = sink
        self._room = room
        self._frames = FrameParser()
        self._mend, self._think = Mender(), Mender()
        self._begun = False

    @property
    def wants_more(self) -> bool:
        """Whether the reply may have more text."""
        return self.last is None and not self.is_over

    def take(self, chunk: bytes) -> bool:
        """As `feed`. Returns whether more may come now: the reply wants it and the sink has room."""
        self.feed(chunk)
        return self.last is None and not self.is_over and not self._sink.is_full

    def feed(self, chunk: bytes) -> None:
        """Raises `ModelFailure` for what is no chat completion chunk, `FrameTooLong` for a line without end."""
        for payload in self._frames.feed(chunk):
            self._take(payload)

    def finish(self) -> Delta:
        """The stream has ended. Returns `last`; raises `ModelFailure` where the reply is not complete."""
        for payload in self._frames.finish():
            self._take(payload)
        if self.last is None:
            raise failures.incomplete() if self._begun else failures.broken_stream()
        return self.last

    def _take(self, payload: bytes) -> None:
        if self.is_over:
            return
        self._begun = True
        if payload == DONE:
            self.is_over = True
        elif self.last is None:
            self._add(parse(payload))
        else:
            self._count(payload)

    def _add(self, delta: Delta) -> None:
        if delta.content or delta.thinking:
            content, thinking = self._mend.mend(delta.content), self._think.mend(delta.thinking)
            whole = content is delta.content and thinking is delta.thinking
            self._hand_on(delta if whole else Delta(content, thinking))
        if delta.finish_reason and not self.is_over:
            self._hand_on(Delta(self._mend.finish(), self._think.finish()))
            self.last = Delta(finish_reason=delta.finish_reason, usage=delta.usage)

    def _hand_on(self, delta: Delta) -> None:
        size = len(delta.content) + len(delta.thinking)
        self._room -= size
        if self._room >= 0:
            return self._sink.add(delta)
        room = self._room + size
        thinking = delta.thinking[:room]
        self._sink.add(Delta(delta.content[: room - len(thinking)], thinking))
        self.last, self.is_over = Delta(finish_reason="length"), True

    def _count(self, payload: bytes) -> None:
        """After the last text only the token counts matter; a reply without them is complete all the same."""
        try:
            usage = parse(payload).usage
        except failures.ModelFailure:
            self.is_over = True
        else:
            self.last = self.last._replace(usage=usage) if self.last and usage else self.last
