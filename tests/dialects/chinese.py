"""Responses of DeepSeek, Qwen, Kimi, Doubao, GLM and MiniMax."""

from typing import Any

from tests.dialects.case import (
    EVENTS,
    JSON,
    Case,
    chunk,
    compact,
    events,
    head,
    odd,
    sse,
    stop,
    tokens,
    usage_chunk,
    words,
)

SEARCHED: dict[str, Any] = {"search_info": {"mindmap": {}}, "processes": {}}
KEEP_ALIVE = b": keep-alive\n\n"
NO_BALANCE = "insufficient balance (1008)"
NO_BALANCE_STATUS = {"status_code": 1008, "status_msg": "insufficient balance"}


def fields(content: str | None, reasoning: str | None, **choice: Any) -> dict[str, Any]:
    """Returns a chunk with both fields, of which one is null."""
    return chunk({"role": "assistant", "content": content, "reasoning_content": reasoning}, choice=choice)


def detail(text: str) -> dict[str, Any]:
    """Returns a piece of MiniMax's thinking, which contains only new text."""
    return {"type": "reasoning.text", "id": "reasoning-text-1", "format": "MiniMax-response-v1", "text": text}


CASES = [
    Case(
        "reasoning_content is thinking, content is the text",
        "deepseek-ai/DeepSeek-V3#1608",
        sse(fields(None, "They"), fields(None, " greet."), fields("Hello", None), stop(), usage_chunk(6, 9)),
        text="Hello",
        thinking="They greet.",
        usage=(6, 9),
    ),
    Case(
        "empty text in the other field adds nothing",
        "Younis-Ahmed/qwen-ai-provider#3",
        sse(fields("", "They greet."), fields("Hello", ""), fields("", ""), stop()),
        text="Hello",
        thinking="They greet.",
    ),
    Case(
        "insufficient_system_resource fails as incomplete",
        "tetsuo-ai/agenc-core#2492",
        sse(words("Half a"), stop("insufficient_system_resource")),
        text="Half a",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "a proxy's line about a lost upstream fails as incomplete",
        "tetsuo-ai/agenc-core#2492",
        sse(words("Let me", field="reasoning_content"), done=False) + b"upstream error: read ECONNRESET\n",
        thinking="Let me",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "DeepSeek's keep-alive comments are skipped",
        "deepseek-ai/deepseek-harness discussions/6959",
        KEEP_ALIVE * 2 + events(words("Hel")) + KEEP_ALIVE + sse(words("lo"), stop()),
        text="Hello",
    ),
    Case(
        "an error frame of an empty account is a quota failure",
        "666ghj/BettaFish#286",
        events(
            {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}
        ),
        reason=None,
        failure="model_quota",
    ),
    Case(
        "[DONE] without any reason is stop",
        "alfredapp/openai-workflow#52",
        sse(
            chunk({"role": "assistant", "content": "我可"}, usage=tokens(1061, 22), **SEARCHED),
            chunk({"role": "assistant", "content": "以帮你"}, usage=tokens(1061, 24), **SEARCHED),
        ),
        text="我可以帮你",
        usage=(1061, 24),
        oddities=odd("no_reason"),
    ),
    Case(
        "Kimi's usage in the choice is taken",
        "earendil-works/pi#2017",
        sse(words("Hel", "lo"), stop(choice={"usage": tokens(8, 11)})),
        text="Hello",
        usage=(8, 11),
    ),
    Case(
        "text between ◁think▷ and ◁/think▷ is thinking",
        "contract",
        sse(words("◁thi", "nk▷plan◁/thin", "k▷Hello"), stop()),
        text="Hello",
        thinking="plan",
    ),
    Case(
        "text between Seed's think tags is thinking",
        "CherryHQ/cherry-studio#9498",
        sse(words("<seed:think>", "plan", "</seed:think>", "Hello"), stop()),
        text="Hello",
        thinking="plan",
    ),
    Case(
        "GLM's sensitive is content_filter, and the text is kept",
        "langgenius/dify#7559",
        sse(words("It is said"), stop("sensitive")),
        text="It is said",
        reason="content_filter",
    ),
    Case(
        "GLM's network_error fails as incomplete with its text",
        "promptfoo/promptfoo#9905",
        sse(words("It is said"), stop("network_error")),
        text="It is said",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "network_error without text fails as incomplete",
        "NousResearch/hermes-agent#92161",
        sse(stop("network_error")),
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "model_context_window_exceeded is length",
        "mozilla-ai/any-llm#1200",
        sse(words("A long"), stop("model_context_window_exceeded")),
        text="A long",
        reason="length",
    ),
    Case(
        "MiniMax's empty roles and its own usage change nothing",
        "MiniMax-AI/MiniMax-M2.5#2",
        sse(
            chunk({"role": "", "reasoning_content": ""}, input_sensitive=False, output_sensitive=False),
            words("Hello"),
            stop(usage={**tokens(41, 5), "total_characters": 0}),
        ),
        text="Hello",
        usage=(41, 5),
    ),
    Case(
        "MiniMax's reasoning_details are thinking, piece by piece",
        "MiniMax-AI/MiniMax-M2#95",
        sse(
            chunk({"content": "", "reasoning_details": [detail("The user")]}),
            chunk({"content": "", "reasoning_details": [detail(" greets.")]}),
            words("Hello"),
            stop(),
        ),
        text="Hello",
        thinking="The user greets.",
    ),
    Case(
        "MiniMax's think tags in content are thinking",
        "decolua/9router#2231",
        sse(words("<think>\n", "plan", "\n</think>", "\n\n", "Hello"), stop()),
        text="Hello",
        thinking="plan",
    ),
    Case(
        "base_resp with a status and no choices is a failure",
        "infiniflow/ragflow#1717",
        sse(words("Half a"), {**head(""), "choices": None, "base_resp": NO_BALANCE_STATUS}, done=False),
        text="Half a",
        reason=None,
        failure="model_quota",
    ),
    Case(
        "base_resp as the whole answer is a failure",
        "adrianlyjak/obsidian-aloud-tts#114",
        compact({"base_resp": NO_BALANCE_STATUS}).encode(),
        reason=None,
        failure="model_quota",
        content_type=JSON,
    ),
    Case(
        "base_resp with the status 0 is ignored",
        "adrianlyjak/obsidian-aloud-tts#114",
        sse(words("Hello"), stop(base_resp={"status_code": 0, "status_msg": ""})),
        text="Hello",
        content_type=EVENTS,
    ),
    Case(
        "an error with http_code as text is a quota failure",
        "modelscope/modelscope#1691",
        events({"error": {"http_code": "429", "message": NO_BALANCE, "type": "insufficient_balance_error"}}),
        reason=None,
        failure="model_quota",
    ),
    Case(
        "an error inside a payload of type error is a quota failure",
        "MiniMax-AI/MiniMax-M2#62",
        events({"type": "error", "error": {"type": "api_error", "message": NO_BALANCE}, "request_id": "0"}),
        reason=None,
        failure="model_quota",
    ),
]
