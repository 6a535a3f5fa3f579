"""Cleans the names of files. A name is shown and sent to models; it never becomes a part of a path."""

import re
import unicodedata

MAX_CHARS = 120
MAX_ENDING = 12
UNNAMED = "file"

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that could hide how a name ends, such as those that change the direction of writing."""

ENDING = re.compile(r"\.([A-Za-z0-9]{1,12})$")


def clean(given: str | None) -> str:
    """Returns the last part of a path, without invisible characters, at most `MAX_CHARS` long."""
    last = re.split(r"[/\\]", given or "")[-1]
    visible = "".join(each if unicodedata.category(each) not in INVISIBLE else " " for each in last)
    name = " ".join(visible.split())
    if not name.strip(". "):
        return UNNAMED
    if len(name) <= MAX_CHARS:
        return name
    ending = ENDING.search(name)
    kept = ending[0] if ending else ""
    return name[: MAX_CHARS - len(kept) - 1].rstrip() + "…" + kept


def ending_of(name: str) -> str:
    """Returns the name's ending in lower case without the dot; "" if it has none."""
    found = ENDING.search(name)
    return found[1].lower() if found else ""
