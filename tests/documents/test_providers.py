"""The providers' files that docs/providers.md shows can be read, and each of their lines has a source."""

import re
from pathlib import Path

import pytest

from chat.configuration import require_keys
from chat.providers.catalog import Catalog
from chat.settings import Settings
from tests.contract.test_fallback import CASES
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.table import Record
from tests.support.repository import ROOT

NAME = "tests/documents/test_providers.py"
TEXT = (ROOT / "docs" / "providers.md").read_text("utf-8")
FIRST, *EXAMPLES = [block for block in blocks.with_way("by") if block.argument == NAME]
PROVIDERS = (
    *("OpenAI", "Azure", "DeepSeek", "Qwen", "Doubao", "Kimi", "Gemini", "Mistral", "OpenRouter", "Groq"),
    *("Ollama", "vLLM", "LM Studio"),
)
CONTINUED = {"OpenAI", "DeepSeek", "Qwen", "Kimi", "Mistral", "Ollama", "vLLM"}
"""The examples whose replies go on. Of the others the text says why they do not."""

OWN = ("[", "name = ", "id = ", "label = ", "key_env = ")
"""Lines that need no source, because an operator chooses the names."""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the machine's settings and any `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def read(text: str, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Returns the catalogue as a worker reads it, which has all keys."""
    for name in re.findall(r'key_env = "(\w+)"', text):
        monkeypatch.setenv(name, "sk-of-an-example")
    file = Path("providers.toml")
    file.write_text(text, "utf-8")
    settings = Settings(providers_file=file)
    require_keys(settings)
    return settings.catalog


@pytest.mark.parametrize("block", [FIRST, *EXAMPLES], ids=lambda block: block.name)
def test_a_block_can_be_read(block: Block, monkeypatch: pytest.MonkeyPatch, record: Record) -> None:
    catalog = read(block.code, monkeypatch)
    record(block, "-", 0, f"read: {', '.join(catalog.models)}")


def test_all_examples_can_be_in_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = read("\n".join(block.code for block in EXAMPLES), monkeypatch)
    assert tuple(provider.name for provider in catalog.providers) == PROVIDERS


def test_examples_say_how_a_reply_is_continued_or_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = read("\n".join(block.code for block in EXAMPLES), monkeypatch)
    assert {model.provider for model in catalog.models.values() if model.continues != "no"} == CONTINUED
    reasons = TEXT.partition("Where a block has no `continue`")[2].partition("###")[0]
    assert [name for name in PROVIDERS if name not in CONTINUED and name not in reasons] == []


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.name)
def test_each_line_of_an_example_has_a_source(block: Block) -> None:
    after = TEXT.split("\n")[block.line :]
    listed = "\n".join(after).partition("Sources:\n")[2].partition("\n\n")[0]
    sources = dict(re.findall(r"^(\d+)\. <(https://\S+)>$", listed, re.MULTILINE))
    lines = [line for line in block.code.splitlines() if line]
    used = {number for line in lines for number in re.findall(r"\d+", line.rpartition("  # ")[2]) if "  # " in line}
    assert [line for line in lines if "  # " not in line and not line.startswith(OWN)] == []
    assert used == set(sources)


def test_the_table_of_failures_shows_what_is_tested() -> None:
    rows = TEXT.split("| the first model |")[1].split("\n\n")[0].splitlines()[2:]
    shown = {}
    for row in rows:
        name, asked, seen, stored = (cell.strip() for cell in row.strip("|").split("|"))
        shown[name] = (int(asked), re.findall(r"`(\w+)`", seen), stored)
    expected = {
        name: (
            case.asked,
            [*case.reasons, *([case.code] if case.code else [])],
            "the fall-back's reply" if not case.code else "the half reply" if case.shown else "no reply",
        )
        for name, case in CASES.items()
    }
    assert shown == expected
