"""Reads the body of `POST /v1/chat/completions`."""

from typing import Any

from api.protocols.chat_completions.schemas import ChatRequest, ToolServerNamed
from api.protocols.errors import UnsupportedParameter
from api.protocols.tool_servers import servers_of
from api.roles import check_max_tokens, chosen_model
from chat.client_requests import PARAMETERS, ClientRequest
from chat.settings import Settings

NEUTRAL: dict[str, tuple[Any, str]] = {
    "n": (1, "Each request gets one reply: leave it out, and send the request several times."),
    "logprobs": (False, "Leave it out: replies have no probabilities."),
    "modalities": (["text"], "Leave it out: replies are text."),
    "store": (False, "Leave it out: POST /v1/responses stores its replies."),
}
"""The only value of each of these parameters, and what to do instead."""


def client_request_of(body: ChatRequest, settings: Settings) -> ClientRequest:
    """Returns what is asked. Pictures are data URLs yet.

    Raises `UnknownModel`, `UnsupportedParameter`, or `MaxTokensTooLarge`.
    """
    chosen_model(settings, body.model)
    for name, (neutral, remedy) in NEUTRAL.items():
        if getattr(body, name) not in (None, neutral):
            raise UnsupportedParameter(name, remedy)
    parameters = _parameters(body)
    check_max_tokens(settings, body.model, parameters.get("max_tokens"))
    messages = [each.model_dump(exclude_none=True, exclude={"annotations", "refusal"}) for each in body.messages]
    named = [tool.server_label for tool in body.tools or () if isinstance(tool, ToolServerNamed)]
    servers = servers_of(named, has_tools="tools" in parameters)
    return ClientRequest.model_validate({"messages": messages, "parameters": parameters, "servers": servers})


def words_of(body: ChatRequest) -> str:
    """Returns what distinguishes a request from others: not whether its answer is streamed.

    So a client that lost a stream may ask for the whole reply with the same key.
    """
    try:
        return body.model_dump_json(exclude_none=True, exclude={"stream", "stream_options"})
    except ValueError:  # it is refused later on
        return ""


def _parameters(body: ChatRequest) -> dict[str, Any]:
    given = body.model_dump(exclude_none=True, include=set(PARAMETERS))
    if body.max_completion_tokens is not None:
        given["max_tokens"] = body.max_completion_tokens
    own = [tool for tool in given.get("tools", ()) if tool["type"] == "function"]
    if own:
        given["tools"] = own
    else:  # a choice among no tools is refused by some model servers
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            given.pop(name, None)
    return given
