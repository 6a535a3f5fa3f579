"""The decoder adds only what continues a text, in any form of answer, cut anywhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.collected import Collected
from worker.llm.failures import ModelFailure
from worker.llm.reply import ReplyDecoder
from worker.llm.seam import NotContinued, Seam, prefix_of


def frame(**delta: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


WHOLES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip)


@given(WHOLES, st.integers(1, 60), st.lists(st.integers(1, 9), max_size=20), st.booleans(), st.integers(1, 40))
def test_any_text_is_completed(whole: str, cut: int, sizes: list[int], repeats: bool, size: int) -> None:
    text = whole[:cut]
    repeats = repeats and bool(text.strip())
    answer = whole if repeats else whole[len(prefix_of(text)) :]
    pieces, at = [], 0
    for length in [*sizes, len(answer)]:
        pieces.append(answer[at : at + length])
        at += length
    sink = Collected()
    decoder = ReplyDecoder(sink, 10_000, seam=Seam(text, repeats=repeats))
    body = b"".join(frame(content=piece) for piece in pieces) + STOP
    for begin in range(0, len(body), size):
        decoder.feed(body[begin : begin + size])
    assert decoder.finish().finish_reason == "stop"
    assert text + sink.content == whole


def test_halves_of_a_character_are_joined_after_the_seam() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("one ", repeats=False))
    for piece in (" \ud83e", "\uddca", " two"):
        decoder.feed(frame(content=piece))
    decoder.feed(STOP)
    decoder.finish()
    assert sink.content == "\U0001f9ca two"


def test_a_tag_after_the_seam_is_text() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("The tag is ", repeats=False))
    decoder.feed(frame(content=" <think> in HTML") + STOP)
    decoder.finish()
    assert (sink.content, sink.thinking) == ("<think> in HTML", "")


def test_a_tag_after_thinking_begins_another_reply() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("one ", repeats=False, has_thought=True))
    with pytest.raises(NotContinued):
        decoder.feed(frame(content="<think>") + frame(content="hm</think>two") + STOP)
    decoder.flush()
    assert (sink.content, sink.thinking) == ("", "")


def test_text_after_thinking_is_continued_as_it_is() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("one\n", repeats=False, has_thought=True))
    decoder.feed(frame(content="\n") + frame(content=" <b>two") + STOP)
    decoder.finish()
    assert sink.content == " <b>two"


def test_a_model_that_thinks_first_begins_another_reply() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("one ", repeats=False))
    with pytest.raises(NotContinued):
        decoder.feed(frame(content=" ") + frame(reasoning_content="hm") + frame(content="two"))
    decoder.flush()
    assert (sink.content, sink.thinking) == ("", "")


def test_thinking_after_new_text_is_kept() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("one ", repeats=False))
    decoder.feed(frame(content=" two") + frame(reasoning_content="hm") + frame(content=" three") + STOP)
    decoder.finish()
    assert (sink.content, sink.thinking) == ("two three", "hm")


def test_a_repetition_does_not_count_as_length() -> None:
    text = "a text so far, "
    sink = Collected()
    decoder = ReplyDecoder(sink, 4, seam=Seam(text, repeats=True))
    decoder.feed(frame(content=text + "and more") + STOP)
    assert decoder.finish().finish_reason == "length"
    assert sink.content == "and "


def test_a_repetition_that_breaks_off_adds_nothing() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("a text so far, ", repeats=True))
    decoder.feed(frame(content="a text"))
    with pytest.raises(ModelFailure):
        decoder.finish()
    assert sink.content == ""


def test_an_answer_without_new_text_ends_the_reply() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100, seam=Seam("All of it.", repeats=True))
    decoder.feed(frame(content="All of it.") + STOP)
    assert decoder.finish().finish_reason == "stop"
    assert sink.content == ""


def test_half_a_character_of_a_broken_answer_is_left_out() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100)
    decoder.feed(frame(content="one ") + frame(content="\ud83e"))
    decoder.flush()
    assert sink.content == "one "
