"""The body of `POST /v1/responses`: what is listed here is done, or has no meaning here.

Everything else is refused by its name. null means: not given.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.protocols.strict import Strict, unsupported
from api.protocols.tool_servers import ServerName, only_labels
from chat.client_requests import MAX_TOOLS

MAX_ITEMS = 10_000
MAX_NAME = 256

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
ItemStatus = Literal["in_progress", "completed", "incomplete"]


class TextPart(Strict):
    """`annotations`, `logprobs`: may come back as they were in a response."""

    type: Literal["input_text", "output_text"]
    text: str
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None


class ImagePart(Strict):
    """`image_url`: a data URL. `file_id`: of POST /files. One of them."""

    type: Literal["input_image"]
    image_url: str | None = None
    file_id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")] | None = None
    detail: Literal["auto", "low", "high", "original"] | None = None


PARTS = ("input_text", "output_text", "input_image")
ITEMS = (
    "message",
    "function_call",
    "function_call_output",
    "reasoning",
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
)


def _supported_part(value: Any) -> Any:
    if isinstance(value, dict) and "type" in value and value["type"] not in PARTS:
        raise unsupported("type", f"Types of parts are {', '.join(PARTS)}.")
    return value


def _supported_item(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.get("type") is None:
        return {**value, "type": "message"}
    if value["type"] not in ITEMS:
        raise unsupported("type", f"Types of items are {', '.join(ITEMS)}.")
    return value


def _text_as_parts(value: Any) -> Any:
    return [{"type": "input_text", "text": value}] if isinstance(value, str) else value


def _text_as_items(value: Any) -> Any:
    return [{"type": "message", "role": "user", "content": value}] if isinstance(value, str) else value


Part = Annotated[TextPart | ImagePart, Field(discriminator="type"), BeforeValidator(_supported_part)]
Parts = Annotated[
    list[Part], Field(max_length=MAX_ITEMS), BeforeValidator(_text_as_parts, json_schema_input_type=str | list[Part])
]


class MessageItem(Strict):
    """`id`, `status`, `phase`: may come back as they were in a response."""

    type: Literal["message"] = "message"
    role: Literal["system", "developer", "user", "assistant"]
    content: Parts
    id: str | None = None
    status: ItemStatus | None = None
    phase: str | None = None


class CallItem(Strict):
    type: Literal["function_call"]
    call_id: Name
    name: Name
    arguments: str
    id: str | None = None
    status: ItemStatus | None = None


class OutputItem(Strict):
    """What a tool of the client has returned."""

    type: Literal["function_call_output"]
    call_id: Name
    output: Parts
    id: str | None = None
    status: ItemStatus | None = None


class SummaryPart(Strict):
    type: Literal["summary_text", "reasoning_text"]
    text: str


class ReasoningItem(Strict):
    """Earlier thinking, which some model servers require next to calls of tools."""

    type: Literal["reasoning"]
    summary: Annotated[list[SummaryPart], Field(default_factory=list, max_length=MAX_ITEMS)]
    content: Annotated[list[SummaryPart], Field(max_length=MAX_ITEMS)] | None = None
    id: str | None = None
    status: ItemStatus | None = None


class ServerCallItem(Strict):
    """A call of a tool server's tool, as it was in a response."""

    type: Literal["mcp_call"]
    id: Name
    server_label: Name
    name: Name
    arguments: str
    output: str | None = None
    error: Any = None
    status: Literal["in_progress", "completed", "incomplete", "calling", "failed"] | None = None
    approval_request_id: str | None = None


class ApprovalRequestItem(Strict):
    """The question whether a tool may be called, as it was in a response. It has no meaning as input."""

    type: Literal["mcp_approval_request"]
    id: Name
    server_label: Name
    name: Name
    arguments: str


class ApprovalResponseItem(Strict):
    """The user's answer to the question `approval_request_id`. `reason`: a word to the model."""

    type: Literal["mcp_approval_response"]
    approval_request_id: Name
    approve: bool
    reason: str | None = None
    id: str | None = None


AnyItem = (
    MessageItem | CallItem | OutputItem | ReasoningItem | ServerCallItem | ApprovalRequestItem | ApprovalResponseItem
)
Item = Annotated[AnyItem, Field(discriminator="type"), BeforeValidator(_supported_item)]
Items = Annotated[
    list[Item],
    Field(min_length=1, max_length=MAX_ITEMS),
    BeforeValidator(_text_as_items, json_schema_input_type=str | list[Item]),
]


def _supported_tool(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.get("type") not in ("function", "mcp"):
        raise unsupported("type", "Tools are of the type function, which your program runs, or mcp.")
    return only_labels(value)


class ToolDefined(Strict):
    type: Literal["function"]
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolServerNamed(Strict):
    """A tool server of GET /chat/tools, whose tools this server runs.

    Without meaning here: `require_approval`, because the operator's rules hold, and `server_description`.
    """

    type: Literal["mcp"]
    server_label: ServerName
    server_description: str | None = None
    require_approval: Literal["always", "never"] | dict[str, Any] | None = None


Tool = Annotated[ToolDefined | ToolServerNamed, Field(discriminator="type"), BeforeValidator(_supported_tool)]


class ToolNamed(Strict):
    type: Literal["function"]
    name: Name


class TextFormat(Strict):
    """`name`, `schema`, `description`, `strict`: of `json_schema`."""

    type: Literal["text", "json_object", "json_schema"]
    name: Name | None = None
    description: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class TextOptions(Strict):
    format: TextFormat | None = None
    verbosity: Annotated[str, StringConstraints(max_length=32)] | None = None


class Reasoning(Strict):
    """`summary`, `generate_summary`: the thinking is sent as a summary in any case."""

    effort: Annotated[str, StringConstraints(max_length=32)] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None


class StreamOptions(Strict):
    """`include_obfuscation`: nothing is padded here."""

    include_obfuscation: bool | None = None


Metadata = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]],
    Field(max_length=16),
]


class ResponseRequest(Strict):
    """`include`, `top_logprobs`, `truncation`: only with the value that asks for nothing more.

    `metadata` comes back with the response. Without meaning here: `prompt_cache_key`, `prompt_cache_options`,
    `prompt_cache_retention`, `safety_identifier`, `service_tier`, `user`.
    """

    model: Annotated[str | None, Field(description="An id of GET /v1/models. Default: the server's own.")] = None
    input: Items
    instructions: str | None = None
    previous_response_id: Name | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    background: bool = False
    store: bool = True

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    reasoning: Reasoning | None = None
    text: TextOptions | None = None
    tools: Annotated[list[Tool], Field(max_length=MAX_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolNamed | None = None
    parallel_tool_calls: bool | None = None

    include: list[str] | None = None
    top_logprobs: int | None = None
    truncation: str | None = None

    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    service_tier: Literal["auto", "default"] | None = None
    user: str | None = None
