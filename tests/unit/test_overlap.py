"""An answer that goes on with a text: what the model repeats of it is left out, however the answer is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.llm.overlap import BEGINNING, TAIL, WINDOW, Overlap, tail_of

TEXT = "An anchor holds a ship where the water moves. It is made of"
LONG = " ".join(f"Sentence {number} says that anchors are heavy." for number in range(40)) + " The last one"


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


@pytest.mark.parametrize("size", [1, 7, 390, 5_000])
@pytest.mark.parametrize(
    ("answer", "added"),
    [
        (LONG + " ends here.", " ends here."),
        (LONG[:BEGINNING], ""),
        (LONG[:1_000], ""),
        (LONG[:1_000] + "!", " " + LONG[:1_000].rpartition(" ")[2] + "!"),
        (LONG[:300] + " More about ships.", " More about ships."),
        (LONG[: BEGINNING - 20] + " More.", " " + LONG[: BEGINNING - 20] + " More."),
        ("Sentence 0 says that ships are fast.", " Sentence 0 says that ships are fast."),
        (LONG[-40:] + " ends here.", " ends here."),
    ],
)
def test_a_text_that_is_begun_anew_is_there_once(answer: str, added: str, size: int) -> None:
    assert joined(LONG, answer, size) == LONG + added


TEXTS = st.text("ab \n锚", min_size=1, max_size=2 * WINDOW)


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and an answer that begins with a part of it."""
    text = draw(TEXTS)
    begin, end = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
    return text, text[draw(st.sampled_from((0, begin))) : end] + draw(st.text("abc 锚"))


@given(answers(), st.integers(1, 9))
def test_only_what_the_text_has_is_left_out(given: tuple[str, str], size: int) -> None:
    text, answer = given
    whole = joined(text, answer, size)
    assert whole == joined(text, answer, max(len(answer), 1))
    assert whole.startswith(text)
    added = whole[len(text) :].strip()
    assert answer.strip().endswith(added)
    left_out = answer.strip()[: len(answer.strip()) - len(added)].strip()
    assert text.strip().startswith(left_out) or text.rstrip().endswith(left_out)


@given(st.text("ab \n锚", min_size=BEGINNING, max_size=3 * WINDOW), st.text("cd "), st.integers(1, 9))
def test_any_text_that_is_begun_anew_is_there_once(text: str, rest: str, size: int) -> None:
    if len(text.strip()) >= BEGINNING:
        assert joined(text, text.strip() + "!" + rest, size) == text + "!" + rest


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
