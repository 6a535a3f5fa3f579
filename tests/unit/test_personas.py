"""Personas are read from a file that an operator may edit."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from chat.personas import Personas, default_of, load
from chat.settings import Settings

OWN = """
[sailor]
icon = "⛵"
name = { zh = "水手", en = "Sailor" }
description = { zh = "说海", en = "Talks of the sea" }
welcome = { zh = "喂", en = "Ahoy" }
prompt = "You are a sailor."
"""


@pytest.fixture
def shipped() -> Personas:
    return load(Settings.model_fields["personas_file"].default)


def written(folder: Path, text: str) -> Path:
    path = folder / "personas.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_has_three_personas_assistant_first(shipped: Personas) -> None:
    assert {key: persona.name.zh for key, persona in shipped.items()} == {
        "assistant": "智能助手",
        "teacher": "AI老师",
        "programmer": "编程专家",
    }
    assert default_of(shipped) == "assistant"


def test_shipped_personas_have_distinct_prompts_and_icons(shipped: Personas) -> None:
    assert len({persona.prompt for persona in shipped.values()}) == 3
    assert len({persona.icon for persona in shipped.values()}) == 3


def test_an_operators_file_replaces_the_shipped_personas(tmp_path: Path) -> None:
    personas = load(written(tmp_path, OWN))
    assert list(personas) == ["sailor"]
    assert personas["sailor"].welcome.text("en") == "Ahoy"
    assert personas["sailor"].name.text("zh") == "水手"
    assert default_of(personas) == "sailor"


@pytest.mark.parametrize(
    ("line", "instead"),
    [('icon = "⛵"', ""), ('icon = "⛵"', 'icon = ""'), ('prompt = "You are a sailor."', 'promt = "x"'),
     ('welcome = { zh = "喂", en = "Ahoy" }', 'welcome = { zh = "喂" }')],
)  # fmt: skip
def test_a_persona_with_a_missing_field_is_refused(tmp_path: Path, line: str, instead: str) -> None:
    assert line in OWN
    with pytest.raises(ValidationError):
        load(written(tmp_path, OWN.replace(line, instead)))


@pytest.mark.parametrize("text", ["", "not = [toml"])
def test_a_file_without_personas_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"no persona|Unclosed|Invalid"):
        load(written(tmp_path, text))
