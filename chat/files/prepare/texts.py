"""Reads texts in any format: Markdown, code, CSV, HTML, SVG, logs. None of it is ever shown as a page or a picture."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from chat.files.prepare.order import Answer, Order, Refused

PIECE_BYTES = 1 << 20

TYPES = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
}
"""Types by the ending of a name, which say nothing but how a page may label the text."""

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
WIDE_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NARROW = ("utf-8", "gb18030", "cp1252")
"""Encodings of texts without a mark, in the order in which they are tried."""

WIDE = re.compile(r"[^\x00-\x7f]")
WESTERN = re.compile(
    r"[\ue000-\uf8ff]"
    r"|(?<![^\x00-\x7f])[\u3400-\u9fff](?=[A-Za-z])"
    r"|(?<=[A-Za-z])[\u3400-\u9fff](?![^\x00-\x7f]|[A-Za-z])"
)
"""What GB 18030 makes of Western words: an accented letter and the next one become one character, which is for private
use, or stands alone next to a Latin letter."""

CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
"""What texts do not have; an escape character begins the colours of a log."""

FEW = 0.001
"""Up to this share of such characters the file is a text all the same."""


class Text:
    """Collects a text up to a number of characters, and counts all of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[str] = []
        self._kept = 0
        self.is_cut = False

    def add(self, piece: str) -> None:
        room = self._most - self._kept
        self.is_cut = self.is_cut or len(piece) > room
        if room > 0 and piece:
            self._pieces.append(piece[:room])
            self._kept += len(self._pieces[-1])

    @property
    def is_full(self) -> bool:
        return self._kept >= self._most

    def value(self) -> str:
        return CONTROLS.sub("", "".join(self._pieces).replace("\r\n", "\n"))


def read(file: BinaryIO, order: Order) -> Answer:
    """Returns the text's facts with the text that models get. Raises `Refused` for what is no text."""
    file.seek(0)
    head = file.read(4)
    encodings = [name for mark, name in (*MARKS, *WIDE_MARKS) if head.startswith(mark)][:1] or NARROW
    for encoding in encodings:
        if (text := _decoded(file, encoding, order)) is not None:
            return answer("text", TYPES.get(order.ending, "text/plain"), text)
    raise Refused("file_type_refused")


def _decoded(file: BinaryIO, encoding: str, order: Order) -> Text | None:
    """Reads the whole file, a piece at a time. Returns None where it is not in the encoding, or no text."""
    text, controls, characters, wide, western = Text(order.max_chars), 0, 0, 0, 0
    try:
        for piece in _pieces(file, encoding):
            if "\0" in piece:
                return None
            controls += len(CONTROLS.findall(piece))
            characters += len(piece)
            if encoding == "gb18030":
                wide += len(WIDE.findall(piece))
                western += len(WESTERN.findall(piece))
            text.add(piece)
    except UnicodeError:
        return None
    return text if controls <= characters * FEW and western * 2 <= wide else None


def _pieces(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    file.seek(0)
    while content := file.read(PIECE_BYTES):
        yield decoder.decode(content)
    yield decoder.decode(b"", final=True)


CUT = "\n[The rest of this file is left out, because it is too long.]"


def answer(kind: str, type: str, text: Text, pages: int | None = None) -> Answer:
    """Returns the answer for a text, or for the text of a document."""
    value = text.value()
    if not value.strip():
        value = ""
    facts = {"kind": kind, "type": type, "characters": len(value)}
    if pages is not None:
        facts["pages"] = pages
    if text.is_cut:
        facts["cut"] = True
        value = value.rstrip() + CUT
    return Answer(facts, {"text": value.encode("utf-8", "ignore")})
