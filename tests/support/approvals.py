"""Questions to the user about calls of tools, for tests."""

from typing import Any

from chat.approvals import Approvals
from chat.asks import Ask
from chat.events import Chunk
from chat.tool_calls import Approval, ServerCall
from tests.support.chat_fixture import SETTINGS, ChatFixture

FORM: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}

PATH, TOOL = '{"path":"/tmp/a"}', "delete_file"


def ask(index: int = 0, arguments: str = PATH, name: str = TOOL) -> Ask:
    """Whether a tool may be called."""
    approval = Approval(id=str(index), index=index, kind="call", state="asked")
    return Ask.of(approval, _call(arguments, name))


def form(index: int = 0, number: int = 1, message: str = "Your name?") -> Ask:
    """What a tool wants to know."""
    name = f"{index}.{number}"
    approval = Approval(id=name, index=index, kind="input", state="asked", message=message, form=FORM)
    return Ask.of(approval, _call())


def _call(arguments: str = PATH, name: str = TOOL) -> ServerCall:
    return ServerCall(id="c0", server="files", name=name, arguments=arguments)


def approvals_of(chat: ChatFixture, seconds: float = 3600) -> Approvals:
    return Approvals(chat.store, SETTINGS, chat.turns.open_turns, seconds)


async def parked(chat: ChatFixture, *asks: Ask, seconds: float = 3600) -> str:
    """A turn that the claim 100 has begun, that has written a text, and waits for answers, by default to one ask."""
    turn_id, writer = await chat.begun()
    await chat.append(writer, Chunk(content="Shall I?"))
    result = await approvals_of(chat, seconds).park(turn_id, "100", await chat.last(turn_id), asks or [ask()])
    assert result.status == "parked"
    return turn_id
