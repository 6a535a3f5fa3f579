"""The body of `POST /ag-ui`: `RunAgentInput` (https://docs.ag-ui.com/sdk/python/core/types), version 1.0.

Everything else is refused by its name.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.protocols.approvals import MAX_ANSWERS
from api.protocols.tool_servers import MAX_SERVERS, ServerName
from chat.client_requests import MAX_TOOLS

MAX_MESSAGES = 10_000
MAX_ID = 256

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class AgSource(_Strict):
    """`data`: base64. Of the others only addresses of files of this server are taken: `/files/<id>`."""

    type: Literal["data", "url", "file"]
    value: str
    mime_type: str | None = None
    provider: str | None = None


class AgPart(_Strict):
    type: Literal["text", "image", "document", "audio", "video"]
    id: str | None = None
    text: str | None = None
    source: AgSource | None = None
    metadata: Any = None


class AgFunction(_Strict):
    name: Id
    arguments: str


class AgCall(_Strict):
    id: Id
    type: Literal["function"] = "function"
    function: AgFunction
    encrypted_value: str | None = None
    metadata: dict[str, Any] | None = None


class AgMessage(_Strict):
    """`activity` messages are for the user only."""

    id: Annotated[str, Field(max_length=MAX_ID)]
    role: Literal["developer", "system", "user", "assistant", "tool", "reasoning", "activity"]
    content: str | list[AgPart] | dict[str, Any] | None = None
    name: Annotated[str, Field(max_length=MAX_ID)] | None = None
    tool_calls: Annotated[list[AgCall], Field(max_length=MAX_TOOLS)] | None = None
    tool_call_id: Annotated[str, Field(max_length=MAX_ID)] | None = None
    error: str | None = None
    activity_type: str | None = None
    encrypted_value: str | None = None
    subagent_run_id: str | None = None
    metadata: dict[str, Any] | None = None


class AgTool(_Strict):
    """A tool that the client calls itself. `parameters`: a JSON schema."""

    name: Id
    description: str = ""
    parameters: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


class AgContext(_Strict):
    description: str
    value: str


class AgProps(_Strict):
    """`model`: an id of GET /models. `instructions`: the system message. The others are parameters of the model.

    `servers`: tool servers of GET /chat/tools, whose tools this server runs; not together with `tools`."""

    model_config = ConfigDict(strict=True)

    model: Annotated[str, Field(max_length=MAX_ID)] = ""
    instructions: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    stop: Annotated[list[str], Field(max_length=16)] | None = None
    reasoning_effort: Annotated[str, Field(max_length=32)] | None = None
    servers: Annotated[list[ServerName], Field(max_length=MAX_SERVERS)] | None = None


class AgResume(_Strict):
    """The answer to an interrupt. `payload`: as its `responseSchema` says. `cancelled` denies what was asked."""

    interrupt_id: Id
    status: Literal["resolved", "cancelled"]
    payload: Any = None
    metadata: dict[str, Any] | None = None


class RunInput(_Strict):
    """`state` must be empty: there is no state of an agent here. `resume`: answers to what a run has ended with."""

    thread_id: Id
    run_id: Id
    messages: Annotated[list[AgMessage], Field(max_length=MAX_MESSAGES)]
    tools: Annotated[list[AgTool], Field(max_length=MAX_TOOLS)] | None = None
    context: list[AgContext] | None = None
    forwarded_props: AgProps | None = None
    state: Any = None
    resume: Annotated[list[AgResume], Field(max_length=MAX_ANSWERS)] | None = None
    protocol_version: str | None = None
    parent_run_id: str | None = None
