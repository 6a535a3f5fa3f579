"""Reads the body of `POST /v1/responses`."""

from typing import Any

from api.protocols.errors import UnsupportedParameter
from api.protocols.responses.inputs import messages_of
from api.protocols.responses.schemas import (
    ResponseRequest,
    TextFormat,
    ToolDefined,
    ToolServerNamed,
)
from api.protocols.tool_servers import servers_of
from api.roles import check_max_tokens, chosen_model
from chat.client_requests import ClientRequest
from chat.settings import Settings

NEUTRAL: dict[str, tuple[Any, str]] = {
    "include": ([], "Leave it out: responses have nothing more to include."),
    "top_logprobs": (0, "Leave it out: replies have no probabilities."),
    "truncation": ("disabled", "Leave it out: a session's oldest messages are left out where there are too many."),
}
"""The only value of each of these parameters, and what to do instead."""

PLAIN = ("temperature", "top_p")
ECHOED = ("background", "metadata", "previous_response_id", "store")


def client_request_of(body: ResponseRequest, settings: Settings) -> ClientRequest:
    """Returns what is asked. Pictures are data URLs yet.

    Raises `UnknownModel`, `UnsupportedParameter`, or `MaxTokensTooLarge`.
    """
    chosen_model(settings, body.model)
    for name, (neutral, remedy) in NEUTRAL.items():
        if getattr(body, name) not in (None, neutral):
            raise UnsupportedParameter(name, remedy)
    if body.previous_response_id and not body.store:
        raise UnsupportedParameter("store", "A response that follows another is kept with it. Leave store out.")
    check_max_tokens(settings, body.model, body.max_output_tokens)
    parameters = {name: value for name, value in _parameters(body).items() if value is not None}
    named = [tool.server_label for tool in body.tools or () if isinstance(tool, ToolServerNamed)]
    return ClientRequest(
        messages=messages_of(body.input),
        instructions=body.instructions or "",
        parameters=parameters,
        servers=servers_of(named, has_tools="tools" in parameters),
        echo=body.model_dump(exclude_none=True, include=set(ECHOED)),
    )


def words_of(body: ResponseRequest) -> str:
    """Returns what distinguishes a request from others: not how its answer comes.

    So a response that was asked for streamed can be had whole by the same key. "" for what is no Unicode.
    """
    try:
        return body.model_dump_json(exclude_none=True, exclude={"stream", "stream_options"})
    except ValueError:  # it is refused later on
        return ""


def _parameters(body: ResponseRequest) -> dict[str, Any]:
    """Returns the parameters in the form of chat completions."""
    given: dict[str, Any] = {name: getattr(body, name) for name in PLAIN}
    given["max_tokens"] = body.max_output_tokens
    given["reasoning_effort"] = body.reasoning.effort if body.reasoning else None
    if body.text:
        given["response_format"] = _response_format(body.text.format)
        given["verbosity"] = body.text.verbosity
    if own := [tool for tool in body.tools or () if isinstance(tool, ToolDefined)]:
        given["tools"] = [_nested(tool.model_dump(exclude_none=True)) for tool in own]
        choice = body.tool_choice
        given["tool_choice"] = choice if choice is None or isinstance(choice, str) else _nested(choice.model_dump())
        given["parallel_tool_calls"] = body.parallel_tool_calls
    return given


def _nested(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}


def _response_format(form: TextFormat | None) -> dict[str, Any] | None:
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return {"type": "json_object"}
    schema = form.model_dump(exclude_none=True, exclude={"type"}, by_alias=True)
    return {"type": "json_schema", "json_schema": schema}
