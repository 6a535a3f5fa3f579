"""A reply is cut at its length, character by character, whatever it comes in."""

from collections.abc import AsyncGenerator

import pytest

from chat.events import Retry
from worker.bounds import cut
from worker.deltas import Delta

RETRY = Retry(attempt=2, reason="model_timeout", wait_seconds=0)


async def source(*items: Delta | Retry) -> AsyncGenerator[Delta | Retry]:
    for item in items:
        yield item


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([Delta("abc"), Delta("de", finish_reason="stop")], [Delta("abc"), Delta("de", finish_reason="stop")]),
        ([Delta("abc"), Delta("def")], [Delta("abc"), Delta("de"), Delta(finish_reason="length")]),
        ([Delta("a" * 99)], [Delta("a" * 5), Delta(finish_reason="length")]),
        ([Delta("xyz", "abc")], [Delta("xy", "abc"), Delta(finish_reason="length")]),
        ([Delta("xyz", "abcdef")], [Delta("", "abcde"), Delta(finish_reason="length")]),
        ([RETRY, Delta("abcde"), RETRY], [RETRY, Delta("abcde"), RETRY]),
        (
            [Delta("abcde"), Delta(), Delta(finish_reason="stop")],
            [Delta("abcde"), Delta(), Delta(finish_reason="stop")],
        ),
    ],
)
async def test_a_reply_ends_at_its_length(items: list[Delta | Retry], expected: list[Delta | Retry]) -> None:
    assert [item async for item in cut(source(*items), 5)] == expected


async def test_what_is_cut_off_is_not_read_on() -> None:
    closed = []

    async def endless() -> AsyncGenerator[Delta | Retry]:
        try:
            while True:
                yield Delta("ab")
        finally:
            closed.append(True)

    assert "".join([item.content async for item in cut(endless(), 5) if isinstance(item, Delta)]) == "ababa"
    assert closed
