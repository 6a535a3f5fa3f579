"""Makes the input of an AG-UI run a question of its thread's session."""

from api.protocols.ag_ui import requests
from api.protocols.ag_ui.schemas import RunInput
from api.protocols.conversations import Conversations
from api.protocols.prompts import Prompt, Repeats
from chat.asked import digest_of
from chat.client_requests import ClientRequest


def repeated(body: RunInput, model: str, session_id: str) -> Prompt:
    """Returns the prompt with which the turn of the same run is found: a run is known by its thread and its id."""
    repeats = Repeats(digest_of(body.thread_id, body.run_id), f"run:{body.run_id}")
    return Prompt(ClientRequest(messages=[]), model, repeats, session_id=session_id)


async def prompt_of(conversations: Conversations, user: str, session_id: str, body: RunInput, model: str) -> Prompt:
    """Returns what is asked. The last question again, as it was asked before, gets another reply.

    Raises `UnsupportedParameter` or `InvalidRequest`.
    """
    place = await conversations.place(session_id, requests.earlier_of(body.messages))
    asks = requests.client_request_of(body, place.first)
    answers = await conversations.asked_before(user, session_id, place, asks)
    stored = await conversations.message(session_id, answers)
    if stored is None or stored.request != asks:  # other pictures, tools or context
        answers = ""
    repeats = repeated(body, model, session_id).repeats
    return Prompt(asks, model, repeats, session_id=session_id, parent_id=place.parent_id, answers=answers)
