"""Repetitions, numberings and names that only single servers send."""

from tests.dialects.case import JSON, Case, assistant, chunk, compact, events, odd, sse, stop, tokens, whole, words
from tests.dialects.mistral import text

MIRRORED = [
    chunk({"content": "<think>plan", "reasoning_content": "plan"}),
    chunk({"content": " more</think>\n", "reasoning_content": " more"}),
]
LIMIT = '{"code":500,"message":"Context size has been exceeded.","type":"server_error"}'
FINAL = whole(assistant("Hello", reasoning_content="They"), usage=tokens(3, 2)).decode()

CASES = [
    Case(
        "a part whose type is a list is text",
        "contract",
        sse(words([{"type": ["text"], "text": "Hello"}]), stop()),
        text="Hello",
    ),
    Case(
        "an index of thousands of digits is no internal error",
        "contract",
        sse(chunk({"content": "Hello"}, "stop", choice={"index": "9" * 5000})),
        text="Hello",
    ),
    Case(
        "a whole message at the end of a stream is not doubled",
        "ENTERPILOT/GoModel#1068",
        sse(words("They", field="reasoning_content"), words("Hel", "lo"), FINAL),
        text="Hello",
        thinking="They",
        usage=(3, 2),
    ),
    Case(
        "thinking in tags and in its field is not doubled",
        "can1357/oh-my-pi#2434",
        sse(MIRRORED, words("Hello"), stop()),
        text="Hello",
        thinking="plan more",
    ),
    Case(
        "a closing tag after thinking in its own field is dropped",
        "InternLM/lmdeploy#3398",
        sse(words("plan", field="reasoning_content"), words("</think>", "\n\nHello"), stop()),
        text="Hello",
        thinking="plan",
    ),
    Case(
        "text after an opened tag and thinking in its field is text",
        "InternLM/lmdeploy#3664",
        sse(words("<think>"), words("\n", "plan", field="reasoning_content"), words("Hello"), stop()),
        text="Hello",
        thinking="\nplan",
    ),
    Case(
        "an index that counts the tokens is one choice",
        "huggingface/text-generation-inference#1648",
        sse(*(chunk({"content": p}, choice={"index": n}) for n, p in enumerate("I'm", 1)), stop("length"), done=False),
        text="I'm",
        reason="length",
    ),
    Case(
        "the text of a reference part is text",
        "langchain-ai/langchain#37008",
        sse(words([text("It is "), {"type": "reference", "reference_ids": [0], "text": "42"}, text(".")]), stop()),
        text="It is 42.",
    ),
    Case(
        "a line with an error field is recognised",
        "ggml-org/llama.cpp#16109",
        sse(words("Hel"), done=False) + f"error: {LIMIT}\n\n".encode(),
        text="Hel",
        reason=None,
        failure="model_context_too_long",
    ),
    Case(
        "a payload that begins with error is a server error",
        "lucasjinreal/Crane#121",
        events(words("Hel"), "error: engine stopped", "[DONE]"),
        text="Hel",
        reason=None,
        failure="model_server_error",
        oddities=odd(),
    ),
    Case(
        "DashScope's InvalidApiKey is unauthorized",
        "help.aliyun.com/zh/dashscope/return-status-code-description",
        compact({"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "1"}).encode(),
        reason=None,
        failure="model_unauthorized",
        content_type=JSON,
    ),
    Case(
        "a frame lost between texts is a broken stream",
        "contract",
        b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: {"choi\n\n'
        b'data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n',
        text="a",
        reason=None,
        failure="model_broken_stream",
    ),
    Case(
        "messages cut before a reason are incomplete",
        "contract",
        compact({"choices": [{"message": assistant("part")}]}).encode()
        + b"\n"
        + compact({"choices": [{"message": assistant("part of")}]}).encode(),
        text="part of",
        reason=None,
        failure="model_incomplete",
        content_type=JSON,
    ),
    Case(
        "an error in a later choice is a server error",
        "contract",
        sse(words("a"), {"choices": [{"delta": {"content": "b"}, "error": {"code": 502}}]}),
        text="ab",
        reason=None,
        failure="model_server_error",
    ),
    Case(
        "a message is read where the delta has no text",
        "contract",
        sse({"choices": [{"delta": {"role": "assistant"}, "message": assistant("Hello")}]}, stop()),
        text="Hello",
    ),
    Case(
        "text is read where the content is empty",
        "contract",
        sse({"choices": [{"delta": {"content": "", "text": "Hello"}}]}, stop()),
        text="Hello",
    ),
    Case(
        "content of hundreds of digits is no internal error",
        "contract",
        b'data: {"choices":[{"delta":{"content":' + b"1" * 400 + b"}}]}\n\n" + sse(words("Hello"), stop()),
        text="Hello",
        oddities=odd("content"),
    ),
    Case(
        "an error code of thousands of digits is a server error",
        "contract",
        b'data: {"error":{"code":"' + b"0" * 5000 + b'"}}\n\n',
        reason=None,
        failure="model_server_error",
    ),
]
