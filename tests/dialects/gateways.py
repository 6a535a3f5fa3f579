"""Responses of gateways: OpenRouter, Groq, LiteLLM, Copilot, Cloudflare, Together, new-api and others."""

from typing import Any

from tests.dialects.case import (
    DONE,
    JSON,
    Case,
    assistant,
    chunk,
    events,
    head,
    odd,
    sse,
    stop,
    tokens,
    usage_chunk,
    whole,
    words,
)

PROCESSING = b": OPENROUTER PROCESSING\n\n"
DOWN = {"code": 502, "message": "Provider disconnected", "metadata": {"error_type": "provider_unavailable"}}


def routed(delta: dict[str, Any], reason: str | None = None, native: str | None = None, **more: Any) -> dict[str, Any]:
    """Returns a chunk of OpenRouter."""
    return chunk(delta, reason, choice={"native_finish_reason": native, "logprobs": None}, provider="OpenAI", **more)


def summary(text: str) -> dict[str, Any]:
    return {"type": "reasoning.summary", "summary": text, "format": "openai-responses-v1", "index": 0}


def details(detail: dict[str, Any]) -> dict[str, Any]:
    return chunk({"content": "", "reasoning_details": [detail]})


def block(step: str) -> dict[str, Any]:
    """Returns a thinking block of LiteLLM, which sends one per delta, without a signature."""
    return {"type": "thinking", "thinking": step, "signature": ""}


def together(piece: str, number: int, reason: str | None = None, usage: Any = None) -> dict[str, Any]:
    """Returns a chunk of Together, which sends each text twice."""
    choice = {"text": piece, "logprobs": None, "delta": {"token_id": number, "content": piece}, "finish_reason": reason}
    return {**head("completion.chunk"), "choices": [{"index": 0, **choice}], "usage": usage}


CASES = [
    Case(
        "OpenRouter's comments are skipped",
        "openai/openai-go#227",
        PROCESSING * 2
        + events(routed({"role": "assistant", "content": ""}), routed({"content": "Hel"}))
        + PROCESSING
        + sse(routed({"content": "lo"}), routed({"content": ""}, "stop", "stop")),
        text="Hello",
    ),
    Case(
        "comments that a proxy turned into data are skipped",
        "mnfst/llm-gateway#2053",
        sse(": OPENROUTER PROCESSING", words("Hel"), ": OPENROUTER PROCESSING", words("lo"), stop()),
        text="Hello",
        oddities=odd("payload"),
    ),
    Case(
        "reasoning in three fields is thinking once",
        "BerriAI/litellm#14137",
        sse(
            *(
                chunk({"reasoning_content": piece, "reasoning": piece, "reasoning_details": [summary(piece)]})
                for piece in ("**Counting", " letters")
            ),
            words("Three"),
            stop(),
        ),
        text="Three",
        thinking="**Counting letters",
    ),
    Case(
        "reasoning_details are thinking, except encrypted ones",
        "pydantic/pydantic-ai#7185",
        sse(
            details(summary("They")),
            details({"type": "reasoning.text", "text": " greet.", "signature": None}),
            details({"type": "reasoning.encrypted", "data": "gAAAA", "id": "rs_1"}),
            words("Hello"),
            stop(),
        ),
        text="Hello",
        thinking="They greet.",
    ),
    Case(
        "an error next to a choice ended by error is a server error",
        "damianvtran/local-operator#223",
        sse(routed({"content": "Hel"}), routed({"content": ""}, "error", error=DOWN)),
        text="Hel",
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "an error next to empty choices is a server error",
        "diegosouzapw/OmniRoute#8210",
        sse({**head("chat.completion.chunk"), "choices": [], "error": DOWN}),
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "an error that asks for credits is a quota failure",
        "bobrware/bobrchat#143",
        sse({"error": {"code": 402, "message": "This request requires more credits, or fewer max_tokens."}}),
        reason=None,
        failure="model_quota",
    ),
    Case(
        "a native refusal is content_filter",
        "CherryHQ/cherry-studio#16079",
        sse(routed({"content": "No."}), routed({"content": ""}, "content_filter", "refusal")),
        text="No.",
        reason="content_filter",
    ),
    Case(
        "end_turn in a whole answer is stop",
        "vercel/modelfusion#343",
        whole(assistant("Hello!"), "end_turn", usage=tokens(10, 12)),
        text="Hello!",
        usage=(10, 12),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "end_turn in a stream is stop",
        "aws-samples/bedrock-access-gateway#11",
        sse(words("Hel", "lo"), stop("end_turn")),
        text="Hello",
    ),
    Case(
        "the reason error in a whole answer fails as incomplete",
        "maximhq/bifrost#5425",
        whole(assistant('{"events": [{"title": "partial'), "error", usage=tokens(None, None)),
        text='{"events": [{"title": "partial',
        reason=None,
        failure="model_incomplete",
        content_type=JSON,
    ),
    Case(
        "Groq's usage in x_groq is taken",
        "Portkey-AI/gateway#1072",
        sse(words("One"), stop(x_groq={"id": "req_01", "usage": {"queue_time": 0.09, **tokens(44, 61)}})),
        text="One",
        usage=(44, 61),
    ),
    Case(
        "a choice of index 1 without any other is the reply",
        "BerriAI/litellm#376",
        sse(
            chunk({"content": "A"}, choice={"index": 1}),
            chunk({"content": "B"}, choice={"index": 1}),
            chunk({}, "stop", choice={"index": 1}),
        ),
        text="AB",
        oddities=odd("choice"),
    ),
    Case(
        "thinking_blocks next to reasoning_content are not doubled",
        "BerriAI/litellm#29428",
        sse(
            *(chunk({"reasoning_content": step, "thinking_blocks": [block(step)]}) for step in ("Step 1. ", "Step 2.")),
            words("Done"),
            stop(),
        ),
        text="Done",
        thinking="Step 1. Step 2.",
    ),
    Case(
        "thinking_blocks without other fields are thinking",
        "BerriAI/litellm#29518",
        sse(chunk({"content": "", "thinking_blocks": [block("They greet.")]}), words("Hi"), stop()),
        text="Hi",
        thinking="They greet.",
    ),
    Case(
        "LiteLLM's error with its code as text is a server error",
        "BerriAI/litellm#5175",
        events({"error": {"message": "litellm.APIConnectionError", "type": None, "param": None, "code": "500"}}),
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "Copilot's reasoning_text is thinking, reasoning_opaque not",
        "BerriAI/litellm#35021",
        sse(words("They", " greet.", field="reasoning_text"), chunk({"reasoning_opaque": "Z"}), words("Hello"), stop()),
        text="Hello",
        thinking="They greet.",
    ),
    Case(
        "Cloudflare's content that is a number is its text",
        "decolua/9router#1645",
        sse(words("range(", 1, ")"), stop()),
        text="range(1)",
        oddities=odd("content"),
    ),
    Case(
        "Cloudflare's repeated ends are one end",
        "decolua/9router#1645",
        sse(words("counter ="), [stop(usage=tokens(30, count)) for count in (4, 5, 6, 7)]) + DONE,
        text="counter =",
        usage=(30, 7),
    ),
    Case(
        "stop on each chunk ends the reply at the last chunk",
        "BerriAI/litellm#376",
        sse(*(chunk({"content": piece}, "stop") for piece in ("Hel", "lo ", "world"))),
        text="Hello world",
        oddities=odd("late_text"),
    ),
    Case(
        "Together's text next to the delta is not doubled",
        "mlflow/mlflow#11557",
        sse(together("   ", 2287), together("Hel", 1), together("lo", 2, "length", tokens(17, 200))),
        text="   Hello",
        reason="length",
        usage=(17, 200),
    ),
    Case(
        "the text field of a text completion is the text",
        "contract",
        sse([{"choices": [{"index": 0, "text": piece}]} for piece in ("Hel", "lo")], stop("eos")),
        text="Hello",
    ),
    Case(
        "a message instead of a delta is the text",
        "Portkey-AI/gateway#858",
        sse(
            {
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "finish_reason": "stop", "message": assistant("Thank you!")}],
                "usage": {"completion_tokens": 25},
            }
        ),
        text="Thank you!",
        usage=(0, 25),
    ),
    Case(
        "new-api's PING comments are skipped",
        "QuantumNous/new-api#1276",
        b": PING\n\n" + sse(words("Hello"), stop()) + b": PING\n\n",
        text="Hello",
    ),
    Case(
        "a ping event with a date is skipped",
        "waylaidwanderer/node-chatgpt-api#100",
        b"event: ping\ndata: 2023-02-20 08:40:33.556053\n\n" + sse(words("Hello"), stop()),
        text="Hello",
        oddities=odd("payload"),
    ),
    Case(
        "a ping event with an object is skipped",
        "caozhiyuan/copilot-api#88",
        sse(words("Hel"), done=False) + b'event: ping\ndata: {"type":"ping"}\n\n' + sse(words("lo"), stop()),
        text="Hello",
    ),
    Case(
        "input_tokens and output_tokens are the usage",
        "contract",
        sse(words("Hello"), stop(usage={"input_tokens": 5, "output_tokens": 42})),
        text="Hello",
        usage=(5, 42),
    ),
    Case(
        "whole floats and digits in text are token counts",
        "contract",
        sse(words("Hello"), stop(), usage_chunk(12.0, "3")),
        text="Hello",
        usage=(12, 3),
    ),
    Case(
        "bad token counts after good ones keep the good ones",
        "contract",
        sse(words("Hello"), stop(usage=tokens(5, 2)), usage_chunk("many", 2)),
        text="Hello",
        usage=(5, 2),
        oddities=odd("usage"),
    ),
    Case(
        "an index that is the string 0 is the first choice",
        "contract",
        sse(chunk({"content": "Hello"}, "stop", choice={"index": "0"})),
        text="Hello",
    ),
]
