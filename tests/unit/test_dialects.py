"""Decodes every case of the dialects table: in one piece, byte by byte, and cut anywhere."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialects import TABLE
from tests.dialects.case import Case
from worker.llm.delta import ODDITIES, Delta
from worker.llm.failures import CODES, ModelFailure
from worker.llm.reply import ReplyDecoder

SHORT = [case for case in TABLE if len(case.body) < 10_000]
"""The cases that are quickly decoded in many pieces."""


class CollectingSink:
    """A sink that collects text and thinking."""

    is_full = False

    def __init__(self) -> None:
        self.text, self.thinking = "", ""

    def add(self, item: Delta, /) -> None:
        self.text += item.content
        self.thinking += item.thinking

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        pass


class Reply(NamedTuple):
    """The decoder's result."""

    text: str
    thinking: str
    reason: str | None
    failure: str | None
    usage: tuple[int, int] | None


def expected(case: Case) -> Reply:
    return Reply(case.text, case.thinking, case.reason, case.failure, case.usage)


def decoded(case: Case, pieces: Iterable[bytes]) -> tuple[Reply, frozenset[str]]:
    """Returns the reply decoded from these pieces of the body, and the oddities counted."""
    sink, last, failure = CollectingSink(), Delta(), None
    decoder = ReplyDecoder(sink, case.max_chars)
    try:
        for piece in pieces:
            decoder.feed(piece)
        last = decoder.finish()
    except ModelFailure as error:
        failure = error.code
    finally:
        decoder.flush()
    usage = (last.usage.prompt_tokens, last.usage.completion_tokens) if last.usage else None
    reply = Reply(sink.text, sink.thinking, last.finish_reason, failure, usage)
    return reply, frozenset(decoder.oddities)


def assert_decodes(case: Case, pieces: Iterable[bytes]) -> None:
    reply, oddities = decoded(case, pieces)
    assert reply == expected(case)
    assert case.oddities <= oddities


def cut(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Yields the body in pieces, cycling through the sizes."""
    at, next_size = 0, cycle(sizes)
    while at < len(body):
        size = next(next_size)
        yield body[at : at + size]
        at += size


def each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@each(TABLE)
def test_a_body_in_one_piece_gives_its_reply(case: Case) -> None:
    assert_decodes(case, [case.body])


@each(TABLE)
def test_a_body_byte_by_byte_gives_its_reply(case: Case) -> None:
    assert_decodes(case, cut(case.body, [1]))


@settings(max_examples=400)
@given(st.sampled_from(SHORT), st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_a_body_cut_anywhere_gives_its_reply(case: Case, sizes: list[int]) -> None:
    assert_decodes(case, cut(case.body, sizes))


def test_the_table_is_long_and_each_row_names_its_source() -> None:
    assert len(TABLE) >= 60
    found = [case for case in TABLE if case.source != "contract"]
    assert len(found) >= 60
    assert [case.name for case in found if "/" not in case.source] == []


def test_case_names_are_short_and_unique() -> None:
    names = Counter(case.name for case in TABLE)
    assert [name for name, times in names.items() if times > 1 or len(name) > 60] == []


def test_the_table_has_known_failures_and_all_oddities() -> None:
    assert {case.failure for case in TABLE} - {None} <= set(CODES)
    assert {kind for case in TABLE for kind in case.oddities} == set(ODDITIES)


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(SHORT), st.integers(0, 10_000), st.binary(max_size=6), st.integers(0, 40))
def test_a_damaged_body_gives_a_reply_or_a_failure(case: Case, at: int, put: bytes, dropped: int) -> None:
    """Another error would end the turn as an internal error of the worker."""
    at %= len(case.body) + 1
    decoded(case, [case.body[:at] + put + case.body[at + dropped :]])


@pytest.mark.parametrize(
    "line", [b"data: " + b"{}" * 100_000, b"data: {\n" + b"data: {x}\n" * 20_000], ids=["one line", "many lines"]
)
def test_a_body_costly_to_parse_fails(line: bytes) -> None:
    sink = CollectingSink()
    decoder = ReplyDecoder(sink, 1000)
    with pytest.raises(ModelFailure):
        feed_all(decoder, line + b"\n\n")
    assert sink.text == ""


def feed_all(decoder: ReplyDecoder, body: bytes) -> None:
    decoder.feed(body)
    decoder.finish()
