"""Describes the event stream: the schema of each event, of their union, and of the server-sent event around it."""

from typing import get_args

from api.openapi.schemas import REF, Schema, ref, schema_of
from chat.events import AnyEvent
from chat.keys import TURN_ID

UNION = "TurnEvent"
ITEM = "ServerSentEvent"
STREAM: Schema = {"text/event-stream": {"itemSchema": ref(ITEM)}}
"""The content of a response that streams events. `itemSchema` is OpenAPI 3.2's word for one item of a stream."""

UNION_DESCRIPTION = (
    "One event of a turn: the JSON in `data` of each server-sent event. `type` says which. Readers ignore types and "
    "members that they do not know. docs/protocol.md has their order and meaning."
)
ITEM_DESCRIPTION = (
    "One event as it is streamed. There is no `event` field: `data` says what it is. Comments keep the connection "
    "alive, or with `ping=event` events of the name `ping` without an id; a `retry` field comes alone."
)


def event_schemas() -> dict[str, Schema]:
    """Returns the schemas by the names that they have in the document."""
    by_type = {schema["properties"]["type"]["const"]: schema for schema in map(schema_of, get_args(AnyEvent))}
    schemas = {_name_of(kind): schema for kind, schema in by_type.items()}
    refs = {kind: REF.format(model=_name_of(kind)) for kind in by_type}
    union = {
        "description": UNION_DESCRIPTION,
        "oneOf": [{"$ref": target} for target in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }
    return {**schemas, UNION: union, ITEM: _item()}


def _name_of(kind: str) -> str:
    """Returns the name of the schema of the events of a type: that of `tool_call` is `ToolCallEvent`."""
    return "".join(word.title() for word in kind.split("_")) + "Event"


def _item() -> Schema:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": ref(UNION)}
    number = {
        "type": "string",
        "pattern": f"^({TURN_ID.pattern}):[1-9][0-9]{{0,15}}$",
        "description": "`<turn_id>:<seq>`, the cursor after this event.",
    }
    event = {"type": "object", "properties": {"id": number, "data": data}, "required": ["id", "data"]}
    ping = {
        "type": "object",
        "properties": {"event": {"const": "ping"}, "data": {"const": "{}"}},
        "required": ["event"],
    }
    return {"description": ITEM_DESCRIPTION, "anyOf": [event, ping]}
