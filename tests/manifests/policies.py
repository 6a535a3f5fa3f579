"""Runs checkov's policies for Kubernetes, and compares what they refuse with what is accepted for a reason."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.manifests import tools

ACCEPTED = {
    "CKV_K8S_11": "no CPU limits: one would slow all replies of a pod down at once, and make event loops look hung",
    "CKV_K8S_15": "images are pulled if they are missing: tags are exact and never moved",
    "CKV_K8S_35": "secrets are read from the environment, which no other process of the container can read",
    "CKV_K8S_40": "Valkey's image has the user 999, to whom the data on existing volumes belongs",
    "CKV_K8S_43": "no digests: your registry makes those of Holdfast, and Valkey's differ for each platform",
    "CKV_K8S_8 Deployment.holdfast.backup-files": "it serves nothing: it waits so that files can be read",
    "CKV_K8S_9 Deployment.holdfast.backup-files": "it serves nothing: it waits so that files can be read",
}
"""Why a policy does not apply, for all objects or for one."""


@dataclass(frozen=True)
class Verdict:
    """What the policies said."""

    passed: int
    accepted: dict[str, int]
    """How often each entry of `ACCEPTED` was needed."""

    refused: list[str]

    @property
    def unneeded(self) -> list[str]:
        """Entries of `ACCEPTED` that no object needs any more."""
        return [entry for entry in ACCEPTED if entry not in self.accepted]


def check(rendered: Path) -> Verdict:
    """Runs checkov, without its guidelines, which it would ask a server for."""
    command = [
        str(tools.CHECKOV),
        "--file",
        str(rendered),
        "--framework",
        "kubernetes",
        "--skip-download",
        "--output",
        "json",
    ]
    environment = os.environ | {"LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not done.stdout.lstrip().startswith("{"):
        raise RuntimeError(done.stderr or done.stdout)
    return judge(json.loads(done.stdout)["results"])


def judge(results: dict[str, list[dict[str, Any]]]) -> Verdict:
    """Sorts checkov's results."""
    accepted: dict[str, int] = {}
    refused = []
    for failed in results["failed_checks"]:
        one = f"{failed['check_id']} {failed['resource']}"
        entry = next((each for each in (one, failed["check_id"]) if each in ACCEPTED), None)
        if entry:
            accepted[entry] = accepted.get(entry, 0) + 1
        else:
            refused.append(f"{one}: {failed['check_name']}")
    return Verdict(len(results["passed_checks"]), accepted, refused)
