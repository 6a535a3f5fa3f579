"""Personas are read from a file that an operator may edit."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from chat.personas import Personas, default_of, load
from chat.settings import Settings, explain

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
    ("line", "instead", "mistake"),
    [
        ('icon = "⛵"', "", "lacks the field icon"),
        ('icon = "⛵"', 'icon = ""', "has an empty field icon"),
        ('icon = "⛵"', "icon = 1", "has a wrong field icon (Input should be a valid string)"),
        ('prompt = "You are', 'promt = "You are', "lacks the field prompt and has the unknown field promt"),
        ('{ zh = "喂", en = "Ahoy" }', '{ zh = "喂" }', "lacks the field welcome.en"),
        ('{ zh = "喂", en = "Ahoy" }', '"Ahoy"', "needs a table { zh = …, en = … } in welcome"),
        ("[sailor]", "sailor = 1\n[other]", "is not a table like [assistant]"),
    ],
)
def test_a_mistake_names_the_persona_and_the_field(tmp_path: Path, line: str, instead: str, mistake: str) -> None:
    assert line in OWN
    file = written(tmp_path, OWN.replace(line, instead))
    with pytest.raises(ValidationError) as caught:
        Settings(personas_file=file)
    assert explain(caught.value).splitlines()[1:] == [
        f"  PERSONAS_FILE: {file} cannot be used: persona sailor {mistake}. Compare it with chat/personas.toml."
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it has no persona"),
        (b"[sailor\n", "Expected ']' at the end of a table declaration (at line 1, column 8)"),
        (OWN.encode("utf-16"), "it is not UTF-8 text"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_without_personas_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "personas.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValidationError) as caught:
        Settings(personas_file=file)
    assert f"{file} cannot be used: {why}" in explain(caught.value)
    assert len(explain(caught.value).splitlines()) == 2
