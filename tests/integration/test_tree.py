"""After any steps in any order the messages of a session are a tree, and what is shown is one of its branches."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from chat import keys
from chat.errors import HoldfastError, NoQuestion, NotAQuestion, TurnRunning
from chat.messages import question_id, reply_id
from chat.queue import Queue
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.reference_tree import ReferenceTree

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=0, max_sessions_per_user=0)
STEPS = (
    "ask",
    "wait",
    "resume",
    "ask after",
    "edit",
    "regenerate",
    "answer",
    "fail",
    "stop",
    "show",
    "remove",
    "clear",
)
Step = tuple[str, int]


class Walker:
    """Does random steps to a session, and the same to a tree in memory."""

    def __init__(self, chat: ChatFixture) -> None:
        self.chat = chat
        self.chat.turns = Turns(chat.store, KEEPS_ALL)
        self.chat.sessions = Sessions(chat.store, KEEPS_ALL)
        self.tree = ReferenceTree()
        self.active = ""
        self.question = ""
        self.waiting: list[str] = []
        self.is_paused = False
        self.following = WaitingQuestions(chat.store, KEEPS_ALL, self.chat.turns, Queue(chat.store, KEEPS_ALL))

    async def take(self, step: str, number: int) -> None:
        """Does a step, to the message that the number chooses, if it is possible."""
        ids = list(self.tree.nodes)
        if step == "ask":
            await self._open(str(number), self.tree.leaf)
        elif step == "wait":
            await self._wait(str(number))
        elif step == "resume":
            await self._resume()
        elif step in ("answer", "fail", "stop"):
            await self._end(step)
        elif step == "clear":
            await self._clear(rarely=number % 10 == 0)
        elif ids:
            await self._take_at(step, number, ids[number % len(ids)])

    async def _take_at(self, step: str, number: int, chosen: str) -> None:
        match step:
            case "ask after":
                await self._open(str(number), chosen, parent_id=chosen)
            case "edit":
                await self._open(str(number), self.tree.nodes[chosen].parent, replace_from=chosen)
            case "regenerate":
                await self._open(None, self.tree.nodes[chosen].parent, replace_from=chosen)
            case "show":
                await self._show(chosen)
            case _:
                await self._remove(chosen)

    async def _end(self, step: str) -> None:
        if not self.active:
            return
        if step == "stop":
            await self._stop()
        else:
            await self._close("hi" if step == "answer" else "")

    async def _clear(self, *, rarely: bool) -> None:
        if rarely:
            await self.chat.sessions.clear(USER, self.chat.session_id)
            self.tree, self.active, self.waiting, self.is_paused = ReferenceTree(), "", [], False

    async def _open(self, text: str | None, parent: str | None, **place: Any) -> None:
        refusal: type[HoldfastError] | None = None
        replaced = self.tree.nodes.get(place.get("replace_from", ""))
        if self.active:
            refusal = TurnRunning
        elif replaced and text and replaced.role != "user":
            refusal = NotAQuestion
        elif replaced and not text and replaced.role == "user":
            refusal = NoQuestion
        elif text is None and (parent is None or self.tree.nodes[parent].role != "user"):
            refusal = NoQuestion
        if refusal:
            with pytest.raises(refusal):
                await self.chat.open(text, **place)
            return
        self.active = (await self.chat.open(text, **place)).turn_id
        if text is None:
            self.question = parent or ""
            return
        self.question = question_id(self.active)
        self.tree.add(self.question, parent, "user")
        if self.tree.leaf in (None, parent):  # another branch is shown once it has an answer
            self.tree.show(self.question)

    async def _close(self, text: str) -> None:
        claimed = await self.chat.turns.begin(self.active, "100", messages=1000)
        assert [json.loads(each)["id"] for each in claimed.history] == self.tree.path(self.question)
        await self.chat.close(self.active, "100", text, state="done" if text else "failed")
        self._closed(has_text=bool(text))

    async def _stop(self) -> None:
        assert (await self.chat.turns.cancel(USER, self.active)).state == "cancelled"
        self._closed(has_text=False)

    def _closed(self, *, has_text: bool) -> None:
        """A turn without text leaves a reply only as a version of others, and the branch that was shown before."""
        if has_text or self.tree.nodes[self.question].children or self.tree.leaf != self.question:
            self.tree.add(reply_id(self.active), self.question, "assistant")
        if has_text:
            self.tree.show(reply_id(self.active))
        elif self.waiting:
            self.is_paused = True
        self._open_next()

    def _open_next(self) -> None:
        self.active = ""
        if self.is_paused or not self.waiting:
            return
        self.active = self.waiting.pop(0)
        self.question = question_id(self.active)
        self.tree.add(self.question, self.tree.leaf, "user")
        self.tree.show(self.question)

    async def _wait(self, text: str) -> None:
        """Asks a question that waits if a reply runs; otherwise it is asked at once."""
        if not self.active:
            await self._open(text, self.tree.leaf, waits=True)
        elif len(self.waiting) < 20:
            opened = await self.chat.open(text, waits=True)
            assert opened.waits
            self.waiting.append(opened.turn_id)

    async def _resume(self) -> None:
        turn_id = await self.following.resume(USER, self.chat.session_id)
        self.is_paused = False
        if not self.active:
            self._open_next()
        assert (turn_id or "") == self.active

    async def _show(self, message_id: str) -> None:
        show = self.chat.sessions.branches.show(USER, self.chat.session_id, message_id)
        if self.active:
            with pytest.raises(TurnRunning):
                await show
            return
        leaf = await show
        expected = self.tree.leaf_below(message_id)
        assert expected in self.tree.path(leaf)
        assert not self.tree.nodes[leaf].children
        self.tree.show(leaf)

    async def _remove(self, message_id: str) -> None:
        remove = self.chat.sessions.branches.remove(USER, self.chat.session_id, message_id)
        if self.active:
            with pytest.raises(TurnRunning):
                await remove
            return
        shown = self.tree.path(self.tree.leaf)
        await remove
        parent = self.tree.nodes[message_id].parent
        self.tree.remove(message_id)
        leaf = await self.chat.store.execute_command("HGET", keys.session(self.chat.session_id), "leaf")
        if message_id not in shown:
            assert leaf == self.tree.leaf
        elif self.tree.versions(parent):
            assert set(self.tree.path(leaf)) & set(self.tree.versions(parent))
        else:
            assert leaf == parent
        self.tree.leaf = leaf

    async def check(self) -> None:
        """Compares the stored tree, the history and its versions with the tree in memory."""
        stored = await self.chat.store.execute_command("HGETALL", keys.tree(self.chat.session_id))
        messages = {name: json.loads(value) for name, value in stored.items() if ":" not in name}
        assert {name: message["parent_id"] or None for name, message in messages.items()} == {
            name: node.parent for name, node in self.tree.nodes.items()
        }
        assert self.tree.leaf is None or not self.tree.nodes[self.tree.leaf].children
        history = await self.chat.sessions.history(USER, self.chat.session_id, 100)
        newest = self.question if self.active else self.tree.leaf
        path = self.tree.path(newest)
        assert [message.id for message in history.messages] == path
        assert (history.total, history.session.leaf) == (len(path), self.tree.leaf)
        assert [question.turn_id for question in history.waiting] == self.waiting
        assert bool(history.session.paused) == self.is_paused
        assert not history.session.trimmed
        for message in history.messages:
            versions = self.tree.versions(message.parent_id)
            assert message.versions is not None
            assert (message.versions.ids, message.versions.index) == (versions, versions.index(message.id))
        for before, after in pairwise(history.messages):
            assert (before.role, after.role) != ("assistant", "assistant")
        if self.tree.nodes:
            await self._check_around(list(self.tree.nodes)[len(self.tree.nodes) // 3], path)
        fields = await self.chat.store.execute_command("HGETALL", keys.session(self.chat.session_id))
        sizes = [len(value.encode()) for name, value in stored.items() if ":" not in name]
        assert int(fields.get("messages", 0)) == len(sizes)
        assert int(fields.get("bytes", 0)) == sum(sizes)
        known = {name.partition(":")[2] for name in stored if name[:2] in ("l:", "s:")}
        assert known <= set(self.tree.nodes)

    async def _check_around(self, message_id: str, shown: list[str]) -> None:
        """Compares a page around a message with its branch."""
        read = self.chat.sessions.history
        is_shown = message_id in shown
        if not is_shown:
            whole = await read(USER, self.chat.session_id, 100, branch=message_id)
            shown = [message.id for message in whole.messages]
            assert not whole.is_shown
        end = min(shown.index(message_id) + 3, len(shown))
        page = await read(USER, self.chat.session_id, 5, around=message_id)
        assert [message.id for message in page.messages] == shown[max(end - 5, 0) : end]
        assert (page.total, page.has_more, page.has_later) == (len(shown), end > 5, end < len(shown))
        assert page.is_shown is is_shown


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99)), min_size=20, max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_session_is_a_tree_after_any_steps(store: Redis, steps: Sequence[Step]) -> None:
    session = await Sessions(store, KEEPS_ALL).create(USER, "assistant")
    walker = Walker(ChatFixture(store, session.session_id))
    for step, number in steps:
        await walker.take(step, number)
        await walker.check()
    await walker.chat.sessions.delete(USER, session.session_id)
