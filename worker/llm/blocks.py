"""Writes what models get of attached files: their texts as blocks, their pictures as data. Pure."""

from typing import Literal, NamedTuple, NotRequired, TypedDict

from chat.attachments import Attachment

ASCII_PER_TOKEN = 4
"""Characters of a token in English and code; characters of other scripts take about a token each."""

CUT = "[The rest of this file is left out, because it is too long.]"
EMPTY = "[No text was found in this file. If it is a document, its pages may be pictures.]"


class TextPart(TypedDict):
    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):
    url: str
    detail: NotRequired[str]


class ImagePart(TypedDict):
    type: Literal["image_url"]
    image_url: ImageUrl


Part = TextPart | ImagePart
"""A part of a message's content, as Chat Completions has it."""


class Block(NamedTuple):
    """What a model gets of a file. `url`: the data of a picture, "" for others."""

    text: str
    url: str = ""


def picture(attachment: Attachment, url: str) -> Block:
    """Returns the block of a picture; `url`: its data."""
    return Block(f"[Picture: {attachment.name}]", url)


def text(attachment: Attachment, content: str, characters: int, tokens: int | None) -> Block:
    """Returns the block of a file's text, of which at most so much is kept; None = any number of tokens."""
    kept = content[:characters]
    if tokens is not None:
        kept = fitting(kept, tokens)
    note = f"\n{CUT}" if len(kept) < len(content) else ""
    return Block(
        f"[File: {attachment.name}]\n{kept if kept.strip() else EMPTY}{note}\n[End of the file {attachment.name}]"
    )


def unseen(attachment: Attachment) -> Block:
    return _left_out(attachment, "this model cannot see pictures")


def too_many(attachment: Attachment) -> Block:
    return _left_out(attachment, "newer files of the conversation take the room")


def missing(attachment: Attachment) -> Block:
    return _left_out(attachment, "it cannot be read any more")


def _left_out(attachment: Attachment, reason: str) -> Block:
    kind = "Picture" if attachment.kind == "image" else "File"
    return Block(f"[{kind}: {attachment.name}; it is left out here, because {reason}.]")


def tokens_of(content: str) -> int:
    """Estimates the number of tokens of a text."""
    narrow = len(content.encode("ascii", "ignore"))
    return narrow // ASCII_PER_TOKEN + len(content) - narrow


def fitting(content: str, tokens: int) -> str:
    """Returns the beginning of the text that has about as many tokens."""
    if tokens <= 0:
        return ""
    kept = content
    while (estimate := tokens_of(kept)) > tokens:
        kept = kept[: min(len(kept) - 1, len(kept) * tokens // estimate)]
    return kept
