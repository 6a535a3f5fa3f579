"""Reads the attached files in a ZIP of our own form."""

import re
import zipfile
from typing import BinaryIO, Self

from chat.transfer import archive
from chat.transfer.errors import ImportDuplicateNames
from chat.transfer.limits import Limits

CONVERSATIONS = "conversations.json"
CONTENTS = "files.json"
"""Names in the ZIP: of the JSON, and of the list of the attached files."""

FILE = re.compile(r"(?:.*/)?files/([0-9a-f]{32})/(?!\.)[^/]+")
"""The path of an attached file. Systems add names that begin with a dot when a folder is packed again."""

PIECE_BYTES = 256 << 10


def path_of(file_id: str, name: str) -> str:
    return f"files/{file_id}/{name}"


class PackedFiles:
    """Files by the ids that they had where they come from. Its methods block: call them in a thread."""

    def __init__(self) -> None:
        self._archive: zipfile.ZipFile | None = None
        self._entries = dict[str, zipfile.ZipInfo]()

    @classmethod
    def checked(cls, file: BinaryIO, limits: Limits) -> Self:
        """Reads all files of a ZIP to their ends. Raises an `InvalidImport`."""
        packed = cls()
        packed._archive = archive.read(file)
        found = [(match[1], entry) for entry in packed._archive.infolist() if (match := FILE.fullmatch(entry.filename))]
        archive.check([entry for _, entry in found], limits)
        packed._entries = dict(found)
        if len(packed._entries) < len(found):
            raise ImportDuplicateNames
        for file_id in packed._entries:
            packed.unpack(file_id, None)
        return packed

    def __contains__(self, file_id: str) -> bool:
        return file_id in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def size(self, file_id: str) -> int:
        """Returns the size that the ZIP gives, in bytes. No more is unpacked."""
        return self._entries[file_id].file_size

    def unpack(self, file_id: str, target: BinaryIO | None) -> None:
        """Writes a file to `target`, None = nowhere. Raises `ImportBadArchive` where it is not whole, or `OSError`."""
        assert self._archive
        with archive.readable():
            content = self._archive.open(self._entries[file_id])
        with content:
            readable = archive.Content(content)
            while piece := readable.read(PIECE_BYTES):
                if target:
                    target.write(piece)
