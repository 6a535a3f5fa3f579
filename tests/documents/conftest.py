"""Fixtures that record what a block printed and how long it took, for the table of `make docs-test`."""

import pytest

from tests.documents.blocks import Block
from tests.documents.table import ROW, Record


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Adds a row to the table."""

    def add(block: Block, shell: str, seconds: float, result: str) -> None:
        request.node.user_properties.append((ROW, (block.name, shell, seconds, result)))

    return add
