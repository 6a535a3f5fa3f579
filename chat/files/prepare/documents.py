"""Extracts the text of PDF and DOCX documents."""

import time
import zipfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from chat.files.prepare import texts
from chat.files.prepare.order import EXTRACT_SECONDS, Answer, Order, Refused
from chat.files.prepare.signatures import DOCX, PDF
from chat.files.prepare.texts import Text

if TYPE_CHECKING:  # imported where it is needed: most files are none
    from docx.document import Document

MAX_ENTRIES = 5_000
MAX_UNPACKED = 200 << 20
MAX_XML = 20 << 20
"""Limits of a DOCX, which is a ZIP: its files, their bytes in all, and those of a part that is read as XML."""

MAIN_PART = "word/document.xml"
Clock = Callable[[], float]


class Deadline:
    """Tells when no more text is read, in CPU time of this process."""

    def __init__(self, seconds: float = EXTRACT_SECONDS, clock: Clock = time.process_time) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def is_over(self) -> bool:
        return self._clock() >= self._end


def read_pdf(file: BinaryIO, order: Order) -> Answer:
    """Returns the facts and the text of a PDF. Raises `Refused` for one that is broken or has a password."""
    import pypdf
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    try:
        reader = pypdf.PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _locked()
        count, text = len(reader.pages), Text(order.max_chars)
        deadline, read = Deadline(), 0
        for page in reader.pages:
            if text.is_full or deadline.is_over or read == order.max_pages:
                text.is_cut = True
                break
            if found := page.extract_text().strip():
                text.add(f"{found}\n\n")
            read += 1
    except FileNotDecryptedError:
        raise _locked() from None
    except (PyPdfError, OSError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
        raise Refused("file_broken") from None
    except (NotImplementedError, AssertionError, RecursionError):
        raise Refused("file_broken") from None
    return texts.answer("document", PDF.type, text, count)


def read_docx(file: BinaryIO, order: Order) -> Answer:
    """Returns the facts and the text of a DOCX. Raises `Refused` for one that is broken, and for any other ZIP."""
    _check_zip(file)
    import docx
    from docx.opc.exceptions import OpcError

    file.seek(0)
    text, deadline = Text(order.max_chars), Deadline()
    try:
        for block in _blocks(docx.Document(file)):
            if text.is_full or deadline.is_over:
                text.is_cut = True
                break
            text.add(block + "\n")
    except (OpcError, SyntaxError, zipfile.BadZipFile, OSError, ValueError, LookupError, TypeError, AttributeError):
        raise Refused("file_broken") from None
    except (NotImplementedError, RecursionError, EOFError):
        raise Refused("file_broken") from None
    return texts.answer("document", DOCX.type, text)


def _blocks(document: "Document") -> Iterator[str]:
    """Yields the paragraphs, and the rows of tables with bars between their cells."""
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text.replace("\n", " ").strip() for cell in row.cells)
        else:
            yield block.text


def _check_zip(file: BinaryIO) -> None:
    """Raises `Refused` for a ZIP that is no DOCX, or would take too much memory. Unpacks nothing.

    Nothing unpacks to more than its entry says, because Python's reader stops there.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refused("file_broken") from None
    parts = {entry.filename: entry.file_size for entry in entries}
    if MAIN_PART not in parts:
        raise Refused("file_type_refused")
    xml = max((size for name, size in parts.items() if name.endswith((".xml", ".rels"))), default=0)
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED or xml > MAX_XML:
        raise Refused("file_too_large", "The document unpacks to more than this server takes. Send a part of it.")


def _locked() -> Refused:
    return Refused("file_broken", "The document has a password. Save it without one, and send that.")
