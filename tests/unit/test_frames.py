"""The parser of event streams: whatever pieces the bytes come in, the payloads are the same."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.frames import MAX_FRAME, FrameParser, FrameTooLong

PAYLOADS = st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20))
NOISE = st.sampled_from(["", ": ping", "event: x", "id: 1:2", "retry: 10", "data", "dat: x", " data: x", "x data: y"])


def parsed(pieces: list[bytes]) -> list[bytes]:
    parser = FrameParser()
    return [payload for piece in pieces for payload in parser.feed(piece)] + parser.finish()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@given(PAYLOADS, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(NOISE), st.lists(st.integers(0, 300)))
def test_any_chunking_gives_the_same_payloads(
    payloads: list[str], line_break: str, noise: list[str], places: list[int]
) -> None:
    lines = [line for payload in payloads for line in (*noise, f"data: {payload}", "")]
    body = "".join(line + line_break for line in lines).encode()
    expected = [stripped for payload in payloads if (stripped := payload.encode().strip())]
    assert parsed(cut(body, places)) == expected
    assert parsed([body[i : i + 1] for i in range(len(body))]) == expected


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_no_bytes_at_all_break_it_or_depend_on_where_they_are_cut(body: bytes, places: list[int]) -> None:
    assert parsed(cut(body, places)) == parsed([body])


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1cb", "a\u2029b"])
def test_only_cr_and_lf_end_a_line(text: str) -> None:
    assert parsed([f"data: {text}\n\n".encode()]) == [text.encode()]


def test_a_last_event_without_its_line_break_counts() -> None:
    assert parsed([b"data: one\n\ndata: two"]) == [b"one", b"two"]


def test_the_space_after_the_colon_may_be_missing() -> None:
    assert parsed([b"data:one\n\ndata:  two\n\n"]) == [b"one", b"two"]


def test_a_payload_is_given_as_soon_as_its_line_ends() -> None:
    parser = FrameParser()
    assert parser.feed(b"data: on") == []
    assert parser.feed(b"e\n") == [b"one"]
    assert parser.finish() == []


class Piece(bytes):
    """Counts how many bytes are copied or searched because of it."""

    work = 0

    def __radd__(self, before: bytes) -> "Piece":
        Piece.work += len(before) + len(self)
        return Piece(bytes(before) + bytes(self))

    def replace(self, *args: Any) -> bytes:
        Piece.work += len(self)
        return super().replace(*args)


def test_a_line_that_drips_in_costs_what_its_bytes_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Piece, "work", 0)
    body = b"data: " + b"x" * 20_000 + b"\n"
    parser = FrameParser()
    told = [payload for at in range(len(body)) for payload in parser.feed(Piece(body[at : at + 1]))]
    assert told == [b"x" * 20_000]
    assert len(body) <= Piece.work <= 2 * len(body)


def test_a_line_that_never_ends_is_refused() -> None:
    parser, half = FrameParser(), b"x" * (MAX_FRAME // 2)
    assert parser.feed(half) + parser.feed(half) == []
    with pytest.raises(FrameTooLong):
        parser.feed(half)
