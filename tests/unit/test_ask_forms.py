"""What users put into forms of tool servers is checked by a bounded part of JSON Schema."""

import time
from typing import Any

import pytest

from chat.approval_errors import InvalidInput
from chat.ask_forms import MAX_INPUT_BYTES, check_input

FIELDS: dict[str, Any] = {
    "name": {"type": "string", "minLength": 2, "maxLength": 5},
    "age": {"type": "integer", "minimum": 0, "maximum": 150},
    "share": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
    "agreed": {"type": "boolean", "const": True},
    "colour": {"enum": ["red", "blue"]},
    "size": {"oneOf": [{"const": "s", "title": "Small"}, {"const": "l", "title": "Large"}]},
    "days": {"type": "array", "items": {"enum": ["mo", "tu"]}, "minItems": 1, "maxItems": 2},
    "mail": {"type": "string", "format": "email"},
}
FORM: dict[str, Any] = {"type": "object", "properties": FIELDS, "required": ["name"]}


@pytest.mark.parametrize(
    "content",
    [
        {"name": "Ada"},
        {"name": "Ada", "age": 36, "share": 1.5, "agreed": True, "colour": "red", "size": "s", "days": ["mo"]},
        {"name": "Ada", "mail": "no address, which the server checks"},
        {"name": "阿达", "unknown": None},
    ],
)
def test_what_fits_the_form_is_accepted(content: dict[str, Any]) -> None:
    check_input(FORM, content)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "name"),
        ({"name": "A"}, "name"),
        ({"name": "Ada Lovelace"}, "name"),
        ({"name": "Ada", "age": -1}, "age"),
        ({"name": "Ada", "age": "36"}, "age"),
        ({"name": "Ada", "age": True}, "age"),
        ({"name": "Ada", "share": 0.7}, "share"),
        ({"name": "Ada", "agreed": False}, "agreed"),
        ({"name": "Ada", "colour": "green"}, "colour"),
        ({"name": "Ada", "size": "m"}, "size"),
        ({"name": "Ada", "days": ["mo", "we"]}, "days.1"),
        ({"name": "Ada", "days": []}, "days"),
    ],
)
def test_what_does_not_fit_names_its_field(content: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_input(FORM, content)
    assert f"“{field}”" in refused.value.detail


@pytest.mark.parametrize(
    "form",
    [
        {"$ref": "#"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"$dynamicRef": "#x", "$dynamicAnchor": "x"},
        {"allOf": [{"$ref": "#"}]},
        {"properties": {"name": {"pattern": "^(a+)+$"}}},
        {"patternProperties": {"^(n+|a+|m+|e+)+$": {}}},
        {"type": "no such type"},
        {"minLength": "one", "required": 5},
        {"multipleOf": 0, "properties": {"name": {"multipleOf": 0}}},
        {},
    ],
)
def test_forms_that_are_odd_or_cost_much_check_less(form: dict[str, Any]) -> None:
    began = time.process_time()
    check_input(form, {"name": "a" * 5000 + "!"})
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ({}, {"name": "x" * MAX_INPUT_BYTES}),
        ({"anyOf": [{"const": number} for number in range(1000)]}, {str(number): 0 for number in range(500)}),
        ({}, {"name": "\ud800"}),
        ({}, {"name": float("nan")}),
        ({}, {"name": float("inf")}),
    ],
)
def test_an_input_that_is_too_large_or_no_json_is_refused(form: dict[str, Any], content: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        check_input(form, content)


def nested(levels: int, value: Any) -> dict[str, Any]:
    for _ in range(levels):
        value = {"properties": {"a": value}} if isinstance(value, dict) else [value]
    return {"a": value}


def test_deep_nesting_is_refused() -> None:
    for form, content in ((nested(100, {}), {"name": "Ada"}), ({}, nested(100, 1))):
        with pytest.raises(InvalidInput):
            check_input(form, content)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "("])
def test_no_regular_expression_of_a_form_is_used(pattern: str) -> None:
    check_input({"additionalProperties": False, "patternProperties": {pattern: {}}}, {"a" * 40 + "!": 1})


def test_a_check_of_too_many_values_is_refused_without_it() -> None:
    form = {"additionalProperties": {"anyOf": [{"const": number} for number in range(600)]}}
    with pytest.raises(InvalidInput, match="too large"):
        check_input(form, {str(number): number for number in range(99)})  # which fits the form
