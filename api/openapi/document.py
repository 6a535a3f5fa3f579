"""Builds the OpenAPI document: FastAPI's, completed with what depends on the settings."""

import threading
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.openapi.events import event_schemas
from api.openapi.schemas import Schema, schema_of, untitled, without_null
from api.problems import Problem
from api.schemas import RoleView
from chat import personas
from chat.attachments import Attachment, File
from chat.messages import Message
from chat.settings import Settings
from chat.tool_calls import Approval, FunctionCall, ReplyStep, ServerCall, ToolImage
from chat.usage import Usage

BEARER: Schema = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of `POST /auth/guest` or of the identity provider, or an API token (`hf_…`).",
}
COOKIE: Schema = {"type": "apiKey", "in": "cookie", "name": "holdfast", "description": "Behind TLS: `__Host-holdfast`."}
CREATE_GUESTS = ("me_me_get", "start_chat_start_post")
"""Operations that turn a request without an identity into a new guest."""

ACCOUNT_IN_JWT_MODE = ("roles_roles_get", "models_models_get")
"""Operations that need an identity in `jwt` mode only."""

SPARSE = (Approval, Attachment, File, FunctionCall, Message, ReplyStep, RoleView, ServerCall, ToolImage, Usage)
"""Models that are sent without the fields that are None. FastAPI cannot know that."""


def install(app: FastAPI, settings: Settings) -> None:
    """Makes `app.openapi` return the completed document, built once. Any thread may call it."""
    building = threading.Lock()

    def document() -> Schema:
        with building:
            if app.openapi_schema is None:
                app.openapi_schema = _document(app, settings)
            return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def schemas(app: FastAPI) -> Schema:
    """Returns a document with the schemas alone, as they are on every server."""
    document = _contract(app)
    components = {"schemas": untitled(document["components"]["schemas"])}
    return {"openapi": document["openapi"], "info": document["info"], "paths": {}, "components": components}


def _contract(app: FastAPI) -> Schema:
    """Returns what is the same on every server."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    document["components"]["schemas"] |= {
        "Problem": Problem.model_json_schema(),
        **{model.__name__: schema_of(model) for model in SPARSE},
        **event_schemas(),
    }
    for parameter in _parameters(document):
        parameter["schema"] = without_null(parameter["schema"])
    return document


def _document(app: FastAPI, settings: Settings) -> Schema:
    document, choices = _contract(app), _choices(settings)
    for name in ("TurnRequest", "ChatRequest", "ResponseRequest"):
        _narrow(document["components"]["schemas"][name]["properties"], choices)
    _secure(document, settings)
    for parameter in _parameters(document):
        _narrow({parameter["name"]: parameter["schema"]}, choices)
    return document


def _choices(settings: Settings) -> dict[str, Schema]:
    """Returns the values that properties of these names may have on this server, as schemas."""
    return {
        "role": {"enum": list(personas.load(settings.personas_file))},
        "model": {"enum": list(settings.offered_models)},
        "message": {"minLength": 1, "maxLength": settings.max_message_chars, "pattern": r"\S"},
    }


def _narrow(properties: dict[str, Schema], choices: dict[str, Schema]) -> None:
    for name in properties.keys() & choices.keys():
        for branch in properties[name].get("anyOf", [properties[name]]):
            if branch["type"] == "string":
                branch.update(choices[name])


def _secure(document: Schema, settings: Settings) -> None:
    """Adds the security schemes, and the accepted ones to every operation that may answer 401."""
    bearer, cookie = {"bearer": list[str]()}, {"cookie": list[str]()}
    schemes = {"bearer": BEARER, "cookie": COOKIE}
    alternatives = [bearer, cookie]
    if settings.auth_mode == "jwt":
        del schemes["cookie"]
        alternatives = [bearer]
    document["components"]["securitySchemes"] = schemes
    for operation in _operations(document):
        if "401" in operation["responses"]:
            is_open = settings.auth_mode != "jwt" and operation["operationId"] in CREATE_GUESTS + ACCOUNT_IN_JWT_MODE
            trusts_user_id = settings.auth_mode == "trust"
            operation["security"] = [*alternatives, {}] if is_open or trusts_user_id else alternatives


def _operations(document: Schema) -> Iterator[Schema]:
    for methods in document["paths"].values():
        yield from methods.values()


def _parameters(document: Schema) -> Iterator[Schema]:
    for operation in _operations(document):
        yield from operation.get("parameters", [])
