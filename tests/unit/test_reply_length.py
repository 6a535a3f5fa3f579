"""A reply is cut at its maximum length in characters, however it is chunked."""

import json
from collections.abc import Callable

import pytest

from worker.llm.delta import Delta
from worker.llm.reply import ReplyDecoder

LENGTH = Delta(finish_reason="length")


class CollectingSink:
    """A sink that collects text and thinking."""

    is_full = False

    def __init__(self) -> None:
        self.content, self.thinking = "", ""

    def add(self, item: Delta, /) -> None:
        self.content += item.content
        self.thinking += item.thinking

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        pass


def frame(content: str = "", thinking: str = "", finish_reason: str | None = None) -> bytes:
    delta = {"content": content, "reasoning_content": thinking}
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish_reason}]}).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("frames", "content", "thinking", "last"),
    [
        ([frame("abc"), frame("de", finish_reason="stop")], "abcde", "", Delta(finish_reason="stop")),
        ([frame("abcde"), frame(), frame(finish_reason="stop")], "abcde", "", Delta(finish_reason="stop")),
        ([frame("abc"), frame("def"), frame("g")], "abcde", "", LENGTH),
        ([frame("a" * 99)], "aaaaa", "", LENGTH),
        ([frame("xyz", "abc")], "xy", "abc", LENGTH),
        ([frame("xyz", "abcdef")], "", "abcde", LENGTH),
        ([frame("abcdef", finish_reason="stop")], "abcde", "", LENGTH),
        ([frame(thinking="abcde"), frame("😀")], "", "abcde", LENGTH),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_reply_is_cut_at_its_maximum_length(
    frames: list[bytes], content: str, thinking: str, last: Delta, at_once: bool
) -> None:
    sink = CollectingSink()
    decoder = ReplyDecoder(sink, room=5)
    for chunk in [b"".join(frames)] if at_once else frames:
        decoder.feed(chunk)
    assert (sink.content, sink.thinking, decoder.finish()) == (content, thinking, last)
    assert decoder.is_over == (last == LENGTH)
