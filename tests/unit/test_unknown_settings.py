"""Names that look like settings but are none are reported with the setting that they probably mean."""

import re
from pathlib import Path

import pytest

from chat.settings import Settings
from chat.unknown_settings import OF_COMPOSE, found

ROOT = Path(__file__).parents[2]
SETTINGS = {name.upper() for name in Settings.model_fields}
NONE = Path("/nowhere/.env")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("OPENAI_APIKEY", "OPENAI_API_KEY"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
        ("OPENAI_BASEURL", "OPENAI_BASE_URL"),
        ("OPENAI_MODEL_NAME", "OPENAI_MODEL"),
        ("OPENAI_SOMETHING_ELSE", ""),
        ("REDIS_URI", "REDIS_URL"),
        ("REDIS_PASS", "REDIS_PASSWORD"),
        ("REDIS_HOSTNAME", "REDIS_HOST"),
        ("LEASE_SECOND", "LEASE_SECONDS"),
        ("SESSION_EXPIRES_TIME", "SESSION_EXPIRE_TIME"),
        ("JWT_JWKS_URI", "JWT_JWKS_URL"),
    ],
)
def test_a_misspelled_setting_is_found_with_the_nearest(tmp_path: Path, name: str, nearest: str) -> None:
    assert found({name: "x"}, NONE) == {name: nearest}
    assert found({name.lower(): "x"}, NONE) == {name: nearest}
    (tmp_path / ".env").write_text(f"export {name}=x\n", "utf-8")
    assert found({}, tmp_path / ".env") == {name: nearest}


@pytest.mark.parametrize(
    "name",
    ["HOSTNAME", "LOGNAME", "PATH", "HOME", "LANG", "SHELL", "TERM", "USER", "PWD", "MAIL", "EDITOR", "PORTS",
     "SECRET_KEY_BASE", "DATABASE_URL", "HTTP_PROXY", "OTEL_SERVICE_NAME", "OPENAI_ORG_ID", "REDISCLI_AUTH",
     "REDIS_PORT_6379_TCP", "REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT", "UNKNOWN", "MODEL", "WEB_PORTS"],
)  # fmt: skip
def test_variables_of_other_programs_are_not_reported(name: str) -> None:
    assert found({name: "x"}, NONE) == {}


def test_settings_and_empty_values_are_not_reported(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_URI=\nopenai_model=x\n", "utf-8")
    assert found(dict.fromkeys(SETTINGS, "x") | {"OPENAI_APIKEY": ""}, tmp_path / ".env") == {}


def test_the_example_file_and_readme_commands_name_settings() -> None:
    names = {name for file in (".env.example", "README.md", "docs/operations.md")
             for name in re.findall(r"\b([A-Z][A-Z_]+)=", (ROOT / file).read_text("utf-8"))}  # fmt: skip
    assert found(dict.fromkeys(names, "x"), NONE) == {}


def test_the_variables_of_compose_are_known() -> None:
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", compose)) - SETTINGS == OF_COMPOSE


def test_the_names_of_keys_in_the_providers_file_are_known() -> None:
    assert found({"OPENAI_API_KEY_2": "x"}, NONE) == {"OPENAI_API_KEY_2": "OPENAI_API_KEY"}
    assert found({"OPENAI_API_KEY_2": "x"}, NONE, {"OPENAI_API_KEY_2"}) == {}
