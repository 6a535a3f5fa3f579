"""Cleans the names of files. A name is shown, sent to models and given to what a user downloads; here no file is stored
under it."""

import re
import unicodedata

MAX_CHARS = 120
MAX_ENDING = 12
UNNAMED = "file"

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that could hide how a name ends, such as those that change the direction of writing."""

ENDING = re.compile(rf"\.([A-Za-z0-9]{{1,{MAX_ENDING}}})$")

UNPORTABLE = re.compile(r'[<>:"/\\|?*]')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""What Windows takes in no name, and the names of its devices."""

MAX_BYTES = 200
"""File systems take names of 255 bytes."""


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


def portable(name: str) -> str:
    """Returns a name that every usual file system takes and shows, with the same ending."""
    plain = UNPORTABLE.sub("_", clean(name)).rstrip(". ")
    plain = f"_{plain}" if RESERVED.match(plain) or plain.startswith(".") else plain
    ending = ENDING.search(plain)
    kept = ending[0] if ending else ""
    stem = plain.removesuffix(kept).encode()[: MAX_BYTES - len(kept)].decode(errors="ignore")
    return stem + kept
