"""Checks the packages in the locks for known vulnerabilities."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from launcher.console import say

from . import page
from .locks import GROUPS
from .packages import LOCKS, PYTHON

UNREACHABLE = (
    "{what} could not be asked for known vulnerabilities, so {which} is unchecked. "
    "Check the network (behind a proxy, set HTTPS_PROXY), then run make audit again."
)
VULNERABLE = "Known vulnerabilities in {which}: {names}. Renew the lock, or say in the change why they do no harm."


def run() -> int:
    """Checks every locked package and prints the result. Returns 0 if all registries answered and reported nothing."""
    locks = [str(LOCKS / f"{name}.lock") for name in ("app", *GROUPS)]
    chosen = [part for lock in locks for part in ("-r", lock)]
    scan = [str(PYTHON), "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "-f", "json"]
    is_clean = tell(python_findings(output([*scan, *chosen])), "PyPI", "requirements/*.lock")
    npm_report = output(page.npm("audit", "--json"), page.WEB)
    return 0 if tell(page_findings(npm_report), "The npm registry", "web/package-lock.json") and is_clean else 1


def output(command: list[str], folder: Path = Path()) -> str:
    """Runs a command and returns its standard output. Its standard error goes to the terminal."""
    env = page.environment()
    return subprocess.run(command, stdout=subprocess.PIPE, cwd=folder, env=env).stdout.decode("utf-8", "replace")


def tell(findings: list[str] | None, what: str, which: str) -> bool:
    """Prints the result of one check. Returns whether the registry answered and reported nothing."""
    if findings is None:
        say(UNREACHABLE.format(what=what, which=which))
    elif findings:
        say(VULNERABLE.format(which=which, names=", ".join(findings)))
    else:
        say(f"No known vulnerabilities in {which}.")
    return findings == []


def python_findings(report: str) -> list[str] | None:
    """Returns the packages with advisories in pip-audit's JSON report; None if it is not a complete report.

    pip-audit skips packages that PyPI does not know. All of the locked ones are on PyPI, so a skipped one means that
    PyPI did not output.
    """
    packages = _field(report, "dependencies")
    if packages is None or any("skip_reason" in package for package in packages):
        return None
    return [
        f"{package['name']} {package['version']} ({', '.join(found['id'] for found in package['vulns'])})"
        for package in packages
        if package["vulns"]
    ]


def page_findings(report: str) -> list[str] | None:
    """Returns the packages with advisories in npm's JSON report; None if it is not one."""
    packages = _field(report, "vulnerabilities")
    return None if packages is None else [f"{name} ({found['severity']})" for name, found in sorted(packages.items())]


def _field(report: str, name: str) -> Any:
    try:
        return json.loads(report).get(name)
    except (ValueError, AttributeError):
        return None
