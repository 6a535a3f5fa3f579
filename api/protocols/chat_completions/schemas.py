"""The body of `POST /v1/chat/completions`: what is listed here is done, or has no meaning here.

Everything else is refused by its name. null means: not given.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from api.protocols.strict import Strict
from api.protocols.tool_servers import ServerName, only_labels
from chat.client_requests import MAX_TOOLS

MAX_MESSAGES = 10_000
MAX_NAME = 256


class Picture(Strict):
    """`url`: a data URL. Other addresses are refused: this server fetches nothing from addresses of users."""

    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ContentPart(Strict):
    type: Literal["text", "image_url"]
    text: str | None = None
    image_url: Picture | None = None

    @model_validator(mode="after")
    def _has_its_content(self) -> "ContentPart":
        if (self.text if self.type == "text" else self.image_url) is None:
            raise ValueError(f"a part of the type {self.type} needs the field {self.type}")
        return self


class FunctionGiven(Strict):
    name: Annotated[str, Field(max_length=MAX_NAME)]
    arguments: str


class CallGiven(Strict):
    """`extra_content`: as it came with the call."""

    id: Annotated[str, Field(max_length=MAX_NAME)]
    type: Literal["function"] = "function"
    function: FunctionGiven
    extra_content: dict[str, Any] | None = None
    index: int | None = None


class ChatMessage(Strict):
    """`annotations`, `refusal`: may come back as they were in an answer, empty."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[ContentPart] | None = None
    name: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    tool_calls: Annotated[list[CallGiven], Field(max_length=MAX_TOOLS)] | None = None
    tool_call_id: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    reasoning_content: str | None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None
    refusal: Annotated[str, Field(max_length=0)] | None = None

    @model_validator(mode="after")
    def _fits_its_role(self) -> "ChatMessage":
        if self.role == "tool" and not self.tool_call_id:
            raise ValueError("a message of the role tool needs the field tool_call_id")
        if self.tool_calls and self.role != "assistant":
            raise ValueError("only a message of the role assistant has the field tool_calls")
        if self.content is None and not self.tool_calls:
            raise ValueError("a message needs the field content")
        return self


class FunctionDefined(Strict):
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolDefined(Strict):
    type: Literal["function"]
    function: FunctionDefined


class ToolServerNamed(Strict):
    """A tool server of GET /chat/tools, whose tools this server runs. Their calls are not in the reply."""

    type: Literal["mcp"]
    server_label: ServerName


Tool = Annotated[ToolDefined | ToolServerNamed, Field(discriminator="type"), BeforeValidator(only_labels)]


class FunctionNamed(Strict):
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


class ToolChosen(Strict):
    type: Literal["function"]
    function: FunctionNamed


class StreamOptions(Strict):
    """`include_obfuscation`: nothing is padded here."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


class ChatRequest(Strict):
    """`n`, `logprobs`, `modalities`, `store`: only with the value that asks for nothing more.

    Without meaning here: `metadata`, `prompt_cache_key`, `prompt_cache_options`, `prompt_cache_retention`,
    `safety_identifier`, `service_tier`, `user`.
    """

    model: Annotated[str, Field(description="An id of GET /v1/models.")]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool = False
    stream_options: StreamOptions | None = None

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1, le=1_000_000)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    stop: str | Annotated[list[str], Field(max_length=16)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    repetition_penalty: Annotated[float, Field(ge=0, le=10)] | None = None
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = None
    response_format: dict[str, Any] | None = None
    tools: Annotated[list[Tool], Field(max_length=MAX_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolChosen | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: Annotated[str, Field(max_length=32)] | None = None
    verbosity: Annotated[str, Field(max_length=32)] | None = None

    n: int | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None
    store: bool | None = None

    metadata: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    service_tier: Literal["auto", "default"] | None = None
    user: str | None = None
