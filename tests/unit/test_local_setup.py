"""`make setup` makes its decisions and explains its errors; the lock files are complete and agree."""

import ast
import re
from pathlib import Path

import pytest

from launcher.console import Problem
from launcher.setup import browser, other_browsers, packages, page, steps
from launcher.setup.__main__ import main

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("error: No space left on device (os error 28)", "disk is full"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "SSL_CERT_FILE"),
        ("hint: x (v1) has no wheels with a matching Python ABI tag", "another"),
        ("hint: x (v1) has no wheels with a matching platform tag", "docker compose up"),
        ("error: Hash mismatch for `x==1`", "differs from the locked one"),
        ("npm error code EAI_AGAIN", "check the network"),
        ("error sending request for url", "check the network"),
        ("something else", "goes on where it stopped"),
    ],
)
def test_a_failed_step_is_explained_with_a_remedy(output: str, hint: str) -> None:
    assert hint in steps.cure(output)


def test_an_unknown_command_prepares_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("npx", "vitest") == 1
    assert "unknown command npx" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("system", "machine", "libc", "possible"),
    [
        ("Linux", "x86_64", ("glibc", "2.36"), True),
        ("Linux", "aarch64", ("glibc", "2.28"), True),
        ("Linux", "x86_64", ("glibc", "2.17"), False),
        ("Linux", "x86_64", ("", ""), False),
        ("Linux", "riscv64", ("glibc", "2.39"), False),
        ("Darwin", "arm64", ("", ""), True),
        ("FreeBSD", "amd64", ("", ""), False),
    ],
)
def test_only_glibc_linux_and_macos_have_builds(
    system: str, machine: str, libc: tuple[str, str], possible: bool
) -> None:
    assert packages.has_builds(system, machine, libc) is possible


@pytest.mark.parametrize(
    ("env", "dotenv", "own"),
    [
        ({}, "", False),
        ({"REDIS_URL": "redis://x"}, "", False),
        ({"REDIS_URL": "redis://x"}, "OPENAI_BASE_URL=http://x/v1", True),
        ({}, "export REDIS_HOST = x\nOPENAI_API_KEY=sk-1\n", True),
        ({}, "REDIS_HOST=\n# OPENAI_API_KEY=sk-1\nOPENAI_API_KEY= # none\n", False),
    ],
)
def test_own_services_are_found_in_environment_and_dotenv(
    env: dict[str, str], dotenv: str, own: bool, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(dotenv, "utf-8")
    assert packages.names_own_services(env, tmp_path / ".env") is own


def test_pips_index_and_certificate_are_passed_to_uv() -> None:
    listing = "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/mirror.pem'\nglobal.timeout='60'\n"
    assert packages.from_pip(listing, {}) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "SSL_CERT_FILE": "/etc/mirror.pem",
    }
    assert "SSL_CERT_FILE" not in packages.from_pip(listing, {"SSL_CERT_FILE": "/etc/own.pem"})


def test_a_changed_source_changes_the_pages_digest(tmp_path: Path) -> None:
    source = tmp_path / "app.ts"
    source.write_text("1", "utf-8")
    first = page.digest_of([source])
    source.write_text("2", "utf-8")
    assert page.digest_of([source]) != first
    assert page.digest_of([tmp_path / "app.ts"]) == page.digest_of([source])


def test_a_step_that_fails_shows_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem) as caught:
        steps.step("Trying", ["sh", "-c", "echo the reason; exit 3"])
    assert capsys.readouterr().out == "Trying … failed\n"
    assert "    the reason" in str(caught.value)


def test_a_broken_browser_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    with pytest.raises(Problem, match="CHROMIUM=/nowhere/chrome does not run"):
        browser.path()


def test_a_missing_browser_is_reported_with_an_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Problem, match="apt install chromium-headless-shell"):
        browser.path()


@pytest.fixture
def as_root_on_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The setup runs as root of a Debian with Chromium; the programs in the folder that it returns are all there is."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "debian"})
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin" / "chromium", "exit 0")
    return tmp_path / "bin"


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def test_root_on_debian_gets_the_headless_shell(as_root_on_debian: Path) -> None:
    shell = as_root_on_debian / browser.SHELL
    get = f'[ "$1" = update ] || {{ echo "#!/bin/sh" > {shell}; /bin/chmod 755 {shell}; }}'
    program(as_root_on_debian / "apt-get", get)
    assert browser.path() == str(shell)
    (as_root_on_debian / "apt-get").unlink()
    assert browser.path() == str(shell)


def test_chromium_is_used_where_its_shell_cannot_be_had(as_root_on_debian: Path) -> None:
    program(as_root_on_debian / "apt-get", f'echo "$1" >> {as_root_on_debian / "asked"}; exit 1')
    for _ in range(2):
        assert browser.path() == str(as_root_on_debian / "chromium")
    assert (as_root_on_debian / "asked").read_text("utf-8") == "update\n"


def test_root_on_debian_gets_the_other_browsers_that_are_missing(as_root_on_debian: Path) -> None:
    program(as_root_on_debian / "firefox", "exit 0")
    get = f'echo "$@" >> {as_root_on_debian / "asked"}; [ "$1" = update ] && exit; '
    make = f"for name in WebKitWebDriver Xvfb; do /bin/cp {as_root_on_debian}/firefox {as_root_on_debian}/$name; done"
    program(as_root_on_debian / "apt-get", get + make)
    other_browsers.prepare()
    asked = (as_root_on_debian / "asked").read_text("utf-8").splitlines()
    assert asked == ["update", "install -y --no-install-recommends webkit2gtk-driver xvfb"]


def test_missing_other_browsers_are_reported_with_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Problem, match="apt install firefox-esr webkit2gtk-driver xvfb"):
        other_browsers.prepare()


def test_a_folder_that_cannot_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".holdfast").write_text("a file where the folder should be", "utf-8")
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    assert main("run") == 1
    assert "make sure that this folder may be written" in capsys.readouterr().out.lower()


@pytest.mark.parametrize(
    "module",
    ["launcher/__init__.py", "launcher/console.py", "launcher/setup/__init__.py", "launcher/setup/__main__.py"],
)
def test_the_version_check_parses_on_old_pythons(module: str) -> None:
    text = (ROOT / module).read_text("utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "from __future__" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_contains_only_versions_and_hashes(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(
            r"[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )


def test_the_locks_agree_on_every_version() -> None:
    """A lock may contain two versions of a package, for different Pythons; then each lock contains both.

    The group with an environment of its own need not agree.
    """
    pins: dict[str, set[frozenset[str]]] = {}
    for lock in LOCKS:
        if lock.stem == packages.APART:
            continue
        versions: dict[str, set[str]] = {}
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE):
            versions.setdefault(name, set()).add(version)
        for name, found in versions.items():
            pins.setdefault(name, set()).add(frozenset(found))
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}
