"""An answer that goes on with a text: what the model repeats of it is left out, however the answer is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.llm.overlap import TAIL, WINDOW, Overlap, tail_of

TEXT = "An anchor holds a ship where the water moves. It is made of"


def joined(text: str, answer: str, size: int = 3) -> str:
    """The text with what the answer adds to it, cut into pieces of this size."""
    overlap = Overlap(text)
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    return text + "".join(map(overlap.take, pieces)) + overlap.finish()


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("text", "answer", "whole"),
    [
        (TEXT, tail_of(TEXT) + " iron.", TEXT + " iron."),
        (TEXT, TEXT + " iron.", TEXT + " iron."),
        (TEXT, "It is made of iron.", TEXT + " iron."),
        (TEXT, "of iron.", TEXT + " iron."),
        (TEXT, "iron, of course.", TEXT + " iron, of course."),
        (TEXT, " iron.", TEXT + " iron."),
        (TEXT[:-3], "It is made of iron.", TEXT + " iron."),
        ("An anch", "An anchor holds.", "An anchor holds."),
        ("- one\n- ", "- one\n- two", "- one\n- two"),
        ("- one\n- ", "two", "- one\n- two"),
        ("one\n\n", "one\n\ntwo", "one\n\ntwo"),
        ("one\n\n", "\n\ntwo", "one\n\ntwo"),
        ("锚把船留在原处，它是", "在原处，它是铁做的。", "锚把船留在原处，它是铁做的。"),
        ("锚把船留在原处，它是", "铁做的。", "锚把船留在原处，它是铁做的。"),
        ("3.1", "4159", "3.14159"),
        ("one,", "two", "one,two"),
        ("It had had", "hadrons", "It had had hadrons"),
        ("the end", "", "the end"),
        ("the end", " ", "the end"),
    ],
)
def test_what_the_model_repeats_is_left_out(text: str, answer: str, whole: str, size: int) -> None:
    assert joined(text, answer, size) == whole


@given(st.text(min_size=1), st.text(), st.integers(1, 9))
def test_the_pieces_of_an_answer_change_nothing(text: str, answer: str, size: int) -> None:
    assert joined(text, answer, size) == joined(text, answer, max(len(answer), 1))


@given(st.text("ab \n锚", min_size=1, max_size=WINDOW * 2), st.text("cd ", min_size=1))
def test_a_text_that_is_repeated_whole_is_there_once(text: str, rest: str) -> None:
    end = text.rstrip()[-WINDOW:]
    if end.strip():
        assert joined(text, end.lstrip() + "!" + rest).count("!") == 1
        assert joined(text, end.lstrip() + "!" + rest).endswith("!" + rest)


def test_the_end_of_a_text_begins_with_a_word_of_its_last_line() -> None:
    assert tail_of("first line\nsecond line \n\n") == "second line"
    long = "word " * 40
    assert tail_of(long) == ("word " * (TAIL // 5)).strip()
    assert tail_of("x" * 200) == "x" * TAIL
    assert tail_of("y" * (TAIL - 3) + "abc " + "z" * (TAIL - 2)) == "z" * (TAIL - 2)
    assert tail_of("锚" * 200) == "锚" * TAIL
