"""The body of `POST /ai-sdk/chat`, as `DefaultChatTransport` of the package `ai` sends it, and what may be added to it.

Everything else is refused by its name.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.protocols.tool_servers import MAX_SERVERS, ServerName

MAX_MESSAGES = 10_000
MAX_ID = 256
MAX_PARTS = 1000

ChatId = Annotated[str, Field(min_length=1, max_length=MAX_ID, description="The client's id of the conversation.")]


class UiPart(BaseModel):
    """A part of a message: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message. Its fields depend on `type`."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True)

    type: Annotated[str, Field(max_length=MAX_ID)]
    text: str | None = None
    url: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    state: str | None = None
    input: Any = None
    output: Any = None
    error_text: str | None = None
    approval: Any = None
    provider_metadata: dict[str, Any] | None = None
    call_provider_metadata: dict[str, Any] | None = None


class UiMessage(BaseModel):
    """`metadata` is the client's own."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(max_length=MAX_ID)] = ""
    role: Literal["system", "user", "assistant"]
    parts: Annotated[list[UiPart], Field(max_length=MAX_PARTS)]
    metadata: Any = None


class UiTool(BaseModel):
    """A tool that the client calls itself. `parameters`: a JSON schema."""

    model_config = ConfigDict(extra="forbid")

    description: str | None = None
    parameters: dict[str, Any] | None = None


class CallSettings(BaseModel):
    """Parameters of the model, by the names of the AI SDK."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1, le=1_000_000)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    stop_sequences: Annotated[list[str], Field(max_length=16)] | None = None


class ChatBody(BaseModel):
    """`model`: an id of GET /models. `system`, `tools`, `callSettings` are what assistant-ui sends; other clients put
    them into the `body` of their transport. `metadata` has no meaning here.

    `servers`: tool servers of GET /chat/tools, whose tools this server runs; not together with `tools`."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    id: ChatId
    messages: Annotated[list[UiMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    message_id: Annotated[str, Field(max_length=MAX_ID)] | None = None
    model: Annotated[str, Field(max_length=MAX_ID)] = ""
    system: str | None = None
    tools: dict[str, UiTool] | None = None
    servers: Annotated[list[ServerName], Field(max_length=MAX_SERVERS)] | None = None
    call_settings: CallSettings | None = None
    metadata: Any = None

    @property
    def token_limit(self) -> int | None:
        """The greatest number of tokens of the reply; None where the client sets none."""
        given = self.call_settings or CallSettings()
        return given.max_output_tokens or given.max_tokens

    @property
    def continued(self) -> str:
        """The id of the last message if it is a reply, which the results of its tools complete; otherwise ""."""
        return self.messages[-1].id if self.messages[-1].role == "assistant" else ""
