"""Every error code that the page may show has a sentence in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat import errors
from chat.errors import HoldfastError
from tests.support.stack import ROOT
from worker import turn_errors

IN_SOURCE = re.compile(r"""code\s*=\s*["']([a-z_]+)["']""")
IN_CATALOGUE = re.compile(r"^  ([a-z_]+):", re.MULTILINE)


def of_class(kind: type[HoldfastError]) -> Iterator[str]:
    if kind.status >= 500 or not kind.__subclasses__():
        yield kind.code
    for each in kind.__subclasses__():
        yield from of_class(each)


def in_source(folder: Path) -> set[str]:
    return {code for file in folder.rglob("*.py") for code in IN_SOURCE.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("language", ["En", "Zh"])
def test_every_code_is_translated(language: str) -> None:
    codes = {*of_class(errors.HoldfastError), *turn_errors.CODES, *in_source(ROOT / "api")}
    assert {"model_timeout", "turn_timeout", "rate_limited"} <= codes
    known = set(IN_CATALOGUE.findall((ROOT / f"web/src/i18n/problems{language}.ts").read_text("utf-8")))
    assert codes - known == set()
