"""What has to repeat the version of pyproject.toml agrees with it."""

import re

import pytest

from api.version import read_version
from tests.support.repository import ROOT


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "deploy/k8s/kustomization.yaml"])
def test_image_tags_are_the_version(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    tags = re.findall(r'holdfast-(?:app|web)(?::|, newTag: ")(\d+\.\d+\.\d+)', text)
    assert set(tags) == {read_version()}


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert releases[0] == read_version()


def test_the_image_contains_the_file_of_the_version() -> None:
    assert re.search(r"^COPY pyproject\.toml ", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert "!pyproject.toml" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
