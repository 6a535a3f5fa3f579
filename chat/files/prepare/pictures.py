"""Makes of a picture what models and pages get: upright, scaled, and without metadata."""

import io
import warnings
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from chat.files.prepare import png_chunks
from chat.files.prepare.order import Answer, Order, Refused
from chat.files.prepare.signatures import Found

MODEL_SIDE = 2048
"""The longest side, in pixels, that models get. The common ones scale larger pictures down to this or less."""

PREVIEW_SIDE = 512
ROWS = 64
"""Rows that are converted at a time."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is turned (CIPA DC-008): from 5 on its sides are exchanged."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MODEL_QUALITY = 85
PREVIEW_QUALITY = 75

BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError)
"""What Pillow raises for pictures that it cannot read."""


def read(file: BinaryIO, found: Found, order: Order) -> Answer:
    """Returns the picture's facts with its forms. Only the first picture of an animation is read.

    Raises `Refused` for one that is broken, or has more than `order.max_pixels`.
    """
    if found.format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = order.max_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        try:
            return _readable_forms(file, found, order)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large(order) from None
        except BROKEN:
            raise Refused("file_broken") from None


def _readable_forms(file: BinaryIO, found: Found, order: Order) -> Answer:
    """Returns the forms. A PNG that only its metadata makes unreadable is read without them, as browsers do."""
    try:
        return _forms(file, found, order)
    except UnidentifiedImageError:
        if found.format != "PNG":
            raise
        return _forms(png_chunks.essential(file), found, order)


def _forms(file: BinaryIO, found: Found, order: Order) -> Answer:
    with Image.open(file, formats=[found.format]) as opened:
        width, height = opened.size
        if width * height > order.max_pixels:
            raise _too_large(order)
        orientation = opened.getexif().get(ORIENTATION, 1)
        opened.draft("RGB", (MODEL_SIDE, MODEL_SIDE))  # a large JPEG is decoded at a part of its size
        opaque = _scaled(opened, MODEL_SIDE)
    if orientation in UPRIGHT:
        opaque = opaque.transpose(UPRIGHT[orientation])
    if orientation in range(5, 9):
        width, height = height, width
    small = _scaled(opaque, PREVIEW_SIDE)
    facts: dict[str, Any] = {
        "kind": "image",
        "type": found.type,
        "width": width,
        "height": height,
    }
    return Answer(
        facts,
        {
            "model": _encoded(opaque, "JPEG", quality=MODEL_QUALITY, optimize=True),
            "preview": _encoded(small, "WEBP", quality=PREVIEW_QUALITY),
        },
    )


def _scaled(picture: Image.Image, side: int) -> Image.Image:
    """Returns the picture in RGB, with no side longer than that.

    Its rows are converted and scaled some at a time, so that only one picture of full size is in memory. The result is
    that of scaling the whole: Pillow scales the width first as well.
    """
    scale = min(1.0, side / max(picture.size))
    width, height = (max(1, round(length * scale)) for length in picture.size)
    narrow = Image.new("RGB", (width, picture.height))
    for top in range(0, picture.height, ROWS):
        rows = picture.crop((0, top, picture.width, min(top + ROWS, picture.height)))
        rows = _opaque(rows).resize((width, rows.height), Image.Resampling.LANCZOS)
        narrow.paste(rows, (0, top))
    return narrow.resize((width, height), Image.Resampling.LANCZOS)


def _opaque(picture: Image.Image) -> Image.Image:
    """Returns the picture in RGB, on white where it is transparent."""
    if picture.mode in ("I", "I;16", "I;16B", "F"):
        picture = picture.point(lambda value: value / 256).convert("L") if picture.mode != "F" else picture.convert("L")
    if picture.mode in ("P", "1", "PA"):
        picture = picture.convert("RGBA")
    if picture.mode in ("RGBA", "LA", "La", "RGBa"):
        alpha = picture.convert("RGBA")
        picture = Image.new("RGB", alpha.size, "white")
        picture.paste(alpha, mask=alpha.getchannel("A"))
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    bare = picture.copy()
    bare.info = {}
    bare.save(target, format, **options)
    return target.getvalue()


def _too_large(order: Order) -> Refused:
    return Refused(
        "file_too_large",
        f"The picture has more than {order.max_pixels // 1_000_000} million pixels. Scale it down and send it again.",
    )
