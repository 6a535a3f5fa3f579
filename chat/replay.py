"""Pure: what a late reader is told instead of every single event."""

from collections.abc import Iterable
from dataclasses import replace

from chat.events import TEXTS, Chunk, Event, Restart, Snapshot, Thinking, encode, parse
from chat.log import Entry


def merge(entries: Iterable[Entry]) -> list[Entry]:
    """The same story in fewer entries: runs of text become one, text before a restart is left out.

    Each merged entry has the number of the last one in it, so that every number told stays a valid cursor.
    """
    merged: list[tuple[int, Event]] = []
    for entry in entries:
        event = parse(entry.json)
        if isinstance(event, Restart | Snapshot):
            merged = [(seq, earlier) for seq, earlier in merged if not isinstance(earlier, TEXTS)]
        last = merged[-1][1] if merged else None
        if isinstance(event, TEXTS) and type(last) is type(event):
            merged[-1] = (entry.seq, replace(event, content=last.content + event.content))
        else:
            merged.append((entry.seq, event))
    return [Entry(seq, encode(event)) for seq, event in merged]


def text_of(entries: Iterable[Entry]) -> Snapshot:
    """All the text of a whole log, as one snapshot."""
    content, thinking = "", ""
    for entry in entries:
        match parse(entry.json):
            case Restart():
                content, thinking = "", ""
            case Snapshot() as event:
                content, thinking = event.content, event.thinking
            case Chunk() as event:
                content += event.content
            case Thinking() as event:
                thinking += event.content
            case _:
                pass
    return Snapshot(content=content, thinking=thinking)
