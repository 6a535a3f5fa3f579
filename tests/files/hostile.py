"""The hostile set: files that try to take memory or time, to run, or to be taken for something else."""

from collections.abc import Callable
from typing import NamedTuple

from tests.files import documents, pictures

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"
RIGHT_TO_LEFT = "\u202e"


class Hostile(NamedTuple):
    """A file, and what becomes of it: the code of an error, or a kind. `name`: as it is stored, if it is."""

    given: str
    make: Callable[[], bytes]
    outcome: str
    name: str = ""


FILES: dict[str, Hostile] = {
    "decompression bomb": Hostile("a.png", lambda: pictures.declared(20_000, 20_000, 20_000), "file_too_large"),
    "huge dimensions without data": Hostile("b.png", lambda: pictures.declared(2**31 - 1, 2**31 - 1), "file_too_large"),
    "ZIP bomb as DOCX": Hostile("c.docx", lambda: documents.word_of("<x/>", 300 << 20), "file_too_large"),
    "billion laughs as DOCX": Hostile("d.docx", documents.laughing_word, "file_broken"),
    "broken PDF": Hostile("e.pdf", lambda: documents.pdf(["text"])[:200], "file_broken"),
    "PDF with loops": Hostile("f.pdf", documents.looping_pdf, "file_broken"),
    "PDF with 200,000 lists in one another": Hostile("n.pdf", documents.nested_pdf, "file_broken"),
    "PDF that unpacks to 300 MB": Hostile("o.pdf", lambda: documents.unpacking_pdf(300), "file_broken"),
    "SVG with a script": Hostile("g.svg", lambda: SVG, "text", "g.svg"),
    "JPEG and HTML in one": Hostile("h.html", lambda: pictures.jpeg(comment=SCRIPT) + SCRIPT, "image", "h.html"),
    "GIF of 50,000 frames": Hostile("i.gif", lambda: pictures.gif_of(50_000), "image", "i.gif"),
    "JPEG that is cut off": Hostile("j.jpg", lambda: pictures.jpeg(800, 800, quality=95)[:2_000], "file_broken"),
    "path as a name": Hostile("../../etc/passwd", lambda: b"root:x:0:0", "text", "passwd"),
    "hidden ending": Hostile(f"photo{RIGHT_TO_LEFT}gpj.exe\x07", lambda: b"MZ\0\0", "file_type_refused"),
    "name with invisible characters": Hostile(f"a{RIGHT_TO_LEFT}b\u200bc.txt", lambda: b"words", "text", "a b c.txt"),
    "empty file": Hostile("k.txt", lambda: b"", "file_broken"),
    "wrong ending": Hostile("l.pdf", pictures.png, "image", "l.pdf"),
    "text with NULs": Hostile("m.txt", lambda: b"word\0word " * 1000, "file_type_refused"),
}
"""By what they try."""
