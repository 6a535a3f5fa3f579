"""Responses of OpenAI and Azure."""

from tests.dialects.case import JSON, Case, assistant, chunk, odd, sse, stop, tokens, usage_chunk, whole, words

REFERENCE = "platform.openai.com/docs/api-reference/chat/create#chat-create-stream"
SAFE = {"hate": {"filtered": False, "severity": "safe"}, "violence": {"filtered": False, "severity": "safe"}}
HATE = {"hate": {"filtered": True, "severity": "high"}, "violence": {"filtered": False, "severity": "safe"}}
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
FILTERED = {
    "id": "", "object": "", "created": 0, "model": "",
    "choices": [
        {"index": 0, "finish_reason": None, "content_filter_results": SAFE,
         "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 198}},
    ],
}  # fmt: skip


def prompt_chunk(name: str) -> dict[str, object]:
    """Returns Azure's first chunk, which describes only the prompt."""
    results = [{"prompt_index": 0, "content_filter_results": SAFE}]
    return {"id": "", "object": "", "created": 0, "model": "", name: results, "choices": [], "usage": None}


CASES = [
    Case(
        "a plain stream ends as stop",
        REFERENCE,
        sse(chunk({"role": "assistant", "content": "", "refusal": None}), words("Hel", "lo"), stop()),
        text="Hello",
    ),
    Case(
        "usage in a last chunk after null ones is taken",
        REFERENCE,
        sse([{**word, "usage": None} for word in words("Hel", "lo")], stop(usage=None), usage_chunk(9, 2)),
        text="Hello",
        usage=(9, 2),
    ),
    Case(
        "length ends as length", REFERENCE, sse(words("Once upon"), stop("length")), text="Once upon", reason="length"
    ),
    Case(
        "a streamed refusal is the text and content_filter",
        "MacPaw/OpenAI#408",
        sse(chunk({"content": "", "refusal": None}), words("I'm sorry", ", no.", field="refusal"), stop()),
        text="I'm sorry, no.",
        reason="content_filter",
    ),
    Case(
        "a whole refusal with content null is content_filter",
        "openclaw/openclaw#102334",
        whole(assistant(None, refusal="I can't help with that."), usage=tokens(12, 7)),
        text="I can't help with that.",
        reason="content_filter",
        usage=(12, 7),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "Azure's first chunk of prompt_filter_results adds nothing",
        "microsoft/semantic-kernel#3650",
        sse(prompt_chunk("prompt_filter_results"), words("Hel", "lo"), stop()),
        text="Hello",
    ),
    Case(
        "older Azure's chunk of prompt_annotations adds nothing",
        "seratch/ChatGPT-in-Slack#49",
        sse(prompt_chunk("prompt_annotations"), words("Hel", "lo"), stop()),
        text="Hello",
    ),
    Case(
        "Azure's filter results without a delta add nothing",
        "microsoft/autogen#6465",
        sse(words("Hel"), FILTERED, words("lo"), stop()),
        text="Hello",
    ),
    Case(
        "Azure's filter results after the reason add nothing",
        "langchain-ai/langchain#18977",
        sse(words("Hello"), stop(), FILTERED),
        text="Hello",
    ),
    Case(
        "a reply that Azure's filter cut is content_filter",
        "ravendb/ravendb#22997",
        sse(words("How to"), stop("content_filter", choice={"content_filter_results": HATE})),
        text="How to",
        reason="content_filter",
    ),
    Case(
        "the transcript of streamed audio is the text",
        "openai/openai-openapi#577",
        sse(
            chunk({"role": "assistant", "audio": {"id": "audio_1", "transcript": "Hel"}}),
            chunk({"audio": {"transcript": "lo"}}),
            chunk({"audio": {"data": "AwABAA=="}}),
            chunk({"audio": {"expires_at": 1739437599}}),
            stop(),
        ),
        text="Hello",
    ),
    Case(
        "the transcript of a whole audio answer is the text",
        "langchain-ai/langchain#29776",
        whole(
            assistant(
                None, audio={"id": "audio_1", "data": "AwABAA==", "expires_at": 1739437599, "transcript": "Hello"}
            )
        ),
        text="Hello",
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "a tool call instead of text fails",
        "ollama/ollama#7963",
        sse(chunk({"role": "assistant", "content": None, "tool_calls": [CALL]}), stop("tool_calls")),
        reason=None,
        failure="model_tool_call",
    ),
    Case(
        "a tool call after text ends as stop",
        "contract",
        sse(words("Let me look."), chunk({"tool_calls": [CALL]}), stop("tool_calls")),
        text="Let me look.",
        oddities=odd("tool_calls"),
    ),
    Case(
        "function_call after text ends as stop",
        "contract",
        sse(words("Let me look."), chunk({"function_call": {"name": "f", "arguments": "{}"}}), stop("function_call")),
        text="Let me look.",
        oddities=odd("tool_calls"),
    ),
    Case(
        "a tool_use without text fails",
        "contract",
        sse(chunk({"role": "assistant", "content": ""}), stop("tool_use")),
        reason=None,
        failure="model_tool_call",
    ),
    Case(
        "the first of interleaved choices is the reply",
        "langfuse/langfuse-python#1862",
        sse(
            words("A"),
            chunk({"content": "B"}, choice={"index": 1}),
            words("0"),
            chunk({"content": "1"}, choice={"index": 1}),
            chunk({}, "length", choice={"index": 1}),
            stop(),
        ),
        text="A0",
        oddities=odd("choice"),
    ),
    Case(
        "the choice of index 0 is taken of several in a chunk",
        "langchain-ai/langchain#26719",
        sse(
            {
                "choices": [
                    {"index": 2, "delta": {"content": "C"}, "finish_reason": None},
                    {"index": 0, "delta": {"content": "A"}, "finish_reason": None},
                ]
            },
            stop(),
        ),
        text="A",
        oddities=odd("choice"),
    ),
    Case(
        "negative token counts drop the usage, not the reply",
        "64bit/async-openai#404",
        sse(words("Hello"), stop(), usage_chunk(1151, -35)),
        text="Hello",
        oddities=odd("usage"),
    ),
    Case(
        "reasoning that took all tokens ends as length",
        "codelibs/fess#3061",
        sse(words("Let me", " think", field="reasoning_content"), stop("length"), usage_chunk(20, 2000)),
        thinking="Let me think",
        reason="length",
        usage=(20, 2000),
    ),
]
