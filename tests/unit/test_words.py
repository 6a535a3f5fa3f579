"""The words of tests/words.txt stay out of code, documents and scripts. Names of tests are short."""

import io
import re
import tokenize
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.repository import ROOT, files, name_of

LIST = ROOT / "tests" / "words.txt"
SUFFIXES = {".css", ".html", ".json", ".lua", ".md", ".mjs", ".py", ".toml", ".ts", ".tsx", ".yaml", ".yml"}
NAMES = {"Caddyfile", "Dockerfile", "Makefile", ".env.example"}
LOCKS = {"package-lock.json"}
LINES = [line.strip() for line in LIST.read_text("utf-8").splitlines()]
WORDS = [line for line in LINES if line and line[0] not in "#!"]
EXEMPT = {line[1:].strip() for line in LINES if line.startswith("!")}
ALTERNATIVES = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in WORDS)
PATTERN = re.compile(rf"\b(?:{ALTERNATIVES})\b")
TEST_NAMES = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
PARTS = re.compile(r"_|(?<=[a-z0-9])(?=[A-Z])")
BETWEEN_STATEMENTS = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
"""Tokens after which a string is a docstring. Comments and empty lines in between do not count."""

Line = tuple[int, str]


def found(lines: Iterator[Line]) -> list[str]:
    """Returns each word of the list with its line number. Names are split at underscores and capitals."""
    return [f"{number}: {word}" for number, line in lines for word in PATTERN.findall(PARTS.sub(" ", line).lower())]


def lines_of(source: str) -> Iterator[Line]:
    return iter(enumerate(source.splitlines(), 1))


def prose_of(source: str) -> Iterator[Line]:
    """Yields the lines of Python code without its string literals, docstrings apart."""
    before = tokenize.NEWLINE
    for kind, text, (number, _), *_ in tokenize.generate_tokens(io.StringIO(source).readline):
        if kind in (tokenize.NAME, tokenize.COMMENT) or (kind == tokenize.STRING and before in BETWEEN_STATEMENTS):
            yield from ((number + offset, line) for offset, line in enumerate(text.splitlines()))
        before = before if kind in (tokenize.COMMENT, tokenize.NL) else kind


def words_of(file: Path) -> list[str]:
    source, name = file.read_text("utf-8"), name_of(file)
    if not found(iter([(1, source)])):
        return []
    is_test = name.startswith("tests/") and file.suffix == ".py"
    return [f"{name}:{word}" for word in found(prose_of(source) if is_test else lines_of(source))]


def checked() -> list[Path]:
    return [
        file
        for file in files()
        if (file.suffix in SUFFIXES or file.name in NAMES) and file.name not in LOCKS and name_of(file) not in EXEMPT
    ]


FOLDERS = {folder: list(found) for folder, found in groupby(checked(), lambda file: name_of(file.parent).split("/")[0])}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_word_of_the_list_is_used(folder: str) -> None:
    assert [word for file in FOLDERS[folder] for word in words_of(file)] == []


def test_words_are_found_in_names_and_sentences() -> None:
    text = 'Nobody was TOLD\nwasTold = is_told\n"""It tells of it."""\nuntold, recommend, hearing\n'
    assert found(lines_of(text)) == ["1: nobody", "1: told", "2: told", "2: told", "3: tells of"]


def test_string_literals_of_tests_are_skipped() -> None:
    source = (
        '"""Nobody."""\nA = "told"\n"""Heard."""\n\n\ndef f_ghost() -> None:  # lest\n    say("told", f"told {A}")\n'
    )
    assert found(prose_of(source)) == ["1: nobody", "3: heard", "6: ghost", "6: lest"]


def test_every_exempt_file_exists() -> None:
    assert [name for name in EXEMPT if not (ROOT / name).is_file()] == []


def test_names_of_tests_have_at_most_60_characters() -> None:
    names = [name for file in files() if file.suffix == ".py" for name in TEST_NAMES.findall(file.read_text("utf-8"))]
    assert len(names) > 1000
    assert [name for name in names if len(name) > 60] == []
