"""The file of tool servers that docs/tools.md shows can be read, and its tables have each code and each limit."""

from pathlib import Path
from typing import get_args

import pytest

from chat.tool_settings import ToolSettings
from chat.tools.server_file import read
from tests.documents import blocks
from tests.support.repository import ROOT
from worker.tools.calls import ErrorCode

TEXT = (ROOT / "docs" / "tools.md").read_text("utf-8")
(FILE,) = [block for block in blocks.with_way("by") if block.argument == f"tests/documents/{Path(__file__).name}"]


def test_the_file_of_the_document_can_be_read() -> None:
    servers = read(FILE.code, {"DOCS_TOKEN": "t", "TICKETS_SECRET": "s"}).servers
    assert list(servers) == ["docs", "tickets", "local"]
    assert servers["tickets"].approval_of("list_all", is_read_only=False) == "always"
    assert not servers["tickets"].is_allowed("delete_all")


def test_a_missing_variable_of_the_file_is_named() -> None:
    with pytest.raises(ValueError, match="TICKETS_SECRET"):
        read(FILE.code, {"DOCS_TOKEN": "t"})


def test_every_code_of_a_call_is_in_the_table() -> None:
    assert all(f"`{code}`" in TEXT for code in (*get_args(ErrorCode), "tool_not_allowed"))


def test_every_limit_is_in_the_document() -> None:
    assert all(f"`{name.upper()}`" in TEXT for name in ToolSettings.model_fields)
