"""Reads token counts, in the fields and forms that servers use."""

from typing import Any

from chat.usage import Usage

MAX_COUNT = 2**53
PROMPT = ("prompt_tokens", "input_tokens", "prompt_eval_count", "prompt_token_count")
COMPLETION = ("completion_tokens", "output_tokens", "eval_count", "candidates_token_count")
TOTAL = ("total_tokens", "total_token_count")
"""Names of OpenAI, Anthropic, Ollama's own interface, and Gemini."""


def usage_of(data: dict[str, Any], choice: dict[str, Any]) -> Any:
    """Returns the counts as the server wrote them, or None. Kimi sends them in the choice, Groq in `x_groq`."""
    usage = data.get("usage") or choice.get("usage")
    if not usage and isinstance(groq := data.get("x_groq"), dict):
        usage = groq.get("usage")
    return usage or None


def parsed(usage: Any) -> Usage | None:
    """Returns the counts; None if one cannot be a count of tokens."""
    if not isinstance(usage, dict):
        return None
    prompt, completion, total = (_first(usage, names) for names in (PROMPT, COMPLETION, TOTAL))
    if prompt is None or completion is None or total is None:
        return None
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=total or prompt + completion)


def _first(usage: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """Returns the first value among the names, 0 without any; None if it is not a count."""
    value = next((usage[name] for name in names if usage.get(name) is not None), 0)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:20])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MAX_COUNT and value == int(value) else None
