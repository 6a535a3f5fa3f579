"""deploy/compose/upgrade.sh replaces containers in a safe order, goes on after an interruption, and refuses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.fake_docker import FakeDocker, of
from tests.support.repository import ROOT

SCRIPT = ROOT / "deploy" / "compose" / "upgrade.sh"
REPLICAS = {"worker": 2, "api": 2, "web": 1}
FIRST = {"holdfast-app": "app-1", "holdfast-web": "web-1"}
SECOND = {"holdfast-app": "app-2", "holdfast-web": "web-2"}
PREVIOUS = {"holdfast-app:previous": "app-1", "holdfast-web:previous": "web-1"}


@pytest.fixture
def docker(tmp_path: Path) -> FakeDocker:
    """An engine on which the first version runs: redis-1, worker-2, worker-3, api-4, api-5, web-6."""
    (tmp_path / "docker-compose.yml").touch()
    (tmp_path / "sleep").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "sleep").chmod(0o700)
    return FakeDocker(tmp_path, **REPLICAS)


def run(docker: FakeDocker, *arguments: str, compose: str = "docker compose") -> subprocess.CompletedProcess[str]:
    """Runs the script with this engine, in a process group of its own, which the engine may kill."""
    return subprocess.run(
        [str(SCRIPT), *arguments],
        cwd=docker.folder,
        env={"PATH": f"{docker.folder}:{os.environ['PATH']}", "COMPOSE": compose},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


def interrupt(docker: FakeDocker, point: int, *arguments: str) -> None:
    """Kills the script after so many calls that change something."""
    docker.put(kill_after=str(len(docker.calls) + point))
    assert run(docker, *arguments).returncode == -9
    docker.put(kill_after="0")


def assert_all_run(docker: FakeDocker, images: dict[str, str]) -> None:
    assert docker.stopped == []
    for service, count in REPLICAS.items():
        image = images["holdfast-web" if service == "web" else "holdfast-app"]
        assert [docker.containers[name] for name in of(service, docker.containers)] == [image] * count
    assert {name: docker.images[name] for name in images} == images
    assert list(docker.folder.glob(".upgrade*")) == []


def assert_succeeded(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_new_replicas_run_before_old_ones_stop(docker: FakeDocker) -> None:
    assert_succeeded(run(docker))
    assert_all_run(docker, SECOND | PREVIOUS)
    assert all(workers >= REPLICAS["worker"] and apis >= REPLICAS["api"] for workers, apis, _ in docker.counts)
    assert docker.calls == [
        "build", "tag app-1 holdfast-app:previous", "tag web-1 holdfast-web:previous",
        "up worker=3 running", "up worker=4 running", "stop worker-2 worker-3", "rm worker-2 worker-3",
        "up api=3 running", "up api=4 running", "stop api-4", "rm api-4", "stop api-5", "rm api-5",
        "up web=2 created", "stop web-6", "start web-11", "rm web-6",
    ]  # fmt: skip


def test_each_tier_gets_its_time_to_stop(docker: FakeDocker) -> None:
    """Workers have 7 seconds for their replies here. The only web stops at once."""
    run(docker)
    stops = [call.partition(" --")[0] for call in docker.all_calls if call.startswith("stop")]
    assert stops == ["stop -t 22 worker-2 worker-3", "stop -t 20 api-4", "stop -t 20 api-5", "stop -t 0 web-6"]


def test_no_other_container_is_created_or_recreated(docker: FakeDocker) -> None:
    run(docker)
    started = [call for call in docker.all_calls if call.startswith("compose up")]
    assert len(started) == 5
    assert all("--no-build --no-deps --no-recreate --scale" in call for call in started)
    assert "redis-1" in docker.containers


def test_several_webs_stop_one_by_one_in_order(docker: FakeDocker) -> None:
    docker.add("web")
    assert_succeeded(run(docker))
    assert all(webs >= 1 for _, _, webs in docker.counts)
    assert [call for call in docker.all_calls if call.startswith("stop -t 10 ")] == [
        "stop -t 10 web-6", "stop -t 10 web-7",
    ]  # fmt: skip


def test_a_return_runs_the_earlier_version_again(docker: FakeDocker) -> None:
    run(docker)
    assert_succeeded(run(docker, "--back"))
    assert_all_run(docker, FIRST)
    assert docker.images == FIRST
    again = run(docker, "--back")
    assert again.returncode == 1
    assert again.stderr.startswith("There is no earlier version")


def test_changed_settings_keep_the_earlier_version(docker: FakeDocker) -> None:
    run(docker)
    before = docker.containers
    assert_succeeded(run(docker, "--no-build"))
    assert_all_run(docker, SECOND | PREVIOUS)
    assert docker.containers.keys() & before.keys() == {"redis-1"}


@pytest.mark.parametrize("point", [1, 2, 5, 6, 14, 15, 16])
def test_an_interrupted_upgrade_can_be_finished(docker: FakeDocker, point: int) -> None:
    interrupt(docker, point)
    assert_succeeded(run(docker))
    assert_all_run(docker, SECOND | PREVIOUS)
    assert all(workers >= REPLICAS["worker"] and apis >= REPLICAS["api"] for workers, apis, _ in docker.counts)


@pytest.mark.parametrize("point", [5, 15])
def test_an_interrupted_upgrade_can_be_taken_back(docker: FakeDocker, point: int) -> None:
    interrupt(docker, point)
    assert_succeeded(run(docker, "--back"))
    assert_all_run(docker, FIRST)


@pytest.mark.parametrize("point", [1, 4])
def test_an_interrupted_return_can_be_finished(docker: FakeDocker, point: int) -> None:
    run(docker)
    interrupt(docker, point, "--back")
    assert_succeeded(run(docker, "--back"))
    assert_all_run(docker, FIRST)


def test_a_second_fix_replaces_an_unfinished_upgrade(docker: FakeDocker) -> None:
    interrupt(docker, 4)
    third = {"holdfast-app": "app-3", "holdfast-web": "web-3"}
    docker.build_gives(third)
    assert_succeeded(run(docker))
    assert_all_run(docker, third | PREVIOUS)


def test_a_draining_worker_is_not_asked_to_stop_again(docker: FakeDocker) -> None:
    """A second signal ends its replies. These workers are asked only when their time is over."""
    interrupt(docker, 5)
    with (docker.folder / ".upgrade").open("a", encoding="utf-8") as state:
        state.write("stopping worker-2\nstopping worker-3\n")
    assert_succeeded(run(docker))
    looks = [call for call in docker.all_calls if call == "inspect -f {{.State.Running}} worker-2"]
    assert len(looks) == 22
    stops = [call for call in docker.all_calls if call.startswith("stop") and "worker" in call]
    assert stops == ["stop -t 1 worker-2", "stop -t 1 worker-3"]


def test_a_sick_new_version_leaves_the_old_one_running(docker: FakeDocker) -> None:
    docker.put(sick="app-2")
    done = run(docker)
    assert done.returncode == 1
    assert done.stderr.startswith("its last words\nThe new worker does not become healthy")
    assert of("worker", docker.containers) == ["worker-2", "worker-3"]
    assert_succeeded(run(docker, "--back"))
    assert_all_run(docker, FIRST)


def test_a_sick_new_web_gives_its_port_back(docker: FakeDocker) -> None:
    docker.put(sick="web-2")
    done = run(docker)
    assert done.returncode == 1
    assert done.stderr.startswith("its last words\nThe new web does not start; the old one runs again.")
    assert docker.counts[-1] == (2, 2, 1)
    assert_succeeded(run(docker, "--back"))
    assert_all_run(docker, FIRST)


@pytest.mark.parametrize(
    ("files", "arguments", "reason"),
    [
        ({"version": "2.23.3"}, [], "Docker Compose 2.24 or newer is needed; this is 2.23.3."),
        ({"version": "1.29.2"}, [], "Docker Compose 2.24 or newer is needed; this is 1.29.2."),
        ({"config": "name: fake"}, [], "names no project, or no images"),
        ({"config": "name: other"}, ["--fast"], "names no project, or no images"),
        ({}, ["--back"], "There is no earlier version"),
        ({}, ["--fast"], "usage: "),
    ],
    ids=["compose 2.23", "compose 1", "no services", "wrong file", "no earlier version", "usage"],
)
def test_a_wrong_state_is_refused(docker: FakeDocker, files: dict[str, str], arguments: list[str], reason: str) -> None:
    docker.put(**files)
    assert_refused(docker, arguments, reason)


def assert_refused(docker: FakeDocker, arguments: list[str], reason: str) -> None:
    done = run(docker, *arguments)
    assert done.returncode == 1
    assert reason in done.stderr
    assert docker.calls == []
    assert list(docker.folder.glob(".upgrade")) == []


def test_a_start_is_left_to_compose(docker: FakeDocker) -> None:
    shutil.rmtree(docker.folder / "containers")
    (docker.folder / "containers").mkdir()
    assert_refused(docker, [], "Nothing of the project fake runs here")


def test_a_failed_build_changes_nothing(docker: FakeDocker) -> None:
    shutil.rmtree(docker.folder / "built")
    assert_refused(docker, [], "The build failed. Nothing that runs was changed.")


def test_missing_images_are_refused(docker: FakeDocker) -> None:
    docker.images = {}
    assert_refused(docker, ["--no-build"], "The images holdfast-app and holdfast-web are not here.")


def test_a_sick_redis_is_refused(docker: FakeDocker) -> None:
    (docker.folder / "containers" / "redis-1" / "ok").unlink()
    assert_refused(docker, [], "redis is not healthy")


def test_an_installation_without_its_own_redis_is_upgraded(docker: FakeDocker) -> None:
    shutil.rmtree(docker.folder / "containers" / "redis-1")
    assert_succeeded(run(docker))
    assert_all_run(docker, SECOND)


def test_a_second_run_at_the_same_time_is_refused(docker: FakeDocker) -> None:
    (docker.folder / ".upgrade.pid").write_text(f"{os.getpid()}\n", "utf-8")
    assert_refused(docker, [], "Another run is active")


def test_podman_replaces_containers_as_well(docker: FakeDocker) -> None:
    assert_succeeded(run(docker, compose="podman-compose"))
    assert_all_run(docker, SECOND | PREVIOUS)
