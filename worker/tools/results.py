"""Turns the answers of tool servers into results for the model and the user. Pure."""

import base64
import binascii
import json

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
)

from worker.tools.calls import Outcome

IMAGES = 8
"""Images of one result."""

SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
"""First bytes of the images that are passed on."""

CUT = "\n[Cut: the result has {} characters, of which these are the first.]"
EMPTY = "The tool returned nothing."


def outcome_of(result: CallToolResult, max_chars: int) -> Outcome:
    """Returns the result of a call: its texts, otherwise its structured content as JSON; and its images."""
    texts, images = list[str](), list[tuple[bytes, str]]()
    for block in result.content:
        image = _image(block) if len(images) < IMAGES else None
        if image:
            images.append(image)
        elif text := _text(block):
            texts.append(text)
    if not texts and result.structured_content is not None:
        texts.append(json.dumps(result.structured_content, ensure_ascii=False))
    text = "\n".join(texts)
    if not text and not images:
        text = EMPTY
    return Outcome("error" if result.is_error else "ok", shortened(text, max_chars), images)


def shortened(text: str, max_chars: int) -> str:
    """Returns at most that many characters, with a note where some are left out; fit for UTF-8."""
    if len(text) > max_chars:
        note = CUT.format(len(text))
        text = text[: max_chars - len(note)] + note
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(block: ContentBlock) -> str:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, ResourceLink):
        about = f": {block.description}" if block.description else ""
        return f"{block.title or block.name} ({block.uri}){about}"
    if isinstance(block, EmbeddedResource) and not isinstance(block.resource, BlobResourceContents):
        return f"{block.resource.uri}:\n{block.resource.text}"
    return f"[Left out: {_kind(block)}]"


def _kind(block: ContentBlock) -> str:
    """Names what cannot be shown."""
    if isinstance(block, EmbeddedResource):
        return f"the contents of {block.resource.uri}, {block.resource.mime_type or 'of an unknown type'}"
    if isinstance(block, AudioContent):
        return "a sound"
    return "an image that is not shown: only PNG, JPEG, GIF and WebP are, up to " + str(IMAGES)


def _image(block: ContentBlock) -> tuple[bytes, str] | None:
    """Returns bytes and media type of an image; None for anything else, or where the bytes are of another type."""
    if isinstance(block, ImageContent):
        return _decoded(block.data, block.mime_type)
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, BlobResourceContents):
        return _decoded(block.resource.blob, block.resource.mime_type or "")
    return None


def _decoded(data: str, media_type: str) -> tuple[bytes, str] | None:
    if media_type not in SIGNATURES:
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    is_whole = content[8:12] == b"WEBP" if media_type == "image/webp" else True
    return (content, media_type) if content.startswith(SIGNATURES[media_type]) and is_whole else None
