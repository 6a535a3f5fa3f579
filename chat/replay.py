"""Merges the backlog of a late reader into a few events. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from chat.event_log import Entry
from chat.events import TERMINAL_TYPES, TEXT_TYPES, VOIDING_TYPES, Snapshot, ToolCall
from chat.tool_calls import FunctionCall

CALL = "tool_call"
VOIDED = (CALL, "snapshot")
"""What a restart or a snapshot voids, besides texts and arguments."""

CALLS = TypeAdapter(list[FunctionCall])


@dataclass(slots=True)
class Run:
    """Consecutive text events of one type. `seq`: number of the last. `parts`: their texts, JSON-escaped in UTF-8.

    `index`: of the call to which arguments belong.
    """

    seq: int
    type: str
    parts: list[bytes]
    index: int | None = None

    def entry(self) -> "MergedEntry":
        head = b'{"type":"%b",' % self.type.encode()
        head += b'"content":"' if self.index is None else b'"index":%d,"content":"' % self.index
        return MergedEntry(self.seq, self.type, b"".join([head, *self.parts, b'"}']))


@dataclass(frozen=True, slots=True)
class MergedEntry:
    """An entry that replaces several; `json` in UTF-8."""

    seq: int
    kind: str
    json: bytes

    @property
    def is_terminal(self) -> bool:
        return self.kind in TERMINAL_TYPES


class Replay:
    """Merges entries as they are read: runs of text become one entry, what is before a restart is left out.

    A merged entry has the number of its last one, so every number is a valid cursor. The cost of adding entries does
    not grow with those added before. Text is encoded as it is added, because encoding a reply of megabytes at once
    would block the event loop.
    """

    def __init__(self, after: int = 0) -> None:
        self.last = after
        """Number of the last added entry."""
        self.count = 0
        """Number of added entries."""
        self.size = 0
        """Bytes of the merged JSON."""
        self._merged: list[Run | Entry] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Adds the next entries. Raises `ValueError` for one that is not JSON."""
        texts = [entry.json for entry in entries]
        self.count += len(texts)
        pairs = zip(entries, from_json(f"[{','.join(texts)}]"), strict=True)
        for (kind, index), group in groupby(pairs, _run_of):
            self._add_group(kind, index, list(group))
            self.last = self._merged[-1].seq

    def _add_group(self, kind: str, index: int | None, group: list[tuple[Entry, dict[str, Any]]]) -> None:
        if kind in TEXT_TYPES or index is not None:
            content = _escaped("".join([event["content"] for _, event in group]))
            self._add_text(Run(group[-1][0].seq, kind, [content], index))
            return
        if kind in VOIDING_TYPES:
            self._merged = [each for each in self._merged if not (isinstance(each, Run) or each.kind in VOIDED)]
        self.size += sum(len(entry.json) for entry, _ in group)
        self._merged += [entry for entry, _ in group]

    def _add_text(self, run: Run) -> None:
        self.size += len(run.parts[0])
        last = self._merged[-1] if self._merged else None
        if isinstance(last, Run) and (last.type, last.index) == (run.type, run.index):
            last.seq = run.seq
            last.parts += run.parts
        else:
            self._merged.append(run)

    def entries(self) -> list[MergedEntry]:
        """Returns the merged entries; events without text are left unchanged, unknown types too."""
        return [item.entry() if isinstance(item, Run) else _unmerged(item) for item in self._merged]

    def snapshot(self) -> list[MergedEntry]:
        """Returns all text in one event, followed by the terminal event, if it was added."""
        end = [_unmerged(item) for item in self._merged[-1:] if isinstance(item, Entry) and item.is_terminal]
        content, thinking = self._texts()
        calls = b',"tool_calls":' + CALLS.dump_json(found) if (found := self._calls()) else b""
        parts = [b'{"type":"snapshot","content":"', *content, b'","thinking":"', *thinking, b'"', calls, b"}"]
        return [MergedEntry(self.last - len(end), "snapshot", b"".join(parts)), *end]

    def text(self) -> Snapshot:
        """Returns all text, and all calls of tools."""
        content, thinking = map(_unescaped, self._texts())
        return Snapshot(content=content, thinking=thinking, tool_calls=self._calls() or None)

    def answered_by(self) -> str | None:
        """Returns the model that the last `retry` of the last attempt names: it was asked instead of the turn's own."""
        model: str | None = None
        for item in self._merged:
            if isinstance(item, Entry) and item.kind == "retry":
                model = from_json(item.json).get("model") or model
            elif isinstance(item, Entry) and item.kind == "restart":
                model = None
        return model

    def _texts(self) -> tuple[list[bytes], list[bytes]]:
        """Returns the parts of the reply and of the thinking."""
        content, thinking = list[bytes](), list[bytes]()
        for item in self._merged:
            if isinstance(item, Run):
                if item.index is None:
                    (content if item.type == "chunk" else thinking).extend(item.parts)
            elif item.is_snapshot:
                event = Snapshot.model_validate_json(item.json)
                content, thinking = [_escaped(event.content)], [_escaped(event.thinking)]
        return content, thinking

    def _calls(self) -> list[FunctionCall]:
        """Returns the calls of tools."""
        calls, arguments = list[FunctionCall](), list[list[bytes]]()
        for item in self._merged:
            if isinstance(item, Run):
                if item.index is not None:
                    arguments[item.index] += item.parts
            elif item.kind == CALL:
                event = ToolCall.model_validate_json(item.json)
                calls.append(FunctionCall(**event.model_dump(exclude={"type", "index"}), arguments=""))
                arguments.append([])
            elif item.is_snapshot:
                calls = Snapshot.model_validate_json(item.json).tool_calls or []
                arguments = [[_escaped(call.arguments)] for call in calls]
        for call, parts in zip(calls, arguments, strict=True):
            call.arguments = _unescaped(parts)
        return calls


def _run_of(pair: tuple[Entry, dict[str, Any]]) -> tuple[str, int | None]:
    """Returns what the entries of one run have in common: their kind, and the call to which arguments belong."""
    entry, event = pair
    return entry.kind, event["index"] if entry.kind == "tool_arguments" else None


def _unescaped(parts: list[bytes]) -> str:
    return str(from_json(b"".join([b'"', *parts, b'"'])))


def _escaped(text: str) -> bytes:
    """Escapes text as between the quotes of a JSON string."""
    return to_json(text)[1:-1]


def _unmerged(entry: Entry) -> MergedEntry:
    return MergedEntry(entry.seq, entry.kind, entry.json.encode())


def merge(entries: Iterable[Entry]) -> list[Entry]:
    """Merges entries into fewer ones, as `Replay` does."""
    replay = Replay()
    replay.add(list(entries))
    return [Entry(item.seq, item.kind, item.json.decode()) for item in replay.entries()]


def text_of(entries: Iterable[Entry]) -> Snapshot:
    """Returns the text of a whole log as one snapshot."""
    replay = Replay()
    replay.add(list(entries))
    return replay.text()
