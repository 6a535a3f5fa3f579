"""The output items of a response: thinking, text, and calls of tools. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.protocols.responses.ids import item_id
from chat.events import ToolCall
from chat.messages import Message
from chat.tool_calls import FunctionCall

Object = dict[str, Any]
Kind = Literal["reasoning", "message", "function_call"]
Done = Literal["in_progress", "completed", "incomplete"]
PREFIXES: dict[Kind, str] = {"reasoning": "rs", "message": "msg", "function_call": "fc"}


@dataclass
class Item:
    """An item as far as it is known. `texts`: parts of its text, of a call of its arguments. `call_id`: of a call."""

    kind: Kind
    id: str
    index: int
    call_id: str = ""
    name: str = ""
    texts: list[str] = field(default_factory=list)
    is_open: bool = True

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def part(self) -> Object:
        """The only part of thinking or text."""
        return _part(self.kind, self.text)

    def as_object(self, status: Done) -> Object:
        """Returns the item in the API's form."""
        if self.kind == "reasoning":
            return {"id": self.id, "type": "reasoning", "summary": [self.part], "status": status}
        if self.kind == "message":
            return {
                "id": self.id,
                "type": "message",
                "role": "assistant",
                "content": [self.part],
                "status": status,
            }
        call = {"call_id": self.call_id, "name": self.name, "arguments": self.text}
        return {"id": self.id, "type": "function_call", **call, "status": status}

    def as_begun(self) -> Object:
        """Returns the item as it is announced: without any part."""
        begun = Item(self.kind, self.id, self.index, self.call_id, self.name).as_object("in_progress")
        return {name: [] if isinstance(value, list) else value for name, value in begun.items()}

    @property
    def empty_part(self) -> Object:
        return _part(self.kind, "")


def _part(kind: Kind, text: str) -> Object:
    if kind == "reasoning":
        return {"type": "summary_text", "text": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


class Items:
    """The items of one turn, in order. At most one of them takes text or thinking; calls take arguments to the end."""

    def __init__(self, turn_id: str) -> None:
        self._turn_id = turn_id
        self.all = list[Item]()

    def open_text(self) -> Item | None:
        """Returns the item that takes text or thinking."""
        return next((each for each in self.all if each.is_open and each.kind != "function_call"), None)

    def calls(self) -> list[Item]:
        return [each for each in self.all if each.kind == "function_call"]

    def add(self, kind: Kind, call: ToolCall | FunctionCall | None = None) -> Item:
        """Begins an item; `call`: without its arguments."""
        index = len(self.all)
        item = Item(kind, item_id(PREFIXES[kind], self._turn_id, index), index)
        if call:
            item.call_id, item.name = call.id, call.name
        self.all.append(item)
        return item

    def text_of(self, kind: Kind) -> str:
        """Returns all text of the items of a kind."""
        return "".join(each.text for each in self.all if each.kind == kind)

    def as_objects(self, last: Done) -> list[Object]:
        """Returns all items; `last`: the status of the last one. Those before it are complete."""
        at_end = len(self.all) - 1
        return [each.as_object(last if each.index == at_end else "completed") for each in self.all]


def items_of(turn_id: str, reply: Message | None) -> Items:
    """Returns the items of a stored reply: its thinking, its text, its calls."""
    items = Items(turn_id)
    if reply is None:
        return items
    texts: Sequence[tuple[Kind, str]] = (("reasoning", reply.thinking or ""), ("message", reply.content))
    for kind, text in texts:
        if text:
            items.add(kind).texts.append(text)
    for call in reply.tool_calls or ():
        items.add("function_call", call).texts.append(call.arguments)
    for item in items.all:
        item.is_open = False
    return items
