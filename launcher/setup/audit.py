"""Whether the packages in the locks have known vulnerabilities."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from launcher.console import say

from . import page
from .locks import GROUPS
from .packages import LOCKS, PYTHON

NOBODY = (
    "{what} could not be asked for known vulnerabilities, so nothing is known about {which}. "
    "Check the network (behind a proxy, set HTTPS_PROXY), then run make audit again."
)
FOUND = "Known vulnerabilities in {which}: {names}. Renew the lock, or say in the change why they do no harm."


def run() -> int:
    """Ask about every locked package; 0 where nothing is known of any. Says what was found, or that nobody answered."""
    locks = [str(LOCKS / f"{name}.lock") for name in ("app", *GROUPS)]
    chosen = [part for lock in locks for part in ("-r", lock)]
    ours = [str(PYTHON), "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "-f", "json"]
    good = tell(python_findings(answer([*ours, *chosen])), "PyPI", "requirements/*.lock")
    theirs = answer(page.npm("audit", "--json"), page.WEB)
    return 0 if tell(page_findings(theirs), "The npm registry", "web/package-lock.json") and good else 1


def answer(command: list[str], folder: Path = Path()) -> str:
    """What the program says on its standard output; its troubles go to the terminal."""
    env = page.environment()
    return subprocess.run(command, stdout=subprocess.PIPE, cwd=folder, env=env).stdout.decode("utf-8", "replace")


def tell(findings: list[str] | None, what: str, which: str) -> bool:
    """Say how it went; whether all is well."""
    if findings is None:
        say(NOBODY.format(what=what, which=which))
    elif findings:
        say(FOUND.format(which=which, names=", ".join(findings)))
    else:
        say(f"No known vulnerabilities in {which}.")
    return findings == []


def python_findings(report: str) -> list[str] | None:
    """The packages with advisories in pip-audit's JSON report; None where it is none.

    A package that PyPI does not know is skipped there. Ours are all from PyPI, so then it was not PyPI that answered.
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
    """The packages with advisories in npm's JSON report; None where it is none."""
    packages = _field(report, "vulnerabilities")
    return None if packages is None else [f"{name} ({found['severity']})" for name, found in sorted(packages.items())]


def _field(report: str, name: str) -> Any:
    try:
        return json.loads(report).get(name)
    except (ValueError, AttributeError):
        return None
