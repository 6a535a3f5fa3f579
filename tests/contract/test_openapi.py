"""The OpenAPI document describes every route, error, example and way to identify."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.routes import PRIVATE
from tests.support.client import Client
from tests.support.stack import Stack

PROBLEM = "application/problem+json"
CHOICES = ("get /roles", "get /models")
"""The routes that need an identity in `jwt` mode only."""
PATHS = {
    "/chat/start": {"post"}, "/chat/stream": {"get"}, "/chat/history": {"get"},
    "/chat/history/{session_id}": {"delete"}, "/roles": {"get"}, "/models": {"get"},
    "/chat/sessions": {"get"}, "/chat/search": {"post"}, "/chat/sessions/{session_id}": {"patch", "delete"},
    "/chat/sessions/{session_id}/messages/{message_id}": {"delete"}, "/me/sessions": {"delete"},
    "/me/personas": {"get", "post"}, "/me/personas-file": {"get", "post"},
    "/me/personas/{persona_id}": {"get", "put", "delete"},
    "/me/tokens": {"get", "post"}, "/me/tokens/{token_id}": {"delete"},
    "/chat/sessions/{session_id}/messages/{message_id}/feedback": {"put", "delete"}, "/me/tags": {"get"},
    "/chat/sessions/{session_id}/export": {"get"}, "/me/export": {"get"}, "/me/import": {"post"},
    "/chat/sessions/{session_id}/waiting": {"delete"}, "/chat/sessions/{session_id}/waiting/resume": {"post"},
    "/chat/session/{session_id}": {"delete"}, "/chat/turns": {"post"}, "/chat/turns/{turn_id}": {"get", "patch"},
    "/chat/turns/{turn_id}/events": {"get"}, "/chat/turns/{turn_id}/cancel": {"post"}, "/me": {"get"},
    "/chat/turns/{turn_id}/approvals": {"post"}, "/chat/tools": {"get"},
    "/chat/sessions/{session_id}/shares": {"get", "post"}, "/me/shares": {"get"},
    "/chat/sessions/{session_id}/shares/{share_id}": {"delete"},
    "/shares/{link_id}": {"get"}, "/shares/{link_id}/files/{file_id}": {"get"},
    "/ai-sdk/chat": {"post"}, "/ai-sdk/chat/{chat_id}/messages": {"get"}, "/ai-sdk/chat/{chat_id}/stream": {"get"},
    "/ai-sdk/chat/{chat_id}/stop": {"post"}, "/ag-ui": {"post"}, "/ag-ui/{thread_id}/stop": {"post"},
    "/files": {"post"}, "/files/{file_id}": {"get", "delete"},
    "/v1/chat/completions": {"post"}, "/v1/models": {"get"}, "/v1/models/{model_id}": {"get"},
    "/v1/responses": {"post"}, "/v1/responses/{response_id}": {"get", "delete"},
    "/v1/responses/{response_id}/cancel": {"post"}, "/v1/responses/{response_id}/input_items": {"get"},
    "/auth/guest": {"post"}, "/health/live": {"get"}, "/health/ready": {"get"}, "/metrics": {"get"},
}  # fmt: skip


@pytest.fixture
async def document(user: Client) -> dict[str, Any]:
    response = await user.http.get("/openapi.json")
    assert response.status_code == 200
    return dict(response.json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


async def test_every_route_of_the_contract_is_described(document: dict[str, Any]) -> None:
    assert {path: set(methods) for path, methods in document["paths"].items()} == PATHS


async def test_every_route_has_a_summary_and_a_subject(document: dict[str, Any]) -> None:
    bare = [name for name, operation in operations(document) if not operation.get("summary") or not operation["tags"]]
    assert bare == []


async def test_no_two_routes_share_an_operation_id(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))


async def test_every_error_is_described_as_a_problem(document: dict[str, Any]) -> None:
    wrong = [
        (name, status)
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if int(status) >= 400
        and set(response.get("content", {})) != {"application/json" if " /v1/" in name else PROBLEM}
        and "/health/ready" not in name
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("post /chat/turns", {"202", "401", "403", "404", "409", "422", "503"}),
     ("get /chat/stream", {"200", "204", "400", "401", "403", "404", "409", "422", "503"}),
     ("get /chat/turns/{turn_id}/events", {"200", "204", "400", "401", "403", "404", "422", "503"}),
     ("get /chat/history", {"200", "401", "403", "404", "422", "503"}),
     ("get /health/ready", {"200", "503"})],
)  # fmt: skip
async def test_the_statuses_of_a_route_are_described(document: dict[str, Any], name: str, statuses: set[str]) -> None:
    assert statuses <= set(dict(operations(document))[name]["responses"])


async def test_every_reference_has_a_target(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


async def test_requests_and_parameters_have_examples(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["TurnRequest"]["examples"][0]["message"]
    assert schemas["TurnAccepted"]["properties"]["turn_id"]["examples"]
    parameters = dict(operations(document))["get /chat/turns/{turn_id}"]["parameters"]
    shown = {each["name"] for each in parameters if each.get("examples") or each["schema"].get("examples")}
    assert "turn_id" in shown


async def test_streams_are_described_as_event_streams(document: dict[str, Any]) -> None:
    for name in ("get /chat/stream", "get /chat/turns/{turn_id}/events"):
        content = dict(operations(document))[name]["responses"]["200"]["content"]
        assert content == {"text/event-stream": {"itemSchema": {"$ref": "#/components/schemas/ServerSentEvent"}}}
    event, ping = document["components"]["schemas"]["ServerSentEvent"]["anyOf"]
    assert event["properties"]["data"]["contentSchema"] == {"$ref": "#/components/schemas/TurnEvent"}
    assert "id" not in ping["properties"]


async def test_messages_are_described_with_their_fields(document: dict[str, Any], user: Client) -> None:
    schema = document["components"]["schemas"]["Message"]
    session_id = await user.start()
    await user.follow(await user.ask(session_id, "hello"))
    for message in await user.history(session_id):
        assert set(schema["required"]) <= set(message) <= set(schema["properties"])


def secured(document: dict[str, Any]) -> dict[str, list[str]]:
    """Returns the names of the security schemes that each secured operation accepts."""
    found = {name: operation["security"] for name, operation in operations(document) if "security" in operation}
    return {name: [" ".join(way) for way in ways] for name, ways in found.items()}


@pytest.fixture
async def of_guests(guests: Stack) -> dict[str, Any]:
    async with guests.client() as anonymous:
        return dict((await anonymous.http.get("/openapi.json")).json())


async def test_every_private_route_names_its_security_schemes(of_guests: dict[str, Any]) -> None:
    private = {f"{method.lower()} {path.replace(':path', '')}" for method, path in PRIVATE}
    expected = {name: ["bearer", "cookie"] for name in private}
    expected |= {name: ["bearer", "cookie", ""] for name in ("get /me", "post /chat/start", *CHOICES)}
    assert secured(of_guests) == expected
    assert of_guests["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert of_guests["components"]["securitySchemes"]["cookie"]["name"] == "holdfast"


async def test_in_trust_mode_no_security_scheme_is_required(document: dict[str, Any]) -> None:
    assert all("" in ways for ways in secured(document).values())


async def test_the_docs_page_is_served(user: Client) -> None:
    response = await user.http.get("/docs")
    assert response.status_code == 200
    assert "/openapi.json" in response.text
