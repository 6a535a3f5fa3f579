"""Merges the backlog of a late reader into a few events. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic_core import from_json, to_json

from chat.event_log import Entry
from chat.events import TERMINAL_TYPES, TEXT_TYPES, VOIDING_TYPES, Snapshot


@dataclass(slots=True)
class Run:
    """Consecutive text events of one type. `seq`: number of the last. `parts`: their texts, JSON-escaped in UTF-8."""

    seq: int
    type: str
    parts: list[bytes]

    def entry(self) -> "MergedEntry":
        head = b'{"type":"%b","content":"' % self.type.encode()
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
    """Merges entries as they are read: runs of text become one entry, text before a restart is left out.

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
        for kind, group in groupby(pairs, lambda pair: pair[0].kind):
            self._add_group(kind, list(group))
            self.last = self._merged[-1].seq

    def _add_group(self, kind: str, group: list[tuple[Entry, dict[str, Any]]]) -> None:
        if kind in TEXT_TYPES:
            content = _escaped("".join([event["content"] for _, event in group]))
            self._add_text(group[-1][0].seq, kind, content)
            return
        if kind in VOIDING_TYPES:
            self._merged = [earlier for earlier in self._merged if not isinstance(earlier, Run)]
        self.size += sum(len(entry.json) for entry, _ in group)
        self._merged += [entry for entry, _ in group]

    def _add_text(self, seq: int, kind: str, content: bytes) -> None:
        self.size += len(content)
        last = self._merged[-1] if self._merged else None
        if isinstance(last, Run) and last.type == kind:
            last.seq = seq
            last.parts.append(content)
        else:
            self._merged.append(Run(seq, kind, [content]))

    def entries(self) -> list[MergedEntry]:
        """Returns the merged entries; events without text are left unchanged, unknown types too."""
        return [item.entry() if isinstance(item, Run) else _unmerged(item) for item in self._merged]

    def snapshot(self) -> list[MergedEntry]:
        """Returns all text in one event, followed by the terminal event, if it was added."""
        end = [_unmerged(item) for item in self._merged[-1:] if isinstance(item, Entry) and item.is_terminal]
        content, thinking = self._texts()
        parts = [b'{"type":"snapshot","content":"', *content, b'","thinking":"', *thinking, b'"}']
        return [MergedEntry(self.last - len(end), "snapshot", b"".join(parts)), *end]

    def text(self) -> Snapshot:
        """Returns all text."""
        content, thinking = (str(from_json(b"".join([b'"', *parts, b'"']))) for parts in self._texts())
        return Snapshot(content=content, thinking=thinking)

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
                (content if item.type == "chunk" else thinking).extend(item.parts)
            elif item.is_snapshot:
                event = Snapshot.model_validate_json(item.json)
                content, thinking = [_escaped(event.content)], [_escaped(event.thinking)]
        return content, thinking


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
