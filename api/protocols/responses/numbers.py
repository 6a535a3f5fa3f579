"""Numbers the frames of a response so that any reader, at any process, goes on exactly after any of them. Pure.

A frame that is no delta takes one number. A delta takes as many as its text has characters (code points), and has the
last of them as its `sequence_number`. So the numbers depend on what the reply is and not on how it was cut into deltas:
a backlog that is merged into one delta has the number of the last of the deltas that it replaces. A reader that has
everything up to N gets the frames after N, and of a delta that goes beyond N the characters after N.

A reply that is made again begins a new range of numbers, above all that the reply before it can have had.
"""

from pydantic_core import from_json, to_json

RANGE = 1 << 22
"""Numbers of one reply. A greater reply (`MAX_REPLY_CHARS` is a quarter of that) still has rising numbers."""

PER_ATTEMPT = 64
"""Ranges of one attempt, which may begin the reply several times."""

PREAMBLE = 3
"""Frames before the first that depends on the reply: created, queued, in progress."""


def first_of(attempt: int, restarts: int) -> int:
    """Returns the first number of a reply that was begun again: in this attempt, as number `restarts` of the log."""
    return RANGE * (PER_ATTEMPT * attempt + min(restarts, PER_ATTEMPT - 1))


class Numbers:
    """Writes frames with rising numbers, and leaves out those up to `after`, which the reader has; -1 = it has none."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.next = 0

    @property
    def seen(self) -> int:
        """The greatest number that the reader has."""
        return max(self.after, self.next - 1)

    def frame(self, kind: str, **fields: object) -> bytes:
        """Returns a frame, b"" where the reader has it."""
        number = self.next
        self.next += 1
        if number <= self.after:
            return b""
        body = to_json({"type": kind, "sequence_number": number, **fields})
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), body)

    def delta(self, head: bytes, text: str, as_json: str = "") -> bytes:
        """Returns a delta's frame: `head` ends before its number. `as_json`: the text in JSON, if that is known."""
        first = self.next
        self.next += len(text)
        if self.next - 1 <= self.after:
            return b""
        if first <= self.after:
            text, as_json = text[self.after + 1 - first :], ""
        return b'%b%d,"delta":%b}\n\n' % (head, self.next - 1, as_json.encode() or to_json(text))


def text_of_json(as_json: str) -> str:
    """Returns the text of a JSON string."""
    return as_json[1:-1] if "\\" not in as_json else str(from_json(as_json))
