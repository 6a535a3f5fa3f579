"""The source files of the page are short enough to be read at once."""

from tests.support.repository import files, name_of

MOST = 350
GENERATED = {"web/src/api/types.ts"}


def test_files_of_the_page_are_at_most_350_lines() -> None:
    sources = [file for file in files() if name_of(file).startswith("web/src/") and name_of(file) not in GENERATED]
    lengths = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in sources}
    assert "web/src/i18n/en.ts" in lengths
    assert {name: length for name, length in lengths.items() if length > MOST} == {}
