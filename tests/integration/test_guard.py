"""A killed test run leaves none of its processes behind."""

import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from launcher.guard import alive
from tests.support.guard import guarded, left
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]

IGNORES_SIGTERM = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "input()"]).pid, flush=True)
signal.pause()
"""
RUN = f"""
import pathlib, signal, subprocess, sys
from launcher import ports, valkey
from tests.support.guard import guarded
with guarded():
    print(valkey.start(pathlib.Path(sys.argv[1]), ports.free()).pid, flush=True)
    print(subprocess.Popen([sys.executable, "-c", {IGNORES_SIGTERM!r}], start_new_session=True).pid, flush=True)
    signal.pause()
"""


async def test_a_killed_run_leaves_no_process_behind(tmp_path: Path) -> None:
    """Not a server, not a process in its own session that ignores SIGTERM, and not the process that this started."""
    command = (sys.executable, "-c", RUN, str(tmp_path))
    run = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert run.stdout
    started = [int(await run.stdout.readline()) for _ in range(3)]
    assert all(map(alive, started))
    run.kill()

    async def all_gone() -> bool:
        return not any(map(alive, started))

    await eventually(all_gone)
    await run.wait()


def test_a_process_that_is_still_running_is_named() -> None:
    with guarded() as run:
        assert left(run) == {}
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=PIPE) as process:
            assert list(left(run, seconds=0)) == [process.pid]
            process.communicate(b"\n")
        assert left(run) == {}
