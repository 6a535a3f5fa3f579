"""The parser of model streams gives the same payloads however the bytes are cut."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.llm.frames import BROKEN, MAX_DOCUMENT, MAX_FRAME, Frame, FrameParser, FrameTooLong

PAYLOADS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\r\n{[", exclude_categories=["Cs"]), max_size=20),
        st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=3),
    )
)
NOISE = st.sampled_from(["", ": ping", "id: 1:2", "retry: 10", "dat: x", " data: x", "x data: y"])


def parsed(pieces: list[bytes]) -> list[Frame]:
    parser = FrameParser()
    return [frame for piece in pieces for frame in parser.feed(piece)] + parser.finish()


def data_of(body: bytes) -> list[Any]:
    return [frame.data for frame in parsed([body])]


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@given(PAYLOADS, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(NOISE), st.lists(st.integers(0, 300)))
def test_a_stream_cut_anywhere_gives_the_same_payloads(
    payloads: list[Any], line_break: str, noise: list[str], places: list[int]
) -> None:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in payloads]
    lines = [": a stream"] + [line for text in texts for line in (*noise, f"data: {text}", "")]
    body = "".join(line + line_break for line in lines).encode()
    whole = parsed([body])
    # As text, because the payload NaN, which is taken, does not equal itself.
    assert repr(parsed(cut(body, places))) == repr(whole)
    assert repr(parsed([body[i : i + 1] for i in range(len(body))])) == repr(whole)
    assert [frame.data for frame in whole if isinstance(frame.data, dict)] == [
        p for p in payloads if isinstance(p, dict)
    ]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_any_bytes_parse_the_same_wherever_they_are_cut(body: bytes, places: list[int]) -> None:
    assert parsed(cut(body, places)) == parsed([body])


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1cb", "a\u2029b"])
def test_only_cr_and_lf_end_a_line(text: str) -> None:
    assert data_of(f"data: {text}\n\n".encode()) == [text]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: one\n\ndata: two", ["one", "two"]),
        (b"data:one\n\ndata: two\n\n", ["one", "two"]),
        (b"\xef\xbb\xbfdata: one\n\n", ["one"]),
        (b"data: one\ndata: two\n\n", ["one\ntwo"]),
        (b'data: {"a":\ndata: 1}\n\n', [{"a": 1}]),
        (b'data: {"a": {"b": 1}\ndata: , "c": 2}\n\n', [{"a": {"b": 1}, "c": 2}]),
        (b'data: {"a": 1}\ndata: {"b": 2}\n', [{"a": 1}, {"b": 2}]),
        (b'{"a": 1}\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        (b'{\n  "a": {\n  },\n\n  "b": 2\n}\n', [{"a": {}, "b": 2}]),
        (b'[{"a": 1},\n{"b": 2}]', [[{"a": 1}, {"b": 2}]]),
        (b'data: {"a":\n\n', [BROKEN]),
        (b'data: {"a": 1}\r\rdata: {"b": 2}\r\r', [{"a": 1}, {"b": 2}]),
        (b"<html>\n<body>\n", []),
        (b"", []),
    ],
)
def test_each_form_of_payload_is_parsed(body: bytes, expected: list[Any]) -> None:
    assert data_of(body) == expected


def test_an_event_name_applies_to_its_own_event_only() -> None:
    frames = parsed([b'event: error\ndata: {"a": 1}\n\ndata: {"b": 2}\n\n'])
    assert frames == [Frame({"a": 1}, "error"), Frame({"b": 2})]


def test_a_json_payload_is_returned_when_its_line_ends() -> None:
    parser = FrameParser()
    assert parser.feed(b'data: {"a"') == []
    assert parser.feed(b": 1}\n") == [Frame({"a": 1})]
    assert parser.finish() == []


class Piece(bytes):
    """Bytes that count how many bytes are copied or searched for them."""

    work = 0

    def __radd__(self, before: bytes) -> "Piece":
        Piece.work += len(before) + len(self)
        return Piece(bytes(before) + bytes(self))

    def split(self, *args: Any) -> list[bytes]:
        Piece.work += len(self)
        return super().split(*args)


def test_a_line_sent_byte_by_byte_costs_linear_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Piece, "work", 0)
    body = b"data: " + b"x" * 20_000 + b"\n"
    parser = FrameParser()
    given = [frame for at in range(len(body)) for frame in parser.feed(Piece(body[at : at + 1]))] + parser.finish()
    assert given == [Frame("x" * 20_000)]
    assert len(body) <= Piece.work <= 2 * len(body)


def test_a_line_above_the_limit_is_refused() -> None:
    parser, half = FrameParser(), b"x" * (MAX_FRAME // 2)
    assert parser.feed(half) + parser.feed(half) == []
    with pytest.raises(FrameTooLong):
        parser.feed(half)


def test_a_document_longer_than_the_line_limit_is_parsed() -> None:
    parser, text = FrameParser(), "x" * (2 * MAX_FRAME)
    body = json.dumps({"a": text}).encode()
    frames = [frame for at in range(0, len(body), 65_536) for frame in parser.feed(body[at : at + 65_536])]
    assert frames + parser.finish() == [Frame({"a": text})]


def test_a_document_above_the_limit_is_refused() -> None:
    parser, piece = FrameParser(), b"x" * MAX_FRAME
    parser.feed(b"{")
    for _ in range(MAX_DOCUMENT // MAX_FRAME - 1):
        parser.feed(piece)
    with pytest.raises(FrameTooLong):
        parser.feed(piece)
