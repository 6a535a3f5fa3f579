"""Shapes that single servers and gateways send instead of the common ones."""

from typing import Any

from tests.dialects.case import DONE, Case, assistant, chunk, odd, sse, stop, tokens, whole, words

HELLO = words("Hel", "lo")
NOT_FOUND = b'{"detail":"Not Found"}'
OLLAMAS = b'{"error":"model not found"}\n'


def ends(reason: Any, meant: str, source: str) -> Case:
    return Case(f"the reason {str(reason)[:30]!r} is {meant}", source, sse(HELLO, stop(reason)), "Hello", reason=meant)


def fails(name: str, source: str, body: bytes, failure: str, text: str = "") -> Case:
    return Case(name, source, body, text, reason=None, failure=failure)


CASES = [
    ends("FinishReason.STOP", "stop", "pydantic/pydantic-ai#3300"),
    ends("<|im_end|>", "stop", "vespa-engine/vespa#33327"),
    ends("maxPredictedTokensReached", "length", "lmstudio-ai/lmstudio-bug-tracker#2335"),
    ends("maxFancyTokensReached", "length", "contract"),
    ends("content_filter: RECITATION", "content_filter", "mozilla-ai/any-llm#1202"),
    ends({"type": "length", "length": 50}, "length", "sgl-project/sglang#446"),
    fails(
        "the reason 'network-error' fails as incomplete",
        "NousResearch/hermes-agent#92161",
        sse(HELLO, stop("network-error")),
        "model_incomplete",
        "Hello",
    ),
    Case(
        "finish_details replace a missing reason",
        "openai/openai-openapi#136",
        sse(HELLO, chunk({}, choice={"finish_details": {"type": "max_tokens"}})),
        "Hello",
        reason="length",
    ),
    Case(
        "[DONE] without a data prefix ends the stream",
        "cline/cline#1786",
        sse(HELLO, done=False) + b"[DONE]\n",
        "Hello",
    ),
    Case(
        "token counts cut in the middle do not fail the reply",
        "earendil-works/pi#5793",
        sse(HELLO, stop(), done=False) + b'data: {"id":"x","usage":{"prompt_to',
        "Hello",
        oddities=odd("payload"),
    ),
    Case(
        "a document of many lines and then [DONE] is complete",
        "decolua/9router#3492",
        whole(assistant("Hello"), indent=2) + b"\n\n" + DONE,
        "Hello",
        oddities=odd("no_stream"),
    ),
    Case(
        "a whole answer as an event is complete",
        "decolua/9router#3492",
        b"data: " + whole(assistant("Hello"), None, usage=tokens(7, 3)) + b"\n\n",
        "Hello",
        usage=(7, 3),
    ),
    Case(
        "Cloudflare's own events give their text",
        "cloudflare/cloudflare-docs#19018",
        sse({"response": "Hel"}, {"response": "lo"}, {"response": "", "usage": tokens(3, 2)}),
        "Hello",
        usage=(3, 2),
    ),
    Case(
        "a chunk in another server's envelope is read",
        "QuantumNous/new-api#4377",
        sse([{"code": 0, "data": each} for each in (*HELLO, stop())]),
        "Hello",
    ),
    Case(
        "a part that is marked as thought is thinking",
        "ThinkInAIXYZ/deepchat#801",
        sse(words([{"text": "hm", "thought": True}, {"text": "Hello"}]), stop()),
        "Hello",
        "hm",
    ),
    Case(
        "a message repeats the streamed text and adds to it",
        "abundantbeing/hermes-browser-extension#11",
        sse(words("H", "el"), {"choices": [{"message": assistant("Hello"), "finish_reason": "stop"}]}),
        "Hello",
    ),
    Case(
        "text instead of content is the text",
        "abetlen/llama-cpp-python#133",
        sse(chunk({"text": "Hello"}), stop()),
        "Hello",
    ),
    fails(
        "a function call that ends with stop fails",
        "su-kaka/gcli2api#407",
        sse(chunk({"function_call": {"name": "f", "arguments": "{}"}}), stop()),
        "model_tool_call",
    ),
    Case(
        "tagged text that is marked as thought is thinking",
        "GewoonJaap/gemini-cli-openai#92",
        sse(
            chunk({"content": "<thought>plan", "extra_content": {"google": {"thought": True}}}),
            chunk({"content": " it", "extra_content": {"google": {"thought": True}}}),
            words("</thought>Hello"),
            stop(),
        ),
        "Hello",
        "plan it",
    ),
    fails(
        "an error in the choice is recognised",
        "openrouter.ai/docs/api/reference/errors-and-debugging",
        sse(HELLO, chunk({}, choice={"error": {"code": 429, "message": "slow down"}})),
        "model_rate_limited",
        "Hello",
    ),
    fails(
        "FastAPI's 404 is an unknown model",
        "mistralai/platform-docs-public#7",
        b'{"detail":"Not Found"}',
        "model_not_found",
    ),
    fails(
        "MiniMax's unknown error is a server error",
        "edenai/edenai-apis#360",
        sse(chunk({"content": "Hello"}, base_resp={"status_code": 1000, "status_msg": "unknown error"})),
        "model_server_error",
        "Hello",
    ),
    fails(
        "Groq's error in x_groq is a server error",
        "Portkey-AI/gateway#1072",
        sse(HELLO, chunk({}, x_groq={"error": "over capacity"})),
        "model_server_error",
        "Hello",
    ),
    fails(
        "Ollama's error text model not found is model_not_found",
        "RooCodeInc/Roo-Code#1087",
        b'{"error":"model not found"}\n',
        "model_not_found",
    ),
    fails(
        "llama.cpp's line with an error field is recognised",
        "coddy-project/coddy-agent#106",
        b'error: {"code":400,"message":"the request exceeds the available context size"}\n\n' + DONE,
        "model_context_too_long",
    ),
    fails(
        "a message of an API gateway is a server error",
        "bobvinch/comfy-server#15",
        b'{"message":"Internal server error"}',
        "model_server_error",
    ),
    Case(
        "control characters in JSON are text",
        "raullenchai/Rapid-MLX#730",
        b'data: {"choices":[{"delta":{"content":"a\tb\x01c"}}]}\n\n' + sse(stop()),
        "a\tb\x01c",
    ),
    Case(
        "a number of 5,000 digits does not fail the reply",
        "raullenchai/Rapid-MLX#730",
        b'data: {"created":' + b"9" * 5000 + b',"choices":[{"delta":{"content":"Hello"}}]}\n\n' + sse(stop()),
        "Hello",
    ),
    Case(
        "two documents in one line are read",
        "contract",
        b'data: {"choices":[{"delta":{"content":"Hel"}}]}{"choices":[{"delta":{"content":"lo"}}]}\n\n' + DONE,
        "Hello",
    ),
    fails(
        "Baidu's error_code is a server error", "contract", b'{"error_code":18,"error_msg":"qps"}', "model_server_error"
    ),
    fails(
        "Cloudflare's list of errors is a server error",
        "contract",
        b'{"success":false,"errors":[{"code":7003,"message":"no"}]}',
        "model_server_error",
    ),
]
