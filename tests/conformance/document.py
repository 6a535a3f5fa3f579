"""The promises as docs/protocol.md has them."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
PROMISE = re.compile(r"^- \*\*([PR][0-9]+)\.\*\* (.+)$", re.MULTILINE)
MARK = re.compile(r"\*\((model|operator)\)\*$")
EVENT = re.compile(r"^### `(\w+)`.*?\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\| (`[^|]+`) \| ((?:string|integer|number|boolean|object|array)\b[^|]*) \|[^|]*\|$", re.MULTILINE)
AS_OF = re.compile(r"^Fields as of `(\w+)`", re.MULTILINE)
SPAN = re.compile(r"`(\w+)`")


def promises() -> dict[str, str]:
    """Each sentence by its number."""
    return dict(PROMISE.findall(DOCUMENT.read_text("utf-8")))


def marked() -> set[str]:
    """The numbers of the sentences that need more than HTTP, as a whole."""
    return {number for number, sentence in promises().items() if MARK.search(sentence)}


def event_fields() -> dict[str, dict[str, bool]]:
    """The fields of each event of section 5, and whether each is required."""
    section = DOCUMENT.read_text("utf-8").partition("\n## 5. ")[2].partition("\n## 6. ")[0]
    found: dict[str, dict[str, bool]] = {}
    for kind, text in EVENT.findall(section):
        rows = FIELD.findall(text)
        fields = {name: "*optional*" not in kinds for names, kinds in rows for name in SPAN.findall(names)}
        found[kind] = found[as_of[1]] if (as_of := AS_OF.search(text)) else fields
    return found
