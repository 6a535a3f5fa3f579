"""States of calls of tools of tool servers: how they ended, how they run, and what they ask."""

import json
import time
from typing import Any

from playwright.async_api import expect

from chat.events import ApprovalEvent, Chunk, StepDone, ToolArguments, ToolCall, ToolProgress, ToolStart
from chat.messages import Message
from chat.tool_calls import Approval, ReplyStep, ServerCall
from tests.e2e.scene import Scene, hang
from tests.e2e.states.looks import session_settings
from tests.e2e.states.table import state

ARGUMENTS = json.dumps({"query": "annual report 2026", "folder": "/reports", "limit": 20})
FORM = {
    "type": "object",
    "properties": {
        "mail": {"type": "string", "format": "email", "title": "Email address"},
        "copies": {"type": "integer", "minimum": 1, "maximum": 9, "title": "Copies", "default": 1},
        "size": {"type": "string", "enum": ["a4", "letter"], "enumNames": ["A4", "Letter"], "title": "Size"},
        "parts": {"type": "array", "title": "Parts", "items": {"enum": ["Summary", "Figures"]}},
        "seal": {"type": "boolean", "title": "With a seal"},
    },
    "required": ["mail"],
}
DAY = 86_400


def call(name: str, title: str, **more: Any) -> ServerCall:
    named = {"name": name, "title": title, "server": "docs", "server_title": "Documentation"}
    return ServerCall(id=name, arguments=ARGUMENTS, started=True, **named, **more)


DENIED = Approval(id="2", index=2, kind="call", state="denied", note="Not that folder.")
STEPS = [
    ReplyStep(
        content="",
        calls=[
            call("search", "Search files", status="ok", content="reports/2026.md\n" * 40, seconds=2.1),
            call("read", "Read a file", status="error", content="", code="tool_timeout"),
        ],
    ),
    ReplyStep(
        calls=[
            call("delete", "Delete a file", status="denied", content="", approval=DENIED),
            call("send", "Send the report by mail", status="unknown", content=""),
            call("list", "List all folders", status="limit", content=""),
        ],
    ),
]


@state(after=session_settings)
async def tools_called(scene: Scene) -> None:
    """A stored reply with calls that ended in each way; the first and the third are unfolded."""
    await scene.reset()
    session_id = await scene.answered_session()
    asked = Message(role="user", content=scene.words.question, timestamp=time.time(), id="q")
    steps = [STEPS[0].model_copy(update={"content": scene.words.answer[:40]}), STEPS[1]]
    about = {"timestamp": time.time(), "id": "a", "parent_id": "q", "finish_reason": "stop"}
    reply = Message(role="assistant", content=scene.words.answer, steps=steps, **about)
    await scene.remember(session_id, asked, reply)
    await scene.open(f"/s/{session_id}")
    await scene.get("tool-head").nth(0).click()
    await scene.get("tool-head").nth(2).click()
    await expect(scene.get("tool-result")).to_be_visible()


async def _calls(scene: Scene, *asked: ApprovalEvent) -> None:
    """A reply that runs, with a call that runs and others that ask."""
    await scene.stack.store.flushdb()
    await scene.reset()
    await scene.ask(scene.words.question)
    titles = {"search": "Search files", "delete_file": "Delete a file", "send": "Send the report"}
    called = [
        event
        for index, (name, title) in enumerate(titles.items())
        for event in (
            ToolCall(index=index, id=name, name=name, title=title, server="docs", server_title="Documentation"),
            ToolArguments(index, ARGUMENTS),
        )
    ]
    await scene.write_events_as_worker(
        Chunk(scene.words.answer[:40]),
        *called,
        StepDone(index=0),
        ToolStart(index=0),
        ToolProgress(index=0, progress=3, total=10, message="reports/part-3.md"),
        *asked,
    )
    await expect(scene.get("tool-progress")).to_be_visible()


@state(on="idle")
async def tool_asks(scene: Scene) -> None:
    asked = ApprovalEvent(id="1", index=1, kind="call", state="asked", until=time.time() + DAY)
    await _calls(scene, asked)
    await expect(scene.get("allow-once")).to_be_visible()


@state(after=tool_asks)
async def tool_denied_with_a_word(scene: Scene) -> None:
    await scene.page.route("**/approvals", lambda route: route.abort())
    await scene.get("allow-once").click()
    await expect(scene.page.get_by_role("alert")).to_be_visible()
    await scene.get("deny").click()
    await scene.get("deny-word").fill(scene.words.question)


@state(after=tool_denied_with_a_word)
async def tool_answers_wait_for_others(scene: Scene) -> None:
    about: dict[str, Any] = {"id": "1", "index": 1, "kind": "call"}
    asked = ApprovalEvent(id="2", index=2, kind="call", state="asked", until=time.time() + DAY)
    await _calls(scene, ApprovalEvent(**about, state="asked"), asked, ApprovalEvent(**about, state="denied"))
    await expect(scene.page.locator("[data-call-state=refused] .tool-note")).to_be_visible()


@state(after=tool_answers_wait_for_others)
async def tool_wants_input(scene: Scene) -> None:
    asked = ApprovalEvent(id="2.0", index=2, kind="input", state="asked", message="Where to?", form=FORM)
    await _calls(scene, asked)
    await scene.get("send-input").click()
    await expect(scene.page.get_by_role("alert")).to_be_visible()


@state()
async def tools_in_settings(scene: Scene) -> None:
    tool = {"description": "Finds files by their names and by what is in them.", "is_read_only": True}
    tools = [
        {"name": "search", "title": "Search files", "approval": "always", **tool},
        {"name": "delete_file", "title": "Delete a file", "approval": "ask", **tool},
        {"name": "format_disk", "title": None, "approval": "never", "description": "", "is_read_only": False},
    ]
    up = {"name": "docs", "title": "Documentation", "is_up": True, "checked_at": 1.0, "tools": tools}
    down = {"name": "mail", "title": "Mail", "is_up": False, "checked_at": 1.0, "tools": tools[1:2]}
    models = await scene.call("GET", "/models")
    await scene.page.route("**/api/models", lambda route: route.fulfill(json={**models, "has_tools": True}))
    await scene.page.route("**/api/chat/tools", lambda route: route.fulfill(json={"servers": [up, down]}))
    await scene.page.route("**/api/chat/sessions*", hang)
    await scene.open("/#settings/tools")
    await scene.get("tool-server").first.locator("summary").click()
    await expect(scene.get("tool-row").filter(visible=True)).to_have_count(3)
