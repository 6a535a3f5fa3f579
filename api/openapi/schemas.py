"""Rewrites JSON Schemas to say what the API really sends. No I/O."""

from typing import Any

from pydantic import TypeAdapter

Schema = dict[str, Any]

REF = "#/components/schemas/{model}"
NULL = {"type": "null"}


def ref(name: str) -> Schema:
    """Returns a reference to a schema of the document."""
    return {"$ref": REF.format(model=name)}


def schema_of(kind: Any) -> Schema:
    """Returns the schema of a type whose fields are left out where they are None; schemas that it uses are references.

    pydantic describes such a field as one that may be null, and a field with a default as one that may be missing.
    """
    schema: Schema = TypeAdapter(kind).json_schema(ref_template=REF)
    fields: dict[str, Schema] = schema["properties"]
    properties = {name: _without("default", without_null(field)) for name, field in fields.items()}
    required = [name for name, field in fields.items() if NULL not in field.get("anyOf", [])]
    return {**_without("$defs", schema), "properties": properties, "required": required}


def without_null(schema: Schema) -> Schema:
    """Removes null from a schema: what it describes can be left out, but is never null."""
    branches = [branch for branch in schema.get("anyOf", []) if branch != NULL]
    if not branches:
        return schema
    return {**(branches[0] if len(branches) == 1 else {"anyOf": branches}), **_without("anyOf", schema)}


def untitled(schema: Any) -> Any:
    """Removes all titles: pydantic makes them of the names."""
    if isinstance(schema, list):
        return [untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: untitled(value) for name, value in schema.items() if name != "title" or not isinstance(value, str)}


def _without(keyword: str, schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name != keyword}
