"""upgrade.sh rolls out tier by tier, goes back when one fails, and leaves a running Redis alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.manifests import FOLDER

SCRIPT = FOLDER / "upgrade.sh"
KUBECTL = '''#!{python} -SE
"""Stands in for kubectl: records its calls, and answers from a file."""
import sys  # alone, because it starts a hundred times
folder = __file__.rpartition("/")[0]
state = eval(open(folder + "/state").read())
words = sys.argv[1:][2:] if sys.argv[1] == "-n" else sys.argv[1:]
with open(folder + "/calls", "a") as calls:
    calls.write(" ".join(words) + "\\n")
if words[0] == "kustomize":
    print("kind: StatefulSet" if state["redis"] else "kind: Deployment")
elif words[:2] == ["get", "statefulset"]:
    print("statefulset.apps/redis" if state["installed"] else "", end="")
elif words[0] == "get":
    key = "noted" if "rollback-to" in words[-1] else "revisions"
    print(state[key].get(words[2], ""), end="")
elif words[0] == "annotate":
    name, value = words[-2:] if words[-1].endswith("-") else (words[-2], words[-1].partition("=")[2])
    if words[-1].endswith("-"):
        state["noted"].pop(name, None)
    else:
        state["noted"][name] = value
elif words[0] == "apply" and words[-1].rpartition("=")[2] in state["revisions"]:
    state["revisions"][words[-1].rpartition("=")[2]] = "new"
elif words[:2] == ["rollout", "undo"]:
    state["revisions"][words[2].rpartition("/")[2]] = "undone"
elif words[:2] == ["rollout", "status"]:
    name = words[2].rpartition("/")[2]
    sys.exit(name == state["fails"] and state["revisions"][name] == "new")
elif words[0] == "diff":
    sys.exit(state["differs"])
open(folder + "/state", "w").write(repr(state))
'''
Answer = subprocess.CompletedProcess[str]


class Cluster:
    """A stand-in for kubectl, with three tiers at revision 3."""

    def __init__(self, folder: Path, **state: object) -> None:
        self.folder = folder
        program = folder / "kubectl"
        program.write_text(KUBECTL.replace("{python}", sys.executable), "utf-8")
        program.chmod(0o700)
        tiers = {"worker": "3", "api": "3", "web": "3"}
        start = {"revisions": tiers, "noted": {}, "fails": "", "redis": True, "installed": True, "differs": 0}
        (folder / "state").write_text(repr(start | state), "utf-8")

    def run(self, *arguments: str) -> Answer:
        environment = os.environ | {"KUBECTL": str(self.folder / "kubectl"), "TMPDIR": str(self.folder)}
        return subprocess.run(
            ["sh", SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def calls(self, *words: str) -> list[str]:
        """Returns the calls that begin with one of `words`, in order."""
        return [call for call in (self.folder / "calls").read_text("utf-8").splitlines() if call.startswith(words)]


def test_tiers_are_rolled_out_one_after_the_other(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    assert cluster.run("deploy/my").returncode == 0
    steps = [call.partition(" -l ")[2] or call.split()[2] for call in cluster.calls("apply", "rollout")]
    assert steps == [
        "app.kubernetes.io/name notin (worker, api, web, redis)",
        *(
            step
            for tier in ("worker", "api", "web")
            for step in (f"app.kubernetes.io/name={tier}", f"deployment/{tier}")
        ),
    ]


@pytest.mark.parametrize(("fails", "undone"), [("worker", ["worker"]), ("web", ["web", "api", "worker"])])
def test_a_tier_that_fails_brings_the_old_version_back(tmp_path: Path, fails: str, undone: list[str]) -> None:
    cluster = Cluster(tmp_path, fails=fails)
    answer = cluster.run("deploy/my")
    assert answer.returncode == 1
    assert f"{fails} does not become ready" in answer.stderr
    assert cluster.calls("rollout undo") == [f"rollout undo deployment/{tier} --to-revision=3" for tier in undone]


def test_a_rollback_undoes_the_last_upgrade_once(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.run("deploy/my")
    assert cluster.run("--rollback").returncode == 0
    undone = [f"rollout undo deployment/{tier} --to-revision=3" for tier in ("web", "api", "worker")]
    assert cluster.calls("rollout undo") == undone
    assert cluster.run("--rollback").returncode == 0
    assert cluster.calls("rollout undo") == undone


def test_a_tier_that_did_not_change_is_not_rolled_back(tmp_path: Path) -> None:
    tiers = {"worker": "5", "api": "4", "web": "4"}
    cluster = Cluster(tmp_path, revisions=tiers, noted=tiers | {"worker": "4"})
    cluster.run("--rollback")
    assert cluster.calls("rollout undo") == ["rollout undo deployment/worker --to-revision=4"]


@pytest.mark.parametrize(("differs", "said"), [(0, False), (1, True)])
def test_a_redis_that_differs_is_reported_not_restarted(tmp_path: Path, differs: int, said: bool) -> None:
    answer = Cluster(tmp_path, differs=differs).run("deploy/my")
    assert answer.returncode == 0
    assert ("This restarts it: " in answer.stdout) is said
    assert ("apply -k deploy/my -l app.kubernetes.io/name=redis" in answer.stdout) is said


def test_the_first_installation_starts_redis_first(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, installed=False, revisions={})
    assert cluster.run("deploy/my").returncode == 0
    applied = [call.partition(" -l ")[2] for call in cluster.calls("apply")]
    assert applied[1:3] == ["app.kubernetes.io/name=redis", "app.kubernetes.io/name=worker"]


def test_an_installation_without_redis_is_not_compared(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, redis=False)
    assert cluster.run("deploy/my").returncode == 0
    assert cluster.calls("diff") == []


def test_the_rendered_secrets_are_removed_afterwards(tmp_path: Path) -> None:
    Cluster(tmp_path).run("deploy/my")
    assert {file.name for file in tmp_path.iterdir()} == {"kubectl", "calls", "state"}


def test_without_an_overlay_the_usage_is_printed(tmp_path: Path) -> None:
    answer = Cluster(tmp_path).run()
    assert answer.returncode == 2
    assert "upgrade.sh --rollback" in answer.stderr
