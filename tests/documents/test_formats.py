"""Blocks in a format of some program: JSON, and files for docker compose."""

import json
import re

import pytest
import yaml

from tests.documents import blocks
from tests.documents.blocks import Block
from tests.documents.table import Record
from tests.support.repository import ROOT

NAME = "tests/documents/test_formats.py"
YAML = [block for block in blocks.with_way("by") if block.argument == NAME and block.language == "yaml"]


@pytest.mark.parametrize("block", blocks.with_way("json"), ids=lambda block: block.name)
def test_json_of_a_block_can_be_read(block: Block, record: Record) -> None:
    value = json.loads(block.code)
    assert isinstance(value, dict)
    record(block, "-", 0, f"read: {', '.join(value)}")


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.name)
def test_a_compose_override_changes_services_that_exist(block: Block, record: Record) -> None:
    """`docker compose config`, which needs an engine's client, runs in `make containers` only."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    override = yaml.safe_load(block.code)
    assert set(override) <= {"services", "networks", "volumes"}
    assert set(override["services"]) <= set(compose["services"])
    mounts = [mount for service in override["services"].values() for mount in service.get("volumes", [])]
    assert [mount for mount in mounts if not re.fullmatch(r"\./[\w./-]+:/[\w./-]+:ro", mount)] == []
    record(block, "-", 0, f"read: {', '.join(override['services'])}")
