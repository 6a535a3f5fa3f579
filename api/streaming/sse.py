"""Encodes log entries as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from typing import NamedTuple

from chat.event_log import Entry
from chat.replay import MergedEntry

DATA = b"\ndata: "


class Frame(NamedTuple):
    """One server-sent event, encoded once for all its readers. `kind`: the type of its event.

    `text`: the event's JSON, of an event that has just come; "" of one from the backlog, which may be large.
    """

    seq: int
    is_terminal: bool
    data: bytes
    kind: str = ""
    text: str = ""

    @property
    def json(self) -> str:
        """The event's JSON, which translations to other protocols read."""
        return self.text or self.data[self.data.index(DATA) + len(DATA) : -2].decode()


def frame_of(turn_id: str, entry: Entry) -> Frame:
    """Encodes a log entry."""
    data = f"id: {turn_id}:{entry.seq}\ndata: {entry.json}\n\n".encode()
    return Frame(entry.seq, entry.is_terminal, data, entry.kind, entry.json)


def frame_of_merged(turn_id: str, entry: MergedEntry) -> Frame:
    """Encodes a merged entry."""
    data = b"id: %b:%d\ndata: %b\n\n" % (turn_id.encode(), entry.seq, entry.json)
    return Frame(entry.seq, entry.is_terminal, data, entry.kind)


def retry(milliseconds: int) -> bytes:
    """Encodes the delay before a reader reconnects, in milliseconds."""
    return f"retry: {milliseconds}\n\n".encode()
