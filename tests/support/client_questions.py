"""Asks as the routes of other protocols do: opens a turn with a client's request, and queues it."""

from typing import Any

from redis.asyncio import Redis

from chat import keys
from chat.client_requests import ClientRequest
from chat.questions import Question
from chat.queue import Queue
from chat.settings import Settings
from chat.turns import Turns
from tests.support import privacy

SETTINGS = Settings(_env_file=None, max_active_turns_per_user=0)
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("weather", "time")
]


def request_of(*messages: dict[str, Any] | str, instructions: str = "", **parameters: Any) -> ClientRequest:
    """Returns a request that offers tools; a text is a message of the user."""
    given = [{"role": "user", "content": each} if isinstance(each, str) else each for each in messages]
    parameters = {"tools": TOOLS, **parameters}
    return ClientRequest.model_validate({"messages": given, "instructions": instructions, "parameters": parameters})


def result_of(call_id: str, content: str) -> dict[str, Any]:
    """Returns the message with a tool's result."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


async def ask(
    store: Redis, queue: Redis, session_id: str, request: ClientRequest, model: str = "scripted", **more: Any
) -> str:
    """Opens a turn of the session's owner. Returns its id."""
    for message in request.messages:
        privacy.note(message.text)
    user_id = await store.execute_command("HGET", keys.session(session_id), "user_id")
    question = Question(session_id, "", model, request.shown, request=request, **more)
    opened = await Turns(store, SETTINGS).open(user_id, question, 0)
    await Queue(queue, SETTINGS).put(opened.turn_id)
    return opened.turn_id
