"""Writes sessions as Markdown: the branch that is shown as a whole, then all other versions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from chat.messages import Message
from chat.tool_calls import ReplyStep, ResultStatus, ServerCall
from chat.transfer.holdfast import Total
from chat.visible_text import visible, visible_line

END = "\n---\n\nEnd of the export.\n"
OTHERS = "## Other versions\n\n"
ENDINGS = {"cancelled": "stopped", "length": "cut off at the length limit", "error": "broken off by an error"}
RESULTS: dict[ResultStatus, str] = {
    "ok": "done",
    "error": "failed",
    "denied": "denied",
    "unknown": "not known",
    "limit": "not run, because a limit was reached",
}
SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>#|"})


class Heading(NamedTuple):
    """What a session's heading shows; times in seconds since the epoch."""

    title: str
    role: str
    created_at: float
    updated_at: float


def document_head(total: Total) -> str:
    sessions, messages = _counted(total.sessions, "conversation"), _counted(total.messages, "message")
    return f"{sessions}, {messages}, exported from Holdfast.\n"


def heading(session: Heading) -> str:
    title = " ".join(session.title.split()).translate(SPECIAL) or "Untitled conversation"
    times = f"Created {_time(session.created_at)}, last changed {_time(session.updated_at)}. Role: {session.role}."
    return f"\n# {title}\n\n{times}\n\n"


@dataclass
class Outline:
    """Where each message of a session is, without its text: the messages' parents, and the numbers they are shown with.

    Those of the branch that is shown have the numbers 1, 2, …; the others go on from there.
    """

    parents: dict[str, str | None] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    def add(self, messages: Iterable[Message]) -> None:
        self.parents |= {message.id: message.parent_id for message in messages}

    def number(self, leaf: str | None) -> None:
        """Gives the numbers."""
        branch, at = list[str](), leaf
        while at in self.parents and at not in self.shown:
            branch.append(at)
            self.shown.add(at)
            at = self.parents[at]
        for name in [*reversed(branch), *(name for name in self.parents if name not in self.shown)]:
            self.numbers[name] = len(self.numbers) + 1

    @property
    def has_others(self) -> bool:
        return len(self.shown) < len(self.parents)


def message_text(message: Message, outline: Outline) -> str:
    """Returns a message with its heading, and for one of another branch what it follows."""
    number = outline.numbers.get(message.id, 0)
    who = "You" if message.role == "user" else f"Assistant{f' ({message.model})' if message.model else ''}"
    notes = [_time(message.timestamp)]
    if message.id not in outline.shown:
        notes.append(_place(message, outline.numbers))
    if ending := ENDINGS.get(message.finish_reason or ""):
        notes.append(ending)
    text = f"### {number}. {who}\n\n*{' · '.join(notes)}*\n\n"
    if message.attachments:
        text += f"Files: {', '.join(each.name.translate(SPECIAL) for each in message.attachments)}\n\n"
    text += "".join(map(_part, message.parts)) or "\n\n"
    for call in message.tool_calls or ():
        text += _quoted(f"Tool call: {_name(call.name)}", _fenced(call.arguments))
    return text


def _part(step: ReplyStep) -> str:
    """Returns what the model has thought and said in one request, and then the calls that it has made."""
    thinking, content = (step.thinking or "").lstrip("\n"), step.content.lstrip("\n")
    text = _quoted("Thinking:", thinking) if thinking else ""
    text += f"{content}\n\n" if content else ""
    return text + "".join(map(_server_call, step.calls))


def _server_call(call: ServerCall) -> str:
    """Returns a call of a tool server's tool, with its result."""
    name, server = _name(call.title or call.name), _name(call.server_title or call.server)
    text = _quoted(f"Tool call: {name}{f' ({server})' if server else ''}", _fenced(call.arguments))
    text += _quoted(f"Result: {RESULTS[call.status]}" if call.status else "No result.", _fenced(call.content or ""))
    return text + (f"Files: {', '.join(each.file_name for each in call.images)}\n\n" if call.images else "")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _name(name: str) -> str:
    return visible_line(name).translate(SPECIAL)


def _fenced(text: str) -> str:
    """Returns a text of a tool or for one as a block of code: it is data, so no link and no picture of it works."""
    if not text:
        return ""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}\n{visible(text)}\n{fence}"


def _quoted(head: str, text: str) -> str:
    return "".join(f"> {line}\n" for line in [head, "", *text.splitlines()]) + "\n"


def _place(message: Message, numbers: Mapping[str, int]) -> str:
    before = numbers.get(message.parent_id or "")
    return f"another version, after {before}" if before else "another beginning"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
