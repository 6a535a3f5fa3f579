"""The schemas of the OpenAPI document say what docs/protocol.md says of events, and what is sent."""

import json
import re
from typing import Any

import pytest

from api import print_schemas
from api.openapi.events import event_schemas
from api.openapi.schemas import REF, Schema
from chat.events import encode, parse
from tests.conformance.document import DOCUMENT, event_fields

EXAMPLE = re.compile(r'^`(\{"type":.+\})`$', re.MULTILINE)
SCHEMAS = event_schemas()
UNION: Schema = SCHEMAS["TurnEvent"]
BY_TYPE = {kind: SCHEMAS[ref.rpartition("/")[2]] for kind, ref in UNION["discriminator"]["mapping"].items()}


def fields_of(schema: Schema) -> dict[str, bool]:
    return {name: name in schema["required"] for name in schema["properties"] if name != "type"}


def test_events_have_the_fields_of_the_protocol() -> None:
    assert {kind: fields_of(schema) for kind, schema in BY_TYPE.items()} == event_fields()


@pytest.mark.parametrize("kind", BY_TYPE)
def test_the_type_of_an_event_is_required_and_constant(kind: str) -> None:
    schema = BY_TYPE[kind]
    assert schema["properties"]["type"]["const"] == kind
    assert "type" in schema["required"]
    assert schema["description"]
    name = "".join(word.title() for word in kind.split("_"))
    assert {"$ref": REF.format(model=f"{name}Event")} in UNION["oneOf"]


def test_no_field_of_an_event_may_be_null() -> None:
    assert '"null"' not in json.dumps(SCHEMAS)


def test_events_may_get_further_fields() -> None:
    assert '"additionalProperties": false' not in json.dumps(SCHEMAS)


@pytest.mark.parametrize("example", EXAMPLE.findall(DOCUMENT.read_text("utf-8")))
def test_an_example_of_the_protocol_fits_its_schema(example: str) -> None:
    event: dict[str, Any] = json.loads(example)
    schema = BY_TYPE[event["type"]]
    assert set(schema["required"]) <= set(event) <= set(schema["properties"])
    assert json.loads(encode(parse(example))) == event


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Schema]:
    """The schemas that `make types` reads, on a machine whose settings do not work."""
    monkeypatch.setenv("AUTH_MODE", "no such mode")
    print_schemas.main()
    return dict(json.loads(capsys.readouterr().out)["components"]["schemas"])


def test_printed_schemas_depend_on_no_setting(printed: dict[str, Schema]) -> None:
    assert {"TurnEvent", "HistoryView", "TurnRequest", "Problem", *SCHEMAS} <= set(printed)
    assert "enum" not in json.dumps([printed["TurnRequest"]["properties"][name] for name in ("role", "model")])


def test_optional_fields_of_messages_are_never_null(printed: dict[str, Schema]) -> None:
    assert "finish_reason" not in printed["Message"]["required"]
    assert '"null"' not in json.dumps([printed["Message"], printed["RoleView"]])


def test_printed_schemas_have_no_titles_but_fields_may(printed: dict[str, Schema]) -> None:
    session = printed["SessionView"]
    assert session["properties"]["title"] == {"type": "string", "examples": ["What is Redis?"]}
    assert "title" not in session
