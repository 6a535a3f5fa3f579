"""What docs/kubernetes.md shows can be used as it is: overlays are rendered, commands name what exists."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.documents import blocks as blocks_of
from tests.support.kustomize import KUBECTL, Installation, needs_kubectl, validate
from tests.support.manifests import FOLDER, Manifest, kustomization, of_kind
from tests.support.repository import ROOT

GUIDE = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
SECTIONS = {part.split("\n", 1)[0]: part for part in GUIDE.split("\n## ")[1:]}
OVERLAYS = [name for name, text in SECTIONS.items() if "# deploy/my/kustomization.yaml" in text]
PROVIDERS = blocks_of.of("docs/providers.md")[0].code
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def blocks(section: str) -> list[tuple[str, str]]:
    """Returns the files of the overlay that a section shows: name and text."""
    return re.findall(r"^```yaml\n# deploy/my/(\S+)\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL)


def rendered(folder: Path, *sections: str) -> list[Manifest]:
    """Returns an installation with everything that the sections add to the overlay."""
    installation = Installation(folder)
    shutil.copy(ROOT / "chat" / "personas.toml", installation.overlay)
    (installation.overlay / "providers.toml").write_text(PROVIDERS, "utf-8")
    for section in sections:
        for name, text in blocks(section):
            if name == "kustomization.yaml":
                installation.extend(**yaml.safe_load(text))
            else:
                (installation.overlay / name).write_text(text, "utf-8")
    return installation.render()


@needs_kubectl
@pytest.mark.parametrize("section", OVERLAYS)
def test_the_overlay_of_a_section_renders_and_is_valid(tmp_path: Path, section: str) -> None:
    for each in rendered(tmp_path, section):
        validate(each)


@needs_kubectl
def test_all_overlays_of_the_guide_fit_together(tmp_path: Path) -> None:
    objects = rendered(tmp_path, *OVERLAYS)
    by_name = {(each["kind"], each["metadata"]["name"]): each for each in objects}
    assert not any(kind == "ScaledObject" for kind, _ in by_name)
    assert by_name["Deployment", "worker"]["spec"]["replicas"] == 4
    claim = by_name["StatefulSet", "redis"]["spec"]["volumeClaimTemplates"][0]["spec"]
    assert claim["storageClassName"] == "fast-ssd"
    settings = next(each["data"] for each in objects if "CONTEXT_MESSAGES" in each.get("data", {}))
    assert settings["PERSONAS_FILE"] == "/personas/personas.toml"
    assert settings["TURN_TIMEOUT"] == settings["DRAIN_SECONDS"] == "1800"
    grace = by_name["Deployment", "worker"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace == int(settings["DRAIN_SECONDS"]) + 30
    for tier in ("api", "worker"):
        pod = by_name["Deployment", tier]["spec"]["template"]["spec"]
        mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounts == {"tmp": "/tmp", "personas": "/personas", "providers": "/providers", "files": "/files"}
        for name in ("personas", "providers"):
            (mounted,) = (volume["configMap"]["name"] for volume in pod["volumes"] if volume["name"] == name)
            assert ("ConfigMap", mounted) in by_name
    assert settings["PROVIDERS_FILE"] == "/providers/providers.toml"
    keys = {tier: keys_of(by_name["Deployment", tier]) for tier in ("api", "worker")}
    assert "DEEPSEEK_API_KEY" in keys["worker"]
    assert "DEEPSEEK_API_KEY" not in keys["api"]
    assert ("Secret", keys["worker"]["DEEPSEEK_API_KEY"]) in by_name


def keys_of(deployment: Manifest) -> dict[str, str]:
    """Returns the variables of a tier that come from Secrets, with the names of these."""
    variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    sources = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for each in variables}
    return {name: secret for name, secret in sources.items() if secret}


@needs_kubectl
def test_the_secrets_in_use_are_listed(tmp_path: Path) -> None:
    objects = rendered(tmp_path)
    (found,) = re.findall(r"^kubectl .* get deployments,\S+ -o yaml \| (.*)$", GUIDE, re.MULTILINE)
    done = subprocess.run(
        ["sh", "-c", found],
        input=yaml.safe_dump([each for each in objects if "template" in each.get("spec", {})]),
        capture_output=True,
        text=True,
    )
    secrets = {each["metadata"]["name"] for each in objects if each["kind"] == "Secret"}
    assert len(secrets) == 3
    assert secrets <= set(done.stdout.split())


@pytest.mark.parametrize("commands", COMMANDS)
def test_the_commands_are_valid_for_a_shell(commands: str) -> None:
    done = subprocess.run(["sh", "-n"], input=commands, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_scripts_and_files_in_commands_exist() -> None:
    text = "\n".join(COMMANDS)
    mounted = {Path(file).name for each in kustomization()["configMapGenerator"] for file in each.get("files", [])}
    assert set(re.findall(r"/scripts/(\S+)", text)) == {"export.sh", "import.sh"} <= mounted
    for path in re.findall(r"(deploy/k8s/\S+)", text):
        assert (ROOT / path).exists() or path.startswith("deploy/k8s/secrets/"), path


def test_scripts_write_copies_for_their_user_only() -> None:
    copying = [file for file in FOLDER.rglob("*.sh") if "--rdb" in file.read_text("utf-8")]
    assert {file.name for file in copying} == {"export.sh", "backup.sh"}
    for file in copying:
        assert "set -eu\numask 077\n" in file.read_text("utf-8"), file.name


def test_objects_in_commands_exist() -> None:
    known = {f"deployment/{each['metadata']['name']}" for each in of_kind("Deployment")} | {"deployment/backup-files"}
    assert set(re.findall(r"\bdeployment/[\w-]+", GUIDE)) <= known
    assert (FOLDER / "components" / "backup" / "files.yaml").exists()


@needs_kubectl
@pytest.mark.skipif(not shutil.which("openssl"), reason="the commands make keys with openssl")
@pytest.mark.parametrize("document", ["README.md", "docs/kubernetes.md"])
def test_the_commands_as_printed_make_an_installation(tmp_path: Path, document: str) -> None:
    commands = [line for line in installing(document).splitlines() if not line.startswith(("docker ", "kubectl "))]
    shutil.copytree(FOLDER, tmp_path / "deploy" / "k8s", ignore=shutil.ignore_patterns("*.env"))
    for name in ("settings.env", "web.env"):
        shutil.copy(FOLDER / name, tmp_path / "deploy" / "k8s" / name)
    first = run(tmp_path, commands, "12e4567")
    assert "image: registry.test:5000/team/holdfast-app:12e4567\n" in first
    secrets = sorted((tmp_path / "deploy" / "k8s" / "secrets").glob("*.env"))
    assert [file.name for file in secrets] == ["api.env", "redis.env", "worker.env"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in secrets)
    assert run(tmp_path, commands, "7654321") == first  # pasted again, they keep what is there
    (upgrade,) = (block for block in COMMANDS if "git pull" in block)
    commands = [line for line in upgrade.splitlines() if not line.startswith(("docker ", "deploy/"))]
    upgraded = run(tmp_path, commands, "7654321")
    assert upgraded == first.replace("12e4567", "7654321")


def installing(document: str) -> str:
    """Returns the commands that make an installation."""
    text = (ROOT / document).read_text("utf-8")
    (block,) = re.findall(r"^```sh\n((?:(?!```).)*mkdir -p deploy/my\n.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(block)


def test_the_readmes_have_the_same_commands_for_a_cluster() -> None:
    """So those of one are run."""
    assert installing("README.zh-CN.md") == installing("README.md")


def run(folder: Path, commands: list[str], commit: str) -> str:
    """Runs commands of a document in a folder whose newest commit has this name. Returns the overlay rendered."""
    git = f"git() {{ [ $1 = pull ] || echo {commit}; }}"
    script = "\n".join(["set -e", git, *commands, f"{KUBECTL} kustomize deploy/my"])
    environment = os.environ | {"REGISTRY": "registry.test:5000/team", "TAG": commit}
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_the_port_of_the_metrics_comes_from_the_pod() -> None:
    (text,) = re.findall(r"^```yaml\n# prometheus.yml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    configuration = yaml.safe_load(text)
    (job,) = configuration["scrape_configs"]
    labels = {each["target_label"] for each in job["relabel_configs"] if "target_label" in each}
    assert labels == {"__address__", "namespace", "pod", "job"}
    assert configuration["global"]["scrape_interval"] == "15s"
