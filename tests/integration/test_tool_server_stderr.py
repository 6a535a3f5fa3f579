"""What a tool server on this machine writes to its standard error is in the log, but nothing of conversations."""

import json
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from chat.telemetry.traces import Traces
from tests.support.repository import ROOT
from tests.support.tool_servers import opened, settings_of
from tests.support.waiting import eventually
from worker.tools.stderr_log import LINE_CHARS, LINES
from worker.tools.toolbox import Toolbox

Logs = list[MutableMapping[str, Any]]
SPEAKS = """
import sys
from tests.support import tool_server

def speak(line):
    print(line, file=sys.stderr, flush=True)

speak("starting \\x1b[1m with token-of-tests")
tool_server.mcp.add_tool(lambda word: speak(f"called with {word}") or "said", name="say", description="Say")
tool_server.main()
"""


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as captured:
        yield captured


def lines(logs: Logs) -> list[str]:
    return [each["line"] for each in logs if each["event"] == "tool_server_stderr"]


def server(program: str, *more: str) -> str:
    command = json.dumps([sys.executable, "-c", program, "record", "stdio"])
    env = f'env = {{ PYTHONPATH = "{ROOT}", TOKEN = "token-of-tests" }}'
    return "\n".join(["[servers.s]", f"command = {command}", env, *more])


async def test_the_words_of_a_server_that_cannot_start_are_logged(tmp_path: Path, logs: Logs) -> None:
    program = 'import sys; sys.exit("no module named " + 700 * "x")'
    async with Toolbox(settings_of(tmp_path, server(program)), Traces()):

        async def is_logged() -> list[str]:
            return lines(logs)

        line, *_ = await eventually(is_logged)
    assert (line[:16], len(line)) == ("no module named ", LINE_CHARS)


@pytest.mark.parametrize("more", [(), ("log_stderr = true",)])
async def test_words_after_a_call_are_logged_if_wanted(tmp_path: Path, logs: Logs, more: tuple[str, ...]) -> None:
    async with opened(settings_of(tmp_path, server(SPEAKS, *more)), "s") as tools:
        assert (await tools.call("say", {"word": "sw0rdfish"})).content == "said"
    assert lines(logs) == ["starting  [1m with …", *(["called with sw0rdfish"] if more else [])]


async def test_keys_of_several_lines_and_parts_of_keys_are_left_out(tmp_path: Path, logs: Logs) -> None:
    program = 'import os, sys; print(os.environ["KEY"], os.environ["LONG"], file=sys.stderr)'
    table = f"[servers.s]\ncommand = {json.dumps([sys.executable, '-c', program])}\n"
    env = 'env = { SHORT = "abcdef", LONG = "abcdef-and-more", KEY = "-----BEGIN KEY-----\\nMIIEvQIBADAN\\n" }'
    async with Toolbox(settings_of(tmp_path, table + env), Traces()):

        async def are_logged() -> bool:
            return len(lines(logs)) >= 3

        await eventually(are_logged)
    assert lines(logs)[:3] == ["…", "…", "…"]


async def test_a_server_that_is_started_again_has_no_further_lines(tmp_path: Path, logs: Logs) -> None:
    program = f"import sys; [print(n, file=sys.stderr) for n in range({LINES - 10})]"
    async with Toolbox(settings_of(tmp_path, server(program)), Traces()):

        async def is_counted() -> bool:
            return any(each["event"] == "tool_server_stderr_left_out" for each in logs)

        await eventually(is_counted)
    assert len(lines(logs)) == LINES


async def test_lines_beyond_the_rate_are_counted(tmp_path: Path, logs: Logs) -> None:
    program = (
        f'import sys; [print(n, file=sys.stderr) for n in range({LINES} + 7)]; print("x" * 10**6, file=sys.stderr)'
    )
    async with Toolbox(settings_of(tmp_path, server(program)), Traces()):

        async def is_counted() -> bool:
            return any(each["event"] == "tool_server_stderr_left_out" for each in logs)

        await eventually(is_counted)
    assert lines(logs)[:LINES] == [str(number) for number in range(LINES)]
    (left_out, *_) = [each["lines"] for each in logs if each["event"] == "tool_server_stderr_left_out"]
    assert left_out == 8
