"""Makes PDF and DOCX documents."""

import io
import zipfile
from collections.abc import Sequence

import docx

from tests.files import zeros

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
BODY = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    "{text}</w:t></w:r></w:p></w:body></w:document>"
)


def pdf(pages: Sequence[str]) -> bytes:
    """A PDF with a line of text on each page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = list[str]()
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        kids.append(f"{len(objects) + 1} 0 R")
        content = f"{len(objects) + 2} 0 R"
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {font} /Contents {content} >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    return pdf_of(objects)


def pdf_of(objects: Sequence[str]) -> bytes:
    """A PDF with these objects, of which the first one is the catalogue."""
    target, offsets = io.BytesIO(b"%PDF-1.7\n"), list[int]()
    target.seek(0, io.SEEK_END)
    for number, content in enumerate(objects, 1):
        offsets.append(target.tell())
        target.write(f"{number} 0 obj\n{content}\nendobj\n".encode())
    start = target.tell()
    entries = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    target.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}".encode())
    target.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return target.getvalue()


def looping_pdf() -> bytes:
    """A PDF whose pages contain themselves."""
    pages = "<< /Type /Pages /Count 9999999 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"
    return pdf_of(["<< /Type /Catalog /Pages 2 0 R >>", pages])


def nested_pdf() -> bytes:
    """A PDF with 200,000 lists in one another."""
    depth = 200_000
    catalogue = f"<< /Type /Catalog /Pages 2 0 R /Deep {'[' * depth}{']' * depth} >>"
    return pdf_of([catalogue, "<< /Type /Pages /Count 0 /Kids [] >>"])


def unpacking_pdf(megabytes: int) -> bytes:
    """A PDF with a page whose content unpacks to so much."""
    data = zeros.packed(megabytes << 20)
    content = b"4 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\nendobj\nxref\n" % (
        len(data),
        data,
    )
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page]
    return pdf_of(objects).replace(b"xref\n", content, 1)


def word(paragraphs: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A DOCX with these paragraphs, and a table."""
    document, target = docx.Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    document.save(target)
    return target.getvalue()


def word_of(body: str | bytes, more: int = 0) -> bytes:
    """A DOCX with this main part, and a part of `more` zeros, which compress two hundredfold."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", body)
        if more:
            archive.writestr("word/media/zeros.bin", bytes(more), compresslevel=1)
    return target.getvalue()


def laughing_word() -> bytes:
    """A DOCX whose XML defines entities that would grow to gigabytes."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY e0 "ha">{entities}]>'
    return word_of(head + BODY.format(text="&e11;"))
