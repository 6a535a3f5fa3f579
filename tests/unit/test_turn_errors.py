"""The documents explain every code with which a turn can end, and no other."""

import re
from collections import Counter
from inspect import getmembers, isfunction

import pytest

from chat.events import Error
from tests.support.stack import ROOT
from worker import turn_errors
from worker.llm.failures import unreachable

OF_STREAMS = ("turn_failed", "unknown_turn")
"""Codes of terminal events that `api/streaming/follow.py` makes where the log is gone."""

ARGUMENTS = {"of_model": (unreachable(),), "attempts_exhausted": (3,), "turn_timeout": (600,)}


def codes_in(document: str, header: str) -> Counter[str]:
    """Returns the codes in the first column of the table below the header."""
    table = (ROOT / document).read_text("utf-8").split(f"\n{header}\n")[1].split("\n\n")[0]
    return Counter(code for row in table.splitlines() for code in re.findall(r"`([a-z_]+)`", row.split("|")[1]))


@pytest.mark.parametrize(
    ("document", "header", "codes"),
    [
        ("docs/operations.md", "| code | meaning | check |", turn_errors.CODES),
        ("docs/protocol.md", "| code | retryable | meaning |", (*turn_errors.CODES, *OF_STREAMS)),
    ],
    ids=["operations", "protocol"],
)
def test_a_table_has_each_code_once(document: str, header: str, codes: tuple[str, ...]) -> None:
    assert codes_in(document, header) == Counter(codes)


def test_protocol_says_which_errors_are_retryable() -> None:
    table = (ROOT / "docs/protocol.md").read_text("utf-8").split("\n| code | retryable | meaning |\n")[1]
    rows = [row.split("|")[1:3] for row in table.split("\n\n")[0].splitlines()[1:]]
    stated = {code: says.strip() == "yes" for codes, says in rows for code in re.findall(r"`([a-z_]+)`", codes)}
    assert {error.code: stated[error.code] for error in made()} == {error.code: error.retryable for error in made()}


def test_each_own_code_has_a_function() -> None:
    assert {error.code for error in made()} == {*turn_errors.OWN_CODES, "model_unreachable"}


def made() -> list[Error]:
    """Returns an error of each public function."""
    functions = dict(getmembers(turn_errors, lambda each: isfunction(each) and each.__module__ == turn_errors.__name__))
    return [make(*ARGUMENTS.get(name, ())) for name, make in functions.items() if not name.startswith("_")]
