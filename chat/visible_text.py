"""Makes characters visible that hide others or change their order, in texts of tools that are shown. No I/O."""

import re

_ISOLATES = "\u202a-\u202e\u2066-\u2069"
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_UNSEEN = "\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff"
HIDDEN = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f{_ISOLATES}{_BLANK}{_UNSEEN}]")
"""Controls but tabs and ends of lines; what embeds, overrides or isolates a direction, is blank or has no width.

Variation selectors stay where emoji and scripts need them.
"""


def visible(text: str) -> str:
    """Returns the text with hidden characters as JSON writes them (`\\u202e`). Ends of lines become "\\n"."""
    return HIDDEN.sub(_written, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """Returns the text in one line, such as a name."""
    return visible(" ".join(text.split()))


def _written(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
