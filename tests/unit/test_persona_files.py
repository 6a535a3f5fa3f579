"""Files of personas are read and written without loss, and mistakes in them are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import persona_files, persona_tables
from chat.persona_errors import PersonaFileInvalid
from chat.persona_files import Format, PersonaForm
from chat.session_settings import SessionSettings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
TEXTS = st.one_of(TEXT, st.fixed_dictionaries({"zh": TEXT, "en": TEXT}))
PERSONAS = st.builds(
    lambda **fields: PersonaForm.model_validate(fields),
    name=TEXTS,
    description=TEXTS,
    welcome=TEXTS,
    icon=st.text("💬⛵👩‍🏫\"\\'", min_size=1, max_size=6),
    prompt=TEXT,
)


def read(text: str) -> dict[str, PersonaForm]:
    try:
        return persona_files.personas_of(persona_tables.tables_of(text))
    except persona_tables.Unreadable as error:
        raise PersonaFileInvalid(str(error)) from None


@pytest.mark.parametrize("form", ["toml", "json"])
@given(persona=PERSONAS)
def test_what_is_written_is_read_again(form: Format, persona: PersonaForm) -> None:
    assert read(persona_files.write({"own-1a2b3c4d": persona}, form)) == {"own-1a2b3c4d": persona}


def test_a_text_without_languages_counts_for_both() -> None:
    (persona,) = read('[a]\nname = "Sailor"\nprompt = "Sail."').values()
    assert [persona.text("name", language) for language in ("zh", "en")] == ["Sailor", "Sailor"]
    assert persona.text("welcome", "zh") == "你好！我是Sailor，有什么可以帮你？"
    assert (persona.text("description", "en"), persona.icon) == ("", "💬")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[a]\n", "persona a lacks the field name and lacks the field prompt"),
        ('[a]\nname = "A"\nprompt = "p"\npromt = "p"', "persona a has the unknown field promt"),
        ('a = "A"', "persona a is not a table like [assistant]"),
        ("[" * 5000, "neither valid TOML nor valid JSON"),
        ("{" + '"a":[' * 2000, "neither valid TOML nor valid JSON"),
        ("", "it has no persona"),
    ],
)
def test_a_mistake_is_named(text: str, mistake: str) -> None:
    with pytest.raises(PersonaFileInvalid) as raised:
        read(text)
    assert mistake in raised.value.detail or "nested too deeply" in raised.value.detail


def test_only_valid_personas_of_an_export_are_taken() -> None:
    tables = {"own-1": {"name": "A", "prompt": "p"}, "own-2": {"name": ""}, "own-3": None}
    assert list(persona_files.readable(tables)) == ["own-1"]
    assert persona_files.readable(["no table"]) == {}


def test_instructions_follow_the_prompt_after_an_empty_line() -> None:
    assert SessionSettings(instructions="Rhyme.").added_to("You sail.\n") == "You sail.\n\nRhyme."
    assert SessionSettings().added_to("You sail.") == "You sail."


def test_only_given_settings_are_written() -> None:
    assert SessionSettings(temperature=0).pairs() == ["temperature", "0.0"]
    assert SessionSettings(instructions="").pairs() == ["instructions", "", "has_instructions", ""]
    assert SessionSettings(max_tokens=None).pairs() == ["max_tokens", ""]
