"""Translates a turn's events into the frames of another protocol."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Protocol

from api.streaming.event_stream import Style
from api.streaming.sse import Frame
from api.turn_streams import Form


class Translation(Protocol):
    """Makes one protocol's frames of one turn's events, in order, for one reader. Pure: no I/O, no clock, no chance.

    All bytes are whole server-sent events; b"" sends nothing. `json`: the event as `chat.events.encode` wrote it.
    """

    @property
    def is_over(self) -> bool:
        """Whether the stream ends with the frame that was returned last, although the turn may go on."""

    def begin(self) -> bytes:
        """Returns what is sent before the first event, at once."""

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        """Returns what is sent for an event. A turn's last event is an `end` or an `error`.

        Where the form of the stream has `pauses`, a frame of the kind `pauses.PAUSED` comes as well.
        """

    def interrupted(self) -> bytes:
        """Returns what is sent last where the stream has to end before the turn: this process shuts down."""


async def translated(batches: AsyncGenerator[list[Frame]], translation: Translation) -> AsyncGenerator[list[Frame]]:
    """Yields batches of the translation's frames. The last frame is terminal, whatever ends the stream."""
    if begun := translation.begin():
        yield [Frame(0, False, begun)]
    async with aclosing(batches):
        async for batch in batches:
            frames = _frames(batch, translation)
            if frames:
                yield frames
                if frames[-1].is_terminal:
                    return
    yield [Frame(0, True, translation.interrupted())]


def _frames(batch: list[Frame], translation: Translation) -> list[Frame]:
    """Returns the frames of a batch without those that send nothing, up to the last one of the stream."""
    frames = list[Frame]()
    for each in batch:
        data = translation.frame(each.kind, each.json, each.seq)
        is_last = each.is_terminal or translation.is_over
        if data or is_last:
            frames.append(Frame(each.seq, is_last, data))
        if is_last:
            break
    return frames


class GoesOn:
    """A translation for a client that has all up to event `after`: sends what comes later.

    Where the log is gone a snapshot comes first, and is sent whatever its number is.
    """

    def __init__(self, translation: Translation, after: int) -> None:
        self._translation = translation
        self._after = after
        self._is_begun = False

    @property
    def is_over(self) -> bool:
        return self._translation.is_over

    def begin(self) -> bytes:
        return self._translation.begin()

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        if kind == "snapshot" and not self._is_begun:
            self._after = 0
        self._is_begun = True
        data = self._translation.frame(kind, json, seq)
        return data if seq > self._after or self.is_over else b""

    def interrupted(self) -> bytes:
        return self._translation.interrupted()


def form_of(translation: Translation, headers: Mapping[str, str], *, pauses: bool = False) -> Form:
    """Returns the form of a stream of this translation; `headers`: of the response, `pauses` as in `Form`."""
    return Form(Style(retries=False, headers=headers), partial(translated, translation=translation), pauses)
