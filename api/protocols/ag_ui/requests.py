"""Reads the input of an AG-UI run, in the form of chat completions."""

from collections.abc import Sequence
from typing import Any

from api.protocols import own_files
from api.protocols.ag_ui.calls import reply_of
from api.protocols.ag_ui.schemas import AgMessage, AgPart, RunInput
from api.protocols.errors import UnsupportedParameter
from api.protocols.tool_servers import servers_of
from chat.client_requests import (
    CalledFunction,
    ClientMessage,
    ClientPart,
    ClientRequest,
    ClientToolCall,
    ImageUrl,
)
from chat.errors import InvalidRequest

FOR_THE_USER = ("reasoning", "activity")


def check(body: RunInput) -> None:
    """Raises `UnsupportedParameter` for what is not done here."""
    if body.state:
        raise UnsupportedParameter("state", "Leave it empty, and put what the model shall know into context.")


def earlier_of(messages: Sequence[AgMessage]) -> list[tuple[int, str]]:
    """Returns the ids of replies, the last first, each with the number of messages up to its last one."""
    named = [(at + 1, each.role, reply_of(each.id), each.id) for at, each in enumerate(messages)]
    return [(first, name) for first, role, name, own in reversed(named) if role == "assistant" or name != own]


def client_request_of(body: RunInput, first: int) -> ClientRequest:
    """Returns what is asked: the messages from number `first` on. Data URLs stay.

    Raises `UnsupportedParameter`, or `InvalidRequest` where there is no new message.
    """
    new = list(enumerate(body.messages))[first:]
    messages = [_message(f"messages[{at}]", each) for at, each in new if each.role not in FOR_THE_USER]
    if not messages:
        raise InvalidRequest("The run has no new message. Add one after the last reply.")
    named = (body.forwarded_props and body.forwarded_props.servers) or ()
    return ClientRequest(
        messages=messages,
        instructions=_instructions(body),
        parameters=_parameters(body),
        servers=servers_of(named, has_tools=bool(body.tools)),
    )


def _message(where: str, message: AgMessage) -> ClientMessage:
    calls = [
        ClientToolCall(id=call.id, function=CalledFunction(name=call.function.name, arguments=call.function.arguments))
        for call in message.tool_calls or ()
    ]
    content: str | list[ClientPart] | None
    if isinstance(message.content, dict):
        raise UnsupportedParameter(f"{where}.content", "Send a text, or a list of parts.")
    if isinstance(message.content, list):
        content = [_part(f"{where}.content[{at}]", each) for at, each in enumerate(message.content)]
    else:
        content = message.content or message.error or ""
    assert message.role not in FOR_THE_USER
    return ClientMessage.model_validate(
        {
            "role": message.role,
            "content": content,
            "name": message.name,
            "tool_calls": calls or None,
            "tool_call_id": message.tool_call_id,
        }
    )


def _part(where: str, part: AgPart) -> ClientPart:
    if part.type == "text":
        return ClientPart(type="text", text=part.text or "")
    if part.type not in ("image", "document") or part.source is None:
        raise UnsupportedParameter(f"{where}.type", f"Leave parts of the type {part.type} out.")
    source = part.source
    if source.type == "data":
        url = f"data:{source.mime_type or ''};base64,{source.value}"
    else:
        url = own_files.named(source.value)
    return ClientPart(type="image_url", image_url=ImageUrl(url=url))


def _instructions(body: RunInput) -> str:
    """Returns the system message: the client's instructions, then its context."""
    given = (body.forwarded_props and body.forwarded_props.instructions) or ""
    context = [f"{each.description}:\n{each.value}" for each in body.context or ()]
    return "\n\n".join(part for part in (given, *context) if part)


def _parameters(body: RunInput) -> dict[str, Any]:
    props = body.forwarded_props
    parameters = props.model_dump(exclude_none=True, exclude={"model", "instructions", "servers"}) if props else {}
    if body.tools:
        parameters["tools"] = [
            {"type": "function", "function": tool.model_dump(exclude_none=True, exclude={"metadata"})}
            for tool in body.tools
        ]
    return parameters
