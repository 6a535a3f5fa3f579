"""The seam between a text and its continuation: nothing twice, nothing missing, however the text is cut."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.llm.seam import REPETITION, NotContinued, Seam, prefix_of

TEXTS = st.text() | st.text("a \n", max_size=30) | st.text("ab\U0001f9ca\u0301 \t\n`$\\", max_size=40)


def pieces_of(text: str, sizes: list[int]) -> list[str]:
    """Cut the text into pieces of these sizes, and then into single characters."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    return [*pieces, *text[at:]]


def joined(seam: Seam, pieces: list[str]) -> str:
    return "".join(map(seam.take, pieces)) + seam.finish()


SIZES = st.lists(st.integers(0, 9), max_size=20)


@given(TEXTS, st.integers(0, 60), SIZES)
@example("one two", 4, [])
@example("code:\n\n```py\nx = 1\n```", 6, [1])
@example("$$\n\\frac{a}{b}\n$$", 3, [])
def test_a_continuation_completes_the_text(whole: str, cut: int, sizes: list[int]) -> None:
    text = whole[:cut]
    answer = whole[len(prefix_of(text)) :]
    assert text + joined(Seam(text, repeats=False), pieces_of(answer, sizes)) == whole


@given(TEXTS, st.integers(0, 60), SIZES, st.sampled_from(["", " ", "\n\n"]))
@example("a a a b", 2, [], "")
@example("  indented text", 4, [], "")
def test_an_answer_that_repeats_the_text_completes_it(whole: str, cut: int, sizes: list[int], before: str) -> None:
    text = whole[:cut]
    answer = before + whole.lstrip() if text.strip() else whole[len(prefix_of(text)) :]
    assert text + joined(Seam(text, repeats=True), pieces_of(answer, sizes)) == whole


@given(TEXTS, TEXTS)
def test_the_size_of_the_pieces_does_not_matter(text: str, answer: str) -> None:
    for repeats in (False, True):
        try:
            at_once = joined(Seam(text, repeats=repeats), [answer])
        except NotContinued:
            with pytest.raises(NotContinued):
                joined(Seam(text, repeats=repeats), list(answer))
        else:
            assert joined(Seam(text, repeats=repeats), list(answer)) == at_once


def test_a_server_that_need_not_repeat_may_go_on_at_once() -> None:
    assert joined(Seam("The end. ", repeats=True), [" The", " next"]) == "The next"
    assert joined(Seam("The end. ", repeats=True), ["And then"]) == "And then"


def test_a_short_answer_like_the_beginning_is_new_text() -> None:
    assert joined(Seam("no, no, ", repeats=True), ["no"]) == "no"


def test_text_is_no_repetition_where_the_server_does_not_repeat() -> None:
    assert joined(Seam("ha", repeats=False), ["ha", "ha"]) == "haha"


def test_a_changed_repetition_is_no_continuation() -> None:
    text = "A long text with a café in it, and more"
    with pytest.raises(NotContinued):
        joined(Seam(text, repeats=True), list(text.replace("é", "e\u0301")))
    assert text.index("é") > REPETITION


def test_white_space_that_differs_is_kept() -> None:
    assert joined(Seam("one\n", repeats=False), ["\n\n", "two"]) == "\ntwo"
    assert joined(Seam("one ", repeats=False), ["\ntwo"]) == "\ntwo"
    assert joined(Seam("one ", repeats=False), [",", " two"]) == ", two"


def test_the_seam_is_over_once_nothing_can_be_left_out() -> None:
    seam = Seam("one ", repeats=False)
    assert (seam.is_over, seam.take(" "), seam.is_over) == (False, "", True)
    assert seam.take("  two") == "  two"
