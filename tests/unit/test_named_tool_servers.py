"""Requests of other protocols name tool servers by their labels, and never together with tools of their own."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.protocols.ag_ui import requests as ag_ui
from api.protocols.ag_ui.schemas import RunInput
from api.protocols.ai_sdk import requests as ai_sdk
from api.protocols.ai_sdk.schemas import ChatBody
from api.protocols.chat_completions import requests as completions
from api.protocols.chat_completions.schemas import ChatRequest
from api.protocols.errors import UnsupportedParameter
from api.protocols.responses import requests as responses
from api.protocols.responses.answers import answers_of
from api.protocols.responses.inputs import messages_of
from api.protocols.responses.items import items_of
from api.protocols.responses.objects import head_of
from api.protocols.responses.schemas import ResponseRequest
from api.protocols.tool_servers import check_servers
from chat.client_requests import ClientRequest
from chat.errors import InvalidRequest
from chat.messages import Message
from chat.settings import Settings
from chat.tool_calls import Approval, ReplyStep, ServerCall
from tests.support.chat_fixture import SETTINGS

MODEL = SETTINGS.catalog.default_id
TURN = "11111111-1111-4111-8111-111111111111.5"
ASKED = [{"role": "user", "content": "hello"}]
FUNCTION = {"type": "function", "function": {"name": "f"}}


def label(name: str = "docs", **fields: Any) -> dict[str, Any]:
    return {"type": "mcp", "server_label": name, **fields}


def of_completions(*tools: dict[str, Any]) -> ClientRequest:
    body = ChatRequest.model_validate({"model": MODEL, "messages": ASKED, "tools": list(tools)})
    return completions.client_request_of(body, SETTINGS)


def of_responses(*tools: dict[str, Any]) -> ClientRequest:
    body = ResponseRequest.model_validate({"input": "hello", "tools": list(tools)})
    return responses.client_request_of(body, SETTINGS)


def of_ai_sdk(**fields: Any) -> ClientRequest:
    messages = [{"role": "user", "parts": [{"type": "text", "text": "hello"}]}]
    return ai_sdk.client_request_of(ChatBody.model_validate({"id": "c", "messages": messages, **fields}), 0, "")


def of_ag_ui(servers: list[str], **fields: Any) -> ClientRequest:
    run = {"threadId": "t", "runId": "r", "messages": [{"id": "q", **ASKED[0]}], "forwardedProps": {"servers": servers}}
    return ag_ui.client_request_of(RunInput.model_validate({**run, **fields}), 0)


def test_each_protocol_names_tool_servers() -> None:
    assert of_completions(label(), label("time"), label()).servers == ["docs", "time"]
    assert of_responses(label(require_approval="never"), label("time")).servers == ["docs", "time"]
    assert of_ai_sdk(servers=["docs", "time", "docs"]).servers == ["docs", "time"]
    assert of_ag_ui(["docs", "time"]).servers == ["docs", "time"]
    for given in (of_completions(), of_responses(), of_ai_sdk(), of_ag_ui([])):
        assert (given.servers, given.parameters) == (None, {})


def test_servers_are_no_tools_of_the_client() -> None:
    for given in (of_completions(label()), of_responses(label()), of_ai_sdk(servers=["docs"]), of_ag_ui(["docs"])):
        assert not given.has_tools
        assert given.parameters == {}


def test_own_tools_and_servers_in_one_request_are_refused() -> None:
    refused = pytest.raises(UnsupportedParameter, match="not both")
    with refused:
        of_completions(FUNCTION, label())
    with refused:
        of_responses({"type": "function", "name": "f"}, label())
    with refused:
        of_ai_sdk(servers=["docs"], tools={"f": {}})
    with refused:
        of_ag_ui(["docs"], tools=[{"name": "f"}])


@pytest.mark.parametrize("name", ["server_url", "connector_id", "authorization", "headers"])
def test_a_server_of_the_client_is_refused(name: str) -> None:
    tool = label(**{name: "https://example.com"})
    refused = pytest.raises(ValidationError, match=f"{name} is not supported.*GET /chat/tools")
    with refused:
        of_completions(tool)
    with refused:
        of_responses(tool)


def test_a_response_shows_the_servers_that_were_named() -> None:
    assert head_of(TURN, MODEL, of_responses(label()))["tools"] == [{"type": "mcp", "server_label": "docs"}]


def test_items_of_a_response_with_calls_may_be_sent_back() -> None:
    asked = Approval(id="0", index=0, kind="call", state="allowed")
    calls = [
        ServerCall(id="c", name="find", arguments="{}", server="docs", status="ok", content="one", approval=asked),
        ServerCall(id="d", name="find", arguments="{", server="docs", status="error", content="no"),
    ]
    reply = Message(role="assistant", content="Done.", steps=[ReplyStep(calls=calls)])
    output = items_of(TURN, reply).as_objects("completed")
    body = ResponseRequest.model_validate({"input": [*output, *ASKED]})
    messages = messages_of(body.input)
    assert [(each.role, each.text) for each in messages] == [
        ("assistant", ""),
        ("tool", "one"),
        ("assistant", ""),
        ("tool", '{"type":"mcp_tool_execution_error","content":[{"type":"text","text":"no"}]}'),
        ("assistant", "Done."),
        ("user", "hello"),
    ]
    named = [call for each in messages for call in each.tool_calls or ()]
    assert [(call.function.name, call.function.arguments) for call in named] == [
        ("docs__find", "{}"),
        ("docs__find", "{"),
    ]
    assert [call.id for call in named] == [each.tool_call_id for each in messages if each.role == "tool"]


def test_answers_to_questions_come_alone() -> None:
    answer = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}
    (found,) = answers_of(ResponseRequest.model_validate({"input": [answer]}))
    assert found.approve
    assert answers_of(ResponseRequest.model_validate({"input": "hello"})) == []
    with pytest.raises(InvalidRequest, match="alone"):
        answers_of(ResponseRequest.model_validate({"input": [answer, *ASKED]}))


@pytest.mark.parametrize(("can", "is_refused"), [("tools", False), ("vision", True)])
def test_a_model_that_calls_no_tools_gets_no_server(tmp_path: Path, *, can: str, is_refused: bool) -> None:
    file = tmp_path / "servers.toml"
    file.write_text('[servers.docs]\nurl = "https://docs.example/mcp"\n', "utf-8")
    settings = Settings.model_validate({"openai_model": "m", "openai_can": can, "mcp_file": file})
    with pytest.raises(UnsupportedParameter) if is_refused else contextlib.nullcontext():
        check_servers(["docs"], "m", settings)
    check_servers(None, "m", settings)
    check_servers(["docs"], "", settings)
