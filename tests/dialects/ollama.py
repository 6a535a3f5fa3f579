"""What Ollama and LM Studio send, and web interfaces before them."""

from typing import Any

from tests.dialects.case import LINES, Case, chunk, compact, events, odd, said, sse, stop, words

KEEP = (
    "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model "
    "with a larger context length, or provide a shorter input"
)
LAST = {"total_duration": 376468647, "prompt_eval_count": 23, "eval_count": 9}


def native(message: dict[str, Any], **more: Any) -> bytes:
    """A line of Ollama's own protocol."""
    line: dict[str, Any] = {"model": "m", "created_at": "2025-12-25T01:12:45.58944567Z", "done": False, **more}
    return compact({**line, "message": message}).encode() + b"\n"


CASES = [
    Case(
        "Ollama's reason is empty text until the last chunk",
        "ollama/ollama#4357",
        sse(chunk({"role": "assistant", "content": "Hel"}, ""), chunk({"content": "lo"}, ""), stop()),
        text="Hello",
    ),
    Case(
        "Ollama's reasoning beside empty content is thinking",
        "dirac-run/dirac#227",
        sse(
            chunk({"role": "assistant", "content": "", "reasoning": "We"}),
            chunk({"content": "", "reasoning": " need"}),
            words("Hello"),
            stop(),
        ),
        text="Hello",
        thinking="We need",
    ),
    Case(
        "think tags in content are thinking",
        "RooCodeInc/Roo-Code#1080",
        sse(words("<think>", "plan", "</think>", "Hi"), stop()),
        text="Hi",
        thinking="plan",
    ),
    Case(
        "Ollama's own lines give their text",
        "code-yeongyu/oh-my-openagent#1120",
        native(said("Hel")) + native(said("lo")) + native(said(""), done=True, done_reason="stop", **LAST),
        text="Hello",
        usage=(23, 9),
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "Ollama's own lines may end by length",
        "kevinhermawan/OllamaKit#33",
        native(said("A long")) + native(said(""), done=True, done_reason="length", **LAST),
        text="A long",
        reason="length",
        usage=(23, 9),
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "thinking in Ollama's own lines is thinking",
        "open-webui/docs#1394",
        native(said("", thinking="They greet."))
        + native(said("Hello"))
        + native(said(""), done=True, done_reason="stop"),
        text="Hello",
        thinking="They greet.",
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "an error in Ollama's own lines is a server error",
        "continuedev/continue#11505",
        native(said("Hel")) + b'{"error":"model requires more system memory (7.5 GiB) than is available"}\n',
        text="Hel",
        reason=None,
        failure="model_server_error",
        content_type=LINES,
    ),
    Case(
        "Ollama's own lines that break off are incomplete",
        "contract",
        native(said("Hel")) + native(said("lo")),
        text="Hello",
        reason=None,
        failure="model_incomplete",
        content_type=LINES,
    ),
    Case(
        "stop on the chunk of the reasoning does not end the reply",
        "open-webui/open-webui#16377",
        sse(chunk({"reasoning_content": "They greet."}, "stop"), words("Hel", "lo"), stop()),
        text="Hello",
        thinking="They greet.",
        oddities=odd("late_text"),
    ),
    Case(
        "stop on the first chunk does not end the reply",
        "open-webui/open-webui#23921",
        sse(chunk({"role": "assistant", "content": ""}, "stop"), words("Hel", "lo"), stop()),
        text="Hello",
        oddities=odd("late_text"),
    ),
    Case(
        "LM Studio's error event about a long prompt is known",
        "lmstudio-ai/lmstudio-bug-tracker#2205",
        b"event: error\n" + events({"error": {"message": KEEP}}),
        reason=None,
        failure="model_context_too_long",
    ),
    Case(
        "an error of plain text about a long prompt is known",
        "Gitlawb/openclaude#353",
        events({"error": f"{KEEP}."}),
        reason=None,
        failure="model_context_too_long",
    ),
]
