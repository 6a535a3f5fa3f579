# ruff: noqa: T201 - a report on standard output
"""Renders deploy/k8s with every component, and checks schemas, KEDA's types, policies and triggers."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml

from tests.autoscaling.__main__ import main as live_a_day
from tests.manifests import policies, tools
from tests.support import kustomize
from tests.support.manifests import FOLDER, Manifest
from tests.support.repository import ROOT

OBSERVABILITY = ROOT / "deploy" / "observability"
KEDA_TYPES = Path(__file__).with_name("keda_types.py")


def main() -> int:
    """Prints what each check found. Returns 1 for a fault."""
    kustomize.KUBECTL = str(tools.kubectl())
    with tempfile.TemporaryDirectory() as folder:
        objects = rendered(Path(folder))
        file = Path(folder, "rendered.yaml")
        file.write_text(yaml.safe_dump_all(objects), "utf-8")
        print(f"\n## Rendered\n\n{version()}: {len(objects)} objects")
        checks = [schemas(objects), keda(file), policy(file)]
    checks.append(queries())
    print("\n## A day of load\n")
    checks.append(live_a_day() == 0)
    return not all(checks)


def version() -> str:
    done = subprocess.run([kustomize.KUBECTL, "version", "--client"], capture_output=True, text=True, check=True)
    return ", ".join(line.replace(":", "", 1) for line in done.stdout.splitlines())


def rendered(folder: Path) -> list[Manifest]:
    """Returns the objects of the example with all components."""
    installation = kustomize.Installation(folder)
    components = sorted(file.parent.name for file in FOLDER.glob("components/*/kustomization.yaml"))
    installation.extend(components=[f"../k8s/components/{name}" for name in components])
    return installation.render()


def schemas(objects: list[Manifest]) -> bool:
    version = kubernetes_validate.latest_version()
    native = [each for each in objects if each["kind"] != "ScaledObject"]
    for each in native:
        kubernetes_validate.validate(each, version, strict=True)
    print(f"\n## Schemas\n\nKubernetes {version}: {len(native)} objects valid, strictly")
    return True


def keda(file: Path) -> bool:
    print("\n## KEDA's types\n")
    return subprocess.run([tools.PYTHON, KEDA_TYPES, file], check=False).returncode == 0


def policy(file: Path) -> bool:
    verdict = policies.check(file)
    print(f"\n## Policies (checkov)\n\n{verdict.passed} passed, {len(verdict.refused)} refused, and accepted:\n")
    print("| policy | objects | reason |\n|---|---|---|")
    for entry, count in sorted(verdict.accepted.items()):
        print(f"| {entry} | {count} | {policies.ACCEPTED[entry]} |")
    for line in verdict.refused:
        print(f"REFUSED {line}")
    for entry in verdict.unneeded:
        print(f"NOT NEEDED ANY MORE {entry}")
    return not verdict.refused and not verdict.unneeded


def queries() -> bool:
    """Has promtool evaluate the triggers and the alarms, if the machine has it (Debian: prometheus)."""
    print("\n## promtool\n")
    promtool = shutil.which("promtool")
    if not promtool:
        print("not installed: skipped")
        return True
    files = [OBSERVABILITY / name for name in ("triggers.test.yml", "alerts.test.yml")]
    done = [subprocess.run([promtool, "test", "rules", file], check=False).returncode for file in files]
    return not any(done)


if __name__ == "__main__":
    sys.exit(main())
