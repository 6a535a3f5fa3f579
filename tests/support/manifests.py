"""Reads the Kubernetes manifests of deploy/k8s as they are written, without kustomize."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.repository import ROOT

FOLDER = ROOT / "deploy" / "k8s"
Manifest = dict[str, Any]


def kustomization(folder: Path = FOLDER) -> Manifest:
    return dict(yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8")))


@cache
def manifests(folder: Path = FOLDER) -> tuple[Manifest, ...]:
    """Returns what the kustomization of `folder` lists as resources."""
    files = [folder / name for name in kustomization(folder).get("resources", [])]
    return tuple(each for file in files if file.is_file() for each in yaml.safe_load_all(file.read_text("utf-8")))


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def of_kind(kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests() if manifest["kind"] == kind]


def workload(name: str) -> Manifest:
    """Returns the Deployment or StatefulSet of a tier."""
    return next(each for each in manifests() if "template" in each.get("spec", {}) and each["metadata"]["name"] == name)


def pod(workload: Manifest) -> Manifest:
    return dict(workload["spec"]["template"]["spec"])


def container(name: str) -> Manifest:
    return dict(pod(workload(name))["containers"][0])


def variables(name: str) -> dict[str, Manifest]:
    """Returns the variables of a tier's container that are set one by one, by name."""
    return {each["name"]: each for each in container(name).get("env", [])}


def env_file(name: str) -> dict[str, str]:
    """Returns the settings of `settings.env` or `web.env`."""
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def quantity(text: str) -> float:
    """Returns a Kubernetes quantity as a number: bytes, cores or pieces."""
    factors = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "m": 0.001}
    for suffix, factor in factors.items():
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * factor
    return float(text)
