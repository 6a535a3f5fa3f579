"""Words are found however they are written, and excerpts show them on one line."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import InvalidRequest
from chat.matching import (
    EXCERPT_CHARS,
    MAX_QUERY_CHARS,
    MOST_JOINED,
    PIECE,
    SMALL_PIECE,
    TEXT_DIRECTION,
    Excerpt,
    Query,
    find,
    fold,
    pieces,
)

DIFFICULT = "aA éÉßẞſKÅﬁ１Ａｶﾞ가각ㄱㅏİıΣς̧́̀\u0345\u3099文缓存🙂👩\u200d👩🏽🇩🇪\u202e\x00\n\t\u00a0ŉᾳ"
TEXTS = st.text(st.one_of(st.sampled_from(DIFFICULT), st.characters(exclude_categories=["Cs"])), max_size=300)
FOUND = [
    ("redis", "About Redis"),
    ("REDIS about", "About Redis"),
    ("is", "Redis"),
    ("缓存", "先写数据库，再删缓存。"),
    ("数据 缓存", "先写数据库，再删缓存。"),
    ("strasse", "Die Straße"),
    ("STRASSE", "die straße"),
    ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
    ("ｒｅｄｉｓ", "redis 7"),
    ("redis", "ｒｅｄｉｓ"),
    ("e\u0301te\u0301", "l'été"),
    ("été", "l'e\u0301te\u0301"),
    ("file", "the ﬁle"),
    ("ガ", "ｶﾞ"),
    ("가", "\u1100\u1161"),
    ('"a\\b"', 'say "a\\b" twice'),
    ("line", "one\nline\r\nmore"),
]
MISSING = [("redis mysql", "Redis"), ("ete", "été"), ("ab", "a b"), ("n", "\n"), ("redis", ""), ("缓 存 x", "缓存")]


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


def marked(found: Excerpt | None) -> list[str]:
    """The parts of the excerpt that the ranges name."""
    assert found is not None
    return [units(found.text)[2 * begin : 2 * end].decode("utf-16-le") for begin, end in found.ranges]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_words_are_found_however_they_are_written(query: str, text: str) -> None:
    words = Query.parse(query).words
    parts = "".join(map(fold, marked(find(Query.parse(query), text))))
    assert all(word in parts for word in words)


@pytest.mark.parametrize(("query", "text"), MISSING)
def test_a_text_without_one_of_the_words_is_not_found(query: str, text: str) -> None:
    assert find(Query.parse(query), text) is None


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000", "a b c d e f g h i", "x" * (MAX_QUERY_CHARS + 1)])
def test_a_query_without_or_with_too_many_words_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        Query.parse(text)


def test_a_word_that_is_given_twice_counts_once() -> None:
    assert Query.parse("a A ａ b c d e f g h").words == tuple("abcdefgh")


def test_the_excerpt_marks_all_words_and_is_cut_around_the_first() -> None:
    found = find(Query.parse("Redis cache"), "x " * 200 + "a cache in redis, a REDIS Cache" + " y" * 200)
    assert marked(found) == ["cache", "redis", "REDIS", "Cache"]
    assert found is not None
    assert found.text[0] == found.text[-1] == "…"
    assert len(found.text) <= EXCERPT_CHARS + 2


def test_overlapping_matches_are_one_range() -> None:
    assert marked(find(Query.parse("abc bcd"), "xabcdx")) == ["abcd"]


def test_ranges_count_utf_16_code_units() -> None:
    found = find(Query.parse("b"), "🙂🙂b")
    assert found == Excerpt("🙂🙂b", [(4, 5)])


def test_an_excerpt_is_one_line_without_controls() -> None:
    found = find(Query.parse("word"), "a\r\n\n  b\x00\u202e \t word\n")
    assert found == Excerpt("a b word", [(4, 8)])


def test_a_short_text_is_shown_whole() -> None:
    assert find(Query.parse("word"), "a word") == Excerpt("a word", [(2, 6)])


@pytest.mark.parametrize("emoji", ["👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "e\u0301", "❤\ufe0f"])
def test_an_excerpt_divides_no_visible_character(emoji: str) -> None:
    for shift in range(8):
        found = find(Query.parse("word"), "x" * shift + emoji * 100 + " word " + emoji * 100)
        assert found is not None
        before, after = found.text.strip("…").split(" word ")
        assert before.replace(emoji, "") == ""
        assert after.replace(emoji, "") == ""


def test_a_match_at_the_end_of_a_large_text_is_found_there() -> None:
    found = find(Query.parse("缓存 end"), "文" * 100_000 + "ﬁ 缓存 END")
    assert marked(found) == ["缓存", "END"]


@pytest.mark.parametrize("shift", range(-12, 4))
@pytest.mark.parametrize("size", [PIECE, SMALL_PIECE])
def test_a_word_across_two_pieces_is_found(size: int, shift: int) -> None:
    assert marked(find(Query.parse("Straßen"), "文" * (size + shift) + "STRASSEN!")) == ["STRASSEN"]


@given(TEXTS)
def test_folded_pieces_are_the_folded_text(text: str) -> None:
    for size in (1, 2, 7):
        found = list(pieces(text, size))
        assert "".join(piece for _, piece in found) == text
        assert "".join(fold(piece) for _, piece in found) == fold(text)


@given(TEXTS, st.integers(0, 300), st.integers(1, 20))
def test_every_word_of_a_text_finds_it(text: str, begin: int, length: int) -> None:
    words = fold(text)[begin : begin + length].split()[:8]
    if words and fold(" ".join(words)).split() == words:
        assert find(Query(tuple(words)), text) is not None


@given(TEXTS, st.lists(st.text(DIFFICULT, min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_text_is_found_exactly_if_all_words_are_in_it(text: str, given_words: list[str]) -> None:
    words = fold(" ".join(given_words)).split()
    if words:
        found = find(Query(tuple(words)), text)
        assert (found is not None) == all(word in fold(text) for word in words)


@given(TEXTS, st.text(DIFFICULT, min_size=1, max_size=3))
def test_an_excerpt_is_short_and_its_ranges_are_in_order(text: str, word: str) -> None:
    words = fold(word).split()
    found = find(Query(tuple(words)), text) if words else None
    if found is None:
        return
    assert len(found.text) <= EXCERPT_CHARS + 2 * MOST_JOINED + 2
    assert not set(found.text) & ({*map(chr, range(32)), "\x7f"} | TEXT_DIRECTION)
    places = [place for each in found.ranges for place in each]
    assert all(before < after for before, after in pairwise(places))
    assert all(0 <= place <= len(units(found.text)) // 2 for place in places)
    for part in marked(found):
        part.encode()
