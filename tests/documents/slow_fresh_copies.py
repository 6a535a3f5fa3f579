"""Runs the blocks of each document in a fresh copy of the repository. Only `make docs-test` collects this file."""

import os
from pathlib import Path

import pytest

from launcher import valkey
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.fresh_copy import LONG, PRINTED, FreshCopy, fresh_copy
from tests.documents.shells import open_shell
from tests.documents.table import Record
from tests.documents.test_api_blocks import summary

RUN = ("run", "until", "background", *(("long",) if os.environ.get(LONG) else ()))
DOCUMENTS = sorted({block.document for block in blocks.with_way(*RUN)})


async def run_block(copy: FreshCopy, block: Block, record: Record) -> None:
    if block.way in ("run", "long"):
        seconds, output = await copy.run(block)
        record(block, "bash", seconds, summary(output))
        return
    if block.way == "until":
        await copy.stop()
    seconds = await copy.begin(block)
    (line,) = [line for line in copy.output.splitlines() if block.argument in line][:1]
    record(block, "bash", seconds, f"`{line.strip()[:90]}`")


async def type_calls(copy: FreshCopy, document: str, record: Record) -> None:
    """Types the calls of the API, with what the document has started."""
    async with open_shell("bash", copy.folder) as shell:
        for block in blocks.with_way("api", document=document):
            answer = await shell.type(copy.printed(block.code), 300)
            assert answer.status == 0, answer.output
            record(block, "bash, fresh copy", answer.seconds, summary(answer.output))


@pytest.mark.timeout(2 * 3600)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_blocks_run_in_a_fresh_copy(document: str, tmp_path: Path, record: Record) -> None:
    calls_are_due = bool(blocks.with_way("api", document=document))
    async with fresh_copy(tmp_path / "holdfast") as copy:
        port = int(copy.replaced[PRINTED["6379"]].rpartition(":")[2])
        (tmp_path / "valkey").mkdir()
        with valkey.running(tmp_path / "valkey", port=port):
            for block in blocks.with_way(*RUN, "api", document=document):
                if block.way != "api":
                    await run_block(copy, block, record)
                elif calls_are_due:
                    calls_are_due = False
                    await type_calls(copy, document, record)
