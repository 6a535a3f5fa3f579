"""The tools of the one-machine start."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.tools import reading
from launcher.tools.calculator import NotComputed, compute


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(3 + 4) * 2 ^ 10", "7168"),
        ("7 // 2 + -1", "2"),
        ("10 / 4", "2.5"),
        ("4 / 2", "2"),
        ("sqrt(2)", "1.4142135623731"),
        ("max(1, 2, 3) % 2", "1"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("round(pi, 2)", "3.14"),
    ],
)
def test_an_expression_has_its_value(expression: str, value: str) -> None:
    assert compute(expression).startswith(value)


@pytest.mark.parametrize(
    "expression",
    [
        *("", "1 +", "x", "__import__('os')", "'a' * 9", "[1]", "1 if 1 else 2", "True", "().__class__", "lambda: 1"),
        *("1 / 0", "sqrt(-1)", "(-1) ** 0.5", "9 ** 9 ** 9", "exp(10 ** 6)", "1" * 501),
        *("max()", "abs(1, 2)", "10 ** 999 * 10 ** 999", "2 ** -10 ** 9 ** 9", "round(1, 2, 3)"),
    ],
)
def test_what_has_no_value_is_refused_in_words(expression: str) -> None:
    with pytest.raises(NotComputed, match=r"\."):
        compute(expression)


@given(st.text("0123456789.+-*/%() e", max_size=60))
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    with contextlib.suppress(NotComputed):
        assert compute(text)


META = {reading.FILES: [{"name": "a.txt", "type": "text/plain", "text": "one\ntwo\nthree"}, "odd", {"name": "b"}]}


def test_files_are_listed_with_their_lines() -> None:
    assert reading.listed(reading.files_of(META)) == "a.txt (text/plain, 3 lines)\nb (, 0 lines)"


@pytest.mark.parametrize("meta", [None, {}, {reading.FILES: "x"}, []])
def test_no_files_are_said_to_be_none(meta: object) -> None:
    assert reading.listed(reading.files_of(meta)).startswith("No file")


def test_lines_are_numbered_and_the_rest_is_named() -> None:
    files = reading.files_of(META)
    assert reading.lines_of(files, "a.txt", 1, 2) == "1: one\n2: two\n[1 more lines: read on from line 3.]"
    assert reading.lines_of(files, "a.txt", 3, 9) == "3: three"
    assert reading.lines_of(files, "a.txt", 4, 1) == "[The file has no such line.]"


def test_an_unknown_file_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(reading.NoSuchFile, match=r"c\.txt.*\na?"):
        reading.lines_of(reading.files_of(META), "c.txt", 1, 1)
