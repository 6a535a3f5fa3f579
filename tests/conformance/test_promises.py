"""Our own server keeps every promise of docs/protocol.md, and the suite knows each of them."""

import ast
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.catalogue import CHECKS, IN_ORDER, UNTESTABLE
from tests.conformance.document import event_fields, marked, promises
from tests.conformance.event_fields import OPTIONAL, REQUIRED
from tests.conformance.readers import CHECKS as OF_READERS
from tests.conformance.server import Server
from tests.conformance.suite import Check

FUNCTIONS: dict[str, Callable[..., Awaitable[None]]] = {check.number: check.function for check in CHECKS} | OF_READERS

OURS = ("own_stack.py", "conftest.py")
FILES = [file for file in Path(__file__).parent.glob("*.py") if file.name not in OURS and file.name[:5] != "test_"]


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a check has used of `model` and `operator`, which raise `NotTested` where there is none."""
    names: set[str] = set()

    def noting(name: str, get: Callable[[Server], object]) -> property:
        def note(server: Server) -> object:
            names.add(name)
            return get(server)

        return property(note)

    for name in ("model", "operator"):
        monkeypatch.setattr(Server, name, noting(name, getattr(Server, name).fget))
    return names


def test_every_promise_of_the_document_is_in_the_suite() -> None:
    numbers = [*FUNCTIONS, *UNTESTABLE]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == set(promises())


@pytest.mark.parametrize("number", FUNCTIONS)
def test_a_check_begins_with_the_words_of_its_promise(number: str) -> None:
    words = FUNCTIONS[number].__doc__
    assert words
    assert promises()[number].startswith(words)


def test_the_fields_of_events_are_those_of_the_document() -> None:
    required = {kind: dict.fromkeys(names, True) for kind, names in REQUIRED.items()}
    optional = {kind: dict.fromkeys(names, False) for kind, names in OPTIONAL.items()}
    assert {kind: {**names, **optional.get(kind, {})} for kind, names in required.items()} == event_fields()


@pytest.mark.parametrize("check", IN_ORDER, ids=lambda check: check.number)
async def test_our_server_keeps_the_promise(server: Server, check: Check, needed: set[str]) -> None:
    """The sentences that need more than HTTP are those that the document marks; others may say more with it."""
    await check(server)
    if check.number in marked():
        assert needed
    elif needed:
        await check(replace(server, model_control=None, operator_hand=None))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_suite_needs_nothing_of_the_product(file: Path) -> None:
    """So that the suite can be copied to another project: it needs the standard library and httpx2."""
    names = [
        node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom | ast.Import)
    ]
    modules = {node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in names}
    foreign = {name for name in modules if name.partition(".")[0] not in {*sys.stdlib_module_names, "httpx2"}}
    assert {name for name in foreign if not name.startswith("tests.conformance")} == set()
    assert "tests.conformance.own_stack" not in foreign
