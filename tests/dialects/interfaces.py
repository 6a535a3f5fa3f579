"""Native streams of OpenAI's Responses, Anthropic and Gemini, which gateways forward unchanged."""

from typing import Any

from tests.dialects.case import JSON, Case, assistant, compact, events, odd, reads, sse, typed

ANTHROPIC = "docs.anthropic.com/en/docs/build-with-claude/streaming"
GEMINI = "ai.google.dev/api/generate-content"
RESPONSES = "platform.openai.com/docs/api-reference/responses-streaming"
TEXT = {"type": "output_text", "text": "Hello", "annotations": []}
PLAN = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "plan"}]}
MESSAGE = {"type": "message", "role": "assistant", "status": "completed", "content": [TEXT]}
EMPTY: dict[str, Any] = {
    "object": "response", "status": "in_progress", "error": None, "instructions": "Be brief.", "output": [],
    "reasoning": {"effort": None, "summary": None}, "text": {"format": {"type": "text"}}, "tools": [],
}  # fmt: skip
WHOLE = {**EMPTY, "status": "completed", "output": [PLAN, MESSAGE], "usage": {"input_tokens": 3, "output_tokens": 2}}


def named(*payloads: dict[str, Any]) -> bytes:
    """Returns events that are also named by their type."""
    return b"".join(f"event: {payload['type']}\n".encode() + events(payload) for payload in payloads)


def gemini(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    counts = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}
    return {"candidates": [{"content": {"parts": parts, "role": "model"}, **more}], "usageMetadata": counts}


def block(delta: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return typed("content_block_delta", index=index, delta=delta)


STREAMED = (
    typed("response.created", response=EMPTY),
    typed("response.output_item.added", item={**PLAN, "summary": []}),
    typed("response.reasoning_summary_text.delta", delta="plan"),
    typed("response.reasoning_summary_text.done", text="plan"),
    typed("response.output_item.done", item=PLAN),
    typed("response.content_part.added", part={**TEXT, "text": ""}),
    typed("response.output_text.delta", delta="Hel"),
    typed("response.output_text.delta", delta="lo"),
    typed("response.output_text.done", text="Hello"),
    typed("response.content_part.done", part=TEXT),
    typed("response.output_item.done", item=MESSAGE),
)
CLAUDE = (
    typed(
        "message_start",
        message={**assistant([]), "stop_reason": None, "usage": {"input_tokens": 3, "output_tokens": 1}},
    ),
    typed("content_block_start", index=0, content_block={"type": "thinking", "thinking": "", "signature": ""}),
    typed("ping"),
    block({"type": "thinking_delta", "thinking": "plan"}),
    block({"type": "signature_delta", "signature": "EqQBCg=="}),
    typed("content_block_stop", index=0),
    typed("content_block_start", index=1, content_block={"type": "text", "text": ""}),
    block({"type": "text_delta", "text": "Hel"}, 1),
    block({"type": "text_delta", "text": "lo"}, 1),
    typed("content_block_stop", index=1),
)


def claude_ends(reason: str) -> dict[str, Any]:
    return typed("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 2})


CASES = [
    Case(
        "the Responses interface gives its text once",
        RESPONSES,
        named(*STREAMED, typed("response.completed", response=WHOLE)),
        text="Hello",
        thinking="plan",
        usage=(3, 2),
    ),
    Case(
        "max_output_tokens of the Responses interface is length",
        RESPONSES,
        named(
            *STREAMED,
            typed(
                "response.incomplete",
                response={**WHOLE, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            ),
        ),
        text="Hello",
        thinking="plan",
        reason="length",
        usage=(3, 2),
    ),
    Case(
        "a failed response of Responses is a server error",
        RESPONSES,
        named(*STREAMED, typed("response.failed", response={**EMPTY, "error": {"code": "server_error"}})),
        text="Hello",
        thinking="plan",
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "the Responses interface that breaks off is incomplete",
        RESPONSES,
        named(*STREAMED),
        text="Hello",
        thinking="plan",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "deltas of Responses without an output are the text",
        "NousResearch/hermes-agent#5741",
        sse(STREAMED[6], STREAMED[7], typed("response.completed", response={**WHOLE, "output": []})),
        text="Hello",
        usage=(3, 2),
    ),
    Case(
        "two parts of Responses are not doubled",
        RESPONSES,
        named(
            typed("response.output_text.delta", delta="Hel"),
            typed("response.output_text.done", text="Hel"),
            typed("response.output_text.delta", delta="lo"),
            typed("response.output_text.done", text="lo"),
            typed("response.completed", response={**EMPTY, "status": "completed"}),
        ),
        text="Hello",
    ),
    Case(
        "a refusal of Responses is content_filter",
        RESPONSES,
        named(
            typed("response.refusal.delta", delta="No."),
            typed("response.refusal.done", refusal="No."),
            typed("response.completed", response={**EMPTY, "status": "completed"}),
        ),
        text="No.",
        reason="content_filter",
    ),
    Case(
        "function arguments in Responses fail as a tool call",
        RESPONSES,
        named(
            typed("response.function_call_arguments.delta", delta='{"text":'),
            typed("response.completed", response={**EMPTY, "status": "completed"}),
        ),
        reason=None,
        failure="model_tool_call",
        oddities=odd("tool_calls"),
    ),
    Case(
        "audio of Responses is ignored",
        RESPONSES,
        named(typed("response.audio.delta", delta="UklGRg=="), *STREAMED, typed("response.completed", response=WHOLE)),
        text="Hello",
        thinking="plan",
        usage=(3, 2),
    ),
    Case(
        "a whole answer of Responses is read",
        RESPONSES,
        compact(WHOLE).encode(),
        text="Hello",
        thinking="plan",
        usage=(3, 2),
        content_type=JSON,
    ),
    Case(
        "Anthropic's native events give text and thinking",
        ANTHROPIC,
        named(*CLAUDE, claude_ends("end_turn"), typed("message_stop")),
        text="Hello",
        thinking="plan",
        usage=(3, 2),
    ),
    Case(
        "max_tokens of Anthropic's native events is length",
        ANTHROPIC,
        named(*CLAUDE, claude_ends("max_tokens"), typed("message_stop")),
        text="Hello",
        thinking="plan",
        reason="length",
        usage=(3, 2),
    ),
    Case(
        "Anthropic's native events that break off are incomplete",
        ANTHROPIC,
        named(*CLAUDE),
        text="Hello",
        thinking="plan",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "a tool call in Anthropic's native events fails",
        ANTHROPIC,
        named(block({"type": "input_json_delta", "partial_json": '{"text":'}), claude_ends("tool_use")),
        reason=None,
        failure="model_tool_call",
    ),
    Case(
        "a whole answer of Anthropic is read",
        ANTHROPIC,
        compact(
            {"type": "message", **assistant([{"type": "text", "text": "Hello"}]), "stop_reason": "end_turn"}
        ).encode(),
        text="Hello",
        content_type=JSON,
    ),
    reads(
        "Gemini's native events give text and thinking",
        GEMINI,
        gemini({"text": "plan", "thought": True}),
        gemini({"text": "Hel"}),
        gemini({"text": "lo"}, finishReason="STOP"),
        thinking="plan",
        usage=(3, 2),
    ),
    reads(
        "MAX_TOKENS of Gemini's native events is length",
        GEMINI,
        gemini({"text": "Hello"}, finishReason="MAX_TOKENS"),
        reason="length",
        usage=(3, 2),
    ),
    Case(
        "Gemini's list of payloads is read",
        GEMINI,
        compact([gemini({"text": "Hel"}), gemini({"text": "lo"}, finishReason="STOP")])
        .replace("},{", "},\n{")
        .encode(),
        text="Hello",
        usage=(3, 2),
        content_type=JSON,
    ),
    reads(
        "Gemini's payload inside a response field is read",
        GEMINI,
        {"response": gemini({"text": "Hello"}, finishReason="STOP")},
        usage=(3, 2),
    ),
    reads(
        "Gemini's grounding after the text is ignored",
        GEMINI,
        gemini({"text": "Hello"}),
        {"candidates": [{"groundingMetadata": {"segment": {"text": "x"}}, "finishReason": "STOP"}]},
        usage=(3, 2),
    ),
]
