"""The settings that documents show can be used, and their tables agree with the programs that read them."""

import re
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from chat import unknown_settings
from chat.settings import Settings
from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.table import Record
from tests.support.repository import ROOT, files, name_of

ABOUT_CODE = {"ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"}
"""They name constants of the code as well, or variables that are gone."""
DOCUMENTS = [file for file in files() if file.suffix == ".md" and file.name not in ABOUT_CODE]
SHOWN = blocks.with_way("settings")
NAME = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")
ROW = re.compile(r"^\| ((?:`[A-Z_0-9]+` ?)+)\| ([^|]*)\|", re.MULTILINE)
FILE_ELSEWHERE = re.compile(r"^(PERSONAS_FILE|PROVIDERS_FILE|MCP_FILE)=/.*$", re.MULTILINE)
"""A file that only a container or another machine has."""
OTHERS = frozenset(
    """
    NODE_EXTRA_CA_CERTS SSL_CERT_FILE OTEL_SERVICE_NAME OTEL_TRACES_SAMPLER OTEL_EXPORTER_OTLP_HEADERS
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_ENDPOINT_URL
    COMPOSE_PROFILES HOLDFAST_TEST_STORE HOLDFAST_TOKEN OLLAMA_CONTEXT_LENGTH OLLAMA_HOST REDISCLI_AUTH
    MESSAGES_SNAPSHOT RUN_ERROR RUN_FINISHED RUN_STARTED TOOL_CALL_RESULT
    """.split()
)
"""Variables of other programs and of the tests, and events of AG-UI."""


def known() -> set[str]:
    """Returns every variable that some program of the repository reads."""
    settings = {name.upper() for name in Settings.model_fields}
    web = set(re.findall(r"\{\$([A-Z_]+)", (ROOT / "web" / "Caddyfile").read_text("utf-8")))
    redis = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", (ROOT / "deploy" / "k8s" / "redis" / "start.sh").read_text("utf-8")))
    return settings | unknown_settings.OF_COMPOSE | web | redis | OTHERS


def values(block: Block) -> dict[str, str]:
    """Returns the variables of a block, as python-dotenv reads them from a file."""
    read = dotenv_values(stream=StringIO(block.code), interpolate=False)
    assert all(value is not None for value in read.values()), block.name
    return {name: value or "" for name, value in read.items()}


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.name)
def test_settings_of_a_block_can_be_used(block: Block, tmp_path: Path, record: Record) -> None:
    file = tmp_path / ".env"
    here = {"PERSONAS_FILE": Settings.model_fields["personas_file"].default}
    for name, document in (("PROVIDERS_FILE", "providers.md"), ("MCP_FILE", "tools.md")):
        here[name] = tmp_path / f"{name}.toml"
        here[name].write_text(blocks.of(f"docs/{document}")[0].code, "utf-8")
    file.write_text(FILE_ELSEWHERE.sub(lambda found: f"{found[1]}={here[found[1]]}", block.code), "utf-8")
    names = values(block)
    assert names
    assert names.keys() <= known()
    assert unknown_settings.found({}, file) == {}
    fields = Settings(_env_file=file)
    given = [name for name in names if name.lower() in Settings.model_fields]
    assert {name.lower() for name in given} <= fields.model_fields_set
    record(block, "-", 0, f"read: {', '.join(names)}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_variables_that_a_document_names_exist(document: Path) -> None:
    named = set(NAME.findall(document.read_text("utf-8")))
    assert sorted(named - known()) == []


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_defaults_in_the_readmes_are_those_of_the_settings(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    section = text[text.index("| `OPENAI_API_KEY` `OPENAI_BASE_URL`") :]
    compared = 0
    for names, shown in ROW.findall(section.partition("\n\n")[0]):
        fields = re.findall(r"`(\w+)`", names)
        defaults = re.findall(r"`([^`]+)`|(\d+)", shown)
        own = [Settings.model_fields[field.lower()].default for field in fields]
        if len(fields) == len(defaults) and None not in own:  # else it is a sentence
            written = [as_written(value) for value in own]
            assert [code or number for code, number in defaults] == written, names
            compared += len(fields)
    assert compared >= 18


def shown_defaults(names: list[str], cell: str) -> list[str]:
    """Returns the default of each name that a row shows: one for each, one for all, or a list for a single one."""
    codes = re.findall(r"`([^`]+)`", cell)
    if len(names) == 1:
        return [",".join(codes)]
    return codes * len(names) if len(codes) == 1 else codes


def test_defaults_in_the_table_of_compose_are_those_of_its_file() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    table = text.partition("## Settings of compose\n")[2].partition("\n## ")[0]
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    compared = 0
    for found, cell in ROW.findall(table):
        names = re.findall(r"`(\w+)`", found)
        own = [(re.findall(rf"\$\{{{name}:-([^}}]*)\}}", compose) or [""])[0] for name in names]
        if "`" in cell and all(own):
            assert own == shown_defaults(names, cell), names
            compared += len(names)
    assert compared >= 9


def as_written(value: object) -> str:
    """Returns a default as documents write it."""
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return str(value).lower() if isinstance(value, bool) else str(value)
