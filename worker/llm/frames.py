"""Splits the bytes of an answer into payloads: an event stream, lines of JSON, or one whole JSON document.

The SDK's own reader drops a last event without its blank line, and HTTP clients split lines at characters that JSON may
contain unescaped (U+2028, U+0085). https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import math
import re
from typing import Any, NamedTuple

from pydantic_core import from_json

MAX_FRAME = 1 << 20
MAX_DOCUMENT = 16 << 20
"""Bytes of an answer that is not a stream. Its text may be escaped."""

MAX_DOCUMENTS_PER_LINE = 1000

DONE = "[DONE]"
SEPARATORS = b",; "
"""Bytes after payloads that are the elements of a list."""

BOM = b"\xef\xbb\xbf"
BROKEN = object()
"""Stands for a payload that begins like JSON but is not JSON."""

CUT = object()
"""Stands for the end of a document that breaks off. The frame before has what could be read of it."""

BEFORE_PAYLOAD = re.compile(rb"(?:[\s\x00\x1e]|\xef\xbb\xbf|data\s*:)*", re.IGNORECASE)
"""What proxies put before a payload: the field's name once more, in capitals or indented, or marks of an encoding."""

BETWEEN_PAYLOADS = re.compile(r"(?:[\s,;]|data\s*:)*", re.IGNORECASE)
"""What separates the payloads of one line."""


class FrameTooLong(ValueError):
    """Raised when a single line exceeds `MAX_FRAME` bytes, or a whole answer `MAX_DOCUMENT`."""


class Frame(NamedTuple):
    """One payload. `data`: JSON, text if it is not JSON, `BROKEN` or `CUT`. `event`: the SSE field, mostly empty."""

    data: Any
    event: str = ""


class FrameParser:
    """Takes bytes as they come. Returns each payload as soon as it is complete.

    Beyond the standard it accepts `data:` lines without a blank line between them, lines of JSON without a field name,
    and a document instead of a stream. It adds these to `oddities`.
    """

    def __init__(self) -> None:
        self.oddities: set[str] = set()
        self.is_document = False
        self._rest = bytearray()
        self._begun = False
        self._is_between = False
        self._cr = False
        self._given = False
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0
        self._tried = 0
        """Bytes of the current payload's lines when they were last decoded without success."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Returns the payloads that the chunk completes. Raises `FrameTooLong`.

        Reads only the new bytes, because a line may come in a million pieces.
        """
        if self._is_between and chunk.find(b"\n") == len(chunk) - 2 and chunk.endswith(b"\n\n"):
            if chunk.startswith(b"data:") and b"\r" not in chunk:  # one frame per chunk, as most servers send them
                payload = chunk[5:].strip()
                return [Frame(_decoded(payload, self.oddities))] if payload else []
        return self._feed_lines(chunk)

    def finish(self) -> list[Frame]:
        """Returns the payloads that are left when the answer ends without a last line break."""
        frames: list[Frame] = []
        if self._rest:
            self._line(bytes(self._rest), frames)
            self._rest.clear()
        self._dispatch(frames)
        return frames

    def _feed_lines(self, chunk: bytes) -> list[Frame]:
        if self._cr and chunk:
            chunk = chunk.removeprefix(b"\n")  # the second half of CRLF
            self._cr = False
        self._cr = self._cr or chunk.endswith(b"\r")
        frames: list[Frame] = []
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line = self._completed(end) if self._rest else end
            if not (line.startswith(b"data:") and self._is_between and self._give_line(line, frames)):
                self._line(line, frames)
                self._is_between = self._begun and not (self._data or self._event or self._given or self.is_document)
        self._rest += rest
        self._is_between = self._is_between and not (self._rest or self._cr)
        if len(self._rest) + self._size > MAX_FRAME and not self._may_be_document():
            raise FrameTooLong
        return frames

    def _give_line(self, line: bytes, frames: list[Frame]) -> bool:
        """Fast path for a line that is a whole payload, as nearly all are. Returns whether it was taken."""
        if not line.endswith(b"}"):
            return False
        data = _decoded(line[5:], self.oddities)
        if data is BROKEN or data.__class__ is str:
            return False
        frames.append(Frame(data))
        self._given, self._is_between = True, False
        return True

    def _may_be_document(self) -> bool:
        """Returns whether the bytes may be a document within its limit: a first line may be a whole document."""
        if not (self._begun or self.is_document):
            self.is_document = bytes(self._rest[:64]).lstrip(BOM + b" \t").startswith((b"{", b"["))
        return self.is_document and len(self._rest) + self._size <= MAX_DOCUMENT

    def _completed(self, end: bytes) -> bytes:
        """Returns the line that began in an earlier chunk and ends in this one."""
        self._rest += end
        line = bytes(self._rest)
        self._rest.clear()
        return line

    def _line(self, line: bytes, frames: list[Frame]) -> None:
        if not self._begun:
            line = self._first_line(line)
        if self.is_document:
            self._document_line(line, frames)
        elif line:
            self._field(line, frames)
        else:
            self._given = False
            self._dispatch(frames)

    def _first_line(self, line: bytes) -> bytes:
        line = line.removeprefix(BOM)
        self._begun = bool(line.strip())
        self.is_document = line.lstrip().startswith((b"{", b"["))
        return line

    def _field(self, line: bytes, frames: list[Frame]) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            if self._given:
                self.oddities.add("frames")
            payload = _payload_in(value)
            if payload is not None and not value.lstrip().startswith(payload[:1]):
                self.oddities.add("frames")
            self._data_line(value.removeprefix(b" ") if payload is None else payload, frames)
        elif name and b"choices" in line and (at := line.find(b"{")) >= 0:  # not a comment
            self.oddities.add("frames")
            self._data_line(line[at:], frames)
        elif name == b"event":
            self._event = value.decode(errors="replace").strip()
        elif name == b"error":  # llama.cpp's own field
            self._event = "error"
            self._data_line(value, frames)
        elif (payload := _payload_in(line)) is not None or (payload := _other_payload(name, value)) is not None:
            self.oddities.add("frames")
            self._data_line(payload, frames)

    def _data_line(self, value: bytes, frames: list[Frame]) -> None:
        """Adds a line of data. Gives a whole payload at once, because not every server sends blank lines."""
        if self._data and _is_closed(value) and self._size >= 2 * self._tried:
            self._tried = self._size
            if _decoded(b"\n".join(self._data), set()) is not BROKEN:
                self._dispatch(frames)
        self._data.append(value)
        self._size += len(value)
        if _is_closed(value) and len(self._data) == 1:
            data = _decoded(value.strip(), self.oddities)
            if data is not BROKEN:
                self._given = True
                self._give(data, frames)

    def _dispatch(self, frames: list[Frame]) -> None:
        """Gives the payload at the end of an event or of a document."""
        payload = b"\n".join(self._data).strip()
        data = _decoded(payload, self.oddities) if payload else ""
        if self.is_document and (data is BROKEN or isinstance(data, str)) and (partial := _partial(payload)):
            self._give(partial, frames)
            self._give(CUT, frames)
        elif payload:
            self._give(data, frames)
        else:
            self._reset()

    def _give(self, data: Any, frames: list[Frame]) -> None:
        frames.append(Frame(data, self._event))
        self._reset()

    def _reset(self) -> None:
        self._data.clear()
        self._size, self._tried, self._event = 0, 0, ""

    def _document_line(self, line: bytes, frames: list[Frame]) -> None:
        """Takes a line of a document, or one of many documents, each in a line."""
        if line.startswith((b"data:", b"event:", b":")) and not self._data and not _is_done(line):
            self.is_document = False  # a line with an error, then a stream
            return self._line(line, frames)
        if not line.strip():
            return
        if _is_done(line):
            self._dispatch(frames)
            return self._give(DONE, frames)
        if not self._data and _is_closed(line):
            data = _decoded(line.strip(), self.oddities)
            if isinstance(data, dict | list):
                return self._give(data, frames)
        self._data.append(line)
        self._size += len(line)


def _is_done(line: bytes) -> bool:
    return line.removeprefix(b"data:").strip().upper() == DONE.encode()


def _is_closed(value: bytes) -> bool:
    value = value.strip().rstrip(SEPARATORS)
    return value.startswith((b"{", b"[")) and value.endswith((b"}", b"]"))


def _payload_in(line: bytes) -> bytes | None:
    """Returns the payload of a line without a standard field, or None."""
    match = BEFORE_PAYLOAD.match(line)
    payload = line[match.end() :] if match else line
    return payload if payload.startswith(b"{") or _is_done(payload) else None


def _other_payload(name: bytes, value: bytes) -> bytes | None:
    """Returns the payload of a line whose field has another name, or None."""
    return value if name.isalpha() and name not in (b"id", b"retry") and value.lstrip().startswith(b"{") else None


def _partial(payload: bytes) -> Any:
    """Returns as much as can be read of a document that breaks off; None if nothing can."""
    try:
        return from_json(payload.decode(errors="ignore"), allow_partial="trailing-strings")
    except ValueError:
        return None


def _decoded(payload: bytes, oddities: set[str]) -> Any:
    """Decodes a payload: nearly all in the fast way. The slow way also takes halves of surrogate pairs and NaN."""
    try:
        data = from_json(payload, cache_strings="keys")
        return data if data.__class__ is not str else _unwrapped(data, oddities)
    except ValueError:
        pass
    if (inner := _payload_in(payload)) and inner != payload:
        oddities.add("frames")
        return _decoded(inner, oddities)
    text = payload.decode(errors="replace").strip()
    try:
        data = json.loads(text, strict=False, parse_int=_integer)
    except json.JSONDecodeError as error:
        data = _documents_in(text, error)
        if data is not BROKEN or text.startswith("{"):
            return data
        return text
    except (ValueError, RecursionError):  # a number of thousands of digits, or nested too deep
        return BROKEN
    oddities.add("encoding")
    return data


def _unwrapped(text: str, oddities: set[str]) -> Any:
    """Decodes text that is a payload again: some servers encode a payload as JSON twice."""
    return _decoded(text.encode(), oddities) if text.startswith("{") else text


def _integer(digits: str) -> int | float:
    """Returns infinity from 1000 digits on: Python refuses numbers of thousands of digits, and no reply needs them."""
    return int(digits) if len(digits) < 1000 else math.inf


def _documents_in(text: str, error: json.JSONDecodeError) -> Any:
    """Returns the documents of a line with several, as a list; otherwise `BROKEN`."""
    if not error.msg.startswith("Extra data") or not text.startswith("{"):
        return BROKEN
    documents, decoder, at = list[Any](), json.JSONDecoder(), 0
    try:
        while at < len(text) and len(documents) < MAX_DOCUMENTS_PER_LINE:
            document, at = decoder.raw_decode(text, at)
            documents.append(document)
            at = BETWEEN_PAYLOADS.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string too
            if text[at : at + len(DONE)].upper() == DONE:
                return [*documents, DONE]
    except (ValueError, RecursionError):
        return BROKEN
    return documents if at == len(text) else BROKEN
