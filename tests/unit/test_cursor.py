"""Cursors have one spelling on the wire; every other text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.streaming.cursor import MAX_SEQ, Cursor, parse, parse_seq
from chat.errors import BadCursor

TURN = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f.179519040012345607"


@given(st.integers(0, MAX_SEQ))
def test_every_valid_seq_makes_a_cursor(seq: int) -> None:
    assert parse(f"{TURN}:{seq}") == Cursor(TURN, seq)
    assert parse_seq(str(seq)) == seq


@pytest.mark.parametrize("seq", ["", "-1", "+1", "01", "00", "1.0", "1e3", " 1", "1 ", "1\n", "١", "²", "0x1", "x",
                                 str(MAX_SEQ + 1), "9" * 16, "9" * 400])  # fmt: skip
def test_a_seq_in_another_spelling_is_refused(seq: str) -> None:
    with pytest.raises(BadCursor):
        parse_seq(seq)
    with pytest.raises(BadCursor):
        parse(f"{TURN}:{seq}")


@pytest.mark.parametrize("turn", ["", "x", TURN + "0" * 20, TURN.upper(), TURN + "\n", "\n" + TURN, TURN + ":1",
                                  "{" + TURN + "}", TURN.partition(".")[0], TURN.replace("-4", "-1")])  # fmt: skip
def test_a_malformed_turn_id_is_refused(turn: str) -> None:
    with pytest.raises(BadCursor):
        parse(f"{turn}:1")


@given(st.text())
def test_any_text_is_an_exact_cursor_or_refused(text: str) -> None:
    try:
        turn_id, seq = parse(text)
    except BadCursor:
        return
    assert text == f"{turn_id}:{seq}"
