"""Runs schemathesis against a stack and counts its cases and results."""

import asyncio
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from api.protocols.responses.ids import response_id
from tests.support.client import Client
from tests.support.stack import Stack, run_stack

CONFIG = Path(__file__).with_name("schemathesis.toml")
SESSIONS = 20
ALL_PHASES = "examples,coverage,fuzzing,stateful"
SHORT_PHASES = "examples,fuzzing"
"""Without the systematic values of each parameter, which take most of a run's time, and without sequences of requests.

With one example of each operation, only one sequence of 54 is found.
"""


@dataclass(frozen=True)
class Outcome:
    """`cases` were tried; `is_clean` if no check failed; `streams` is the number of event streams read.

    `errors` are the error lines of the stack's log, whatever the responses were.
    """

    cases: int
    is_clean: bool
    statuses: Counter[str]
    streams: int
    errors: list[str]
    output: str

    def faults(self, min_cases: int) -> list[str]:
        """Returns the reasons why the run is not valid, as sentences; it needs at least `min_cases` cases."""
        few = f"{self.cases} cases were tried, and at least {min_cases} are required"
        found = {
            few: self.cases < min_cases,
            "a check failed, see the output above": not self.is_clean,
            "no event stream was read": not self.streams,
        }
        return [*(fault for fault, applies in found.items() if applies), *self.errors]


@asynccontextmanager
async def unlimited(redis_url: str, folder: Path) -> AsyncIterator[Stack]:
    """Runs a stack without limits per user, which would refuse requests before the code under test."""
    async with run_stack(
        redis_url,
        folder,
        auth_mode="guest",
        max_active_turns_per_user="0",
        max_streams_per_user="0",
        max_sessions_per_user="0",
    ) as stack:
        yield stack


async def fuzz(stack: Stack, folder: Path, examples: int, phases: str = ALL_PHASES, seed: int | None = None) -> Outcome:
    """Tries so many examples of each operation in these phases, as a guest whose sessions have replies.

    With the same `seed` and the same OpenAPI document the requests are the same; without one they are others each time.
    """
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        guest = (await http.post("/auth/guest")).json()
    bearer = f"Bearer {guest['token']}"
    await _prepare(stack, guest["user_id"], bearer, folder)
    report = folder / "cases.ndjson"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        "--no-color", "--config-file", shutil.copy(CONFIG, folder), "run", f"{stack.url}/openapi.json",
        "--phases", phases, "--checks", "all", "--max-examples", str(examples), "--header", f"Authorization: {bearer}",
        "--continue-on-failure", *(() if seed is None else ("--seed", str(seed))),
        "--report", "ndjson", "--report-ndjson-path", str(report),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert report.exists(), output
    found = re.search(r"(\d+) generated", output)
    lines = report.read_text("utf-8")
    statuses = Counter(re.findall(r'"status_code": ?(\d+)', lines))
    streams = len(re.findall(r"text/event-stream; charset", lines))
    errors = [line for line in stack.logs().splitlines() if '"level": "error"' in line]
    return Outcome(int(found[1]) if found else 0, process.returncode == 0, statuses, streams, errors, output)


async def _prepare(stack: Stack, user_id: str, bearer: str, folder: Path) -> None:
    async with Client(stack.url, user_id) as user:
        user.http.headers["Authorization"] = bearer
        sessions = [await user.start() for _ in range(SESSIONS)]
        turns = [await user.ask(session_id, "hello") for session_id in sessions]
        for turn_id in turns:
            await user.follow(turn_id)
    (folder / "sessions.txt").write_text("\n".join(map(json.dumps, sessions)), "utf-8")
    (folder / "turns.txt").write_text("\n".join(map(json.dumps, turns)), "utf-8")
    responses = map(response_id, turns)
    (folder / "responses.txt").write_text("\n".join(map(json.dumps, responses)), "utf-8")
