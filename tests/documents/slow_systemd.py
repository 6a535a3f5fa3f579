"""docs/guides/systemd.md: systemd accepts the units, and the settings that it shows start the processes."""

import asyncio
import configparser
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from api.__main__ import GRACEFUL_SECONDS
from chat.settings import Settings
from launcher import ports, valkey
from tests.documents import blocks
from tests.documents.table import Record
from tests.support.processes import Process, start
from tests.support.repository import ROOT
from tests.support.stack import KEPT, SECRET, ready, stopped
from tests.support.waiting import until

GUIDE = "docs/guides/systemd.md"
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
COMMON, API, WORKER, VALKEY = (block for block in blocks.of(GUIDE) if block.way == "by")
ANALYZE = shutil.which("systemd-analyze")
PROGRAMS = {"/opt/holdfast/.venv/bin/python": "/bin/sh", "/usr/bin/valkey-server": "/bin/sh"}


def section(unit: Path, name: str = "Service") -> dict[str, str]:
    """Returns a section of a unit; of several lines with one name the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit, "utf-8")
    return dict(parser[name])


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Their programs are not installed where the units look for them, so the copies name one that is."""
    for unit in UNITS:
        text = unit.read_text("utf-8")
        for program, other in PROGRAMS.items():
            text = text.replace(program, other)
        copy = tmp_path / unit.name.replace("@", "@1")
        copy.write_text(text, "utf-8")
        found = subprocess.run([ANALYZE or "", "verify", "--man=no", str(copy)], capture_output=True, text=True)
        assert (found.returncode, found.stderr) == (0, ""), unit.name


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_restarts_after_any_exit_and_gains_no_rights(unit: Path) -> None:
    service = section(unit)
    assert service["Restart"] == "always"
    assert section(unit, "Unit")["StartLimitIntervalSec"] == "0"  # else it is given up after a few quick exits
    assert service["User"] == "holdfast"
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"]) == ("yes", "")
    assert (service["ProtectSystem"], service["SystemCallErrorNumber"]) == ("strict", "EPERM")


def test_units_have_the_time_that_their_processes_need() -> None:
    times = {unit.name: int(section(unit)["TimeoutStopSec"]) for unit in UNITS}
    drain = float(Settings.model_fields["drain_seconds"].default)
    assert times["holdfast-worker@.service"] >= drain + 15
    assert times["holdfast-api.service"] >= GRACEFUL_SECONDS + 5


async def test_the_settings_start_an_api_two_workers_and_valkey(tmp_path: Path, record: Record) -> None:
    port, api_port = ports.several(2)
    base = {name: value for name, value in os.environ.items() if name in KEPT}
    folder = tmp_path / "valkey"
    folder.mkdir()
    configuration = re.sub(r"(?m)^port .*$", f"port {port}", VALKEY.code).replace("/var/lib/holdfast", str(folder))
    (tmp_path / "valkey.conf").write_text(configuration, "utf-8")
    command = (str(valkey.binary()), str(tmp_path / "valkey.conf"), "--set-proc-title", "no")
    server = await asyncio.create_subprocess_exec(*command, env=base)
    log = tmp_path / "run" / "stack.log"
    log.parent.mkdir()
    common = lines(COMMON.code.replace(":6379", f":{port}"))
    api = common | lines(API.code.replace("the-48-random-bytes", SECRET)) | {"PORT": str(api_port)}
    worker = common | lines(WORKER.code)
    processes: list[Process] = [server]
    try:
        for number in (1, 2):
            health = {"HEALTH_FILE": str(tmp_path / f"health-{number}")}
            processes.append(await start("worker", base | worker | health, log))
        processes.append(await start("api", base | api, log))
        await ready(f"http://127.0.0.1:{api_port}", log)
        await asyncio.to_thread(until, lambda: all((tmp_path / f"health-{number}").exists() for number in (1, 2)))
    finally:
        await stopped(processes)
    assert {process.returncode for process in processes} <= {0, -signal.SIGTERM}  # systemd counts both as a success
    for block in (COMMON, API, WORKER, VALKEY):
        record(block, "-", 0, "started Valkey, two workers and an API")


def lines(code: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in code.splitlines())
