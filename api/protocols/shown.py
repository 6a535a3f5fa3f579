"""Tracks what a reader has been sent of a reply, in little memory."""

from dataclasses import dataclass, field
from hashlib import blake2b

from pydantic_core import to_json

from chat.events import Snapshot, ToolCall
from chat.tool_calls import FunctionCall


class Prefix:
    """The beginning of a text that was sent, as its length and digest. Text is JSON-escaped, as `encode` escapes it."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = blake2b(digest_size=16)

    def add(self, escaped: bytes) -> None:
        """Adds what was sent next."""
        self.size += len(escaped)
        self._digest.update(escaped)

    def rest_of(self, text: str) -> bytes | None:
        """Returns what of a text was not sent, escaped; None if the text begins otherwise."""
        escaped = to_json(text)[1:-1]
        sent = escaped[: self.size]
        if len(sent) < self.size or blake2b(sent, digest_size=16).digest() != self._digest.digest():
            return None
        return escaped[self.size :]


@dataclass(frozen=True)
class NewCall:
    """What of a call was not sent; `call` is None where its beginning was."""

    index: int
    call: FunctionCall | None
    arguments: bytes


@dataclass(frozen=True)
class Rest:
    """What of a snapshot was not sent; texts are escaped."""

    thinking: bytes
    text: bytes
    calls: list[NewCall]


@dataclass(frozen=True)
class ShownCall:
    """What of a call was sent. `name`: its id and its name."""

    name: tuple[str, str]
    arguments: Prefix = field(default_factory=Prefix)

    def rest_of(self, call: FunctionCall) -> bytes | None:
        """Returns what of a call's arguments was not sent, escaped; None if it is another call."""
        return self.arguments.rest_of(call.arguments) if self.name == (call.id, call.name) else None


class Shown:
    """What of a reply was sent: its text, its thinking, and its calls of tools."""

    def __init__(self) -> None:
        self.text = Prefix()
        self.thinking = Prefix()
        self.calls = list[ShownCall]()

    @property
    def is_empty(self) -> bool:
        return not (self.text.size or self.thinking.size or self.calls)

    def begin_call(self, call: ToolCall | FunctionCall) -> None:
        """Notes that a call was begun, without its arguments."""
        self.calls.append(ShownCall((call.id, call.name)))

    def rest_of(self, snapshot: Snapshot) -> Rest | None:
        """Returns what of a snapshot was not sent; None if something else was sent than it has."""
        given = snapshot.tool_calls or []
        thinking, text = self.thinking.rest_of(snapshot.thinking), self.text.rest_of(snapshot.content)
        if thinking is None or text is None or len(given) < len(self.calls):
            return None
        calls = list[NewCall]()
        for index, call in enumerate(given):
            known = self.calls[index] if index < len(self.calls) else None
            arguments = (known or ShownCall((call.id, call.name))).rest_of(call)
            if arguments is None:
                return None
            calls.append(NewCall(index, None if known else call, arguments))
        return Rest(thinking, text, calls)
