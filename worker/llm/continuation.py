"""Asks a model to continue a reply, in each server's own way. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chat.position import Position
from chat.providers.catalog import Dialect
from chat.tool_calls import FunctionCall
from worker.llm.seam import Seam, prefix_of

Request = dict[str, Any]

MARKS: Mapping[Dialect, dict[str, Any]] = {
    "llama.cpp": {},
    "vllm": {},
    "deepseek": {"prefix": True},
    "mistral": {"prefix": True},
    "kimi": {"partial": True},
    "qwen": {"partial": True},
}
"""Fields of the last message that say that it is to be continued.

llama.cpp continues a last message of the assistant without being asked (since b5247, ggml-org/llama.cpp#13174).
DeepSeek: api-docs.deepseek.com/guides/chat_prefix_completion. Mistral: the field `prefix` of its API reference.
Kimi: platform.kimi.ai/docs/api/partial. Qwen: help.aliyun.com/en/model-studio/partial-mode.
"""

PARAMETERS: Mapping[Dialect, dict[str, Any]] = {
    "vllm": {"continue_final_message": True, "add_generation_prompt": False}
}
"""Fields of the request. vLLM: its extra parameters of chat completions; SGLang and TGI know the first one as well."""

REPEATING: frozenset[Dialect] = frozenset(("mistral",))
"""Mistral's answers begin with the given text; all others only have what is new."""

WITH_THINKING: frozenset[Dialect] = frozenset(("llama.cpp", "vllm", "deepseek", "kimi"))
"""Those that take the thinking before the text as `reasoning_content`. Qwen continues only without thinking."""

WITH_FREE_THINKING: frozenset[Dialect] = frozenset(("qwen",))
"""Those whose `max_tokens` does not limit the thinking: help.aliyun.com/en/model-studio/deep-thinking."""


@dataclass(frozen=True)
class Continuation:
    """A reply to be continued: its content and thinking so far, and where the model was.

    `calls`: of tools, so far; only a background response goes on after them.
    """

    content: str
    thinking: str
    position: Position
    calls: tuple[FunctionCall, ...] = ()

    @property
    def size(self) -> int:
        """Characters of the reply so far."""
        calls = sum(len(call.id) + len(call.name) + len(call.arguments) for call in self.calls)
        return len(self.content) + len(self.thinking) + calls

    def seam(self, dialect: Dialect) -> Seam:
        """Returns what joins the server's answer to the text so far."""
        return Seam(self.content, repeats=dialect in REPEATING, has_thought=bool(self.thinking))

    def has_tokens_left(self, request: Request, dialect: Dialect) -> bool:
        """Whether the reply may have more tokens: each piece of it was one or more."""
        limit = request.get("max_tokens")
        return limit is None or limit > self._pieces(dialect)

    def _pieces(self, dialect: Dialect) -> int:
        """Returns the number of pieces that count for `max_tokens`."""
        return self.position.pieces - (self.position.thoughts if dialect in WITH_FREE_THINKING else 0)

    def put(self, request: Request, dialect: Dialect) -> Request:
        """Returns the request with the text so far as its last message."""
        message = {"role": "assistant", "content": prefix_of(self.content), **MARKS[dialect]}
        if self.thinking and dialect in WITH_THINKING:
            message["reasoning_content"] = self.thinking
        request = {**request, "messages": [*request["messages"], message], **PARAMETERS.get(dialect, {})}
        if dialect == "qwen" and (self.thinking or "enable_thinking" in request):
            request["enable_thinking"] = False
        if request.get("max_tokens") is not None:
            request["max_tokens"] -= self._pieces(dialect)
        return request


def address_of(base_url: str, dialect: Dialect) -> str:
    """Returns the base URL of requests that continue a text: DeepSeek has that only under `/beta`."""
    parts = urlsplit(base_url)
    if dialect != "deepseek" or parts.path.endswith("/beta"):
        return base_url
    return parts._replace(path=parts.path.rstrip("/").removesuffix("/v1") + "/beta").geturl()
