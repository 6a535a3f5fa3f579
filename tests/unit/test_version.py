"""What has to repeat the version of pyproject.toml agrees with it."""

import re

import pytest

from api.version import read_version
from tests.support.repository import ROOT


def tags_of_images(name: str) -> list[str]:
    return re.findall(r'holdfast-(?:app|web)(?::|, newTag: ")([^\s"]+)', (ROOT / name).read_text("utf-8"))


def test_the_base_of_the_manifests_names_the_version() -> None:
    assert set(tags_of_images("deploy/k8s/kustomization.yaml")) == {read_version()}


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh-CN.md", "docs/kubernetes.md", "deploy/k8s/example/kustomization.yaml"]
)
def test_operators_push_images_under_a_tag_of_their_own(name: str) -> None:
    """Nodes do not fetch a tag again, and several commits have the same version."""
    assert set(tags_of_images(name)) in ({"$TAG"}, {"your-tag"})


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert releases[0] == read_version()


def test_the_image_contains_the_file_of_the_version() -> None:
    assert re.search(r"^COPY pyproject\.toml ", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert "!pyproject.toml" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
