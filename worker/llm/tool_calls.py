"""Reads calls of tools in the forms in which servers send them. Pure, but for the ids of calls that have none.

An index says only which pieces belong together, and not every server sends it: Gemini leaves it out, Ollama and older
vLLM send 0 with each call. Ids may be missing, empty, or new with each piece of a call.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from chat.client_requests import MAX_TOOLS
from worker.llm import failures
from worker.llm.delta import CallDelta
from worker.llm.surrogates import SurrogateJoiner

Object = dict[str, Any]


class _Piece(NamedTuple):
    """A piece of a call, or a whole one; None, "" = not given."""

    number: int | None
    id: str
    name: str
    arguments: str
    extra: Object | None


@dataclass
class _Call:
    """A call so far. `number`: as the server counts it. `index`: as readers do; None before the name has come."""

    number: int | None
    id: str = ""
    name: str = ""
    index: int | None = None
    extra: Object | None = None
    parts: list[str] = field(default_factory=list)
    size: int = 0
    joiner: SurrogateJoiner = field(default_factory=SurrogateJoiner)

    @property
    def arguments(self) -> str:
        return "".join(self.parts)

    def has(self, arguments: str) -> bool:
        return len(arguments) == self.size and arguments == self.arguments


class ToolCallReader:
    """Takes what payloads have of calls. Returns what is new. `has_unread`: a call has come in an unknown form."""

    def __init__(self) -> None:
        self.has_unread = False
        self._calls: list[_Call] = []
        self._count = 0
        self._in_payload: list[_Call] = []

    def read(self, fields: Object, *, is_whole: bool) -> tuple[CallDelta, ...]:
        """Reads the fields of a delta or, where it `is_whole`, of a message, which may repeat earlier calls."""
        self._in_payload = []
        pieces = list(self._pieces(fields))
        return tuple(delta for piece in pieces if (delta := self._take(piece, is_whole=is_whole)))

    def finish(self) -> Iterator[CallDelta]:
        """Yields what was held back. Raises `ModelFailure` for a call without a name."""
        for call in self._calls:
            if call.index is None:
                raise failures.broken_stream()
            if rest := call.joiner.finish():
                yield CallDelta(call.index, arguments=rest)

    def _pieces(self, fields: Object) -> Iterator[_Piece]:
        given = fields.get("tool_calls") or []
        calls = [given] if isinstance(given, dict) else given
        if function := fields.get("function_call"):
            calls = [*(calls if isinstance(calls, list) else []), {"index": 0, "function": function}]
        for each in calls if isinstance(calls, list) else [calls]:
            if isinstance(each, dict):
                yield _piece_of(each)
            else:
                self.has_unread = True

    def _take(self, piece: _Piece, *, is_whole: bool) -> CallDelta | None:
        if is_whole and any(call.name == piece.name and call.has(piece.arguments) for call in self._calls):
            return None
        call = self._find(piece)
        if call is None:
            call = _Call(piece.number)
            self._calls.append(call)
        self._in_payload.append(call)
        return self._extend(call, piece)

    def _find(self, piece: _Piece) -> _Call | None:
        """Returns the call that the piece continues, if it does not begin another one."""
        known = next((call for call in reversed(self._calls) if piece.id and call.id == piece.id), None)
        if known:
            return None if self._begins_another(known, piece) and piece.number != known.number else known
        same = (call for call in reversed(self._calls) if piece.number is None or call.number == piece.number)
        if (last := next(same, None)) is None:
            return None
        if piece.id and piece.name and last.id:
            return None
        return None if not piece.id and self._begins_another(last, piece) else last

    def _begins_another(self, call: _Call, piece: _Piece) -> bool:
        """Returns whether the name in a piece is that of another call, and not the same one again."""
        if not (piece.name and call.name):
            return False
        return call in self._in_payload or piece.name != call.name or _is_object(call.arguments)

    def _extend(self, call: _Call, piece: _Piece) -> CallDelta | None:
        call.id, call.name = call.id or piece.id, call.name or piece.name
        call.extra = call.extra or piece.extra
        is_repeated = call.has(piece.arguments) and _is_object(piece.arguments)
        new = "" if is_repeated else call.joiner.join(piece.arguments)
        call.parts.append(new)
        call.size += len(new)
        if call.index is not None:
            return CallDelta(call.index, arguments=new) if new else None
        if not call.name:
            return None
        if self._count == MAX_TOOLS:
            raise failures.too_large()
        call.index, self._count = self._count, self._count + 1
        call.id = call.id or f"call_{uuid4().hex[:24]}"
        return CallDelta(call.index, call.id, call.name, call.arguments, call.extra)


def _piece_of(call: Object) -> _Piece:
    given = call.get("function")
    function = given if isinstance(given, dict) else call
    number, extra = call.get("index"), call.get("extra_content")
    if isinstance(number, str) and number.isdecimal():
        number = int(number[:9])
    return _Piece(
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        _text(call.get("id")) or _text(function.get("id")),  # llama.cpp's old place
        _text(function.get("name")),
        _arguments(function.get("arguments")),
        extra if isinstance(extra, dict) else None,
    )


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _arguments(value: Any) -> str:
    """Returns arguments as text: some servers send the object itself."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_object(text: str) -> bool:
    """Returns whether arguments are complete."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
