"""Reads what models get of the files in a conversation, within bounds."""

import asyncio
import base64
from collections.abc import Sequence

import structlog

from chat.attachments import Attachment
from chat.files.errors import FilesUnavailable, UnknownFile
from chat.files.files import Files
from chat.files.vision import can_see
from chat.messages import Message
from chat.settings import Settings
from worker.llm import blocks
from worker.llm.blocks import Block
from worker.tools.calls import AttachedText

MAX_FILES = 20
MAX_PICTURES = 10
MAX_PICTURE_BYTES = 4 << 20
"""The newest files that a prompt has, the pictures among them, and the bytes of these together."""

MAX_TEXT_CHARS = 1_000_000
"""Characters of all files that go with one call of a tool."""

READ_SECONDS = 15.0
"""Time for reading all files of a prompt. What has not arrived by then is left out: the reply must not wait for it."""

READS = 4
"""Objects that are read for a prompt at the same time."""

MIN_TOKENS = 100
"""Room for text below which a file is left out."""

logger = structlog.get_logger(__name__)

Found = tuple[str, Attachment]
"""The id of a message, and one of its files."""


class AttachedFiles:
    """Reads files of turns. No read blocks the event loop, and none fails a turn."""

    def __init__(self, files: Files, settings: Settings) -> None:
        self._files = files
        self._settings = settings

    async def read(self, user_id: str, model_id: str, messages: Sequence[Message]) -> dict[str, list[Block]]:
        """Returns the blocks of each message with files; `messages` oldest first.

        The newest files come first where room is short. A file that is gone, or cannot be read now, is a sentence.
        """
        newest = [(message.id, each) for message in reversed(messages) for each in message.attachments or ()]
        if not newest:
            return {}
        model = self._settings.catalog.find(model_id)
        sees = can_see(self._settings, model_id)
        contents = await self._contents(user_id, newest[:MAX_FILES], sees=sees)
        # Half of what the model can read is left for the conversation and the reply.
        tokens = model.context_length // 2 if model and model.context_length else None
        room = _Room(self._settings.max_file_text_chars, tokens)
        found = dict[str, list[Block]]()
        for position, (message_id, attachment) in enumerate(newest):
            if attachment.kind == "image" and not sees:
                block = blocks.unseen(attachment)
            elif position >= len(contents):
                block = blocks.too_many(attachment)
            else:
                block = await room.block(attachment, contents[position])
            found.setdefault(message_id, []).append(block)
        return found

    async def texts(self, user_id: str, messages: Sequence[Message]) -> list[AttachedText]:
        """Returns the texts of the newest files of the messages, for tools that read them; pictures have none."""
        files = [(message.id, each) for message in reversed(messages) for each in message.attachments or ()]
        newest = [found for found in files if found[1].kind != "image"][:MAX_FILES]
        texts, left = list[AttachedText](), MAX_TEXT_CHARS
        for (_, attachment), content in zip(newest, await self._contents(user_id, newest, sees=False), strict=True):
            text = (content or b"").decode("utf-8", "ignore")[:left]
            left -= len(text)
            if text:
                texts.append(AttachedText(attachment.name, attachment.type, text))
        return texts

    async def _contents(self, user_id: str, files: Sequence[Found], *, sees: bool) -> list[bytes | None]:
        reading, end = asyncio.Semaphore(READS), asyncio.get_running_loop().time() + READ_SECONDS

        async def read(attachment: Attachment) -> bytes | None:
            if attachment.kind == "image" and not sees:
                return None
            try:
                async with asyncio.timeout_at(end), reading:
                    return await self._content(user_id, attachment)
            except TimeoutError:
                logger.warning("file_not_read", error="timeout")
                return None

        return await asyncio.gather(*(read(attachment) for _, attachment in files))

    async def _content(self, user_id: str, attachment: Attachment) -> bytes | None:
        try:
            return await self._files.read(user_id, attachment.id, "model" if attachment.kind == "image" else "text")
        except (FilesUnavailable, UnknownFile) as error:
            logger.warning("file_not_read", error=error.code)
            return None


class _Room:
    """What a prompt has room for; the files that are asked for first take it."""

    def __init__(self, characters: int, tokens: int | None) -> None:
        self._characters = characters
        self._tokens = tokens
        self._bytes = MAX_PICTURE_BYTES
        self._pictures = MAX_PICTURES

    async def block(self, attachment: Attachment, content: bytes | None) -> Block:
        if content is None:
            return blocks.missing(attachment)
        if attachment.kind == "image":
            return await self._picture(attachment, content)
        if self._characters <= 0 or (self._tokens is not None and self._tokens < MIN_TOKENS):
            return blocks.too_many(attachment)
        block = blocks.text(attachment, content.decode("utf-8", "ignore"), self._characters, self._tokens)
        self._characters -= len(block.text)
        if self._tokens is not None:
            self._tokens -= blocks.tokens_of(block.text)
        return block

    async def _picture(self, attachment: Attachment, content: bytes) -> Block:
        if not self._pictures or len(content) > self._bytes:
            return blocks.too_many(attachment)
        self._pictures -= 1
        self._bytes -= len(content)
        return blocks.picture(attachment, await asyncio.to_thread(_data_url, content))


def _data_url(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"
