"""A large JSON text is split into conversations, whatever the sizes in which it arrives."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.transfer import json_values
from chat.transfer.errors import ImportEmpty, ImportNotJson, ImportTooDeep
from chat.transfer.json_values import Value, Values
from chat.transfer.upload import parsed


class Slow:
    """A stream that returns at most `size` bytes per read."""

    def __init__(self, text: bytes, size: int) -> None:
        self._file = io.BytesIO(text)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._size))


def split(text: bytes, size: int = 1 << 20) -> list[Any]:
    return list(map(value_of, Values(Slow(text, size))))


def value_of(value: Value) -> Any:
    """Returns a conversation that was read as a whole."""
    assert value is None or isinstance(value, bytes)
    return None if value is None else parsed(value)


def members_of(value: Value) -> list[tuple[str, Any, bool]]:
    """Returns the members of a conversation, each with its value."""
    assert isinstance(value, Iterator)
    return [(name, parsed(text or b"null"), is_element) for name, text, is_element in value]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4), st.integers(1, 20), st.booleans(), st.sampled_from([None, 2]))
def test_any_list_is_split_into_its_elements(
    values: list[Any], size: int, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode()
    assert split(text, size) == values


@given(st.lists(JSON, max_size=3), JSON, st.integers(1, 20), st.booleans())
def test_a_list_in_an_object_is_split(values: list[Any], other: Any, size: int, is_first: bool) -> None:
    file = {"sessions": values, "x": other} if is_first else {"x": other, "sessions": values}
    given_values = Values(Slow(json.dumps(file).encode(), size))
    assert list(map(value_of, given_values)) == values
    assert parsed(given_values.head["x"]) == other


@given(st.lists(JSON, max_size=3), JSON, st.integers(1, 20), st.sampled_from([None, 2]))
def test_an_own_session_is_split_into_its_messages(
    messages: list[Any], other: Any, size: int, indent: int | None
) -> None:
    session = {"title": other, "messages": messages, "leaf": other}
    file = {"format": "own", "sessions": [session, {}, session, other], "version": 1}
    values = Values(Slow(json.dumps(file, indent=indent).encode(), size), "own")
    wanted = [("title", other, False), ("messages", [], False)]
    wanted += [*(("messages", each, True) for each in messages), ("leaf", other, False)]
    each = iter(values)
    assert members_of(next(each)) == wanted
    assert members_of(next(each)) == []
    next(each)  # is skipped
    last = next(each)
    assert (members_of(last) if isinstance(other, dict) else value_of(last)) is not None or other is None
    assert list(each) == []
    assert parsed(values.head["version"]) == 1


@given(st.dictionaries(st.sampled_from(["a", "messages", "sessions"]), st.none() | st.booleans() | st.text(max_size=9)))
def test_an_object_without_such_a_list_is_one_value(value: dict[str, Any]) -> None:
    assert split(json.dumps(value).encode(), 3) == [value]


def test_a_mark_of_the_byte_order_is_skipped() -> None:
    assert split(b"\xef\xbb\xbf [1, 2] \n", 1) == [1, 2]


BROKEN = [
    *(
        "[",
        "[1",
        "[1,",
        '["a',
        '["a\\',
        "[1 2]",
        "[1,]",
        "[]]",
        "[] x",
        "[{]",
        "[NaN]",
        "[01]",
        "[{}",
        "[[1}",
        "[\x01]",
    ),
    *("{", '{"a"', '{"a":', '{"a":1', "{a:1}", "x", "1", '"x"', '{"sessions":[1}', '{"sessions":[{}', "nul"),
    *('[{"a":1 "b":2}]', "[\ufeff]"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_text_that_is_no_json_is_refused(text: str) -> None:
    for size in (1, 1000):
        with pytest.raises(ImportNotJson):
            split(text.encode(), size)


@pytest.mark.parametrize("text", [b"\xff\xfe[\x00]\x00", b'["\xff"]', b"\xef\xbb", b"PK\x01"])
def test_text_that_is_not_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises(ImportNotJson):
        split(text)


@pytest.mark.parametrize("text", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_text_is_refused(text: bytes) -> None:
    with pytest.raises(ImportEmpty):
        split(text)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'[{"a":' * 1000, b'{"a":' * 1000, b'{"sessions":[' + b"[" * 900])
def test_deeply_nested_json_is_refused(text: bytes) -> None:
    with pytest.raises(ImportTooDeep):
        split(text)


def test_nesting_up_to_the_limit_is_accepted() -> None:
    text = b"[" * 800 + b"]" * 800
    assert len(split(text)) == 1


def test_a_value_too_large_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "MAX_CONVERSATION_BYTES", 100)
    large: list[Any] = [{"a": "x" * 100}, ["y"] * 50, "z" * 200]
    for size in (7, 1000):
        assert split(json.dumps([1, *large, 2]).encode(), size) == [1, None, None, None, 2]
        assert split(json.dumps({"a": "x" * 60, "b": "y" * 60}).encode(), size) == [None]


@given(st.binary(max_size=60), st.integers(1, 9))
def test_any_bytes_are_split_or_refused(text: bytes, size: int) -> None:
    with contextlib.suppress(ImportNotJson):
        split(b"[" + text, size)


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"{" + b",".join([b'"":1'] * 300_000) + b"}",
        lambda: b"{" + b",".join(b'"%s":1' % (b"k" * 1000) for _ in range(17_000)) + b"}",
        lambda: b"[[" + b",".join([b"[]"] * 600_000) + b"]]",
    ],
    ids=["many short members", "long keys", "many parts"],
)
def test_a_value_that_would_fill_the_memory_is_too_large(make: Callable[[], bytes]) -> None:
    assert split(make()) == [None]
