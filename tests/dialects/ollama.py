"""Responses of Ollama and LM Studio, and of web interfaces in front of them."""

from typing import Any

from tests.dialects.case import LINES, Case, assistant, chunk, compact, events, odd, sse, stop, words

TOO_LONG = (
    "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model "
    "with a larger context length, or provide a shorter input"
)
LAST = {"total_duration": 376468647, "prompt_eval_count": 23, "eval_count": 9}


def native(message: dict[str, Any], **more: Any) -> bytes:
    """Returns a line of Ollama's native protocol."""
    line: dict[str, Any] = {"model": "m", "created_at": "2025-12-25T01:12:45.58944567Z", "done": False, **more}
    return compact({**line, "message": message}).encode() + b"\n"


CASES = [
    Case(
        "Ollama's empty reasons before the last chunk are ignored",
        "ollama/ollama#4357",
        sse(chunk({"role": "assistant", "content": "Hel"}, ""), chunk({"content": "lo"}, ""), stop()),
        text="Hello",
    ),
    Case(
        "Ollama's reasoning with empty content is thinking",
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
        "Ollama's native lines give their text",
        "code-yeongyu/oh-my-openagent#1120",
        native(assistant("Hel"))
        + native(assistant("lo"))
        + native(assistant(""), done=True, done_reason="stop", **LAST),
        text="Hello",
        usage=(23, 9),
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "Ollama's native lines that end by length are length",
        "kevinhermawan/OllamaKit#33",
        native(assistant("A long")) + native(assistant(""), done=True, done_reason="length", **LAST),
        text="A long",
        reason="length",
        usage=(23, 9),
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "thinking in Ollama's native lines is thinking",
        "open-webui/docs#1394",
        native(assistant("", thinking="They greet."))
        + native(assistant("Hello"))
        + native(assistant(""), done=True, done_reason="stop"),
        text="Hello",
        thinking="They greet.",
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "an error in Ollama's native lines is a server error",
        "continuedev/continue#11505",
        native(assistant("Hel")) + b'{"error":"model requires more system memory (7.5 GiB) than is available"}\n',
        text="Hel",
        reason=None,
        failure="model_server_error",
        content_type=LINES,
    ),
    Case(
        "Ollama's native lines that break off are incomplete",
        "contract",
        native(assistant("Hel")) + native(assistant("lo")),
        text="Hello",
        reason=None,
        failure="model_incomplete",
        content_type=LINES,
    ),
    Case(
        "stop on the reasoning's chunk does not end the reply",
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
        "LM Studio's error event on a long prompt is recognised",
        "lmstudio-ai/lmstudio-bug-tracker#2205",
        b"event: error\n" + events({"error": {"message": TOO_LONG}}),
        reason=None,
        failure="model_context_too_long",
    ),
    Case(
        "an error of plain text on a long prompt is recognised",
        "Gitlawb/openclaude#353",
        events({"error": f"{TOO_LONG}."}),
        reason=None,
        failure="model_context_too_long",
    ),
]
