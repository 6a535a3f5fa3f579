"""The .editorconfig agrees with the formatters and with the files that no formatter covers."""

import json
import re
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = "web/**.{ts,tsx,css,js,json}"
TABBED = ("Makefile", "web/Caddyfile")
SCRIPTS = "chat/scripts/*.lua"
UNFORMATTED = ("*.md", "docs/*.md", ".env.example", "docker-compose.yml", "deploy/**/*.y*ml", SCRIPTS, *TABBED)


def settings() -> RawConfigParser:
    parser = RawConfigParser()
    parser.read_string("[top]\n" + (ROOT / ".editorconfig").read_text("utf-8"))
    return parser


def files(*patterns: str) -> list[Path]:
    return sorted(file for pattern in patterns for file in ROOT.glob(pattern))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def indents(file: Path) -> set[str]:
    """Returns the different indents of a file's lines."""
    return set(re.findall(r"^([ \t]+)\S", file.read_text("utf-8"), re.MULTILINE))


def test_python_settings_agree_with_ruff() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    assert settings().getint("*.py", "max_line_length") == ruff["line-length"]
    assert settings().getint("*.{py,toml}", "indent_size") == ruff.get("indent-width", 4)


def test_page_settings_agree_with_biome() -> None:
    biome = json.loads((ROOT / "web" / "biome.json").read_text("utf-8"))["formatter"]
    assert settings().getint(PAGE, "max_line_length") == biome["lineWidth"]
    assert settings().get("*", "indent_style") == biome["indentStyle"]
    assert settings().getint("*", "indent_size") == biome["indentWidth"]


@pytest.mark.parametrize("file", files(SCRIPTS), ids=name)
def test_scripts_are_indented_by_two_spaces(file: Path) -> None:
    size = settings().getint("*", "indent_size")
    assert {indent for indent in indents(file) if "\t" in indent or len(indent) % size} == set()


@pytest.mark.parametrize("file", files(*TABBED), ids=name)
def test_make_and_caddy_are_indented_by_tabs(file: Path) -> None:
    assert settings().get("{Makefile,Caddyfile}", "indent_style") == "tab"
    assert {indent for indent in indents(file) if indent.strip("\t")} == set()


@pytest.mark.parametrize("file", files(*UNFORMATTED), ids=name)
def test_unformatted_files_have_clean_line_ends(file: Path) -> None:
    text = file.read_bytes().decode(settings().get("*", "charset"))
    assert "\r" not in text
    assert text.endswith("\n")
    assert re.findall(r"[ \t]+$", text, re.MULTILINE) == []
