"""Reads and writes files of personas: TOML as the operator's file (`PERSONAS_FILE`), or the same as JSON. Pure."""

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from chat.persona_errors import PersonaFileInvalid
from chat.personas import Language, mistake_of

Format = Literal["toml", "json"]

DEFAULT_ICON = "💬"
WELCOMES: Mapping[Language, str] = {"zh": "你好！我是{}，有什么可以帮你？", "en": "Hello! I am {}. How can I help?"}

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def valid_unicode(text: str) -> str:
    """Returns the text. Raises `ValueError` for half of a surrogate pair, which cannot be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode: it contains half of a surrogate pair") from None
    return text


def _texts(longest: int, shortest: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


IS_UNICODE = AfterValidator(valid_unicode)
Name = Annotated[str, _texts(60, 1), IS_UNICODE]
Description = Annotated[str, _texts(200), IS_UNICODE]
Welcome = Annotated[str, _texts(500), IS_UNICODE]
Icon = Annotated[str, _texts(16, 1), IS_UNICODE]  # an emoji may be a sequence of several characters
Prompt = Annotated[str, _texts(8000, 1), IS_UNICODE]


class _BothLanguages(BaseModel):
    """A text in both languages. A plain string is the text in both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _same_in_both(cls, value: Any) -> Any:
        return {"zh": value, "en": value} if isinstance(value, str) else value


class OwnName(_BothLanguages):
    zh: Name
    en: Name


class OwnDescription(_BothLanguages):
    zh: Description = ""
    en: Description = ""


class OwnWelcome(_BothLanguages):
    zh: Welcome = ""
    en: Welcome = ""


def _or_text(longest: int, shortest: int = 0) -> Callable[[dict[str, Any]], None]:
    """Returns what makes a field's JSON Schema take a plain string as well."""

    def change(schema: dict[str, Any]) -> None:
        text = {"type": "string", "minLength": shortest, "maxLength": longest}
        schema["anyOf"] = [{"$ref": schema.pop("$ref")}, text]

    return change


class PersonaCard(BaseModel):
    """What a choice of personas shows of one: all but its prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: OwnName = Field(json_schema_extra=_or_text(60, 1))
    icon: Icon = DEFAULT_ICON
    description: OwnDescription = Field(OwnDescription(), json_schema_extra=_or_text(200))
    welcome: OwnWelcome = Field(OwnWelcome(), json_schema_extra=_or_text(500))

    def text(self, name: Literal["name", "description", "welcome"], language: Language) -> str:
        """Returns a text in a language, or in the other one where it has none. A welcome is never empty."""
        given: OwnName | OwnDescription | OwnWelcome = getattr(self, name)
        text = (given.zh or given.en) if language == "zh" else (given.en or given.zh)
        return text or (WELCOMES[language].format(self.text("name", language)) if name == "welcome" else "")


class PersonaForm(PersonaCard):
    """A persona that a user writes: the operator's form within limits. Only `name` and `prompt` are needed.

    `name`, `description`, `welcome`: a table of `zh` and `en`, or a string, which is the text in both.
    """

    prompt: Prompt = Field(examples=["You are a sailor."])


def personas_of(tables: Mapping[str, Any]) -> dict[str, PersonaForm]:
    """Returns the personas of a file by their keys, in its order. Raises `PersonaFileInvalid`."""
    return {key: _persona(key, table) for key, table in tables.items()}


def readable(tables: object) -> dict[str, PersonaForm]:
    """Returns those of an export's personas that are valid."""
    found = dict[str, PersonaForm]()
    for key, table in tables.items() if isinstance(tables, dict) else ():
        with contextlib.suppress(ValidationError):
            found[key] = PersonaForm.model_validate(table)
    return found


def _persona(key: str, table: object) -> PersonaForm:
    try:
        return PersonaForm.model_validate(table)
    except ValidationError as error:
        mistakes = " and ".join(mistake_of(each) for each in error.errors(include_input=False, include_url=False))
        raise PersonaFileInvalid(f"persona {_shown(key)} {mistakes}") from None


def _shown(key: str) -> str:
    """Returns a key as a sentence can show it."""
    text = key.encode("utf-8", "replace").decode()
    return text if len(text) <= 60 else text[:59] + "…"


def write(personas: Mapping[str, PersonaForm], form: Format) -> str:
    """Returns the file of these personas, in the operator's form but without what is empty."""
    tables = {key: table_of(persona) for key, persona in personas.items()}
    if form == "json":
        return json.dumps(tables, ensure_ascii=False, indent=2) + "\n"
    return "\n".join(_toml(key, table) for key, table in tables.items())


def table_of(persona: PersonaForm) -> dict[str, Any]:
    """Returns a persona as `PersonaForm` takes it, without what is empty."""
    table = dict[str, Any](icon=persona.icon)
    for name in ("name", "description", "welcome"):
        given: OwnName | OwnDescription | OwnWelcome = getattr(persona, name)
        if given.zh or given.en:
            table[name] = {"zh": given.zh, "en": given.en}
    return {**table, "prompt": persona.prompt}


def _toml(key: str, table: Mapping[str, Any]) -> str:
    lines = [f"{name} = {_toml_value(value)}" for name, value in table.items()]
    return "\n".join([f"[{_quoted(key)}]", *lines, ""])


def _toml_value(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return "{ " + ", ".join(f"{name} = {_quoted(text)}" for name, text in value.items()) + " }"


def _quoted(text: str) -> str:
    """Returns a TOML string, of several lines where the text has several (toml.io/en/v1.0.0#string)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    if "\n" not in text:
        return f'"{escaped}"'.replace("\t", "\\t")
    return f'"""\n{escaped}"""'
