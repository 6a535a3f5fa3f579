"""Makes the bodies of requests from the parameters of a model. Pure."""

from typing import Any

from chat.providers.catalog import Model
from worker.llm.options import NO_OPTIONS, ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.llm.usable_calls import usable_calls


def request_of(model: Model, messages: list[PromptMessage], options: ReplyOptions = NO_OPTIONS) -> dict[str, Any]:
    """Returns the body of a request for a streamed chat completion.

    The reply has at most `max_tokens`, or the model's own limit if that is less. A given temperature and other given
    parameters replace the model's. Fields of the providers' file (`extra_body`) replace those of the same name. Tools
    that the messages only name are defined, because some servers refuse such messages without, but may not be called.
    """
    limits = [limit for limit in (model.max_tokens, options.max_tokens) if limit]
    parameters = {
        "max_tokens": min(limits) if limits else None,
        "temperature": model.temperature if options.temperature is None else options.temperature,
        "reasoning_effort": model.reasoning_effort or None,
        **({"tools": options.named_tools, "tool_choice": "none"} if options.named_tools else {}),
        **options.parameters,
    }
    functions = (tool.get("function") or {} for tool in parameters.get("tools") or ())
    return {
        "model": model.name,
        "messages": usable_calls(messages, {function.get("name", "") for function in functions}),
        **{name: value for name, value in parameters.items() if value is not None},
        "stream": True,
        "stream_options": {"include_usage": True},
        **model.extra_body,
        **switched(model, options.thinking),
    }


def switched(model: Model, thinking: bool | None) -> dict[str, Any]:
    """Returns the fields that switch thinking; none where it is not to be switched."""
    if thinking is None:
        return {}
    return model.thinking_on if thinking else model.thinking_off
