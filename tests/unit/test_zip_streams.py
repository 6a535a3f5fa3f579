"""A ZIP that is made piece by piece can be read by everything, and what is packed in it comes out again."""

import io
import zipfile

import pytest

from chat.files.names import portable
from chat.transfer.errors import ImportDuplicateNames
from chat.transfer.packed_files import PackedFiles, path_of
from chat.transfer.zip_stream import ZipStream
from tests.support.foreign_exports import LIMITS, zipped

TEXT = b"the same words again and again\n" * 10_000
DEFLATED, SIZE_FOLLOWS, UTF8 = 8, 0x08, 0x800
ID, OTHER = "a" * 32, "b" * 32


def entry(archive: ZipStream, name: str, content: bytes, size: int | None, *, is_packed: bool = False) -> bytes:
    pieces = [archive.begin(name, size, is_packed=is_packed)]
    pieces += [archive.add(content[at : at + 10_000]) for at in range(0, len(content), 10_000)]
    return b"".join((*pieces, archive.end()))


def test_an_archive_is_whole_and_every_entry_can_be_streamed() -> None:
    archive = ZipStream()
    content = entry(archive, "conversations.json", TEXT, None) + entry(archive, "é.png", TEXT, 5, is_packed=True)
    read = zipfile.ZipFile(io.BytesIO(content + archive.finish()))
    assert [read.read(name) for name in read.namelist()] == [TEXT, TEXT]
    small, unchanged = read.infolist()
    assert small.compress_size < len(TEXT) / 50
    assert len(TEXT) < unchanged.compress_size < len(TEXT) * 1.001
    assert [each.compress_type for each in (small, unchanged)] == [DEFLATED, DEFLATED]
    assert (small.flag_bits, unchanged.flag_bits) == (SIZE_FOLLOWS, SIZE_FOLLOWS | UTF8)


@pytest.mark.parametrize(("size", "version"), [(None, 45), (3 << 30, 45), (1 << 30, 20)])
def test_what_may_be_larger_than_two_gigabytes_is_zip64(size: int | None, version: int) -> None:
    archive = ZipStream()
    content = entry(archive, "a", b"x", size) + archive.finish()
    assert zipfile.ZipFile(io.BytesIO(content)).getinfo("a").extract_version == version


def test_more_entries_than_a_small_zip_takes_are_zip64() -> None:
    archive = ZipStream()
    content = b"".join(entry(archive, f"{number}", b"", 0) for number in range(66_000)) + archive.finish()
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 66_000


def test_an_archive_can_be_given_up_at_any_time() -> None:
    begun, ended = ZipStream(), ZipStream()
    begun.begin("a", None, is_packed=False)
    begun.abandon()
    assert begun.add(b"late") == b""
    entry(ended, "a", b"x", 1)
    ended.finish()
    ended.abandon()
    ZipStream().abandon()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", "a.png"),
        ('a:"b"?.txt', "a__b__.txt"),
        ("con.txt", "_con.txt"),
        ("Contract.pdf", "Contract.pdf"),
        (".env", "_.env"),
        ("name. ", "name"),
        ("語" * 100 + ".txt", "語" * 65 + ".txt"),
    ],
)
def test_a_name_fits_every_file_system(name: str, expected: str) -> None:
    assert portable(name) == expected


def test_files_of_a_folder_that_was_packed_again_are_found() -> None:
    names = [
        path_of(ID, "a.png"),
        f"__MACOSX/{path_of(ID, '._a.png')}",
        path_of(ID, ".DS_Store"),
        path_of("x", "b.png"),
    ]
    packed = PackedFiles.checked(io.BytesIO(zipped({f"holdfast/{name}": b"content" for name in names})), LIMITS)
    assert (len(packed), ID in packed, OTHER in packed, packed.size(ID)) == (1, True, False, 7)
    target = io.BytesIO()
    packed.unpack(ID, target)
    assert target.getvalue() == b"content"


def test_two_files_with_one_id_are_refused() -> None:
    content = zipped({path_of(ID, "a.png"): b"a", f"more/{path_of(ID, 'b.png')}": b"b"})
    with pytest.raises(ImportDuplicateNames):
        PackedFiles.checked(io.BytesIO(content), LIMITS)
