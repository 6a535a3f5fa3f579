"""Tells the type of a file by its content.

Sources: the signatures are those of the formats' own specifications: ISO 10918 (JPEG), RFC 2083 (PNG), GIF89a, RFC 9649
(WebP), ISO 14496-12 (`ftyp`: HEIF and AVIF), BMP, TIFF 6.0, ISO 32000 (PDF), APPNOTE.TXT (ZIP).
"""

from typing import NamedTuple

HEAD_BYTES = 4096


class Found(NamedTuple):
    """`format`: Pillow's name of a picture's format, "" for others."""

    type: str
    format: str = ""


PICTURES = (
    (b"\xff\xd8\xff", Found("image/jpeg", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Found("image/png", "PNG")),
    (b"GIF87a", Found("image/gif", "GIF")),
    (b"GIF89a", Found("image/gif", "GIF")),
    (b"II*\0", Found("image/tiff", "TIFF")),
    (b"MM\0*", Found("image/tiff", "TIFF")),
)
BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), Found("image/heic", "HEIF")),
    **dict.fromkeys((b"avif", b"avis"), Found("image/avif", "AVIF")),
}
PDF = Found("application/pdf")
DOCX = Found("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
PDF_WITHIN = 1024
"""Readers accept a header within the first 1,024 bytes (ISO 32000-1, annex H)."""


def find(head: bytes) -> Found | None:
    """Returns the type of a file that begins with these bytes; None where it is no known one but may be a text.

    A ZIP is taken for a DOCX: whether it is one shows when it is read.
    """
    for signature, found in PICTURES:
        if head.startswith(signature):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Found("image/webp", "WEBP")
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12]) or _compatible(head)
    if head[:2] == b"BM" and head[14:18] in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return Found("image/bmp", "BMP")
    if b"%PDF-" in head[:PDF_WITHIN]:
        return PDF
    return DOCX if head.startswith(b"PK\x03\x04") else None


def _compatible(head: bytes) -> Found | None:
    """Returns the first known one of the brands with which an ISO media file says to be compatible."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    return next((BRANDS[brand] for at in range(16, size, 4) if (brand := head[at : at + 4]) in BRANDS), None)
