"""Splits a large JSON text into its conversations, without reading all of it into memory."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from chat.transfer.errors import ImportEmpty, ImportNotJson, ImportTooDeep
from chat.transfer.limits import MAX_CONVERSATION_BYTES, MAX_DEPTH, MAX_PARTS, MEMBER_BYTES

CHUNK = 1 << 18
SPACES = re.compile(rb"[ \t\r\n]*+")
BOM = b"\xef\xbb\xbf"

OWN_LIST = "messages"
LISTS = ("sessions", "conversations")
"""Members of an object that have a list of conversations: ours, and that of some exports of ChatGPT."""

# All are possessive, so each byte is looked at once.
TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL)
"""Everything up to the next bracket, or up to a string that the buffer does not have whole."""

TO_QUOTE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""The rest of a string, without its last quote."""

SCALAR = re.compile(rb"[^\s,\]}]*+")
KEY = re.compile(rb'"((?:[^"\\]|\\.){0,1000})"', re.DOTALL)


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Member(NamedTuple):
    """A member of an object, or an element of the list that it is. `text`: its JSON, None where it is too large."""

    name: str
    text: bytes | None
    is_element: bool = False


Value = bytes | None | Iterator[Member]
"""The JSON of a conversation; None for one that is too large; or its members, one after another."""


class Values:
    """The conversations in a JSON text: the elements of a list, of a list in an object, or one object.

    `head`: the other members of an object that has a list, each with its JSON, read so far. `own_format`: if its member
    `format` is this, conversations are not read as a whole, but their members, and each element of `messages`.
    """

    def __init__(self, stream: Stream, own_format: str = "") -> None:
        self._stream = stream
        self._own_format = f'"{own_format}"'.encode()
        self._buffer = b""
        self._position = 0
        self.head: dict[str, bytes] = {}

    def __iter__(self) -> Iterator[Value]:
        """Yields each conversation. Members that the caller has not taken are skipped when it asks for the next.

        Raises `ImportNotJson` where the text ends early or is no list or object; what it yields may still be invalid.
        """
        if self._next().startswith(BOM[:1]):
            self._skip_mark()
        match self._next():
            case b"[":
                yield from self._elements(1)
            case b"{":
                yield from self._members()
            case b"":
                raise ImportEmpty
            case _:
                raise ImportNotJson
        if self._next():
            raise ImportNotJson

    def _skip_mark(self) -> None:
        while len(self._buffer) - self._position < len(BOM) and self._fill():
            pass
        if self._buffer[self._position :].startswith(BOM):
            self._position += len(BOM)

    def _elements(self, depth: int) -> Iterator[Value]:
        self._position += 1
        if self._next() == b"]":
            self._position += 1
            return
        while True:
            if self.head.get("format") == self._own_format and self._next() == b"{":
                members = self._members_of(depth + 1)
                yield members
                for _ in members:
                    pass
            else:
                yield self._value(depth)
            if self._separator(b"]"):
                return

    def _members_of(self, depth: int) -> Iterator[Member]:
        """Yields the members of an object; an empty `messages`, then its elements."""
        self._position += 1
        is_over = self._next() == b"}"
        self._position += is_over
        while not is_over:
            name = self._key().decode("utf-8", "replace")
            if name == OWN_LIST and self._next() == b"[":
                yield Member(name, b"[]")
                for text in self._values(depth + 1):
                    yield Member(name, text, is_element=True)
            else:
                yield Member(name, self._value(depth))
            is_over = self._separator(b"}")

    def _values(self, depth: int) -> Iterator[bytes | None]:
        """Yields the elements of a list."""
        self._position += 1
        is_over = self._next() == b"]"
        self._position += is_over
        while not is_over:
            yield self._value(depth)
            is_over = self._separator(b"]")

    def _members(self) -> Iterator[Value]:
        self._position += 1
        has_list, parts, size = False, list[bytes](), 0
        is_over = self._next() == b"}"
        self._position += is_over
        while not is_over:
            key = self._key()
            if key.decode("utf-8", "replace") in LISTS and self._next() == b"[":
                has_list = True
                yield from self._elements(2)
                is_over = self._separator(b"}")
                continue
            value = self._value(1)
            size += MEMBER_BYTES + len(key) + (MAX_CONVERSATION_BYTES if value is None else len(value))
            if value is None or size > MAX_CONVERSATION_BYTES:
                parts = []
            else:
                parts.append(b'"' + key + b'":' + value)
                self.head[key.decode("utf-8", "replace")] = value
            is_over = self._separator(b"}")
        if not has_list:
            self.head = {}
            yield None if size > MAX_CONVERSATION_BYTES else b"{" + b",".join(parts) + b"}"

    def _key(self) -> bytes:
        if self._next() != b'"':
            raise ImportNotJson
        while not (found := KEY.match(self._buffer, self._position)):
            if len(self._buffer) - self._position > 10_000 or not self._fill():
                raise ImportNotJson
        self._position = found.end()
        self._expect(b":")
        return found[1]

    def _expect(self, byte: bytes) -> None:
        if self._next() != byte:
            raise ImportNotJson
        self._position += 1

    def _separator(self, closing: bytes) -> bool:
        """Reads a comma, or the closing bracket. Returns whether it was the bracket."""
        byte = self._next()
        if byte not in (b",", closing):
            raise ImportNotJson
        self._position += 1
        return byte == closing

    def _next(self) -> bytes:
        """Skips spaces. Returns the next byte without reading it, b"" at the end."""
        while True:
            found = SPACES.match(self._buffer, self._position)
            assert found
            self._position = found.end()
            if self._position < len(self._buffer) or not self._fill():
                return self._buffer[self._position : self._position + 1]

    def _fill(self) -> bool:
        """Reads more of the text. Returns whether there was more."""
        more = self._stream.read(CHUNK)
        self._buffer, self._position = self._buffer[self._position :] + more, 0
        return bool(more)

    def _value(self, depth: int) -> bytes | None:
        """Reads a value. Returns its JSON; None where it is too large."""
        if self._next() in (b"{", b"["):
            return self._bracketed(depth)
        return self._string() if self._next() == b'"' else self._scalar()

    def _scalar(self) -> bytes:
        while True:
            found = SCALAR.match(self._buffer, self._position)
            assert found
            if found.end() < len(self._buffer) or len(found[0]) > 10_000 or not self._fill():
                self._position = found.end()
                return found[0]

    def _string(self) -> bytes | None:
        pieces = _Pieces()
        pieces.add(self._take(self._position + 1))
        self._to_quote(pieces)
        return pieces.joined()

    def _bracketed(self, depth: int) -> bytes | None:
        pieces, level, parts = _Pieces(), 0, 0
        while True:
            found = TO_BRACKET.match(self._buffer, self._position)
            assert found
            pieces.add(self._take(found.end()))
            byte = self._buffer[self._position : self._position + 1]
            if not byte:
                if not self._fill():
                    raise ImportNotJson
                continue
            pieces.add(self._take(self._position + 1))
            if byte == b'"':
                self._to_quote(pieces)
                continue
            level += 1 if byte in b"{[" else -1
            parts += 1
            if parts > 2 * MAX_PARTS:
                pieces.drop()
            if level + depth > MAX_DEPTH:
                raise ImportTooDeep
            if level == 0:
                return pieces.joined()

    def _to_quote(self, pieces: "_Pieces") -> None:
        """Reads the rest of a string, which may be longer than the buffer."""
        while True:
            found = TO_QUOTE.match(self._buffer, self._position)
            assert found
            pieces.add(self._take(found.end()))
            if self._buffer[self._position : self._position + 1] == b'"':
                pieces.add(self._take(self._position + 1))
                return
            if not self._fill():
                raise ImportNotJson

    def _take(self, end: int) -> bytes:
        taken, self._position = self._buffer[self._position : end], end
        return taken


class _Pieces:
    """The pieces of one value, until they are too large."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MAX_CONVERSATION_BYTES:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def drop(self) -> None:
        """Gives the value up: it is too large."""
        self._size = MAX_CONVERSATION_BYTES + 1
        self._pieces.clear()

    def joined(self) -> bytes | None:
        return None if self._size > MAX_CONVERSATION_BYTES else b"".join(self._pieces)
