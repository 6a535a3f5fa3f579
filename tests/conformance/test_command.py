"""`python -m tests.conformance`: what it prints, and how it ends."""

import sys

import pytest

from launcher import ports
from tests.conformance.__main__ import arguments, main
from tests.conformance.catalogue import CHECKS, UNTESTABLE
from tests.conformance.document import marked
from tests.conformance.server import Server
from tests.support.stack import Stack

NUMBERS = {check.number for check in CHECKS} | {*UNTESTABLE}
OF_HTTP = {"P1", "P6", "P14", "P17", "P20", "P41"}
"""Some of the promises that need nothing but HTTP: of requests, of streams, and of all that the run has read."""

OWN_READER = f"{sys.executable} -m tests.conformance.show"


async def run(*words: str) -> int:
    return await main(arguments(words))


def test_without_numbers_every_promise_is_tested() -> None:
    assert sorted(arguments(["http://127.0.0.1"]).only) == sorted(NUMBERS)


async def test_a_bare_address_is_tested_as_far_as_possible(
    tested: tuple[Stack, Server], capsys: pytest.CaptureFixture[str]
) -> None:
    """Some of what holds is enough here: tests/conformance/test_promises.py checks that no other promise needs more."""
    assert await run(tested[0].url, "--only", *OF_HTTP, *marked()) == 0
    *lines, total = capsys.readouterr().out.splitlines()
    verdicts = dict(line.split(maxsplit=1) for line in lines)
    assert set(verdicts) == OF_HTTP | marked()
    assert {number for number, verdict in verdicts.items() if verdict == "holds"} == OF_HTTP
    assert all(verdicts[number].startswith("not tested here: it needs ") for number in marked())
    assert total == f"{len(OF_HTTP)} hold, 0 broken, {len(marked())} not tested here"


async def test_users_are_given_by_their_tokens(
    tested: tuple[Stack, Server], capsys: pytest.CaptureFixture[str]
) -> None:
    users = [await tested[1].visitors.another() for _ in range(2)]
    tokens = [user.http.headers["Authorization"].removeprefix("Bearer ") for user in users]
    one, both = ["--token", tokens[0]], [word for token in tokens for word in ("--token", token)]
    assert await run(tested[0].url, *one, "--only", "P6", "P14") == 0
    assert await run(tested[0].url, *both, "--only", "P14", "--header", "X-Any: thing") == 0
    assert capsys.readouterr().out.splitlines() == [
        "P6   holds",
        "P14  not tested here: it needs a second user: give --token twice",
        "1 hold, 0 broken, 1 not tested here",
        "P14  holds",
        "1 hold, 0 broken, 0 not tested here",
    ]


async def test_a_server_that_does_not_answer_ends_it_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(f"http://127.0.0.1:{ports.free()}") == 2
    assert "cannot be tested: ConnectError" in capsys.readouterr().err


def test_a_number_that_is_no_promise_ends_it_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments(["http://127.0.0.1", "--only", "P0"])
    assert "no such promise: P0" in capsys.readouterr().err


async def test_a_program_is_tested_as_a_reader(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--reader", OWN_READER, "--only", "R1", "R9") == 0
    assert capsys.readouterr().out.splitlines() == ["R1   holds", "R9   holds", "2 hold, 0 broken, 0 not tested here"]


async def test_a_program_that_prints_nothing_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--reader", f"{sys.executable} -c pass", "--only", "R2") == 1
    assert capsys.readouterr().out.startswith("R2   broken: the program ended with 0")
