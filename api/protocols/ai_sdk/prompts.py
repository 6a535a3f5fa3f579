"""Makes an AI SDK client's request a question of its conversation's session."""

from api.protocols.ai_sdk import requests
from api.protocols.ai_sdk.schemas import ChatBody
from api.protocols.conversations import Conversations, Place
from api.protocols.prompts import Prompt, Repeats
from chat.client_requests import ClientRequest

NOTHING_NEW = ClientRequest(messages=[])


async def prompt_of(
    conversations: Conversations, user: str, session_id: str, body: ChatBody, model: str, repeats: Repeats
) -> Prompt:
    """Returns what is asked. An edit becomes another version of its question, a regeneration another reply.

    Raises `UnsupportedParameter` or `InvalidRequest`.
    """
    place = await conversations.place(session_id, requests.earlier_of(body.messages))
    if body.trigger == "regenerate-message":
        answers = await _answered_again(conversations, user, session_id, body, place)
        if answers and await _is_same(conversations, session_id, answers, body):
            return Prompt(NOTHING_NEW, model, repeats, session_id=session_id, answers=answers)
    request = requests.client_request_of(body, place.first, place.parent_id)
    return Prompt(request, model, repeats, session_id=session_id, parent_id=place.parent_id)


async def _answered_again(
    conversations: Conversations, user: str, session_id: str, body: ChatBody, place: Place
) -> str:
    """Returns the stored question whose reply is made again; "" if there is none."""
    asked = await conversations.message(session_id, body.messages[-1].id)
    if asked and asked.role == "user":
        return asked.id
    replaced = await conversations.message(session_id, body.message_id or "")
    if replaced and replaced.role == "assistant" and replaced.parent_id:
        return replaced.parent_id
    if body.continued:
        return ""
    request = requests.client_request_of(body, place.first, place.parent_id)
    return await conversations.asked_before(user, session_id, place, request)


async def _is_same(conversations: Conversations, session_id: str, question: str, body: ChatBody) -> bool:
    """Returns whether a stored question was asked with the same system message and parameters.

    Otherwise it is asked anew with these, as another version.
    """
    stored = await conversations.message(session_id, question)
    asked = (stored and stored.request) or NOTHING_NEW
    given = (body.system or "", requests.parameters_of(body), list(dict.fromkeys(body.servers or ())))
    return (asked.instructions, asked.parameters, asked.servers or []) == given
