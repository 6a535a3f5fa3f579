"""A container engine whose containers and images are files: `docker`, `podman` and their compose commands."""

import shutil
from collections.abc import Iterable
from pathlib import Path

PROGRAM = Path(__file__).with_suffix(".sh")
CONFIG = """name: fake
services:
  api:
    image: holdfast-app
  redis:
    image: valkey
  web:
    image: holdfast-web
    ports: []
  worker:
    environment:
      image: none
    image: holdfast-app
networks:
  back: {}
"""


class FakeDocker:
    """The programs in a folder that goes into PATH, with a first version of the images and so many containers of it."""

    def __init__(self, folder: Path, **replicas: int) -> None:
        self.folder = folder
        for name in ("docker", "podman", "podman-compose"):
            shutil.copy(PROGRAM, folder / name)
        for name in ("images", "containers", "built"):
            (folder / name).mkdir()
        self.put(version="2.26.1-4", config=CONFIG, sick="", kill_after="0", number="0", calls="")
        self.images = {"holdfast-app": "app-1", "holdfast-web": "web-1"}
        self.build_gives({"holdfast-app": "app-2", "holdfast-web": "web-2"})
        for service, count in {"redis": 1, **replicas}.items():
            for _ in range(count):
                self.add(service)

    def put(self, **files: str) -> None:
        """Writes files of the engine: `version` of Compose, images that are `sick`, `kill_after` so many calls …"""
        for name, content in files.items():
            (self.folder / name).write_text(f"{content}\n" if content else "", "utf-8")

    def add(self, service: str) -> None:
        """Adds a running, healthy container."""
        number = int((self.folder / "number").read_text("utf-8")) + 1
        self.put(number=str(number))
        container = self.folder / "containers" / f"{service}-{number}"
        container.mkdir()
        (container / "image").write_text("web-1\n" if service == "web" else "app-1\n", "utf-8")
        (container / "ok").touch()
        (container / "running").touch()

    def build_gives(self, images: dict[str, str]) -> None:
        for name, image in images.items():
            (self.folder / "built" / name).write_text(f"{image}\n", "utf-8")

    @property
    def images(self) -> dict[str, str]:
        """The image behind each name."""
        return {file.name: file.read_text("utf-8").strip() for file in sorted((self.folder / "images").iterdir())}

    @images.setter
    def images(self, images: dict[str, str]) -> None:
        shutil.rmtree(self.folder / "images")
        (self.folder / "images").mkdir()
        for name, image in images.items():
            (self.folder / "images" / name).write_text(f"{image}\n", "utf-8")

    @property
    def containers(self) -> dict[str, str]:
        """The image of each container, whether it runs or not."""
        folders = sorted((self.folder / "containers").iterdir())
        return {folder.name: (folder / "image").read_text("utf-8").strip() for folder in folders}

    @property
    def stopped(self) -> list[str]:
        """The containers that do not run."""
        return [name for name in self.containers if not (self.folder / "containers" / name / "running").exists()]

    @property
    def calls(self) -> list[str]:
        """The calls that changed something, without their options."""
        return [line.partition("|")[0] for line in self._lines("calls")]

    @property
    def counts(self) -> list[tuple[int, ...]]:
        """After each of these calls: how many workers, APIs and webs run."""
        return [tuple(map(int, line.partition("|")[2].split())) for line in self._lines("calls")]

    @property
    def all_calls(self) -> list[str]:
        """Every call, as it came."""
        return self._lines("all_calls")

    def _lines(self, name: str) -> list[str]:
        return (self.folder / name).read_text("utf-8").splitlines()


def of(service: str, names: Iterable[str]) -> list[str]:
    """Returns those names that belong to containers of the service."""
    return [name for name in names if name.rpartition("-")[0] == service]
