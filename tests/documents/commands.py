"""The commands in shell blocks and in the text of documents."""

import re
import shlex

from tests.documents.blocks import SHELL, Block
from tests.support.repository import ROOT

TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")


def comments(code: str) -> list[str]:
    """Returns the lines of a shell block with a comment, which an interactive zsh takes for words of the command."""
    lexer = shlex.shlex(code, posix=True, punctuation_chars=True)
    lexer.commenters = ""
    lexer.whitespace_split = True
    return [word for word in lexer if word.startswith("#")]


def of_block(block: Block) -> list[str]:
    """Returns the lines of a shell block, those that a backslash continues as one."""
    assert block.language == SHELL
    return block.code.replace("\\\n", " ").splitlines()


def targets_of_make() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text("utf-8")))


def named_targets(text: str) -> set[str]:
    """Returns the targets of `make` that commands in a document's text name."""
    spans = [span for span in SPAN.findall(text) if span.startswith("make ")]
    return {word for span in spans for word in span.split()[1:2] if re.fullmatch(r"[a-z-]+", word)}


def named_modules(text: str) -> set[str]:
    """Returns the modules that commands in a text run with `python -m`."""
    return set(re.findall(r"\bpython3? (?:-S )?-m ((?:api|bench|chat|launcher|tests|worker)[\w.]*)", text))
