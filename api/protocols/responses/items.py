"""The output items of a response: thinking, text, calls of tools, and questions about them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.protocols.responses.ids import approval_item, item_id
from api.protocols.segments import Segment, segments_of
from chat.events import ToolCall, ToolResult
from chat.messages import Message
from chat.tool_calls import Approval, FunctionCall, ServerCall

Object = dict[str, Any]
Kind = Literal["reasoning", "message", "function_call", "mcp_call", "mcp_approval_request"]
Done = Literal["in_progress", "completed", "incomplete"]
PREFIXES: dict[Kind, str] = {"reasoning": "rs", "message": "msg", "function_call": "fc", "mcp_call": "mcp"}
CALLS: tuple[Kind, ...] = ("function_call", "mcp_call")
TEXTS: tuple[Kind, ...] = ("reasoning", "message")


@dataclass
class Item:
    """An item as far as it is known. `texts`: parts of its text, of a call of its arguments. `call_id`: of a call.

    `server`, `asked`, `result`: of a call of a tool server's tool; `asked`: the id of the question about it.
    `is_whole`: its arguments are.
    """

    kind: Kind
    id: str
    index: int
    call_id: str = ""
    name: str = ""
    texts: list[str] = field(default_factory=list)
    is_open: bool = True
    server: str = ""
    asked: str | None = None
    result: ToolResult | ServerCall | None = None
    is_whole: bool = False

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
        call = {"name": self.name, "arguments": self.text}
        if self.kind == "function_call":
            return {"id": self.id, "type": "function_call", "call_id": self.call_id, **call, "status": status}
        whole = {"id": self.id, "type": self.kind, "server_label": self.server, **call}
        return whole if self.kind == "mcp_approval_request" else whole | self._outcome(status)

    def _outcome(self, status: Done) -> Object:
        """Returns how a call of a tool server's tool ended: only what has a result is completed, or has failed."""
        outcome: Object = {"approval_request_id": self.asked, "output": None, "error": None, "status": status}
        if self.result is None or self.result.status is None:
            return outcome | {"status": "in_progress" if status == "in_progress" else "incomplete"}
        if self.result.status == "ok":
            return outcome | {"output": self.result.content or "", "status": "completed"}
        content = [{"type": "text", "text": self.result.content or self.result.status}]
        return outcome | {"error": {"type": "mcp_tool_execution_error", "content": content}, "status": "failed"}

    def as_begun(self) -> Object:
        """Returns the item as it is announced: without any part."""
        begun = Item(self.kind, self.id, self.index, self.call_id, self.name, server=self.server)
        if self.kind == "mcp_approval_request":
            begun.texts = self.texts
        return {name: [] if isinstance(each, list) else each for name, each in begun.as_object("in_progress").items()}

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
        return next((each for each in self.all if each.is_open and each.kind in TEXTS), None)

    def calls(self) -> list[Item]:
        """Returns the calls, in the order of their indexes."""
        return [each for each in self.all if each.kind in CALLS]

    def add(self, kind: Kind, call: ToolCall | FunctionCall | None = None) -> Item:
        """Begins an item; `call`: without its arguments."""
        index = len(self.all)
        item = Item(kind, item_id(PREFIXES[kind], self._turn_id, index), index)
        if call:
            item.call_id, item.name = call.id, call.name
            item.server = (call.server or "") if isinstance(call, ToolCall | ServerCall) else ""
        self.all.append(item)
        return item

    def add_approval(self, approval: Approval) -> Item | None:
        """Adds the question whether a call may be made; None if it is there, or is another question."""
        call = self.calls()[approval.index]
        if approval.kind != "call" or call.asked:
            return None
        call.asked = approval_item(self._turn_id, approval.id, approval.revision)
        item = Item("mcp_approval_request", call.asked, len(self.all), "", call.name, [call.text], is_open=False)
        item.server = call.server
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
    for part in segments_of(reply.content, reply.thinking or "", reply.steps):
        for kind, text in texts_of(part):
            items.add(kind).texts.append(text)
        _add_calls(items, part.calls)
    for each in reply.tool_calls or ():
        items.add("function_call", each).texts.append(each.arguments)
    for item in items.all:
        item.is_open = False
    return items


def _add_calls(items: Items, calls: Sequence[ServerCall]) -> None:
    """Adds the calls of a step with their results, then the questions about them."""
    for call in calls:
        item = items.add("mcp_call", call)
        item.texts.append(call.arguments)
        item.result = call
    for call in calls:
        if call.approval:
            items.add_approval(call.approval)


def texts_of(part: Segment) -> list[tuple[Kind, str]]:
    """Returns the thinking and the text of a part of a reply, without those that are empty."""
    texts: list[tuple[Kind, str]] = [("reasoning", part.thinking), ("message", part.text)]
    return [(kind, text) for kind, text in texts if text]
