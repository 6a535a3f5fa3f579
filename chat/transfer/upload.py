"""Reads the conversations of an uploaded file, one after another."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from chat import persona_files
from chat.persona_files import PersonaForm
from chat.transfer import archive, forms, holdfast
from chat.transfer.conversation import Conversation, LeftOut
from chat.transfer.errors import ImportNotJson, ImportTooDeep, ImportTooManyConversations, ImportUnknownForm
from chat.transfer.json_values import Member, Stream, Values
from chat.transfer.limits import MAX_CONVERSATIONS, Limits
from chat.transfer.packed_files import PackedFiles


class Upload:
    """A file in any of the known forms. Its methods block: call them in a thread.

    `files`: the attached files that it contains, once it is checked.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._is_own = False
        self.files = PackedFiles()
        self.personas = dict[str, PersonaForm]()
        """The user's own personas in an export of ours, by their ids. They are known after `check`."""

    def check(self) -> int:
        """Reads the whole file. Returns the number of conversations, those included that cannot be imported.

        Raises an `InvalidImport` where the file, or any conversation in it, is no JSON, or none has a known form.
        """
        count, is_known = 0, False
        for each in self.conversations():
            count += 1
            if count > MAX_CONVERSATIONS:
                raise ImportTooManyConversations
            is_known = is_known or isinstance(each, Conversation) or each.reason != "unreadable"
        if not is_known and (count or not self._is_own):
            raise ImportUnknownForm
        if self._is_own and archive.is_archive(self._file):
            self.files = PackedFiles.checked(self._file, self._limits)
        return count

    def conversations(self) -> Iterator[Conversation | LeftOut]:
        """Yields each conversation, or why it cannot be imported."""
        self._is_own = False
        if not archive.is_archive(self._file):
            yield from self._of(self._file)
            return
        for _, content in archive.opened(self._file, self._limits):
            yield from self._of(content)

    def _of(self, content: Stream) -> Iterator[Conversation | LeftOut]:
        values = Values(content, holdfast.FORMAT)
        for value in values:
            if value is None:
                yield LeftOut("", "too_large")
                continue
            self._check_head(values, is_whole="version" in values.head)
            if isinstance(value, bytes):
                yield forms.read(parsed(value), self._limits)
            else:
                yield holdfast.read_members(map(_parsed_member, value), self._limits)
        self._check_head(values, is_whole=True)

    def _check_head(self, values: Values, *, is_whole: bool) -> None:
        """Raises `ImportNewerVersion`. Not `is_whole`: the version may follow the conversations."""
        head: dict[str, Any] = {
            name: parsed(values.head[name]) for name in ("format", "version") if name in values.head
        }
        if is_whole:
            holdfast.check_version(head)
        self._is_own = self._is_own or head.get("format") == holdfast.FORMAT
        if is_whole and self._is_own and "personas" in values.head:
            self.personas = persona_files.readable(parsed(values.head["personas"]))


def _parsed_member(member: Member) -> tuple[str, Any]:
    name = holdfast.ELEMENT if member.is_element else member.name
    return name, holdfast.TOO_LARGE if member.text is None else parsed(member.text)


def parsed(text: bytes) -> Any:
    """Parses JSON. Raises `ImportNotJson`, or `ImportTooDeep`."""
    try:
        return json.loads(text.decode(), parse_constant=_refuse)
    except RecursionError as error:
        raise ImportTooDeep from error
    except ValueError as error:
        raise ImportNotJson from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
