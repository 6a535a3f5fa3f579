"""Texts in fields that no known server uses, but that the decoder still reads."""

from typing import Any

from tests.dialects.case import assistant, chunk, compact, odd, reads, stop, words

PIECES: dict[str, dict[str, Any]] = {
    "a delta without choices": {"delta": {"content": "Hello"}},
    "a delta of text without choices": {"delta": "Hello"},
    "a text without choices": {"text": "Hello"},
    "an answer without choices": {"answer": "Hello"},
    "an output without choices": {"output": "Hello"},
    "content in data": {"code": 0, "data": {"content": "Hello"}},
    "data of the type content": {"type": "content", "data": "Hello"},
    "a completion without choices": {"completion": "Hello"},
    "a reply without choices": {"reply": "Hello"},
    "text in a payload": {"payload": {"text": "Hello"}},
    "text in a body": {"body": {"text": "Hello"}},
    "a generated text in a result": {"result": {"generated_text": "Hello"}},
    "text at the start of a block": {
        "type": "content_block_start",
        "content_block": {"type": "text", "text": "Hello"},
    },
}

CASES = [
    *(reads(f"{name} is the text", "contract", {**piece, "id": 1}, done=True) for name, piece in PIECES.items()),
    reads(
        "a repeated piece of text is kept twice",
        "contract",
        {"delta": "ha", "done": False},
        {"delta": "ha", "done": True},
        text="haha",
    ),
    reads("choices keyed by number are read", "contract", {"choices": {"0": {"delta": {"content": "Hello"}}}}, stop()),
    reads("a choice outside a list is read", "contract", {"choices": {"delta": {"content": "Hello"}}}, stop()),
    reads("choices that are texts are the text", "contract", {"choices": ["Hel"]}, {"choices": ["lo"]}, stop()),
    reads("choices in a list of lists are read", "contract", {"choices": [words("Hello")[0]["choices"]]}, stop()),
    reads("content of the choice is the text", "contract", {"choices": [{"content": "Hello"}]}, stop()),
    reads("a message that is text is the text", "contract", {"choices": [{"message": "Hello"}]}, stop()),
    reads("a message in the delta is the text", "contract", chunk({"message": assistant("Hello")}), stop()),
    reads(
        "a part with its text in content is text",
        "contract",
        words([{"type": "text", "text": "", "content": "Hello"}]),
        stop(),
    ),
    reads(
        "a thinking part with empty text is thinking",
        "contract",
        words([{"type": "thinking", "thinking": "plan", "text": ""}, {"text": "Hello"}]),
        stop(),
        thinking="plan",
    ),
    reads(
        "finishReason is taken where finish_reason is empty",
        "contract",
        words("Hello"),
        chunk({}, "", choice={"finishReason": "MAX_TOKENS"}),
        reason="length",
    ),
    reads("choices in a result are read", "contract", {"result": words("Hello")[0]}, done=True),
    reads("choices in a body are read", "contract", {"body": words("Hello")[0]}, done=True),
    reads(
        "content next to an empty delta is the text",
        "contract",
        {"choices": [{"delta": {}, "content": "Hello"}]},
        stop(),
    ),
    reads(
        "the transcript of a part is the text", "contract", words([{"type": "audio", "transcript": "Hello"}]), stop()
    ),
    reads("the data of an image is ignored", "contract", words([{"type": "image", "data": "iVBO"}], "Hello"), stop()),
    reads("a stop_reason in an item ends the reply", "contract", {"item": {"text": "Hello", "stop_reason": "stop"}}),
    reads("content keyed by number is the text", "contract", words({"0": "Hel", "1": "lo"}), stop()),
    reads(
        "two pieces of one choice in a chunk are the text",
        "contract",
        {"choices": [{"index": 0, "delta": {"content": piece}} for piece in ("Hel", "lo")]},
        stop(),
        oddities=odd("choice"),
    ),
    reads(
        "an error without message and code is ignored",
        "contract",
        chunk({"content": "Hello"}, error={"message": "", "code": 0}),
        stop(),
    ),
    *(
        reads(f"{name} is the text", "contract", {"choices": [choice]}, stop())
        for name, choice in {
            "Content in capitals": {"delta": {"Content": "Hello"}},
            "a Delta in capitals": {"Delta": {"Content": "Hello"}},
            "a value in the delta": {"delta": {"value": "Hello"}},
            "a delta in a delta": {"delta": {"delta": {"content": "Hello"}}},
        }.items()
    ),
    reads("a field named choice is read", "contract", {"choice": {"delta": {"content": "Hello"}}}, stop()),
    reads("a chunk in a chunk is read", "contract", {"chunk": words("Hello")[0]}, stop()),
    reads("a payload as JSON text in data is read", "contract", {"data": compact(words("Hello")[0])}, stop()),
    reads(
        "thinking in the choice is thinking",
        "contract",
        {"choices": [{"delta": {}, "reasoning_content": "plan"}]},
        words("Hello"),
        stop(),
        thinking="plan",
    ),
    reads(
        "a reason next to the choices is taken",
        "contract",
        {**words("Hello")[0], "finish_reason": "length"},
        reason="length",
    ),
]
