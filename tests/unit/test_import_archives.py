"""Of a ZIP only the files with conversations are read, within limits."""

import io
import struct
import zipfile
from typing import Any

import pytest

from chat.transfer import archive
from chat.transfer.conversation import Conversation
from chat.transfer.errors import (
    ImportBadArchive,
    ImportNewerVersion,
    ImportTooManyFiles,
    ImportUnknownForm,
    ImportUnpacksTooLarge,
    ImportUnsafeNames,
)
from chat.transfer.limits import Limits
from chat.transfer.upload import Upload
from tests.support.foreign_exports import (
    LIMITS,
    encoded,
    librechat,
    librechat_message,
    open_webui,
    open_webui_message,
    own,
    own_file,
    own_message,
    simple_chatgpt,
    zipped,
)


def titles(content: bytes, limits: Limits = LIMITS) -> list[str]:
    upload = Upload(io.BytesIO(content), limits)
    found = list(upload.conversations())
    assert upload.check() == len(found)
    return [f"{each.source}: {each.title}" if isinstance(each, Conversation) else each.reason for each in found]


def chat(title: str) -> bytes:
    return encoded([{**simple_chatgpt(), "title": title}])


def test_the_older_form_has_one_file() -> None:
    files = {"user.json": b"{}", "chat.html": b"<html>", "conversations.json": chat("one"), "a.dat": b"\x00"}
    assert titles(zipped(files)) == ["chatgpt: one"]


def test_the_newer_form_has_many_files() -> None:
    names = ["export/conversations-001.json", "export/conversations-000.json", "export/conversations.json.index"]
    files = {name: chat(name[-8:-5]) for name in names} | {"export_manifest.json": b"{}", "user.json": b"{}"}
    assert titles(zipped(files)) == ["chatgpt: 000", "chatgpt: 001"]


@pytest.mark.parametrize("content", [b"not JSON", b'[{"title":"of a message"}]'])
def test_an_attached_file_of_that_name_is_no_conversation(content: bytes) -> None:
    files = {"conversations.json": encoded(own_file(own(title="one"))), f"files/{'a' * 32}/conversations.json": content}
    assert titles(zipped(files)) == ["holdfast: one"]


def test_other_json_files_are_read_where_there_are_no_such_names() -> None:
    files = {
        "b.json": encoded(librechat(librechat_message("q", None, True, "x"))),
        "inner.zip": zipped({"a.json": b"[]"}),
    }
    assert titles(zipped(files)) == ["librechat: A conversation"]


def test_each_form_is_recognised_by_its_content() -> None:
    both = [simple_chatgpt(), open_webui(open_webui_message("q", None, "user", "x")), {"x": 1}, 5]
    assert titles(encoded(both)) == ["chatgpt: A title", "open_webui: A chat", "unreadable", "unreadable"]
    assert titles(encoded({"conversations": [simple_chatgpt()]})) == ["chatgpt: A title"]
    assert titles(encoded(simple_chatgpt())) == ["chatgpt: A title"]
    assert titles(encoded(own_file(own(own_message("q", None, "user", "x"))))) == ["holdfast: Mine"]
    assert titles(encoded(own_file())) == []


@pytest.mark.parametrize(
    "value", [[], {}, [1], [[]], {"a": 1}, [{"mapping": 5}], {"sessions": []}, {"format": "other"}]
)
def test_a_file_without_conversations_is_refused(value: Any) -> None:
    with pytest.raises(ImportUnknownForm):
        Upload(io.BytesIO(encoded(value)), LIMITS).check()


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_newer_version_of_our_form_is_refused(version: Any) -> None:
    for file in (own_file(own(), version=version), {"sessions": [own()], "version": version, "format": "holdfast"}):
        with pytest.raises(ImportNewerVersion):
            Upload(io.BytesIO(encoded(file)), LIMITS).check()


def refused(content: bytes, error: type[Exception], limits: Limits = LIMITS) -> None:
    with pytest.raises(error):
        Upload(io.BytesIO(content), limits).check()


def test_an_archive_without_json_is_refused() -> None:
    refused(zipped({"a.txt": b"x"}), ImportUnknownForm)
    refused(zipped({}), ImportUnknownForm)
    refused(zipped({"conversations.zip": zipped({"conversations.json": chat("x")})}), ImportUnknownForm)


@pytest.mark.parametrize(
    "name", ["/etc/conversations.json", "../conversations.json", "a/../../b", "C:\\x", "..\\x", "\\x"]
)
def test_names_that_lead_out_of_an_archive_are_refused(name: str) -> None:
    refused(zipped({name: b"[]", "conversations.json": chat("x")}), ImportUnsafeNames)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    refused(zipped({"conversations.json": b"[" + b" " * 4_000_000 + b"]"}), ImportUnpacksTooLarge)
    many = {f"conversations-{number:03}.json": chat("x" * 150) * 10 for number in range(60)}
    refused(zipped(many), ImportUnpacksTooLarge, Limits(upload_bytes=100_000, message_chars=10))


def test_a_size_that_is_not_true_is_refused() -> None:
    content = bytearray(zipped({"conversations.json": b"[" + b" " * 4_000_000 + b"]"}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    refused(bytes(content), ImportBadArchive)


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number}.txt": b"" for number in range(20)} | {"conversations.json": chat("x")}
    monkeypatch.setattr(archive, "MAX_FILES", 20)
    refused(zipped(files), ImportTooManyFiles)
    monkeypatch.setattr(archive, "MAX_FILES", 21)
    assert titles(zipped(files)) == ["chatgpt: x"]
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 500)
    refused(zipped(files), ImportTooManyFiles)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(method: int) -> None:
    refused(zipped({"conversations.json": chat("x")}, method), ImportBadArchive)


def test_an_encrypted_file_is_refused() -> None:
    content = bytearray(zipped({"conversations.json": chat("x")}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(content), ImportBadArchive)


def test_a_damaged_archive_is_refused() -> None:
    content = zipped({"conversations.json": chat("some words that can be damaged")})
    refused(content[:-10], ImportBadArchive)
    refused(b"PK\x03\x04" + bytes(100), ImportBadArchive)
    middle = content.index(b"conversations.json") + 30
    refused(content[:middle] + b"\xff\xff\xff" + content[middle + 3 :], ImportBadArchive)
