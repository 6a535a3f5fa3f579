"""Renders deploy/k8s with kubectl, as `kubectl apply -k` does, and validates what comes out."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support.manifests import FOLDER, Manifest
from tests.support.repository import ROOT

KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl") or str(ROOT / ".holdfast" / "manifests" / "kubectl")
needs_kubectl = pytest.mark.skipif(not Path(KUBECTL).exists(), reason="needs kubectl; make manifests installs one")
SECRETS = {
    "api.env": "SECRET_KEY=first",
    "worker.env": "OPENAI_API_KEY=first",
    "redis.env": "REDIS_PASSWORD=first",
}


CLUSTER_WIDE = ("Namespace", "PriorityClass")
CUSTOM = ("ScaledObject",)

_valid: set[str] = set()


def validate(manifest: Manifest) -> None:
    """Fails for an object that breaks its schema, or that has no namespace although it should.

    Most objects are the same in many renderings, and a validation takes long, so each is validated once.
    """
    text = json.dumps(manifest, sort_keys=True)
    if text not in _valid:
        if manifest["kind"] not in CUSTOM:
            kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
        assert manifest["kind"] in CLUSTER_WIDE or manifest["metadata"]["namespace"] == "holdfast", manifest["metadata"]
        _valid.add(text)


class Installation:
    """A copy of deploy/k8s with secrets, and the overlay deploy/my next to it."""

    def __init__(self, folder: Path) -> None:
        self.base = folder / "k8s"
        self.overlay = folder / "my"
        shutil.copytree(FOLDER, self.base)
        shutil.copytree(FOLDER / "example", self.overlay)
        for name, text in SECRETS.items():
            (self.base / "secrets" / name).write_text(f"{text}\n", "utf-8")

    def extend(self, **parts: list[Any]) -> None:
        """Adds entries to the lists of the overlay's kustomization."""
        file = self.overlay / "kustomization.yaml"
        overlay = yaml.safe_load(file.read_text("utf-8"))
        for key, entries in parts.items():
            overlay[key] = [*overlay.get(key, []), *entries]
        file.write_text(yaml.safe_dump(overlay), "utf-8")

    def render(self) -> list[Manifest]:
        """Returns all objects. Raises `RuntimeError` with kubectl's message."""
        done = subprocess.run([KUBECTL, "kustomize", self.overlay], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return list(yaml.load_all(done.stdout, yaml.CSafeLoader))  # the same as safe_load_all, in C
