"""A mistake in the providers' file stops the start, with the line and the reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chat import configuration
from chat.configuration import Unusable, require_keys
from chat.model_settings import DESCRIBED_IN_FILE
from chat.providers.catalog import Catalog
from chat.settings import Settings, explain
from tests.support.repository import ROOT
from worker.jobs.isolation import order

GOOD = """\
default = "small"

[[providers]]
name = "First"
base_url = "https://first.example/v1/"
key_env = "FIRST_KEY"
read_timeout = 30
continue = "prefix"
dialect = "vllm"

[[providers.models]]
id = "large"
name = "vendor/large-2"
label = "Large"
context_length = 128000
can = ["vision", "thinking"]
temperature = 0.5
max_tokens = 4000
reasoning_effort = "low"
extra_body = { top_k = 20 }
thinking_on = { enable_thinking = true }
price = { input = 0.5, output = 1.5 }
fallback = [
    "small",
]

[[providers]]
name = "Second"
base_url = "http://127.0.0.1:11434/v1"
tries = 1

[[providers.models]]
id = "small"
read_timeout = 5
fallback = ["large"]
"""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the machine's settings and any `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def settings_of(text: str | bytes, **others: Any) -> Settings:
    path = Path("providers.toml")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Settings(providers_file=path, **others)


def catalog_of(text: str) -> Catalog:
    return settings_of(text).catalog


def mistakes_in(text: str | bytes, **others: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        settings_of(text, **others)
    return [line.strip() for line in explain(caught.value).splitlines()[1:]]


def test_a_file_describes_providers_and_their_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_KEY", "sk-first")
    catalog = catalog_of(GOOD)
    first, second = catalog.providers
    large, small = catalog.models.values()
    assert (first.base_url, first.key.get_secret_value()) == ("https://first.example/v1", "sk-first")
    assert second.key.get_secret_value() == ""
    assert catalog.default == small
    assert (large.name, large.title, large.thinking, small.thinking) == ("vendor/large-2", "Large", "switch", "no")
    assert large.price is not None
    assert (large.price.input, large.price.output, large.price.currency) == (0.5, 1.5, "USD")
    assert (small.name, small.title, small.temperature, small.max_tokens) == ("small", "small", None, None)
    assert catalog.candidates("large") == (large, small)
    assert catalog.candidates("small", needs={"vision"}) == (small, large)
    assert catalog.candidates("large", needs={"vision"}) == (large,)
    assert catalog.candidates("other") == ()


def test_limits_are_the_models_own_its_providers_or_the_usual() -> None:
    large, small = catalog_of(GOOD).models.values()
    assert (large.read_timeout, large.tries) == (30, 3)
    assert (small.read_timeout, small.tries) == (5, 1)
    assert (large.continues, large.dialect, small.continues) == ("prefix", "vllm", "no")


def test_a_model_with_a_fall_back_has_a_minute_to_begin() -> None:
    alone = GOOD.replace('fallback = ["large"]', "")
    assert [model.first_byte_timeout for model in catalog_of(alone).models.values()] == [60, 600]
    given = alone.replace("read_timeout = 30", "first_byte_timeout = 200")
    assert [model.first_byte_timeout for model in catalog_of(given).models.values()] == [200, 600]
    hasty = settings_of(alone, model_first_byte_timeout=7).catalog
    assert [model.first_byte_timeout for model in hasty.models.values()] == [7, 7]


def test_a_process_for_a_single_turn_reads_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = settings_of(GOOD)
    sent = order(settings, "t", "1")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Settings(**json.loads(sent)["settings"]).catalog == settings.catalog


def test_the_first_model_is_the_default_unless_another_is_named() -> None:
    assert catalog_of(GOOD.replace('default = "small"\n', "")).default_id == "large"


CHANGES = [
    ("default", 'default = "small"', 'default = "tiny"', "line 1: default: no model has the id tiny"),
    (
        "unknown key",
        "read_timeout = 30",
        "read_timeot = 30",
        "line 7: read_timeot is not known here. Did you mean read_",
    ),
    ("unknown key, far", "read_timeout = 30", "zzz = 30", "line 7: zzz is not known here. Known: first_byte_timeout, "),
    ("key itself", 'key_env = "FIRST_KEY"', 'api_key = "sk-1"', "line 6: api_key is not a place for a key"),
    ("bad name of a variable", '"FIRST_KEY"', '"sk-1"', "line 6: key_env: "),
    (
        "key for a variable",
        '"FIRST_KEY"',
        '"gsk_a1B2c3"',
        "line 6: key_env: must be the name of an environment variable",
    ),
    ("empty name of a variable", '"FIRST_KEY"', '""', "line 6: key_env: must be the name of an environment variable"),
    ("bad address", "https://first.example", "first.example", "line 5: base_url: must be an http(s) address"),
    ("login", "https://first", "https://u:p/w@first", "line 5: base_url: must be an http(s) address"),
    ("wrong type", "temperature = 0.5", 'temperature = "0.5"', "line 17: temperature: "),
    ("out of range", "temperature = 0.5", "temperature = 2.5", "line 17: temperature: "),
    ("no whole number", "max_tokens = 4000", "max_tokens = 0.5", "line 18: max_tokens: "),
    ("truth as number", "max_tokens = 4000", "max_tokens = true", "line 18: max_tokens: "),
    ("unknown ability", '"vision"', '"hearing"', "line 16: can: "),
    ("own field", "top_k = 20", 'model = "x"', "line 20: extra_body: may not set model: Holdfast does"),
    ("price", "input = 0.5", "input = -1", "line 22: input: "),
    (
        "unknown part of a price",
        "output = 1.5",
        "output = 1.5, inptu = 1",
        "line 22: inptu is not known here. Did you m",
    ),
    (
        "unknown part, far",
        "output = 1.5",
        "output = 1.5, zzz = 1",
        "line 22: zzz is not known here. Known: input, output, ",
    ),
    ("currency", "output = 1.5", 'output = 1.5, currency = "$"', "line 22: currency: "),
    ("unknown fall-back", '    "small"', '    "tiny"', "line 23: fallback: no model has the id tiny"),
    ("own fall-back", '["large"]', '["small"]', "line 35: fallback: small cannot be its own fall-back"),
    ("fall-back twice", '["large"]', '["large", "large"]', "line 35: fallback: large is named twice"),
    (
        "many fall-backs",
        '["large"]',
        str(["large"] * 11).replace("'", '"'),
        "line 35: fallback: Tuple should have at most",
    ),
    ("bad id", 'id = "small"', 'id = "so small"', "line 33: id: may have letters, digits"),
    ("missing id", 'id = "small"\n', "", "line 32: id is missing here"),
    ("missing address", 'base_url = "http://127.0.0.1:11434/v1"\n', "", "line 27: base_url is missing here"),
    ("no dialect", 'dialect = "vllm"\n', "", 'line 10: continue: "prefix" needs `dialect`'),
    ("unknown way", '"prefix"', '"suffix"', "line 8: continue: "),
    ("thinking", '"vision", "thinking"', '"vision"', "line 11: models: has thinking_on or thinking_off, so its `can`"),
    ("no TOML", "tries = 1", "tries = ", "line 30: it is not TOML: Invalid value"),
    ("end", '["large"]\n', "[", "line 35: it is not TOML: "),
    ("key twice", "tries = 1", "tries = 1\ntries = 2", "line 31: it is not TOML: Cannot overwrite a value"),
]


@pytest.mark.parametrize(("old", "new", "line"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_a_mistake_is_reported_with_its_line(old: str, new: str, line: str) -> None:
    assert old in GOOD
    head, *lines = mistakes_in(GOOD.replace(old, new, 1))
    assert head == "PROVIDERS_FILE: providers.toml cannot be used:"
    assert [each for each in lines if each.startswith(line)], lines
    assert len(lines) == 1


def test_ids_and_names_that_occur_twice_are_all_reported() -> None:
    twice = GOOD.replace('"Second"', '"First"').replace('id = "large"', 'id = "small"')
    _, *lines = mistakes_in(twice)
    assert [line.partition(":")[0] for line in lines] == [
        "line 4",
        "line 12",
        "line 23",
        "line 28",
        "line 33",
        "line 35",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "it is not UTF-8 text"),
        ("", "line 1: providers is missing here"),
        ("providers = []", "line 1: providers: must not be empty"),
        ("[[providers]]\nname = 'A'\nbase_url = 'http://a'\nmodels = []", "line 4: models: must not be empty"),
        ("providers = 3", "line 1: providers: "),
    ],
)
def test_a_file_without_models_is_refused(content: str | bytes, why: str) -> None:
    assert mistakes_in(content)[1].startswith(why)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ValidationError, match=r"nowhere\.toml cannot be used:\n    No such file or directory"):
        Settings(providers_file=Path("nowhere.toml"))


def test_settings_that_the_file_replaces_are_refused() -> None:
    lines = mistakes_in(GOOD, openai_model="m", openai_temperature=0.1)
    assert lines == [
        "PROVIDERS_FILE describes all models, so OPENAI_MODEL, OPENAI_TEMPERATURE would have no effect: remove them"
    ]


@pytest.mark.parametrize(("name", "before"), [(".env.example", "# PROVIDERS_FILE="), ("docs/providers.md", "```toml")])
def test_documents_list_the_settings_that_the_file_replaces(name: str, before: str) -> None:
    listed = (ROOT / name).read_text("utf-8").partition(before)[0]
    assert [each for each in DESCRIBED_IN_FILE if each.upper() not in listed.partition("TOML file")[2]] == []


def test_a_missing_key_stops_those_who_ask_models_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(GOOD)
    with pytest.raises(Unusable, match="line 6: key_env: the environment variable FIRST_KEY is not set"):
        require_keys(settings)
    monkeypatch.setenv("FIRST_KEY", "sk-ü")
    with pytest.raises(Unusable, match="line 6: key_env: FIRST_KEY may only contain printable ASCII") as caught:
        require_keys(settings)
    assert "sk-ü" not in str(caught.value)
    monkeypatch.setenv("FIRST_KEY", "sk-1")
    require_keys(settings)


def test_keys_may_be_in_dotenv_and_appear_in_no_text() -> None:
    Path(".env").write_text("FIRST_KEY=sk-in-dotenv\nPROVIDERS_FILE=providers.toml\n", "utf-8")
    Path("providers.toml").write_text(GOOD, "utf-8")
    settings = configuration.load()
    require_keys(settings)
    assert settings.catalog.providers[0].key.get_secret_value() == "sk-in-dotenv"
    assert "sk-in-dotenv" not in f"{settings!r} {settings.catalog!r}"


def test_the_demo_model_is_not_used_together_with_a_file() -> None:
    settings = settings_of(GOOD, demo_base_url="http://model:8080/v1")
    assert settings.offered_models == ("large", "small")
    assert settings.demo_model == ""


@pytest.mark.parametrize(
    ("given", "can"),
    [
        ({}, {"vision", "tools"}),
        ({"openai_model": "gpt-4o-mini"}, {"vision", "tools"}),
        ({"openai_model": "other"}, set()),
        ({"openai_base_url": "http://elsewhere/v1"}, set()),
        ({"models": "gpt-4o-mini,other"}, set()),
        ({"openai_can": " vision , thinking,", "openai_model": "other"}, {"vision", "thinking"}),
        ({"openai_can": "tools"}, {"tools"}),
    ],
)
def test_the_settings_say_what_the_models_of_one_provider_can(given: dict[str, Any], can: set[str]) -> None:
    assert Settings(**given).catalog.default.can == can
    assert Settings(**given, _env_file=None).catalog.default.thinking == ("always" if "thinking" in can else "no")


def test_an_unknown_ability_is_refused() -> None:
    with pytest.raises(ValidationError, match="openai_can"):
        Settings(openai_can="hearing")


def test_the_settings_of_one_provider_make_a_catalogue() -> None:
    settings = Settings(openai_base_url="https://u:p@api.example.com/v1", openai_model="a", models="b,a", model_tries=5)
    (provider,) = settings.catalog.providers
    b, a = provider.models
    assert provider.name == "api.example.com"
    assert settings.catalog.default == a
    assert (b.temperature, b.max_tokens, b.tries, b.fallback) == (0.7, 2000, 5, ())
    other = settings.catalog.find("removed-meanwhile")
    assert other is not None
    assert (other.name, other.provider) == ("removed-meanwhile", "api.example.com")
