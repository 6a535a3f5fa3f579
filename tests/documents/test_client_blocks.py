"""The blocks of docs/clients.md get an answer as they are printed, with real clients."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.shells import open_shell
from tests.documents.table import Record
from tests.support import privacy
from tests.support.guests import guest
from tests.support.stack import Stack

DOCUMENT = "docs/clients.md"
HERE = "tests/documents/test_client_blocks.py"
ADDRESS = "http://127.0.0.1:8000"
ANSWER = "You said: What is Redis?"
BLOCKS = [block for block in blocks.of(DOCUMENT) if block.argument == HERE]


def of_language(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def code_of(block: Block, stack: Stack) -> str:
    privacy.note("What is Redis?")
    assert ADDRESS in block.code
    return block.code.replace(ADDRESS, stack.url)


@pytest.mark.parametrize("block", of_language("python"), ids=lambda block: block.name)
async def test_a_python_block_prints_the_reply(stack: Stack, record: Record, block: Block) -> None:
    environment = {**os.environ, "HOLDFAST_TOKEN": guest()[1]}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code_of(block, stack), env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert (output.decode().strip(), errors.decode(), process.returncode) == (ANSWER, "", 0)
    record(block, "python", 0, f"`{ANSWER}`")


@pytest.mark.parametrize("block", of_language("sh"), ids=lambda block: block.name)
async def test_a_shell_block_prints_the_stream(stack: Stack, tmp_path: Path, record: Record, block: Block) -> None:
    async with open_shell("sh", tmp_path) as shell:
        await shell.type(f"export HOLDFAST_TOKEN={guest()[1]}\n")
        answer = await shell.type(code_of(block, stack))
    assert answer.status == 0
    found = re.findall(r'"content":"([^"]*)"', answer.output)
    assert "".join(found).strip() == ANSWER
    assert "data: [DONE]" in answer.output
    record(block, "sh", answer.seconds, "`data: [DONE]`")
