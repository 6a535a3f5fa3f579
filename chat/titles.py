"""Makes session titles of one short line. No I/O."""

import re

TITLE_CHARS = 60
"""The length that fits into the sidebar."""

MAX_ANSWER_CHARS = 3 * TITLE_CHARS
"""A longer first line of a model's answer is not a title."""

_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_LABEL = re.compile(r"\A(?:title|标题)\s*[:：]\s*", re.IGNORECASE)
_WRAPPING = " \t\"'`*#_.。“”‘’「」『』《》"


def from_question(question: str) -> str:
    """Returns the first words of a question."""
    return _shortened(question[: TITLE_CHARS * 4])


def from_model(answer: str) -> str:
    """Returns the title in a model's answer, without thinking, label and markup; "" where there is none."""
    lines = _THINKING.sub("", answer).strip().splitlines()
    line = lines[0] if lines else ""
    title = _LABEL.sub("", line.strip(_WRAPPING), count=1).strip(_WRAPPING)
    return "" if len(title) > MAX_ANSWER_CHARS else _shortened(title)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1] + "…"
