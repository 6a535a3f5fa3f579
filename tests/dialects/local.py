"""Responses of local servers: vLLM, SGLang, llama.cpp, TGI, Xinference, LocalAI."""

from tests.dialects.case import (
    JSON,
    Case,
    assistant,
    chunk,
    compact,
    events,
    head,
    odd,
    sse,
    stop,
    tokens,
    whole,
    words,
)

ZERO = tokens(0, 0)
TOO_LONG = (
    "Requested token count exceeds the model's maximum context length of 196608 tokens. You requested a total of "
    "204830 tokens: 172830 tokens from the input messages and 32000 tokens for the completion."
)
FULL = "request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it"

CASES = [
    Case(
        "vLLM's reasoning in two fields is thinking once",
        "vllm-project/vllm#29408",
        sse(
            chunk({"reasoning": "好", "reasoning_content": "好"}),
            chunk({"reasoning": "的", "reasoning_content": "的"}),
            chunk({"content": "你好", "reasoning_content": None}),
            stop(),
        ),
        text="你好",
        thinking="好的",
    ),
    Case(
        "vLLM's reasoning without reasoning_content is thinking",
        "strands-agents/harness-sdk#2191",
        sse(words("They", " greet.", field="reasoning"), words("Hello"), stop()),
        text="Hello",
        thinking="They greet.",
    ),
    Case(
        "text in the chunk with the reason is kept",
        "vllm-project/vllm#36944",
        sse(words("Hel"), chunk({"content": "lo"}, "length", choice={"stop_reason": None})),
        text="Hello",
        reason="length",
    ),
    Case(
        "vLLM's error in mid-stream is a server error",
        "vllm-project/guidellm#795",
        sse(words("Hel"), {"error": {"message": "EngineCore died", "type": "InternalServerError", "code": 500}}),
        text="Hel",
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "an answer whose object is error is a server error",
        "microsoft/autogen#815",
        events({"object": "error", "message": "**NETWORK ERROR DUE TO HIGH TRAFFIC.**", "code": 50002}),
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "SGLang's abort fails as incomplete",
        "sgl-project/sglang#6693",
        sse(words("Hel"), stop("abort", choice={"matched_stop": None})),
        text="Hel",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "SGLang's reasons that stay null until [DONE] are stop",
        "sgl-project/sglang#4550",
        sse(
            chunk({"role": None, "content": "提供", "reasoning_content": None, "tool_calls": None}, usage=None),
            chunk({"role": None, "content": "帮助", "reasoning_content": None, "tool_calls": None}, usage=None),
        ),
        text="提供帮助",
        oddities=odd("no_reason"),
    ),
    Case(
        "SGLang's refusal of a long prompt in a stream is recognised",
        "BerriAI/litellm#25492",
        sse({"error": {"object": "error", "message": TOO_LONG, "type": "BadRequestError", "param": None, "code": 400}}),
        reason=None,
        failure="model_context_too_long",
    ),
    Case(
        "an error with the code 400 as text is a bad request",
        "sgl-project/sglang#23821",
        sse({"error": {"message": "Invalid grammar", "type": "BadRequestError", "param": None, "code": "400"}}),
        reason=None,
        failure="model_bad_request",
    ),
    Case(
        "log probabilities that are not numbers are ignored",
        "sgl-project/sglang#2955",
        sse(
            '{"choices":[{"index":0,"delta":{"content":"No"},"finish_reason":null,"logprobs":{"content":[{"token":"No",'
            '"logprob":NaN,"top_logprobs":[{"token":"#","logprob":-Infinity},{"token":"!","logprob":Infinity}]}]}}]}',
            stop(),
        ),
        text="No",
    ),
    Case(
        "llama.cpp's full context in mid-stream is recognised",
        "ggml-org/llama.cpp#16109",
        events(
            words("Hel"), {"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}}
        ),
        text="Hel",
        reason=None,
        failure="model_context_too_long",
    ),
    Case(
        "llama.cpp's refusal of a long prompt is recognised",
        "oobabooga/textgen#7257",
        compact({"error": {"code": 400, "message": FULL, "type": "exceed_context_size_error", "n_ctx": 8192}}).encode(),
        reason=None,
        failure="model_context_too_long",
        content_type=JSON,
    ),
    Case(
        "llama.cpp's keep-alive of a single colon is skipped",
        "coder/coder#28185",
        b":\n\n:\n\n" + sse(words("Hel", "lo"), stop()),
        text="Hello",
    ),
    Case(
        "a stream that ends after its reason is complete",
        "ikawrakow/ik_llama.cpp#467",
        sse(words("Hel", "lo"), stop(), done=False),
        text="Hello",
    ),
    Case(
        "a byte that is not UTF-8 becomes U+FFFD",
        "ggml-org/llama.cpp#28724",
        sse(words("BYTES done"), stop()).replace(b"BYTES", b"\xe2\x9c\x85\x85"),
        text="✅\ufffd done",
        oddities=odd("encoding"),
    ),
    Case(
        "TGI's eos_token is stop",
        "huggingface/text-generation-inference#2344",
        sse(words("Hello"), stop("eos_token")),
        text="Hello",
    ),
    Case(
        "TGI's data lines without space and blank lines are read",
        "huggingface/text-generation-inference#1648",
        events(words("Hel", "lo"), stop("length"), end="\n", prefix="data:"),
        text="Hello",
        reason="length",
        oddities=odd("frames"),
    ),
    Case(
        "TGI's error in text with status 200 is a server error",
        "huggingface/text-generation-inference#1896",
        compact({"error": "Input validation error: `top_p` must be > 0.0", "error_type": "validation"}).encode(),
        reason=None,
        failure="model_server_error",
        content_type=JSON,
    ),
    Case(
        "LocalAI's choices without index and reason are read",
        "mudler/LocalAI#1194",
        sse(
            {**head("chat.completion.chunk"), "choices": [{"delta": {"role": "assistant"}}], "usage": ZERO},
            {**head("chat.completion.chunk"), "choices": [{"delta": {"content": "1"}}], "usage": ZERO},
            {**head("chat.completion.chunk"), "choices": [{"delta": {"content": " 2"}}], "usage": ZERO},
            {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": tokens(7, 3)},
        ),
        text="1 2",
        usage=(7, 3),
    ),
    Case(
        "LocalAI's whole answer without a reason is complete",
        "mudler/LocalAI#788",
        compact({"object": "chat.completion", "choices": [{"message": assistant("This is a test!")}]}).encode(),
        text="This is a test!",
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "a reason that is an empty string is ignored",
        "mudler/LocalAI#5102",
        sse(chunk({"content": "Hel"}, ""), chunk({"content": "lo"}, ""), stop()),
        text="Hello",
    ),
    Case(
        "token counts of -1 drop the usage, not the answer",
        "xorbitsai/inference#1407",
        whole(assistant("我能帮助您。", tool_calls=[]), usage=tokens(-1, -1)),
        text="我能帮助您。",
        oddities=odd("usage", "no_stream"),
        content_type=JSON,
    ),
    Case(
        "token counts with a fraction drop the usage",
        "philschmid/easyllm#42",
        sse(words("4"), stop(usage=tokens(12, 37.25))),
        text="4",
        oddities=odd("usage"),
    ),
]
