"""Imports the files of conversations: each is checked and stored as one that is uploaded."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.uploads import Uploads
from chat.attachments import Attachment
from chat.errors import HoldfastError
from chat.files.errors import FileBroken, FileQuotaReached, FilesUnavailable, FileTooLarge, FileTypeRefused
from chat.files.files import Files
from chat.files.objects import OFF
from chat.settings import Settings
from chat.store import RedisError
from chat.transfer.conversation import Conversation
from chat.transfer.packed_files import PackedFiles

REFUSALS = (FileTooLarge, FileTypeRefused, FileBroken, FileQuotaReached)
"""Why a file is left out. Anything else breaks the import off: a repetition may succeed."""

Line = dict[str, object]

logger = structlog.get_logger(__name__)


class FileImports:
    def __init__(self, settings: Settings, files: Files, uploads: Uploads) -> None:
        self._settings = settings
        self._files = files
        self._uploads = uploads

    @asynccontextmanager
    async def begin(self, user_id: str, packed: PackedFiles, *, is_dry: bool) -> AsyncIterator["ImportedFiles"]:
        """Begins an import. At its end removes the files that no imported conversation has."""
        imported = ImportedFiles(self._settings, self._files, self._uploads, user_id, packed, is_dry=is_dry)
        try:
            yield imported
        finally:
            await imported.remove_unused()


class ImportedFiles:
    """The files of one import, by the ids that they had where they come from."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        uploads: Uploads,
        user_id: str,
        packed: PackedFiles,
        *,
        is_dry: bool,
    ) -> None:
        self._settings = settings
        self._files = files
        self._uploads = uploads
        self._user_id = user_id
        self._packed = packed
        self._is_dry = is_dry
        self._stored = dict[str, Attachment]()
        self._refused = set[str]()
        self._kept = set[str]()
        self._dry_bytes = 0

    async def add(self, conversation: Conversation) -> AsyncGenerator[Line]:
        """Adds the files that the user does not have to `conversation.files`. Yields a line for each new one.

        Raises `FilesUnavailable`, `FilesBusy` or `StoreFull` where the import has to end.
        """
        for file_id, name in conversation.file_names.items():
            if file_id in conversation.files or file_id in self._refused or file_id not in self._packed:
                continue
            if file_id not in self._stored:
                yield await self._line(file_id, name)
            if stored := self._stored.get(file_id):
                conversation.files[file_id] = stored

    async def _line(self, file_id: str, name: str) -> Line:
        about: Line = {"name": name, "size": self._packed.size(file_id)}
        try:
            if not self._uploads.is_on:
                raise FilesUnavailable(OFF)
            self._stored[file_id] = await (self._would_store if self._is_dry else self._store)(file_id, name)
        except (*REFUSALS, FilesUnavailable) as error:
            if self._uploads.is_on and isinstance(error, FilesUnavailable):
                raise
            self._refused.add(file_id)
            return {"status": "left_out", **about, "reason": error.code, "detail": error.detail}
        return {"status": "importable" if self._is_dry else "imported", **about}

    async def _store(self, file_id: str, name: str) -> Attachment:
        size, room = self._packed.size(file_id), await self._files.room(self._user_id)
        if room is not None and size > room:  # before it is read, which takes time
            raise FileQuotaReached
        stored = await self._uploads.take(
            self._user_id, name, size, lambda target: self._packed.unpack(file_id, target)
        )
        return stored.as_attachment()

    async def _would_store(self, file_id: str, name: str) -> Attachment:
        """Checks what is known without reading the file."""
        size, room = self._packed.size(file_id), await self._files.room(self._user_id)
        if size > self._settings.max_file_bytes:
            raise FileTooLarge
        if room is not None and self._dry_bytes + size > room:
            raise FileQuotaReached
        self._dry_bytes += size
        return Attachment(id=file_id, name=name, type="", size=size, kind="text")

    def keep(self, conversation: Conversation) -> None:
        """Notes that the conversation was stored: its files stay."""
        self._kept.update(conversation.file_ids)

    async def remove_unused(self) -> None:
        """Removes the files whose conversations were not stored. A sweep removes later what fails here."""
        if self._is_dry:
            return
        for file_id in self._stored.keys() - self._kept:
            with contextlib.suppress(HoldfastError, RedisError, OSError):
                stored = self._stored[file_id].id
                await self._files.settle(self._user_id, [stored], is_opened=False)
                await self._files.remove(self._user_id, stored)
