"""A client of streamed responses that trusts nothing: each event is validated with openai's own types."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

Object = dict[str, Any]


def _types() -> Iterator[tuple[str, type[BaseModel]]]:
    for model in get_args(get_args(ResponseStreamEvent)[0]):
        for kind in get_args(model.model_fields["type"].annotation):
            yield kind, model


TYPES = dict(_types())
ENDS = ("response.completed", "response.incomplete", "response.failed")


def events_of(data: bytes) -> list[Object]:
    """Returns the events of whole frames. Each has its type as its SSE event, too."""
    events = []
    for frame in data.decode().split("\n\n")[:-1]:
        kind, body = frame.split("\n")
        event = json.loads(body.removeprefix("data: "))
        assert kind == f"event: {event['type']}"
        events.append(event)
    return events


class ResponseState:
    """What a client has of a response, from its events over any number of connections."""

    def __init__(self) -> None:
        self.last = -1
        self.parts: dict[str, str] = {}
        self.items: dict[int, Object] = {}
        self.done: dict[int, Object] = {}
        self.types: list[str] = []
        self.final: Object | None = None
        self.error: Object | None = None

    def take(self, events: Iterable[Object]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: Object) -> None:
        kind = event["type"]
        TYPES[kind].model_validate(event)
        assert event["sequence_number"] > self.last, (self.last, event)
        assert not self.final
        self.last = event["sequence_number"]
        self.types.append(kind)
        if "response" in event:
            Response.model_validate(event["response"])
        if kind == "response.output_item.added":
            assert event["output_index"] == len(self.items)
            self.items[event["output_index"]] = event["item"]
            self.parts[event["item"]["id"]] = ""
        elif kind.endswith(".delta"):
            assert event["delta"]
            assert self.items[event["output_index"]]["id"] == event["item_id"]
            self.parts[event["item_id"]] += event["delta"]
        elif kind.endswith((".text.done", "_text.done", "arguments.done")):
            text = event["arguments"] if "arguments" in event else event["text"]
            assert text == self.parts[event["item_id"]]
        elif kind == "response.output_item.done":
            self.done[event["output_index"]] = event["item"]
            assert text_of(event["item"]) == self.parts[event["item"]["id"]]
        elif kind in ENDS:
            self.final = event["response"]
            assert self.final["output"] == [self.done[index] for index in sorted(self.items)]
        elif kind == "error":
            self.error = event


def text_of(item: Object) -> str:
    """Returns an item's text, thinking or arguments."""
    if item["type"] in ("function_call", "mcp_call"):
        return str(item["arguments"])
    if item["type"] == "mcp_approval_request":
        return ""
    parts = item["content"] if item["type"] == "message" else item["summary"]
    return "".join(part["text"] for part in parts)
