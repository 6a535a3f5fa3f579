"""Values of a JSON text are counted as it arrives, wherever its parts end."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.tools.value_count import PIECE, ValueCount

VALUES = st.recursive(
    st.none() | st.integers() | st.text('a"\\,[{'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('b"\\,['), inner, max_size=4),
    max_leaves=20,
)


def marks(value: Any) -> int:
    """Return the number of commas and opening brackets of the value's JSON that are in no string."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = max(len(inner), 1) if isinstance(value, dict | list) else 0
    return own + sum(marks(each) for each in inner)


@given(value=VALUES, size=st.integers(1, 7))
def test_parts_of_any_size_give_the_same_count(value: Any, size: int) -> None:
    text = json.dumps(value).encode()
    count = ValueCount()
    for begin in range(0, len(text), size):
        count.add(text[begin : begin + size])
    assert count.total == marks(value)


@pytest.mark.parametrize("before", range(4))
def test_a_large_text_is_counted_in_pieces(before: int) -> None:
    count = ValueCount()
    count.add(b" " * before + json.dumps(["\\" * PIECE, '"' * PIECE, ["," * PIECE], 1]).encode())
    assert count.total == 5


def test_a_new_text_is_counted_from_zero() -> None:
    count = ValueCount()
    count.add(b'[1,"a')
    count.begin_again()
    count.add(b"[1,2]")
    assert count.total == 2
