"""Questions to the user about calls of tools, for tests."""

from typing import Any

from chat.approvals import Approvals
from chat.asks import Ask
from chat.events import Chunk
from tests.support.chat_fixture import SETTINGS, ChatFixture

FORM: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def ask(index: int = 0, arguments: str = '{"path":"/tmp/a"}', name: str = "delete_file") -> Ask:
    """Whether a tool may be called."""
    return Ask(id=str(index), index=index, kind="call", state="asked", server="files", name=name, arguments=arguments)


def form(index: int = 0, number: int = 1) -> Ask:
    """What a tool wants to know."""
    about = ask(index).model_dump() | {
        "id": f"{index}.{number}",
        "kind": "input",
        "message": "Your name?",
        "form": FORM,
    }
    return Ask.model_validate(about)


def approvals_of(chat: ChatFixture, seconds: float = 3600) -> Approvals:
    return Approvals(chat.store, SETTINGS, chat.turns.open_turns, seconds)


async def parked(chat: ChatFixture, *asks: Ask, seconds: float = 3600) -> str:
    """A turn that the claim 100 has begun, that has written a text, and waits for answers, by default to one ask."""
    turn_id, writer = await chat.begun()
    await chat.append(writer, Chunk(content="Shall I?"))
    result = await approvals_of(chat, seconds).park(turn_id, "100", await chat.last(turn_id), asks or [ask()])
    assert result.status == "parked"
    return turn_id
