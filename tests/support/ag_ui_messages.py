"""Builds messages from AG-UI events as `@ag-ui/client`, version 1.0, does."""

import json
from typing import Any

from ag_ui.core import Event
from pydantic import TypeAdapter

Message = dict[str, Any]
EVENT: TypeAdapter[Any] = TypeAdapter(Event)


def events_of(data: bytes) -> list[tuple[str, Message]]:
    """Returns the events with their ids, "" without one, each of them valid by the protocol's own types."""
    events = list[tuple[str, Message]]()
    for frame in data.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in frame.split("\n"))
        EVENT.validate_json(fields["data"])
        events.append((fields.get("id", ""), json.loads(fields["data"])))
    return events


class Conversation:
    """What a client has. Fails for an order of events that a client refuses."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = {each["id"]: dict(each) for each in messages}
        self.calls: dict[str, Message] = {}
        self.outcome = ""
        self.interrupts: list[Message] = []
        self.custom: list[Message] = []
        self._open = set[str]()

    def apply(self, events: list[tuple[str, Message]]) -> None:
        assert events[0][1]["type"] == "RUN_STARTED"
        self._open.clear()
        for _, event in events[1:]:
            self._apply(event["type"], event)

    @property
    def given(self) -> list[Message]:
        """The messages, without those that are empty."""
        return [each for each in self.messages.values() if each["content"] or each.get("toolCalls")]

    def _apply(self, kind: str, event: Message) -> None:
        name = event.get("messageId") or event.get("toolCallId") or ""
        if kind in ("TEXT_MESSAGE_START", "REASONING_MESSAGE_START"):
            assert name not in self._open
            self._open.add(name)
            role = "assistant" if kind.startswith("TEXT") else "reasoning"
            self.messages.setdefault(name, {"id": name, "role": role, "content": ""})
        elif kind in ("TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT"):
            assert name in self._open
            self.messages[name]["content"] += event["delta"]
        elif kind in ("TEXT_MESSAGE_END", "REASONING_MESSAGE_END", "TOOL_CALL_END"):
            self._open.remove(name)
        else:
            self._rare(kind, name, event)

    def _rare(self, kind: str, name: str, event: Message) -> None:
        match kind:
            case "TOOL_CALL_START":
                assert name not in self._open
                self._open.add(name)
                parent = event["parentMessageId"]
                reply = self.messages.setdefault(parent, {"id": parent, "role": "assistant", "content": ""})
                function = {"name": event["toolCallName"], "arguments": ""}
                self.calls[name] = call = {"id": name, "type": "function", "function": function}
                reply.setdefault("toolCalls", []).append(call)
            case "TOOL_CALL_ARGS":
                assert name in self._open
                self.calls[name]["function"]["arguments"] += event["delta"]
            case "TOOL_CALL_RESULT":
                assert event["toolCallId"] not in self._open
                assert name not in self.messages
                about = {"toolCallId": event["toolCallId"], "content": event["content"]}
                self.messages[name] = {"id": name, "role": "tool", **about}
            case "CUSTOM":
                self.custom.append(event)
            case "MESSAGES_SNAPSHOT":
                self._replace(event["messages"])
            case "RUN_FINISHED":
                assert not self._open
                self.outcome = event["outcome"]["type"]
                self.interrupts = event["outcome"].get("interrupts", [])
            case "RUN_ERROR":
                self.outcome = event["code"]
            case _:
                assert kind in ("REASONING_START", "REASONING_END")

    def _replace(self, given: list[Message]) -> None:
        thinks = any(each["role"] == "reasoning" for each in given)
        kept = {name: each for name, each in self.messages.items() if each["role"] == "reasoning" and not thinks}
        self.messages = kept | {each["id"]: dict(each) for each in given}
