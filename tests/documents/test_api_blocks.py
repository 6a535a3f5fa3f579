"""The READMEs' calls of the API, typed as printed into each shell: every one works, and prints what the text says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from launcher import ports
from tests.documents import blocks, shells
from tests.documents.blocks import Block
from tests.documents.shells import Answer, Shell, open_shell
from tests.documents.table import Record
from tests.support import privacy
from tests.support.fixtures import stack_of
from tests.support.stack import ROOT, Stack

READMES = ("README.md", "README.zh-CN.md")
ADDRESS = re.compile(r"http://127\.0\.0\.1:80[08]0\b")
SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(not shells.installed(name), reason=f"{name} is not installed"))
    for name in shells.COMMANDS
]
with_guests = stack_of(auth_mode="guest")
QUESTIONS = ("What is Redis?", "And what is Valkey?")
METER = re.compile(r"% Total|Dload|:--|^\s*\d+\s+\d\S*\s+\d+\s+\d")
EVENT = re.compile(r"^id: (?P<turn>[0-9a-f-]{36}\.\d+):(?P<seq>\d+)$")


class Session:
    """One shell in which the blocks of a document are typed in their order."""

    def __init__(self, shell: Shell, name: str, url: str, record: Record) -> None:
        self._shell, self._name, self._url, self._record = shell, name, url, record

    async def type(self, block: Block) -> Answer:
        """Types the block with the address of the test's API."""
        answer = await self._shell.type(ADDRESS.sub(self._url, block.code))
        assert answer.status == 0, answer.output
        self._record(block, self._name, answer.seconds, summary(answer.output))
        return answer


def summary(output: str) -> str:
    """Returns the last line of an output without curl's meter, shortened."""
    lines = [line for line in re.split(r"[\r\n]+", output) if line.strip() and not METER.search(line)]
    return f"`{lines[-1][:70]}`" if lines else "nothing, as it should"


def events(output: str) -> list[dict[str, Any]]:
    """Returns the events that curl printed."""
    return [json.loads(line.removeprefix("data: ")) for line in output.splitlines() if line.startswith("data: ")]


def objects(output: str) -> list[Any]:
    """Returns the JSON values that several calls of curl printed without anything in between."""
    decoder, found, text = json.JSONDecoder(), [], output[output.index("{") :]
    while text.startswith(("{", "[")):
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = re.sub(r"\A[^\[{]*", "", text[end:])
    return found


def check_reply(output: str, question: str) -> None:
    sent = events(output)
    assert [sent[0]["type"], sent[-1]["type"]] == ["start", "end"]
    assert "".join(event.get("content", "") for event in sent).strip() == f"You said: {question}"


async def run_all(session: Session, given: list[Block]) -> None:
    """Types the blocks from "Start a session" on."""
    start, ask, rest, turn = given
    assert events((await session.type(start)).output) == []
    check_reply((await session.type(ask)).output, QUESTIONS[0])
    history, roles, cleared = objects((await session.type(rest)).output)
    assert [message["role"] for message in history["messages"]] == ["user", "assistant"]
    assert {"assistant", "teacher", "programmer"} <= set(roles["roles"])
    assert cleared["message"]
    followed = (await session.type(turn)).output
    check_reply(followed, QUESTIONS[1])
    state, stopped = objects(followed[followed.index('{"turn_id"', followed.index('"end"')) :])
    assert (state["state"], stopped["state"]) == ("done", "done")


def test_the_readmes_have_the_same_calls(record: Record) -> None:
    """So those of one are typed."""
    for way in ("api", "guest"):
        typed, others = (blocks.with_way(way, document=document) for document in READMES)
        assert [block.code for block in others] == [block.code for block in typed] != []
        for block in others:
            record(block, "-", 0, f"the same as in {READMES[0]}")


@pytest.mark.parametrize("shell", SHELLS)
async def test_the_calls_work_as_printed(stack: Stack, tmp_path: Path, shell: str, record: Record) -> None:
    for question in QUESTIONS:
        privacy.note(question)
    first, *others = blocks.with_way("api", document=READMES[0])
    async with open_shell(shell, tmp_path) as opened:
        session = Session(opened, shell, stack.url, record)
        await session.type(first)
        await run_all(session, others)


@pytest.mark.parametrize("shell", SHELLS)
async def test_the_calls_work_for_a_guest(with_guests: Stack, tmp_path: Path, shell: str, record: Record) -> None:
    """All calls in the first shell. In the others only those that the shell may understand differently: the guest's."""
    first, *others = blocks.with_way("api", document=READMES[0])
    (guest,) = blocks.with_way("guest", document=READMES[0])
    async with open_shell(shell, tmp_path) as opened:
        session = Session(opened, f"{shell}, guest", with_guests.url, record)
        await session.type(first)
        await session.type(guest)
        if shell == next(iter(shells.COMMANDS)):
            await run_all(session, others)
        else:
            await session.type(others[0])


@pytest.mark.parametrize("document", READMES)
async def test_the_shown_events_have_the_form_of_real_ones(document: str, stack: Stack) -> None:
    (shown,) = (block for block in blocks.with_way("by", document=document) if "id: " in block.code)
    ids = [EVENT.match(line) for line in shown.code.splitlines() if line.startswith("id: ")]
    assert [match and match["seq"] for match in ids] == ["1", "2"]
    real = {
        "start": "turn_id session_id position",
        "chunk": "content",
        "end": "session_id finish_reason usage message_id",
    }
    for event in events(shown.code.replace("{…}", "{}")):
        assert set(event) == {"type", *real[event["type"]].split()}


def test_the_address_of_the_calls_is_that_of_make_run() -> None:
    first = blocks.with_way("api", document="README.md")[0]
    assert ADDRESS.findall(first.code) == ["http://127.0.0.1:8000"]
    assert (ROOT / "Makefile").read_text("utf-8").count("http://127.0.0.1:8000") == 1
    assert ports.address("127.0.0.1", 8000) == "http://127.0.0.1:8000"
