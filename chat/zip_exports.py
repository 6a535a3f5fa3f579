"""Exports sessions with their files as a ZIP, piece by piece."""

import asyncio
import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing

from chat.attachments import Attachment
from chat.exports import Exports
from chat.files import names
from chat.files.files import Files
from chat.transfer.holdfast import Total
from chat.transfer.packed_files import CONTENTS, CONVERSATIONS, path_of
from chat.transfer.zip_stream import ZipStream

SHRINKING = ("image/bmp", "image/tiff")
"""Pictures that Deflate makes smaller. Others, PDF and DOCX are compressed already."""


class ZipExports:
    """Reads the sessions of one user, and the files of their messages."""

    def __init__(self, exports: Exports, files: Files) -> None:
        self._exports = exports
        self._files = files

    async def as_zip(
        self, user_id: str, session_ids: Sequence[str], total: Total, *, has_personas: bool
    ) -> AsyncGenerator[bytes]:
        """Yields the ZIP of `docs/export.md`: the JSON, the files, and the list of these. The list ends it."""
        archive, files, missing = ZipStream(), dict[str, Attachment](), set[str]()
        try:
            yield archive.begin(CONVERSATIONS, None, is_packed=False)
            async with aclosing(
                self._exports.as_json(user_id, session_ids, total, files, has_personas=has_personas)
            ) as texts:
                async for text in texts:
                    yield await asyncio.to_thread(archive.add, text.encode())
            yield archive.end()
            for file_id in files:
                async with aclosing(self._file(archive, user_id, files, file_id, missing)) as pieces:
                    async for piece in pieces:
                        yield piece
            yield archive.begin(CONTENTS, None, is_packed=False)
            yield await asyncio.to_thread(archive.add, _contents(files, missing))
            yield archive.end() + archive.finish()
        finally:
            archive.abandon()

    async def _file(
        self, archive: ZipStream, user_id: str, files: dict[str, Attachment], file_id: str, missing: set[str]
    ) -> AsyncGenerator[bytes]:
        """Yields a file's entry, and notes its size where that is not known. Adds a file that is gone to `missing`.

        Raises `FilesUnavailable`.
        """
        if (found := await self._files.original(user_id, file_id)) is None:
            missing.add(file_id)
            return
        (size, content), file = found, files[file_id]
        files[file_id] = file.model_copy(update={"size": file.size or size})
        yield archive.begin(_path(file), size, is_packed=not (file.kind == "text" or file.type in SHRINKING))
        async with aclosing(content) as pieces:
            async for piece in pieces:
                yield await asyncio.to_thread(archive.add, piece)
        yield archive.end()


def _path(file: Attachment) -> str:
    return path_of(file.id, names.portable(file.name))


def _contents(files: Mapping[str, Attachment], missing: Collection[str]) -> bytes:
    """Returns the list of the files, one per line."""
    lines = ",\n".join(json.dumps(_described(file, missing), ensure_ascii=False) for file in files.values())
    return f'{{"format":"holdfast-files","version":1,"files":[\n{lines}\n]}}\n'.encode()


def _described(file: Attachment, missing: Collection[str]) -> dict[str, object]:
    facts = {"id": file.id, "name": file.name, "type": file.type, "size": file.size}
    return facts | ({"missing": True} if file.id in missing else {"path": _path(file)})
