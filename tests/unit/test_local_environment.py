"""`make run` derives its services and their variables from the settings."""

from pathlib import Path

import pytest

from chat import demo
from chat.settings import Settings
from launcher import environment, own_tools
from launcher.console import Problem
from launcher.environment import Plan

VALKEY = "redis://127.0.0.1:5000/0"
MODEL = "http://127.0.0.1:5001/v1"
FILES = "file:///home/alice/holdfast/.holdfast/files"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1ff"
OWN = environment.Own(
    secret_key=SECRET,
    valkey_url=VALKEY,
    model_url=MODEL,
    files_url=FILES,
    socket=".holdfast/launcher.sock",
    mcp_file=".holdfast/tools.toml",
)


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def plan(text: str = "", base: dict[str, str] | None = None) -> Plan:
    Path(".env").write_text(text, "utf-8")
    return environment.decide(environment.read(), OWN, base or {})


@pytest.mark.parametrize(
    ("dotenv", "valkey", "local_model"),
    [
        ("", True, True),
        ("REDIS_URL=\nOPENAI_API_KEY=\n", True, True),
        ("REDIS_URL=redis://elsewhere:6379/0", False, True),
        ("REDIS_HOST=elsewhere", False, True),
        ("REDIS_PASSWORD=secret", True, True),
        ("OPENAI_API_KEY=sk-1", True, False),
        ("OPENAI_BASE_URL=http://127.0.0.1:11434/v1", True, False),
        ("REDIS_HOST=elsewhere\nOPENAI_API_KEY=sk-1", False, False),
    ],
)
def test_only_services_that_no_setting_names_are_started(dotenv: str, valkey: bool, local_model: bool) -> None:
    decided = plan(dotenv)
    assert (decided.valkey, decided.model) == (valkey, local_model)
    assert ("REDIS_URL" in decided.variables) is valkey
    assert ("OPENAI_BASE_URL" in decided.variables) is local_model


def test_the_demo_model_is_not_started_where_a_file_has_models(tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(
        '[[providers]]\nname = "A"\nbase_url = "http://a/v1"\nmodels = [{ id = "m" }]', "utf-8"
    )
    decided = plan("PROVIDERS_FILE=providers.toml")
    assert (decided.model, decided.settings.offered_models) == (False, ("m",))
    assert not any(name.startswith(("OPENAI_", "MODELS", "DEMO_")) for name in decided.variables)


@pytest.mark.parametrize(
    ("dotenv", "killable"),
    [("", True), ("HOST=0.0.0.0", False), ("OPENAI_API_KEY=sk-1", False), ("AUTH_MODE=guest", False)],
    ids=["own model", "other machines", "another model", "guests"],
)
def test_the_worker_can_be_killed_only_for_a_demonstration(dotenv: str, killable: bool) -> None:
    variables = plan(dotenv).variables
    assert ("LAUNCHER_SOCKET" in variables) is killable


@pytest.mark.parametrize(
    ("dotenv", "has_tools"),
    [("", False), ("OPENAI_API_KEY=sk-1", True), ("OPENAI_API_KEY=sk-1\nOPENAI_MODEL=small", False)],
    ids=["demo model", "a model that calls tools", "a model that does not"],
)
def test_own_tools_are_offered_to_models_that_call_tools(dotenv: str, has_tools: bool) -> None:
    assert ("MCP_FILE" in plan(dotenv).variables) is has_tools


def test_tools_of_the_operator_replace_our_own(tmp_path: Path) -> None:
    (tmp_path / "tools.toml").write_text(own_tools.servers(), "utf-8")
    decided = plan("OPENAI_API_KEY=sk-1\nMCP_FILE=tools.toml")
    assert "MCP_FILE" not in decided.variables
    assert list(decided.settings.tool_servers.servers) == ["holdfast"]


def test_children_get_the_addresses_and_keys_of_the_services() -> None:
    variables = plan().variables
    assert variables["REDIS_URL"] == VALKEY
    assert variables["OPENAI_BASE_URL"] == MODEL
    assert variables["OPENAI_API_KEY"]
    assert variables["OPENAI_MODEL"] == variables["DEMO_MODEL"] == demo.NAME
    assert variables["SECRET_KEY"] == SECRET
    assert variables["FILES_URL"] == FILES
    assert variables["AUTH_MODE"] == "trust"


def test_a_place_for_files_that_is_set_is_kept() -> None:
    assert "FILES_URL" not in plan("FILES_URL=s3://bucket/files").variables


def test_the_childrens_variables_are_valid_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = plan("MODELS=\nOPENAI_MODEL=").variables
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Settings().offered_models == (demo.NAME,)


@pytest.mark.parametrize(
    ("dotenv", "name"),
    [
        ("HOST=0.0.0.0", "AUTH_MODE"),
        ("AUTH_MODE=guest", "AUTH_MODE"),
        ("SECRET_KEY=q7Vd2kLw9sXz4TnBf8RjHc5yGmPa3EuW", "SECRET_KEY"),
        ("DRAIN_SECONDS=60", "DRAIN_SECONDS"),
    ],
)
def test_a_setting_of_the_user_is_not_overridden(dotenv: str, name: str) -> None:
    assert name not in plan(dotenv).variables


def test_planned_variables_replace_the_callers_in_any_case() -> None:
    child = plan().environment({"openai_model": "gpt-4o", "OPENAI_MODEL": "gpt-4o", "LANG": "C"})
    assert "openai_model" not in child
    assert child["OPENAI_MODEL"] == demo.NAME
    assert child["LANG"] == "C"


def test_a_proxy_is_bypassed_for_local_addresses() -> None:
    variables = plan(base={"https_proxy": "http://proxy:3128", "NO_PROXY": "intranet"}).variables
    assert variables["NO_PROXY"] == variables["no_proxy"] == "intranet,127.0.0.1,localhost,::1"


def test_without_a_proxy_no_proxy_is_not_set() -> None:
    assert "NO_PROXY" not in plan(base={"LANG": "C"}).variables


def test_each_invalid_setting_gets_one_line_with_its_name() -> None:
    with pytest.raises(Problem) as caught:
        plan("PORT=abc\nLOG_LEVEL=loud")
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["PORT", "LOG_LEVEL"]


def test_an_invalid_secret_is_not_shown() -> None:
    with pytest.raises(Problem, match="SECRET_KEY: must have at least 32 characters") as caught:
        plan("SECRET_KEY=hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("content", [b"PORT=\xff\xfe", "PORT=1".encode("utf-16"), "PORT=1".encode("utf-16-le")])
def test_a_dotenv_that_is_not_utf8_is_reported(content: bytes) -> None:
    Path(".env").write_bytes(content)
    with pytest.raises(Problem, match=r"\.env cannot be read \(it is .*\): it must be a UTF-8 text file"):
        environment.read()


@pytest.mark.parametrize("dotenv", ["OPENAI_MODEL=gpt-4o-mini", "MODELS=gpt-4o-mini,x", "OPENAI_MODEL=x\nREDIS_HOST=h"])
def test_a_model_without_its_server_is_an_error(dotenv: str) -> None:
    with pytest.raises(Problem, match="Set OPENAI_API_KEY for OpenAI, or OPENAI_BASE_URL for any other server"):
        plan(dotenv)
