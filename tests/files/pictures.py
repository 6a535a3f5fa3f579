"""Makes pictures."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

from tests.files import zeros

ORIENTATION = 0x0112
RED, BLUE = (220, 20, 20), (20, 20, 220)


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, format, **options)
    return target.getvalue()


def jpeg(width: int = 64, height: int = 32, orientation: int = 1, comment: bytes = b"", **options: Any) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "A maker of cameras"
    return encoded(halves(width, height), "JPEG", exif=exif, comment=comment, **options)


def png(width: int = 64, height: int = 32) -> bytes:
    return encoded(halves(width, height), "PNG")


def of_phone(size: int) -> bytes:
    """A picture of 24 million pixels with at least `size` bytes, which was taken with the camera on its side."""
    noise = Image.effect_noise((1500, 1000), 90).resize((6000, 4000), Image.Resampling.BILINEAR)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = encoded(noise.convert("RGB"), "JPEG", quality=100, subsampling=0, exif=exif)
    return content + b"\0" * max(0, size - len(content))


def shown(content: bytes) -> Image.Image:
    """The picture as it would be shown, decoded."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def declared(width: int, height: int, rows: int = 0, mode: str = "L") -> bytes:
    """A PNG that says to be of that size and mode (L, P or RGBA), with data for some of its rows, all zeros."""
    kind, channels = {"L": (0, 1), "P": (3, 1), "RGBA": (6, 4)}[mode]
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    colours = _chunk(b"PLTE", bytes(3)) if mode == "P" else b""
    data = _chunk(b"IDAT", zeros.packed(rows * (channels * width + 1)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + colours + data + _chunk(b"IEND", b"")


def png_with_a_wrong_checksum(kind: bytes) -> bytes:
    """A PNG with an empty chunk of this type, the checksum of which is wrong."""
    content = png()
    end_of_header = 8 + 12 + 13
    return content[:end_of_header] + _chunk(kind, b"")[:-4] + b"nope" + content[end_of_header:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def gif_of(frames: int) -> bytes:
    """A GIF with that many frames of one pixel."""
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0" + frame * frames + b";"
