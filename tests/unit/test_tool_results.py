"""Answers of tool servers become bounded text and checked images."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
)

from tests.support.tool_server import PIXEL
from worker.tools.results import EMPTY, IMAGES, outcome_of, shortened

CHARS = 1000
PNG = base64.b64decode(PIXEL)
WEBP = b"RIFF\0\0\0\0WEBPVP8 "


def read(
    *blocks: ContentBlock, structured: object = None, is_error: bool = False
) -> tuple[str, list[tuple[bytes, str]]]:
    outcome = outcome_of(CallToolResult(content=list(blocks), structured_content=structured, is_error=is_error), CHARS)
    assert outcome.status == ("error" if is_error else "ok")
    return outcome.content, outcome.images


def image(data: bytes, media_type: str) -> ImageContent:
    return ImageContent(data=base64.b64encode(data).decode(), mime_type=media_type)


def test_texts_are_joined_by_lines() -> None:
    assert read(TextContent(text="a"), TextContent(text="b"), is_error=True) == ("a\nb", [])


def test_structured_content_is_used_only_without_text() -> None:
    assert read(structured={"ä": [1]}) == ('{"ä": [1]}', [])
    assert read(TextContent(text="one"), structured=[1]) == ("one", [])


def test_an_empty_result_says_so() -> None:
    assert read() == (EMPTY, [])


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a..", "image/gif"), (WEBP, "image/webp")],
)
def test_images_are_passed_on(data: bytes, media_type: str) -> None:
    assert read(image(data, media_type)) == ("", [(data, media_type)])
    blob = BlobResourceContents(uri="file:///a", blob=base64.b64encode(data).decode(), mime_type=media_type)
    assert read(EmbeddedResource(resource=blob)) == ("", [(data, media_type)])


@pytest.mark.parametrize(
    "block",
    [
        image(b"<svg onload=alert(1)>", "image/svg+xml"),
        image(b"<html>", "image/png"),
        image(PNG, "image/jpeg"),
        image(b"RIFF\0\0\0\0WAVE", "image/webp"),
        ImageContent(data="no base64!", mime_type="image/png"),
        AudioContent(data="AAAA", mime_type="audio/wav"),
    ],
)
def test_what_is_no_image_is_left_out_with_a_note(block: ContentBlock) -> None:
    content, images = read(block)
    assert content.startswith("[Left out: ")
    assert images == []


def test_the_number_of_images_is_bounded() -> None:
    content, images = read(*[image(PNG, "image/png")] * (IMAGES + 2))
    assert len(images) == IMAGES
    assert content.count("[Left out: ") == 2


@given(text=st.text(max_size=3000), limit=st.integers(100, 2000))
def test_a_shortened_text_fits_and_begins_alike(text: str, limit: int) -> None:
    short = shortened(text, limit)
    if len(text) <= limit:
        assert short == text.encode("utf-8", "replace").decode()
    else:
        assert len(short) == limit
        assert f"{len(text)} characters" in short


def test_half_characters_cannot_break_the_store() -> None:
    assert shortened("a\ud800b", 100).encode("utf-8") == b"a?b"
    assert json.loads('"\\ud800"') == "\ud800"
