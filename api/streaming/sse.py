"""Encodes log entries as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from typing import NamedTuple

from chat.event_log import Entry
from chat.replay import MergedEntry


class Frame(NamedTuple):
    """One server-sent event, encoded once for all its readers."""

    seq: int
    is_terminal: bool
    data: bytes


def frame_of(turn_id: str, entry: Entry) -> Frame:
    """Encodes a log entry."""
    return Frame(entry.seq, entry.is_terminal, f"id: {turn_id}:{entry.seq}\ndata: {entry.json}\n\n".encode())


def frame_of_merged(turn_id: str, entry: MergedEntry) -> Frame:
    """Encodes a merged entry."""
    data = b"id: %b:%d\ndata: %b\n\n" % (turn_id.encode(), entry.seq, entry.json)
    return Frame(entry.seq, entry.is_terminal, data)


def retry(milliseconds: int) -> bytes:
    """Encodes the delay before a reader reconnects, in milliseconds."""
    return f"retry: {milliseconds}\n\n".encode()
