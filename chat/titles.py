"""Pure: titles of sessions, each one short line."""

import re

TITLE_CHARS = 60
"""What a sidebar can show."""

RAMBLING = 3 * TITLE_CHARS
"""A model that says more than this did not give a title."""

_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_LABEL = re.compile(r"\A(?:title|标题)\s*[:：]\s*", re.IGNORECASE)
_WRAPPING = " \t\"'`*#_.。“”‘’「」『』《》"


def from_question(question: str) -> str:
    """The first words of a question."""
    return _shortened(question[: TITLE_CHARS * 4])


def from_model(answer: str) -> str:
    """The title in a model's answer, without the decoration that models are fond of; "" where there is none."""
    lines = _THOUGHTS.sub("", answer).strip().splitlines()
    line = lines[0] if lines else ""
    title = _LABEL.sub("", line.strip(_WRAPPING), count=1).strip(_WRAPPING)
    return "" if len(title) > RAMBLING else _shortened(title)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1] + "…"
