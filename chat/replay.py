"""Merges the backlog of a late reader into a few events. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from chat.event_log import Entry
from chat.events import TERMINAL_TYPES, TEXT_TYPES, TOOL_TYPES, VOIDING_TYPES, Snapshot, parse
from chat.reply_calls import ReplyCalls
from chat.tool_calls import FunctionCall, ReplyStep

VOIDED = {"tool_call", "snapshot", *TOOL_TYPES}
"""What a restart or a snapshot voids, besides texts and arguments."""

CALLS = TypeAdapter(list[FunctionCall])
STEPS = TypeAdapter(list[ReplyStep])


@dataclass(slots=True)
class Run:
    """Consecutive text events of one type. `seq`: number of the last. `parts`: their texts, JSON-escaped in UTF-8.

    `index`: of the call to which arguments belong.
    """

    seq: int
    type: str
    parts: list[bytes]
    index: int | None = None

    @property
    def key(self) -> tuple[str, int | None]:
        """What the events of a run have in common."""
        return self.type, self.index

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
        self._merged: dict[int, Run | Entry] = {}  # each by the number of an event in it
        self._progress: dict[int, int] = {}  # numbers of the newest progress of each call

    def add(self, entries: Sequence[Entry]) -> None:
        """Adds the next entries. Raises `ValueError` for one that is not JSON."""
        texts = [entry.json for entry in entries]
        self.count += len(texts)
        pairs = zip(entries, from_json(f"[{','.join(texts)}]"), strict=True)
        for (kind, index), group in groupby(pairs, _run_of):
            self._add_group(kind, index, list(group))
        self.last = entries[-1].seq if entries else self.last

    def _add_group(self, kind: str, index: int | None, group: list[tuple[Entry, dict[str, Any]]]) -> None:
        if kind in TEXT_TYPES or index is not None:
            content = _escaped("".join([event["content"] for _, event in group]))
            self._add_text(Run(group[-1][0].seq, kind, [content], index))
            return
        if kind in VOIDING_TYPES:
            kept = self._merged.items()
            self._merged = {seq: each for seq, each in kept if isinstance(each, Entry) and each.kind not in VOIDED}
            self._progress.clear()
        for entry, event in group:
            self._replace_older(entry, event)
            self.size += len(entry.json)
            self._merged[entry.seq] = entry

    def _replace_older(self, entry: Entry, event: dict[str, Any]) -> None:
        """Removes the older progress of the call of which the entry is the progress or the result.

        Approvals stay, because what other protocols make of them is numbered.
        """
        if entry.kind not in ("tool_progress", "tool_result"):
            return
        if older := self._merged.pop(self._progress.pop(event["index"], 0), None):
            assert isinstance(older, Entry)
            self.size -= len(older.json)
        if entry.kind == "tool_progress":
            self._progress[event["index"]] = entry.seq

    def _add_text(self, run: Run) -> None:
        self.size += len(run.parts[0])
        last = self._last
        if isinstance(last, Run) and last.key == run.key:
            last.seq = run.seq
            last.parts += run.parts
        else:
            self._merged[run.seq] = run

    @property
    def _last(self) -> Run | Entry | None:
        return next(reversed(self._merged.values()), None)

    def entries(self) -> list[MergedEntry]:
        """Returns the merged entries; events without text are left unchanged, unknown types too."""
        keyed = groupby(self._merged.values(), lambda item: item.key if isinstance(item, Run) else item.seq)
        return [_entry_of(list(group)) for _, group in keyed]

    def snapshot(self) -> list[MergedEntry]:
        """Returns all text in one event, followed by the terminal event, if it was added."""
        last = self._last
        end = [_unmerged(last)] if isinstance(last, Entry) and last.is_terminal else []
        content, thinking = self._texts()
        calls = self._calls()
        found, steps = calls.of_client, calls.steps
        parts = [b'{"type":"snapshot","content":"', *content, b'","thinking":"', *thinking, b'"']
        parts += [b',"tool_calls":', CALLS.dump_json(found)] if found else []
        parts += [b',"steps":', STEPS.dump_json(steps)] if steps else []
        return [MergedEntry(self.last - len(end), "snapshot", b"".join([*parts, b"}"])), *end]

    def text(self) -> Snapshot:
        """Returns all text, all calls of tools, and the steps."""
        content, thinking = map(_unescaped, self._texts())
        calls = self._calls()
        return Snapshot(
            content=content, thinking=thinking, tool_calls=calls.of_client or None, steps=calls.steps or None
        )

    def answered_by(self) -> str | None:
        """Returns the model that the last `retry` of the last attempt names: it was asked instead of the turn's own."""
        model: str | None = None
        for item in self._merged.values():
            if isinstance(item, Entry) and item.kind == "retry":
                model = from_json(item.json).get("model") or model
            elif isinstance(item, Entry) and item.kind == "restart":
                model = None
        return model

    def _texts(self) -> tuple[list[bytes], list[bytes]]:
        """Returns the parts of the reply and of the thinking."""
        content, thinking = list[bytes](), list[bytes]()
        for item in self._merged.values():
            if isinstance(item, Run):
                if item.index is None:
                    (content if item.type == "chunk" else thinking).extend(item.parts)
            elif item.is_snapshot:
                event = Snapshot.model_validate_json(item.json)
                content, thinking = [_escaped(event.content)], [_escaped(event.thinking)]
        return content, thinking

    def _calls(self) -> ReplyCalls:
        """Returns the calls of tools, and the steps."""
        calls, items = ReplyCalls(), self._merged.values()
        if any(isinstance(item, Entry) and item.kind in ("tool_call", "snapshot") for item in items):
            for item in items:
                if isinstance(item, Run) or item.kind in VOIDED:
                    calls.add(parse(item.entry().json if isinstance(item, Run) else item.json))
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


def _entry_of(neighbours: Sequence[Run | Entry]) -> MergedEntry:
    """Returns one entry for runs between which events were removed, or for a single item."""
    last = neighbours[-1]
    if not isinstance(last, Run):
        return _unmerged(last)
    parts = [part for run in neighbours if isinstance(run, Run) for part in run.parts]
    return Run(last.seq, last.type, parts, last.index).entry()


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
