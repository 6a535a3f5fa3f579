"""Copies a PNG without what is not needed to draw it (PNG, third edition, 5.4: ancillary chunks). Pure."""

import io
import struct
from typing import BinaryIO

SIGNATURE_BYTES = 8
HEAD_BYTES = 8
CHECKSUM_BYTES = 4
KEPT = b"tRNS"
"""The ancillary chunk that changes what is seen: transparency."""

ANCILLARY = 0x20
"""The bit of a type's first letter that marks a chunk as ancillary."""


def essential(file: BinaryIO) -> BinaryIO:
    """Returns the PNG without its colour profile, metadata and other ancillary chunks, whose checksums may be wrong."""
    file.seek(0)
    copy = io.BytesIO()
    copy.write(file.read(SIGNATURE_BYTES))
    while len(head := file.read(HEAD_BYTES)) == HEAD_BYTES:
        length, kind = struct.unpack(">I4s", head)
        if kind[0] & ANCILLARY and kind != KEPT:
            file.seek(length + CHECKSUM_BYTES, io.SEEK_CUR)
        else:
            copy.write(head + file.read(length + CHECKSUM_BYTES))
    copy.seek(0)
    return copy
