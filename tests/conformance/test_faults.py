"""Each check can fail: a server or a reader that breaks a promise is found out, and for the right reason."""

from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tests.conformance import following, reader, readers
from tests.conformance.catalogue import CHECKS
from tests.conformance.faults import FAULTS
from tests.conformance.faulty import Fault, FaultyTransport
from tests.conformance.server import Server, opened
from tests.conformance.suite import judge

BY_NUMBER = {check.number: check for check in CHECKS}
SILENCE_SECONDS = 0.5


def test_there_is_a_fault_for_each_check() -> None:
    assert [fault.number for fault in FAULTS] == list(BY_NUMBER)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.number)
async def test_a_server_with_a_fault_is_found_out(server: Server, fault: Fault) -> None:
    async with opened(
        server.visitors.url,
        model=server.model_control,
        operator=server.operator_hand,
        silence_seconds=SILENCE_SECONDS,
        transport=lambda: FaultyTransport(fault),
    ) as broken:
        outcome = await judge(fault.number, partial(BY_NUMBER[fault.number], broken), 60)
    assert outcome.verdict == "broken"
    assert fault.why in outcome.why


READERS = (
    (
        "R1",
        reader,
        "        self.cursor = seq\n",
        '        self.cursor = seq if event["type"] != "progress" else self.cursor\n',
    ),
    ("R2", reader, 'self.text = self.thinking = ""', 'self.text = ""'),
    ("R3", reader, ' and event["type"] != "snapshot"', ""),
    ("R4", reader, "seq <= self.cursor", "False"),
    ("R5", following, "while not reader.ending:", "if not reader.ending:"),
    ("R6", following, "wait if failures else reader.pause", "0"),
    ("R7", following, "(204, 404)", "(204,)"),
    ("R8", following, "max(wait, float(asked) if asked.isdecimal() else 0.0)", "wait"),
    ("R9", reader, "|\\r", "|\\r|\x85"),
    ("R9", reader, "decode(piece)", 'piece.decode(errors="replace")'),
    ("R9", reader, 'after_cr and text[0] == "\\n"', "False"),
    ("R10", following, "headers=key", 'headers={"Idempotency-Key": uuid4().hex}'),
    ("R12", reader, 'case "restart":', 'case "restart" | "resume":'),
    ("R11", reader, 'case "end" | "error" as ending:', 'case "end" as ending if event["finish_reason"] == "stop":'),
)


def changed(module: ModuleType, old: str, new: str) -> ModuleType:
    """The module with one place of its source replaced."""
    assert module.__file__
    source = Path(module.__file__).read_text("utf-8")
    assert source.count(old) == 1, old
    made = ModuleType(module.__name__)
    exec(compile(source.replace(old, new), module.__file__, "exec"), made.__dict__)
    return made


@pytest.mark.parametrize(("number", "module", "old", "new"), READERS, ids=[each[0] for each in READERS])
async def test_a_reader_with_a_fault_is_found_out(
    monkeypatch: pytest.MonkeyPatch, number: str, module: ModuleType, old: str, new: str
) -> None:
    made = changed(module, old, new)
    for user, name in ((readers, "Reader"), (readers, "Follower"), (following, "blocks")):
        if hasattr(made, name):
            monkeypatch.setattr(user, name, getattr(made, name))
    play = readers.Play(partial(readers.own, silence_seconds=3.0))
    outcome = await judge(number, partial(readers.CHECKS[number], play), 15)
    assert outcome.verdict == "broken"
