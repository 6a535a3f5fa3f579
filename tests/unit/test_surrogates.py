"""Surrogate pairs split over two chunks are joined."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from worker.llm.surrogates import SurrogateJoiner

TEXT = st.text(st.sampled_from("aé你😀🚀\u2028"))


def units(text: str) -> list[str]:
    """Returns the text's UTF-16 code units, which some servers send as separate JSON escapes."""
    raw = text.encode("utf-16-le")
    return [raw[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(raw), 2)]


@given(TEXT, st.lists(st.integers(0, 40)))
def test_a_text_cut_anywhere_is_joined_again(text: str, places: list[int]) -> None:
    pieces = units(text)
    edges = [0, *sorted(min(place, len(pieces)) for place in places), len(pieces)]
    joiner = SurrogateJoiner()
    joined = [joiner.join("".join(pieces[a:b])) for a, b in pairwise(edges)]
    assert "".join(joined) == text


@given(st.lists(st.text(st.characters(codec=None), max_size=5)))
def test_joined_text_can_always_be_encoded(pieces: list[str]) -> None:
    joiner = SurrogateJoiner()
    for piece in pieces:
        joiner.join(piece).encode()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)))
def test_whole_characters_pass_unchanged_and_at_once(pieces: list[str]) -> None:
    joiner = SurrogateJoiner()
    assert [joiner.join(piece) for piece in pieces] == pieces


def test_a_lone_surrogate_is_replaced() -> None:
    joiner = SurrogateJoiner()
    assert [joiner.join(piece) for piece in ("a\ud83d", "b", "\ude00")] == ["a", "\ufffdb", "\ufffd"]
