"""What a client of another protocol asks of the model: its own messages and parameters in place of ours."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from chat.errors import HoldfastError
from chat.sparse import Sparse

MAX_TOOLS = 128
"""Tools of a request, and calls of a reply: OpenAI's limit."""

FILE = "file:"
"""Begins the URL of a picture or of another file that is stored here; its id follows."""

PARAMETERS = frozenset(
    """
    temperature top_p top_k min_p max_tokens stop seed presence_penalty frequency_penalty repetition_penalty logit_bias
    response_format tools tool_choice parallel_tool_calls reasoning_effort verbosity
    """.split()
)
"""Names of the parameters that a worker passes on, in the form of chat completions. `max_tokens` also stands for
`max_completion_tokens` and `max_output_tokens`."""


class PromptTooLarge(HoldfastError):
    status = 413
    code = "prompt_too_large"
    limit = "prompt_bytes"
    detail = "The request is too large. Send fewer or shorter messages, or have the operator raise MAX_PROMPT_BYTES."


class ImageUrl(Sparse):
    """`url`: `file:<id>` of a picture that is attached to the question."""

    url: str
    detail: str | None = None


class ClientPart(Sparse):
    """`image_url` may also name a file that is no picture: the model gets its text."""

    type: Literal["text", "image_url"]
    text: str | None = None
    image_url: ImageUrl | None = None


class CalledFunction(BaseModel):
    """`arguments`: as the model wrote them, which may be no JSON."""

    name: str
    arguments: str


class ClientToolCall(Sparse):
    """`extra_content`: as in the reply, for the model server that wants it back."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction
    extra_content: dict[str, Any] | None = None


class ClientMessage(Sparse):
    """A message in the form of chat completions
    (https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages).

    `reasoning_content`: the model's earlier thinking, which some servers require next to calls of tools.
    """

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[ClientPart] | None = None
    name: str | None = None
    tool_calls: list[ClientToolCall] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None

    @property
    def text(self) -> str:
        """All text of the content."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n\n".join(part.text for part in self.content if part.text)


class ClientRequest(BaseModel):
    """Belongs to a question, whose `content` is then only what the page shows.

    `messages`: what is new in the conversation, in order; the messages before the question come before them.
    `servers`: tool servers whose tools the model may call; None = none.
    `instructions`: the system message in place of the persona's prompt and the session's instructions; "" = none.
    `parameters`: of `PARAMETERS`; they replace the model's own. `echo`: what the client's protocol shows again of the
    request; the model does not get it.
    """

    messages: list[ClientMessage]
    instructions: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    echo: dict[str, Any] = Field(default_factory=dict)
    servers: list[str] | None = None

    @field_validator("parameters")
    @classmethod
    def _known(cls, value: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(value.keys() - PARAMETERS):
            raise ValueError(f"unknown parameters: {', '.join(unknown)}")
        return value

    @property
    def has_tools(self) -> bool:
        """Whether the model may call tools of the client."""
        return bool(self.parameters.get("tools"))

    @property
    def shown(self) -> str:
        """The text of the last message of the user, "" without one: the question as the page shows it."""
        return next((each.text for each in reversed(self.messages) if each.role == "user"), "")

    def file_ids(self) -> Iterator[str]:
        """Yields the ids of the files that the messages name, in order."""
        for message in self.messages:
            for part in message.content if isinstance(message.content, list) else ():
                if part.image_url and part.image_url.url.startswith(FILE):
                    yield part.image_url.url.removeprefix(FILE)

    def to_json(self) -> str:
        return self.model_dump_json()

    def check(self, max_bytes: int) -> None:
        """Raises `PromptTooLarge` for a request of more bytes."""
        if len(self.to_json().encode()) > max_bytes:
            raise PromptTooLarge
