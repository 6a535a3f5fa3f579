"""Reads the messages of an AI SDK client, in the form of chat completions."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import to_json

from api.approval_schemas import ApprovalRequest
from api.protocols import own_files
from api.protocols.ai_sdk.chunks import PROVIDER
from api.protocols.ai_sdk.schemas import ChatBody, UiMessage, UiPart
from api.protocols.approvals import MAX_ANSWERS, Given, is_name
from api.protocols.errors import UnsupportedParameter
from api.protocols.tool_servers import servers_of
from chat.asks import MAX_NOTE_CHARS
from chat.client_requests import (
    MAX_TOOLS,
    CalledFunction,
    ClientMessage,
    ClientPart,
    ClientRequest,
    ClientToolCall,
    ImageUrl,
)
from chat.errors import InvalidRequest

NOT_ANSWERED = "The user went on without an answer to this call."
SHOWN_ONLY = ("step-start", "source-url", "source-document", "custom", "reasoning-file")
"""Types of parts that clients show, and that are not for the model; `data-…` as well."""

NAMES = {"max_output_tokens": "max_tokens", "stop_sequences": "stop"}


def earlier_of(messages: Sequence[UiMessage]) -> list[tuple[int, str]]:
    """Returns the ids of replies, the last first, each with the number of messages up to it.

    A message of several steps has one id and several replies, which its parts name.
    """
    return [
        (at + 1, name)
        for at, message in reversed(list(enumerate(messages)))
        if message.role == "assistant"
        for name in dict.fromkeys((_reply_of(message.parts), message.id))
        if name
    ]


def client_request_of(body: ChatBody, first: int, parent_id: str) -> ClientRequest:
    """Returns what is asked: the messages from number `first` on, which follow the stored reply `parent_id`.

    Data URLs stay. Raises `UnsupportedParameter`, or `InvalidRequest` where there is no new message.
    """
    messages = list[ClientMessage]()
    if first:
        messages += _results(body.messages[first - 1].parts, parent_id)
    for at, message in enumerate(body.messages[first:], first):
        messages += _messages(f"messages[{at}]", message)
    if not messages:
        raise InvalidRequest("The request has no new message. Send one after the last reply.")
    return ClientRequest(
        messages=messages,
        instructions=body.system or "",
        parameters=parameters_of(body),
        servers=servers_of(body.servers or (), has_tools=bool(body.tools)),
    )


def answers_of(body: ChatBody) -> list[Given]:
    """Returns the answers to what a reply asks, [] for another request. Raises `InvalidRequest` for an odd one."""
    last = body.messages[-1]
    if last.role != "assistant" or body.trigger == "regenerate-message":
        return []
    given = [part.approval for part in last.parts if part.state == "approval-responded"]
    ours = [each for each in given if isinstance(each, dict) and is_name(each.get("id"))]
    if len(ours) > MAX_ANSWERS:
        raise InvalidRequest(f"Answer at most {MAX_ANSWERS} questions at once.")
    return [_given(each) for each in ours]


def _given(approval: dict[str, Any]) -> Given:
    approved, reason = approval.get("approved"), approval.get("reason")
    if not isinstance(approved, bool) or not isinstance(reason, str | None):
        raise InvalidRequest("An answer needs approved, true or false, and may have a reason, a text.")
    note = (reason or "")[:MAX_NOTE_CHARS]
    request = ApprovalRequest(id=approval["id"], decision="allow" if approved else "deny", note=note)
    return Given(approval["id"], request.answer_to)


def _reply_of(parts: Sequence[UiPart]) -> str:
    return next((name for part in reversed(parts) if (name := _named(part))), "")


def _named(part: UiPart) -> str:
    """Returns the reply to which a part belongs, "" if it has none of ours."""
    name = _metadata(part).get("message")
    return name if isinstance(name, str) else ""


def _metadata(part: UiPart) -> dict[str, Any]:
    """Returns our entry of the part's metadata. A call of a tool server's tool has its `server` there."""
    given = (part.provider_metadata or part.call_provider_metadata or {}).get(PROVIDER)
    return given if isinstance(given, dict) else {}


def _messages(where: str, message: UiMessage) -> Iterator[ClientMessage]:
    if message.role == "assistant":
        for step in _steps(message.parts):
            yield from _step(where, step)
        return
    content = [part for at, each in enumerate(message.parts) if (part := _content(f"{where}.parts[{at}]", each))]
    if all(part.type == "text" for part in content):
        yield ClientMessage(role=message.role, content="\n\n".join(part.text or "" for part in content))
    else:
        yield ClientMessage(role=message.role, content=content)


def _content(where: str, part: UiPart) -> ClientPart | None:
    if part.type == "text":
        return ClientPart(type="text", text=part.text or "")
    if part.type == "file" and part.url is not None:
        return ClientPart(type="image_url", image_url=ImageUrl(url=own_files.named(part.url)))
    if part.type in SHOWN_ONLY or part.type.startswith("data-"):
        return None
    raise UnsupportedParameter(f"{where}.type", f"Leave parts of the type {part.type} out.")


def _steps(parts: Sequence[UiPart]) -> list[list[UiPart]]:
    steps: list[list[UiPart]] = [[]]
    for part in parts:
        if part.type == "step-start":
            steps.append([])
        else:
            steps[-1].append(part)
    return [step for step in steps if step]


def _step(where: str, parts: Sequence[UiPart]) -> Iterator[ClientMessage]:
    """Yields a reply that is not stored here, and the results of its tools."""
    for part in parts:
        if not (part.type in ("text", "reasoning", "file", *SHOWN_ONLY) or _is_tool(part) or part.type[:5] == "data-"):
            raise UnsupportedParameter(f"{where}.parts", f"Leave parts of the type {part.type} out.")
    calls = [_call(part) for part in parts if _is_tool(part)]
    text = "".join(part.text or "" for part in parts if part.type == "text")
    thinking = "".join(part.text or "" for part in parts if part.type == "reasoning")
    if text or calls:
        yield ClientMessage(
            role="assistant", content=text, tool_calls=calls or None, reasoning_content=thinking or None
        )
    yield from _results(parts, "")


def _call(part: UiPart) -> ClientToolCall:
    name = part.tool_name or part.type.removeprefix("tool-")
    return ClientToolCall(id=part.tool_call_id or "", function=CalledFunction(name=name, arguments=_text(part.input)))


def _results(parts: Sequence[UiPart], reply: str) -> Iterator[ClientMessage]:
    """Yields the results of the client's tools that a reply has called; "" = of all tools."""
    for part in parts:
        if _is_tool(part) and (not reply or (_named(part) in ("", reply) and "server" not in _metadata(part))):
            yield ClientMessage(role="tool", tool_call_id=part.tool_call_id or "", content=_result(part))


def _result(part: UiPart) -> str:
    if part.state == "output-available":
        return part.output if isinstance(part.output, str) else _text(part.output)
    return part.error_text or NOT_ANSWERED


def _is_tool(part: UiPart) -> bool:
    return part.type.startswith("tool-") or part.type == "dynamic-tool"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json({} if value is None else value, inf_nan_mode="null").decode()


def parameters_of(body: ChatBody) -> dict[str, Any]:
    """Returns the parameters of the model. Raises `UnsupportedParameter` for too many tools."""
    given = body.call_settings.model_dump(exclude_none=True) if body.call_settings else {}
    parameters = {NAMES.get(name, name): value for name, value in given.items()}
    if len(body.tools or ()) > MAX_TOOLS:
        raise UnsupportedParameter("tools", f"Send at most {MAX_TOOLS} tools.")
    if body.tools:
        parameters["tools"] = [
            {"type": "function", "function": {"name": name, **tool.model_dump(exclude_none=True)}}
            for name, tool in body.tools.items()
        ]
    return parameters
