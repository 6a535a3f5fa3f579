"""Each code block is tested in some way, or says why not. Commands can be pasted into any shell."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from tests.documents import blocks, commands, shells
from tests.documents.blocks import SHELL, WAYS, Block
from tests.support.repository import ROOT, files, name_of

DOCUMENTS = [file for file in files() if file.suffix == ".md"]
SHELL_BLOCKS = [block for block in blocks.all_blocks() if block.language == SHELL]
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
WITH_ARGUMENT = {"until", "background", "long", "by", "none"}


def test_every_block_says_how_it_is_tested_or_why_not() -> None:
    assert [block.name for block in blocks.all_blocks() if block.way not in WAYS] == []
    assert [block.name for block in blocks.all_blocks() if (block.way in WITH_ARGUMENT) != bool(block.argument)] == []


def test_every_test_that_a_block_names_exists() -> None:
    assert [block.name for block in blocks.with_way("by") if not (ROOT / block.argument).is_file()] == []


def test_every_comment_belongs_to_a_block() -> None:
    for file in DOCUMENTS:
        written = re.findall(r"^ *<!-- test: .*-->\n", file.read_text("utf-8"), re.MULTILINE)
        found = [block for block in blocks.of(name_of(file)) if block.way and block.language != "mermaid"]
        assert len(written) == len(found), name_of(file)


@pytest.mark.parametrize("block", SHELL_BLOCKS, ids=lambda block: block.name)
def test_a_shell_block_can_be_pasted_into_any_shell(block: Block) -> None:
    assert commands.comments(block.code) == []
    for shell in filter(shells.installed, shells.COMMANDS):
        check = subprocess.run([shells.COMMANDS[shell][0], "-n"], input=block.code, capture_output=True, text=True)
        assert (check.returncode, check.stderr) == (0, ""), shell


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_name_targets_and_modules_that_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    lines = [
        line for block in blocks.of(name_of(document)) if block.language == SHELL for line in commands.of_block(block)
    ]
    named = commands.named_targets(text) | commands.named_targets(" ".join(f"`{line}`" for line in lines))
    assert sorted(named - commands.targets_of_make()) == []
    assert [name for name in sorted(commands.named_modules(text)) if not importlib.util.find_spec(name)] == []


def test_a_copy_of_conversations_is_closed_before_it_is_filled() -> None:
    """Also one of an earlier time, whose mode a program that writes it again does not change."""
    written = [
        (block, found[1], block.code[: found.start()])
        for block in SHELL_BLOCKS
        for found in re.finditer(r"(?:\btar c\w*f|>) (\S+\.(?:tgz|rdb))\b", block.code)
    ]
    assert len(written) == 7
    assert [block.name for block, name, before in written if f"touch {name} && chmod 600 {name}\n" not in before] == []


def test_both_readmes_have_the_same_blocks() -> None:
    english, chinese = blocks.of(ENGLISH), blocks.of(CHINESE)
    assert [(block.language, block.way) for block in english] == [(block.language, block.way) for block in chinese]
    assert [block.code for block in english if block.language == SHELL] == [
        block.code for block in chinese if block.language == SHELL
    ]


def test_blocks_are_found_with_their_comments() -> None:
    text = (
        "# A\n\n<!-- test: by: a/b.py -->\n```sh x\nls # no\n```\n\n- a list\n\n  ```\n  b\n  ```\n\n```mermaid\n```\n"
    )
    found = blocks.parsed("d.md", text)
    assert found == [
        Block("d.md", 4, "sh", "ls # no\n", "by", "a/b.py"),
        Block("d.md", 10, "", "b\n", ""),
        Block("d.md", 14, "mermaid", "", "drawing"),
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ls # all", ["#"]),
        ("#ls", ["#ls"]),
        ("a='# b' c=\"# d\" e=f#g", []),
        ("curl '…?a=1' \\\n  # b", ["#"]),
    ],
)
def test_comments_are_found_outside_of_quotes(code: str, found: list[str]) -> None:
    assert commands.comments(code) == found
