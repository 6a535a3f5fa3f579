"""A file is read in a process with limits: what models get of it, and what becomes of hostile ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat import child_process
from chat.files.preparing import max_processes
from tests.files import documents, hostile, pictures
from tests.files.pictures import BLUE, RED
from tests.support.file_readers import Reader, Reading, file_reader

MOST_KILOBYTES = 400_000

WESTERN = (
    "déjà vu",
    "Grüße aus Köln",
    "Name;Straße\nMüller;Lindenstraße 5\nJürgen;Österreich",
    "señor, el año",
    "São Paulo, Brasília",
    "it’s a test",
)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with file_reader() as started:
        yield started


def ending_of(name: str) -> str:
    return name.rpartition(".")[2]


def parts_of(reading: Reading) -> dict[str, bytes]:
    assert reading.answer
    return reading.answer.parts


def facts_of(reading: Reading) -> dict[str, object]:
    assert reading.answer
    return reading.answer.facts


def text_of(reading: Reading) -> str:
    return parts_of(reading)["text"].decode()


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_ends_with_bounded_memory(reader: Reader, name: str) -> None:
    given = hostile.FILES[name]
    content = given.make()
    if not content:
        return  # refused before it is read: tests/contract/test_files.py
    reading = reader.read(content, ending_of(given.given))
    assert reading.outcome == given.outcome
    assert reading.kilobytes < MOST_KILOBYTES


@pytest.mark.parametrize(("kind", "outcome"), [(b"iCCP", "image"), (b"PLTE", "file_broken")])
def test_only_metadata_of_a_png_may_be_broken(reader: Reader, kind: bytes, outcome: str) -> None:
    assert reader.read(pictures.png_with_a_wrong_checksum(kind)).outcome == outcome


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_without_metadata(reader: Reader, orientation: int) -> None:
    reading = reader.read(pictures.jpeg(64, 32, orientation))
    is_turned = orientation >= 5
    size = (32, 64) if is_turned else (64, 32)
    assert facts_of(reading) == {"kind": "image", "type": "image/jpeg", "width": size[0], "height": size[1]}
    for form in ("model", "preview"):
        shown = pictures.shown(parts_of(reading)[form])
        assert shown.size == size
        assert not shown.getexif()
        assert b"A maker of cameras" not in parts_of(reading)[form]
        first, last = [shown.convert("RGB").getpixel(at) for at in ((4, 4), (size[0] - 5, size[1] - 5))]
        begins_red = orientation in (1, 4, 5, 6)
        assert near(first, RED if begins_red else BLUE), orientation
        assert near(last, BLUE if begins_red else RED), orientation


def near(found: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF"])
def test_pictures_of_each_format_are_read(reader: Reader, format: str) -> None:
    if format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    reading = reader.read(pictures.encoded(pictures.halves(), format))
    assert reading.outcome == "image"
    assert pictures.shown(parts_of(reading)["model"]).format == "JPEG"
    assert pictures.shown(parts_of(reading)["preview"]).format == "WEBP"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F"])
def test_pictures_of_each_colour_mode_are_read(reader: Reader, mode: str) -> None:
    formats = {"CMYK": "JPEG", "F": "TIFF", "I": "TIFF"}
    picture = pictures.halves().convert("L").convert(mode) if mode != "RGB" else pictures.halves()
    reading = reader.read(pictures.encoded(picture, formats.get(mode, "PNG")))
    assert pictures.shown(parts_of(reading)["model"]).mode == "RGB"


def test_a_transparent_picture_is_put_on_white(reader: Reader) -> None:
    picture = pictures.halves().convert("RGBA")
    picture.putalpha(0)
    shown = pictures.shown(parts_of(reader.read(pictures.encoded(picture, "PNG")))["model"])
    assert near(shown.getpixel((5, 5)), (255, 255, 255))


def test_a_large_picture_of_a_phone_is_scaled_for_models(reader: Reader) -> None:
    content = pictures.of_phone(12 << 20)
    assert len(content) >= 12 << 20
    reading = reader.read(content)
    facts = facts_of(reading)
    assert (facts["width"], facts["height"]) == (4000, 6000)
    parts = parts_of(reading)
    assert max(pictures.shown(parts["model"]).size) == 2048
    assert max(pictures.shown(parts["preview"]).size) == 512
    assert len(parts["model"]) < 4 << 20
    assert reading.kilobytes < MOST_KILOBYTES


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_picture_of_the_largest_size_takes_bounded_memory(reader: Reader, mode: str) -> None:
    reading = reader.read(pictures.declared(7_000, 7_000, 7_000, mode))
    assert reading.outcome == "image"
    assert reading.kilobytes < MOST_KILOBYTES


def test_a_picture_with_too_many_pixels_is_refused(reader: Reader) -> None:
    assert reader.read(pictures.png(100, 100), max_pixels=9_999).outcome == "file_too_large"
    assert reader.read(pictures.png(100, 100), max_pixels=10_000).outcome == "image"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("naïve 你好".encode(), "naïve 你好"),
        ("naïve 你好".encode("utf-8-sig"), "naïve 你好"),
        ("naïve 你好".encode("utf-16"), "naïve 你好"),
        ("你好，世界".encode("gb18030"), "你好，世界"),
        ("第1章，用Python写代码；3月5日, T恤".encode("gb18030"), "第1章，用Python写代码；3月5日, T恤"),
        *((text.encode("cp1252"), text) for text in WESTERN),
        (b"one\r\ntwo\x1b[0m", "one\ntwo\x1b[0m"),
    ],
)
def test_texts_are_read_in_their_encoding(reader: Reader, content: bytes, text: str) -> None:
    reading = reader.read(content)
    assert facts_of(reading) == {"kind": "text", "type": "text/plain", "characters": len(text)}
    assert text_of(reading) == text


def test_a_long_text_is_cut_with_a_note(reader: Reader) -> None:
    reading = reader.read(b"a" * 1001, max_chars=1000)
    assert facts_of(reading) == {"kind": "text", "type": "text/plain", "characters": 1000, "cut": True}
    assert text_of(reading) == "a" * 1000 + "\n[The rest of this file is left out, because it is too long.]"


def test_a_csv_of_50_megabytes_takes_little_memory(reader: Reader) -> None:
    line = b"2026-01-01;some words;1234567.89;true\n"
    reading = reader.read(line * ((50 << 20) // len(line)), "csv")
    assert facts_of(reading) == {"kind": "text", "type": "text/csv", "characters": 100_000, "cut": True}
    assert reading.kilobytes < 100_000


def test_a_pdf_of_300_pages_gives_its_text(reader: Reader) -> None:
    reading = reader.read(documents.pdf([f"This is page {number}" for number in range(1, 301)]))
    facts = facts_of(reading)
    assert (facts["kind"], facts["pages"], facts.get("cut")) == ("document", 300, None)
    assert all(f"This is page {number}\n" in text_of(reading) for number in range(1, 301))
    assert reading.kilobytes < MOST_KILOBYTES


@pytest.mark.parametrize(
    "content",
    [documents.pdf(["", "", ""]), documents.word(["", "", ""]), b"\n \n"],
    ids=["PDF", "DOCX", "text"],
)
def test_a_file_without_words_has_no_text(reader: Reader, content: bytes) -> None:
    reading = reader.read(content)
    assert (facts_of(reading)["characters"], text_of(reading)) == (0, "")


def test_an_empty_page_leaves_no_blank_lines(reader: Reader) -> None:
    assert text_of(reader.read(documents.pdf(["one", "", "two"]))).split() == ["one", "two"]
    assert "\n\n\n" not in text_of(reader.read(documents.pdf(["one", "", "two"])))


def test_pages_beyond_the_limit_are_left_out(reader: Reader) -> None:
    reading = reader.read(documents.pdf(["one", "two", "three"]), max_pages=2)
    assert (facts_of(reading)["pages"], facts_of(reading)["cut"]) == (3, True)
    assert "two" in text_of(reading)
    assert "three" not in text_of(reading)


def test_a_pdf_with_a_password_is_refused_with_a_hint(reader: Reader) -> None:
    import io

    import pypdf

    writer, target = pypdf.PdfWriter(io.BytesIO(documents.pdf(["secret"]))), io.BytesIO()
    writer.encrypt("a password", algorithm="RC4-128")
    writer.write(target)
    facts = facts_of(reader.read(target.getvalue()))
    assert facts["code"] == "file_broken"
    assert "password" in str(facts["detail"])


def test_a_docx_gives_its_paragraphs_and_tables_in_order(reader: Reader) -> None:
    reading = reader.read(documents.word(["first", "second"], [["a", "b"], ["c", "d"]]))
    assert text_of(reading).split("\n")[:4] == ["first", "second", "a | b", "c | d"]


def test_a_zip_that_is_no_docx_is_refused(reader: Reader) -> None:
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("words.txt", "words")
    assert reader.read(target.getvalue(), "docx").outcome == "file_type_refused"


@pytest.mark.parametrize(
    ("limits", "processes"),
    [
        ({"memory.max": "1073741824"}, 1),
        ({"memory.max": "2147483648"}, 2),
        ({"memory.max": "max"}, 2),
        ({"unit/memory.max": "1073741824", "memory.max": "max"}, 1),
        ({}, 2),
    ],
)
def test_a_small_container_reads_one_file_at_a_time(tmp_path: Path, limits: dict[str, str], processes: int) -> None:
    own = tmp_path / "own"
    own.write_text("0::/unit\n" if "unit/memory.max" in limits else "0::/\n")
    for name, value in limits.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(value)
    assert max_processes(tmp_path, own) == processes


def test_a_process_has_neither_keys_nor_cores() -> None:
    """What it may use is limited before it reads anything."""
    assert not [name for name in child_process.KEPT if "KEY" in name or "AWS" in name or "TOKEN" in name]
