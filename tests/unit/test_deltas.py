"""Payloads of a model's stream, and the mending of split characters."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import Usage
from worker.deltas import Delta, Mender, parse
from worker.failures import ModelFailure

TEXT = st.text(st.sampled_from("aé你😀🚀\u2028"))


def units(text: str) -> list[str]:
    """The text in UTF-16 code units, as JSON escapes of a server that counts in them."""
    raw = text.encode("utf-16-le")
    return [raw[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(raw), 2)]


@given(TEXT, st.lists(st.integers(0, 40)))
def test_mended_pieces_are_the_text_wherever_it_was_cut(text: str, places: list[int]) -> None:
    pieces = units(text)
    edges = [0, *sorted(min(place, len(pieces)) for place in places), len(pieces)]
    mender = Mender()
    mended = [mender.mend("".join(pieces[a:b])) for a, b in pairwise(edges)]
    assert "".join(mended) == text


@given(st.lists(st.text(st.characters(codec=None), max_size=5)))
def test_what_was_mended_can_always_be_encoded(pieces: list[str]) -> None:
    mender = Mender()
    for piece in pieces:
        mender.mend(piece).encode()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)))
def test_whole_characters_pass_unchanged_and_at_once(pieces: list[str]) -> None:
    mender = Mender()
    assert [mender.mend(piece) for piece in pieces] == pieces


def test_half_a_pair_alone_is_replaced() -> None:
    mender = Mender()
    assert [mender.mend(piece) for piece in ("a\ud83d", "b", "\ude00")] == ["a", "\ufffdb", "\ufffd"]


def chunk(delta: Any = None, **choice: Any) -> bytes:
    return json.dumps({"choices": [{"delta": delta, **choice}]}).encode()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (chunk({"content": "hi"}), Delta(content="hi")),
        (chunk({"content": None}), Delta()),
        (chunk({"content": ["hi"]}), Delta()),
        (chunk({"reasoning_content": "hm"}), Delta(thinking="hm")),
        (chunk({"reasoning": "hm"}), Delta(thinking="hm")),
        (chunk({"reasoning_content": None, "reasoning": "hm"}), Delta(thinking="hm")),
        (chunk({"content": "a", "reasoning": "b"}), Delta(content="a", thinking="b")),
        (chunk(None), Delta()),
        (chunk([]), Delta()),
        (chunk({}, finish_reason="stop"), Delta(finish_reason="stop")),
        (chunk({}, finish_reason="length"), Delta(finish_reason="length")),
        (chunk({}, finish_reason="content_filter"), Delta(finish_reason="content_filter")),
        (chunk({}, finish_reason="tool_calls"), Delta(finish_reason="stop")),
        (chunk({}, finish_reason=None), Delta()),
        (chunk({}, finish_reason=""), Delta()),
        (chunk({}, finish_reason=5), Delta()),
        (b"{}", Delta()),
        (b'{"choices": null}', Delta()),
        (b'{"choices": []}', Delta()),
        (b'{"choices": [null]}', Delta()),
        (b'{"choices": {}}', Delta()),
        (b'{"error": null}', Delta()),
        (b'{"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}',
         Delta(usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3))),
        (b'{"usage": null}', Delta()),
        (b'{"usage": {"prompt_tokens": "x"}}', Delta()),
    ],
)  # fmt: skip
def test_a_payload_tells_what_it_adds(payload: bytes, expected: Delta) -> None:
    assert parse(payload) == expected


@pytest.mark.parametrize("payload", [b"", b"nope", b"[]", b"1", b"null", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_chunk_is_a_broken_stream(payload: bytes) -> None:
    with pytest.raises(ModelFailure) as caught:
        parse(payload)
    assert caught.value.code == "model_broken_stream"


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        ({"message": "x"}, "model_server_error", True),
        ("boom", "model_server_error", True),
        ({"code": 429}, "model_rate_limited", True),
        ({"code": 401}, "model_unauthorized", False),
        ({"code": "insufficient_quota"}, "model_quota", False),
        ({"code": 400, "message": "exceeds the context size"}, "model_context_too_long", False),
        ({"code": "context_length_exceeded"}, "model_context_too_long", False),
        (["odd"], "model_server_error", True),
    ],
)
def test_an_error_frame_is_told_as_what_it_is(error: Any, code: str, retryable: bool) -> None:
    with pytest.raises(ModelFailure) as caught:
        parse(json.dumps({"error": error}).encode())
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
