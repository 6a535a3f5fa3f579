"""Stores images of tools' results as files of the user, and reads them for prompts."""

import asyncio
import base64
import tempfile
from collections.abc import Sequence

import structlog

from chat.errors import HoldfastError
from chat.files.files import Files
from chat.files.preparing import Preparing
from chat.settings import Settings
from chat.store import RedisError
from chat.store.errors import note
from chat.tool_calls import IMAGE_ENDINGS, ToolImage
from chat.turn_record import Turn

MAX_SHOWN = 10
"""The newest images that a prompt has."""

logger = structlog.get_logger(__name__)


class ResultImages:
    """Keeps images. They belong to the session of their turn, and go with the reply that has them."""

    def __init__(self, files: Files, settings: Settings) -> None:
        self._files = files
        self._preparing = Preparing(settings)

    async def keep(self, turn: Turn, images: Sequence[tuple[bytes, str]]) -> list[ToolImage]:
        """Stores images, pairs of content and media type. Leaves out those that cannot be stored."""
        kept = [await self._keep_one(turn, content, type_) for content, type_ in images if type_ in IMAGE_ENDINGS]
        return [image for image in kept if image]

    async def _keep_one(self, turn: Turn, content: bytes, type_: str) -> ToolImage | None:
        name = f"result.{IMAGE_ENDINGS[type_]}"
        try:
            with tempfile.TemporaryFile() as file:
                await asyncio.to_thread(file.write, content)
                await asyncio.to_thread(file.seek, 0)
                answer = await self._preparing.read(file, IMAGE_ENDINGS[type_])
                await asyncio.to_thread(file.seek, 0)
                stored = await self._files.add(turn.user_id, name, file, len(content), answer)
            await self._files.bind(turn.user_id, turn.session_id, [stored.id])
            await self._files.settle(turn.user_id, [stored.id], is_opened=False)
        except (HoldfastError, RedisError, OSError) as error:
            logger.warning(
                "result_image_not_kept", error=error.code if isinstance(error, HoldfastError) else note(error)
            )
            return None
        return ToolImage(id=stored.id, type=stored.type, width=stored.width, height=stored.height)

    async def read(self, turn: Turn, images: Sequence[ToolImage]) -> dict[str, str]:
        """Returns data URLs of the newest images that can be read, by their ids."""
        found = dict[str, str]()
        for image in images[-MAX_SHOWN:]:
            try:
                content = await self._files.read(turn.user_id, image.id, "model")
            except HoldfastError as error:
                logger.warning("file_not_read", error=error.code)
                continue
            if content:
                encoded = await asyncio.to_thread(base64.b64encode, content)
                found[image.id] = f"data:image/jpeg;base64,{encoded.decode('ascii')}"
        return found
