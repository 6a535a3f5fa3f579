"""The table that `make docs-test` prints: each block, the shell, its duration and the result."""

from collections.abc import Callable
from typing import cast

import pytest

from tests.documents import blocks
from tests.documents.blocks import Block

ROW = "documents.row"
"""The property of a test report with one row: block, shell, seconds, what came out."""

Row = tuple[str, str, float, str]
Record = Callable[[Block, str, float, str], None]


class Table:
    """A plugin of pytest that collects the rows of all tests."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.results: dict[str, list[tuple[str, float]]] = {}
        self._seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.rows += self._rows(report)
        elif report.when == "call":
            self._seconds[report.nodeid] = report.duration
        file = report.nodeid.partition("::")[0]
        if report.when == "call" or report.skipped:
            self.results.setdefault(file, []).append((report.outcome, report.duration))

    def _rows(self, report: pytest.TestReport) -> list[Row]:
        """Returns the rows that a test recorded. One without a duration of its own gets that of its test."""
        seconds = self._seconds.get(report.nodeid, 0)
        rows = [cast(Row, value) for name, value in report.user_properties if name == ROW]
        return [(block, shell, own or seconds, result) for block, shell, own, result in rows]

    def lines(self, long: bool) -> list[str]:
        """Returns the lines of the table, in the order of the documents."""
        found = ["| block | shell | seconds | result |", "|---|---|---|---|"]
        for block in blocks.all_blocks():
            rows = [row for row in self.rows if row[0] == block.name] or [self._of(block, long)]
            found += [f"| {name} | {shell} | {seconds:.1f} | {result} |" for name, shell, seconds, result in rows]
        return found

    def _of(self, block: Block, long: bool) -> Row:
        """Returns the row of a block that no test of its own has run."""
        if block.way == "by":
            results = self.results.get(block.argument)
            outcome = (
                "elsewhere" if not results else "passed" if {"passed"} == {way for way, _ in results} else "FAILED"
            )
            return block.name, "-", sum(seconds for _, seconds in results or []), f"{outcome}: {block.argument}"
        if block.way in ("none", "drawing"):
            return block.name, "-", 0, f"not run: {block.argument or 'nothing to run'}"
        if block.way == "long" and not long:
            return block.name, "-", 0, f"not run: takes {block.argument}; DOCS=--long"
        return block.name, "-", 0, "NOT RUN"
