"""Checks what a user puts into a form that a tool server has sent: the JSON schema of an object. No I/O.

The schema comes from outside, so only keywords count whose cost is bounded: without references, which may go round in
circles, and without regular expressions, which may take for ever. The tool server checks the rest.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.validators import create

from chat.approval_errors import InvalidInput

KEYWORDS = (
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "properties",
    "required",
    "type",
)

MAX_CHECKS = 50_000
"""Values of the schema times values of the input. A check takes some microseconds."""

MAX_DEPTH = 32
"""Levels of the schema and of the input."""

MAX_INPUT_BYTES = 16_000
MAX_DETAIL_CHARS = 200


def _additional(validator: Any, value: Any, content: Any, form: Any) -> Iterator[ValidationError]:
    """Checks properties that the form does not name, unless it names some by regular expressions."""
    if "patternProperties" not in form:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, value, content, form)


_Form = create(
    meta_schema=Draft202012Validator.META_SCHEMA,
    validators={name: Draft202012Validator.VALIDATORS[name] for name in KEYWORDS}
    | {"additionalProperties": _additional},
    type_checker=Draft202012Validator.TYPE_CHECKER,
    id_of=lambda _: "",
)


def check_input(form: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Raises `InvalidInput` where the content does not fit the form, or where that would take too long to tell."""
    try:
        if not _is_short(content) or _size(form) * _size(content) > MAX_CHECKS:
            raise InvalidInput("The input is too large for its form. Shorten it and send it again.")
        error = next(iter(_Form(form).iter_errors(content)), None)
    except RecursionError:
        raise InvalidInput("The input or its form is nested too deeply. Answer with deny.") from None
    except (UnknownType, TypeError, ValueError, AttributeError, LookupError, ArithmeticError):
        return  # the form itself is broken: the tool server checks the input
    if error:
        raise InvalidInput(_sentence(error))


def _is_short(content: Mapping[str, Any]) -> bool:
    """Raises `InvalidInput` for what JSON cannot have: it would not survive the way to the tool."""
    try:
        return len(json.dumps(content, ensure_ascii=False, allow_nan=False).encode()) <= MAX_INPUT_BYTES
    except ValueError:  # a number that is none, half a character
        raise InvalidInput from None


def _size(value: object, depth: int = 0) -> int:
    """Returns the number of values in a JSON value. Raises `RecursionError` for one that is nested too deeply."""
    if depth > MAX_DEPTH:
        raise RecursionError
    return 1 + sum(_size(each, depth + 1) for each in _parts(value))


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _sentence(error: ValidationError) -> str:
    """Returns what is wrong, without the form's own words: only the field and the keyword."""
    field = ".".join(str(part) for part in error.absolute_path)[:MAX_DETAIL_CHARS]
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        field = ".".join([*([field] if field else []), str(missing[0])])[:MAX_DETAIL_CHARS]
        return f"The field “{field}” is missing. Fill it in and send it again."
    where = f"The field “{field}”" if field else "The input"
    return f"{where} does not fit the form ({error.validator}). Correct it and send it again."
