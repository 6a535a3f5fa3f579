"""A script with many arguments takes them by name; its header, its code and its caller use the same names."""

import re
from collections.abc import Iterator
from itertools import takewhile
from uuid import uuid4

import pytest

from chat.events import End, Error
from chat.questions import Question, open_call
from chat.scripts import source
from chat.settings import Settings
from chat.turn_record import cancel_call, close_call
from chat.usage import Usage
from tests.unit.test_scripts_are_fixed import ROOT

READS_NAMES = "local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments"
MOST_NUMBERED = 8

SCRIPTS = sorted(path.stem for path in (ROOT / "chat" / "scripts").glob("*.lua"))
SETTINGS = Settings(_env_file=None)


def sent_to_open() -> set[object]:
    session_id = str(uuid4())
    question = Question(session_id, "assistant", "m", "hello")
    return set(open_call("alice", f"{session_id}.1", question, SETTINGS).args[::2])


def sent_to_close() -> set[object]:
    turn_id = f"{uuid4()}.1"
    ends: list[End | Error] = [
        End(session_id="s", finish_reason="tool_calls", usage=Usage()),
        Error(code="turn_failed", content="", retryable=True),
    ]
    calls = [close_call(turn_id, "1", "done", last, None, SETTINGS) for last in ends]
    return {name for call in calls for name in call.args[::2]}


def sent_to_cancel() -> set[object]:
    return set(cancel_call("alice", f"{uuid4()}.1", SETTINGS).args[::2])


def names_in_header(name: str) -> Iterator[str]:
    _, _, header = source(name).partition("-- ARGV  by name:\n")
    for line in takewhile(lambda line: line.startswith("--       "), header.splitlines()):
        names, _, _ = line.removeprefix("--       ").partition("   ")
        if names:  # else the line continues the one before
            yield from names.split(", ")


def code_of(name: str) -> list[str]:
    return [line for line in source(name).splitlines() if line and not line.startswith(("--", "#!"))]


@pytest.mark.parametrize("name", SCRIPTS)
def test_only_few_arguments_are_numbered(name: str) -> None:
    code = code_of(name)
    assert all(int(number) <= MOST_NUMBERED for number in re.findall(r"ARGV\[(\d+)\]", "\n".join(code)))
    if any("arg." in line for line in code):
        assert code[0] == READS_NAMES
        assert not any("ARGV" in line for line in code[1:])


SENT = [("open", sent_to_open()), ("close", sent_to_close()), ("cancel", sent_to_cancel())]


@pytest.mark.parametrize(("name", "sent"), SENT)
def test_header_code_and_caller_name_the_same_arguments(name: str, sent: set[object]) -> None:
    assert set(names_in_header(name)) == sent
    code = "\n".join(code_of(name))
    assert {each for each in sent if re.search(rf"arg\.{each}\b|'{each}'", code)} == sent
    assert set(re.findall(r"\barg\.(\w+)", code)) <= sent


def test_the_scripts_documentation_shows_how_names_are_read() -> None:
    assert READS_NAMES in (ROOT / "chat" / "scripts" / "__init__.py").read_text("utf-8")
