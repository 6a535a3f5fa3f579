"""Runs schemathesis against a stack and counts what came of it."""

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

from tests.support.client import Client
from tests.support.stack import Stack, run_stack

CONFIG = Path(__file__).with_name("schemathesis.toml")
SESSIONS = 20


@dataclass(frozen=True)
class Outcome:
    """`cases` were tried; `is_clean` where no check failed. `streams` counts the event streams that were read.

    `errors` are what the stack's log tells of them, whatever the answers were.
    """

    cases: int
    is_clean: bool
    statuses: Counter[str]
    streams: int
    errors: list[str]
    told: str

    def faults(self, least: int) -> list[str]:
        """Why the run counts for nothing, in sentences; it has to be of so many cases."""
        few = f"{self.cases} cases were tried, and at least {least} are wanted"
        found = {
            few: self.cases < least,
            "a check failed, as told above": not self.is_clean,
            "no event stream was read": not self.streams,
        }
        return [*(fault for fault, is_there in found.items() if is_there), *self.errors]


@asynccontextmanager
async def unlimited(redis_url: str, folder: Path) -> AsyncIterator[Stack]:
    """A stack to try things on: its limits would only hide what is behind them."""
    async with run_stack(
        redis_url,
        folder,
        auth_mode="guest",
        max_active_turns_per_user="0",
        max_streams_per_user="0",
        max_sessions_per_user="0",
    ) as stack:
        yield stack


async def fuzz(stack: Stack, folder: Path, examples: int) -> Outcome:
    """Try so many examples of each operation, as a guest who has sessions with replies in them."""
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        guest = (await http.post("/auth/guest")).json()
    bearer = f"Bearer {guest['token']}"
    await _prepare(stack, guest["user_id"], bearer, folder)
    report = folder / "cases.ndjson"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        "--no-color", "--config-file", shutil.copy(CONFIG, folder), "run", f"{stack.url}/openapi.json",
        "--checks", "all", "--max-examples", str(examples), "--header", f"Authorization: {bearer}",
        "--continue-on-failure",
        "--report", "ndjson", "--report-ndjson-path", str(report),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await process.communicate())[0].decode()
    assert report.exists(), told
    found = re.search(r"(\d+) generated", told)
    lines = report.read_text("utf-8")
    statuses = Counter(re.findall(r'"status_code": ?(\d+)', lines))
    streams = len(re.findall(r"text/event-stream; charset", lines))
    errors = [line for line in stack.logs().splitlines() if '"level": "error"' in line]
    return Outcome(int(found[1]) if found else 0, process.returncode == 0, statuses, streams, errors, told)


async def _prepare(stack: Stack, user_id: str, bearer: str, folder: Path) -> None:
    async with Client(stack.url, user_id) as user:
        user.http.headers["Authorization"] = bearer
        sessions = [await user.start() for _ in range(SESSIONS)]
        turns = [await user.ask(session_id, "hello") for session_id in sessions]
        for turn_id in turns:
            await user.follow(turn_id)
    (folder / "sessions.txt").write_text("\n".join(map(json.dumps, sessions)), "utf-8")
    (folder / "turns.txt").write_text("\n".join(map(json.dumps, turns)), "utf-8")
