"""Finds the code blocks of the documents, with the comment above each that says how it is tested.

`<!-- test: WAY -->` or `<!-- test: WAY: argument -->` stands on the line above a block. `WAYS` lists the ways.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt

from tests.support.repository import files, name_of

WAYS = {
    "api": "its commands are typed into sh, bash and zsh, with a Holdfast at the address that they name",
    "guest": "the same with AUTH_MODE=guest",
    "settings": "its lines are read as a .env: each name is a setting, and each value can be used",
    "json": "it is parsed; … stands for what is left out",
    "run": "it is run by `make docs-test` in a fresh copy of the repository, in bash",
    "until": "the same, but it runs until the next such block begins; the argument is what it prints when it is ready",
    "background": "the same, but it runs together with the earlier ones",
    "long": "the same as run, by `make docs-test DOCS=--long`; the argument says how long it takes",
    "by": "the test that the argument names runs or checks it",
    "drawing": "it shows something to people and has nothing to run",
    "none": "it is not run; the argument says why",
}
MARK = re.compile(r"<!-- test: (?P<way>\w+)(?:: (?P<argument>.+))? -->\n?$")
SHELL = "sh"


@dataclass(frozen=True)
class Block:
    """A code block. `document`: its path in the repository; `line`: of its fence; `way`: "" if it has no comment."""

    document: str
    line: int
    language: str
    code: str
    way: str
    argument: str = ""

    @property
    def name(self) -> str:
        return f"{self.document}:{self.line}"


def parsed(document: str, text: str) -> list[Block]:
    """Returns the fenced blocks of a document in their order."""
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)  # paragraphs stay unparsed
    found = []
    for before, token in pairwise([None, *tokens]):
        if token is None or token.type != "fence" or token.map is None:
            continue
        language = token.info.split(" ")[0]
        mark = MARK.match(before.content) if before and before.type == "html_block" else None
        way, argument = (mark["way"], mark["argument"] or "") if mark else ("", "")
        if language == "mermaid" and not mark:
            way = "drawing"
        found.append(Block(document, token.map[0] + 1, language, token.content, way, argument))
    return found


@cache
def of(document: str) -> list[Block]:
    """Returns the blocks of the document with this path in the repository."""
    return [block for block in all_blocks() if block.document == document]


@cache
def all_blocks() -> list[Block]:
    """Returns the blocks of all documents of the repository."""
    documents = [file for file in files() if file.suffix == ".md"]
    return [block for file in documents for block in parsed(name_of(file), file.read_text("utf-8"))]


def with_way(*ways: str, document: str = "") -> list[Block]:
    """Returns the blocks that are tested in one of these ways, of one document or of all."""
    return [block for block in all_blocks() if block.way in ways and document in ("", block.document)]
