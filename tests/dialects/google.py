"""Responses of Gemini through its compatible endpoint and through gateways."""

from typing import Any

from tests.dialects.case import JSON, Case, assistant, chunk, head, odd, sse, stop, tokens, whole, words

REASONS = "genkit-ai/genkit#5736"


def thought(content: str) -> dict[str, Any]:
    """Returns a thought of Gemini's compatible endpoint."""
    return chunk({"role": "assistant", "content": content, "extra_content": {"google": {"thought": True}}})


def gateway(message: dict[str, Any], reason: str, prompt: int, completion: int) -> bytes:
    """Returns a gateway's whole response, which is labelled as a chunk."""
    return whole(message, reason, usage=tokens(prompt, completion), **{**head("chat.completion.chunk"), "id": "chat"})


CASES = [
    Case(
        "content marked by extra_content as a thought is thinking",
        "contract",
        sse(thought("**Greeting**\n"), thought("They said hi."), words("Hel", "lo"), stop()),
        text="Hello",
        thinking="**Greeting**\nThey said hi.",
    ),
    Case(
        "a thought signature without a thought changes nothing",
        "noho/dayu-agent#45",
        sse(
            chunk({"content": "Hel", "extra_content": {"google": {"thought_signature": "EjQKMgEM"}}}),
            chunk({"content": "lo", "extra_content": {"google": {"thought": False}}}, "stop"),
        ),
        text="Hello",
    ),
    Case(
        "thoughts between thought tags are thinking",
        "wyeeeee/hajimi#292",
        sse(words("<thought>", "They said hi.", "</thought>", "Hello"), stop()),
        text="Hello",
        thinking="They said hi.",
    ),
    Case(
        "STOP in capitals in a whole answer is stop",
        "QwenLM/qwen-code#9884",
        gateway(assistant("OK"), "STOP", 8, 102),
        text="OK",
        usage=(8, 102),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "MAX_TOKENS in capitals with text is length",
        "QwenLM/qwen-code#9882",
        sse(words("The history of"), stop("MAX_TOKENS")),
        text="The history of",
        reason="length",
    ),
    Case(
        "MAX_TOKENS in a whole answer without content is length",
        "QwenLM/qwen-code#9884",
        gateway({"role": "assistant"}, "MAX_TOKENS", 9, 5),
        reason="length",
        usage=(9, 5),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    *(
        Case(
            f"{reason} is content_filter, and the text is kept",
            REASONS,
            sse(words("Take two"), stop(reason)),
            text="Take two",
            reason="content_filter",
        )
        for reason in ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII")
    ),
    Case(
        "SAFETY without text is content_filter",
        "GoogleCloudPlatform/generative-ai#791",
        sse(stop("SAFETY")),
        reason="content_filter",
    ),
    Case(
        "MALFORMED_FUNCTION_CALL fails as incomplete",
        "BerriAI/litellm#21744",
        sse(words("I look it up", field="reasoning_content"), stop("malformed_function_call")),
        thinking="I look it up",
        reason=None,
        failure="model_incomplete",
    ),
    *(
        Case(
            f"{reason} fails as incomplete, and the text is kept",
            source,
            sse(words("Take two"), stop(reason)),
            text="Take two",
            reason=None,
            failure="model_incomplete",
        )
        for reason, source in (("OTHER", "GoogleCloudPlatform/generative-ai#791"), ("LANGUAGE", REASONS))
    ),
    Case(
        "FINISH_REASON_UNSPECIFIED is ignored",
        "GoogleCloudPlatform/generative-ai#791",
        sse(chunk({"content": "Hel"}, "FINISH_REASON_UNSPECIFIED"), chunk({"content": "lo"}, "STOP")),
        text="Hello",
    ),
    Case(
        "finishReason is taken where finish_reason stays null",
        "jakobdylanc/llmcord#84",
        sse(words("Hel"), chunk({"content": "lo"}, choice={"finishReason": "stop"}), done=False),
        text="Hello",
    ),
    Case(
        "reasons that stay null until [DONE] are stop",
        "open-learning-exchange/planet#10281",
        sse(words("Hel", "lo"), stop(None)),
        text="Hello",
        oddities=odd("no_reason"),
    ),
]
