"""Edits and regenerations from several tabs under faults: nothing that was said may be lost or doubled."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.chaos import scenarios
from tests.chaos.deployment import Deployment
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.model_server import ModelServer, Script, break_off, refuse, tell

Figures = dict[str, Any]
Messages = dict[str, dict[str, Any]]
TABS = 3
FIRST_QUESTIONS = 3
REFUSED = ("turn_running", "unknown_message")
"""Refusals that a tab may get because of another one."""


def answers(rng: random.Random) -> list[Script]:
    """Returns what the model does for the next requests: about half of them fail, some after a few words."""
    words = [f"word{rng.randrange(1000)} " for _ in range(20)]
    kinds = (tell(*words, pause=0.05), tell(*words), refuse(400), break_off(*words[:5], drop=True))
    return [rng.choice(kinds) for _ in range(50)]


@dataclass
class Conversation:
    """One session that several tabs of one user work in, and what they have been answered."""

    user: SimulatedUser
    session_id: str
    model: ModelServer
    rng: random.Random
    questions: list[str] = field(default_factory=list)
    turns: list[ObservedTurn] = field(default_factory=list)
    reading: list[asyncio.Task[ObservedTurn]] = field(default_factory=list)

    async def work(self, steps: int) -> None:
        """Takes random steps in one tab, each of which is accepted or refused."""
        for _ in range(steps):
            await self._step()

    async def _step(self) -> None:
        shown = (await self.user.call("GET", "/chat/history", params={"session_id": self.session_id}))["messages"]
        message = self.rng.choice(shown) if shown else None
        if message is None or self.rng.random() < 0.4:
            await self.ask({"when_busy": self.rng.choice(("wait", "refuse"))})
        elif message["role"] == "assistant":
            await self.regenerate(message["id"])
        elif self.rng.random() < 0.5:
            await self.ask({"replace_from": message["id"]})
        else:
            await self._show(self.rng.choice(message["versions"]["ids"]))

    async def ask(self, place: dict[str, Any]) -> None:
        text = f"question {uuid4().hex}"
        self.model.on(text, *answers(self.rng))
        if await self._open({"message": text, **place}):
            self.questions.append(text)

    async def regenerate(self, message_id: str) -> None:
        await self._open({"replace_from": message_id})

    async def _open(self, body: dict[str, Any]) -> bool:
        """Asks once, however often it is sent, and reads to the end unless it waits. Returns whether that worked."""
        key, request = {"Idempotency-Key": uuid4().hex}, {"session_id": self.session_id, **body}
        try:
            opened = await self.user.call("POST", "/chat/turns", json=request, headers=key)
        except httpx2.HTTPStatusError as error:
            return _accepted(error)
        observed = ObservedTurn(self.session_id, opened["turn_id"])
        self.turns.append(observed)
        self.reading.append(asyncio.create_task(self.user.read(observed)))
        if not opened["waits"]:
            await self.reading[-1]
        return True

    async def finish(self) -> None:
        """Has all waiting questions asked, and reads all replies to the end."""
        while not all(task.done() for task in self.reading):
            await self.user.call("POST", f"/chat/sessions/{self.session_id}/waiting/resume")
            await asyncio.wait(self.reading, timeout=0.5)
        await asyncio.gather(*self.reading)

    async def _show(self, message_id: str) -> None:
        try:
            await self.user.call("PATCH", f"/chat/sessions/{self.session_id}", json={"leaf": message_id})
        except httpx2.HTTPStatusError as error:
            _accepted(error)

    async def tree(self) -> Messages:
        """Reads every message of every branch, as a client can."""
        found: Messages = {}
        open_branches = [""]
        while open_branches:
            for message in await self._branch(open_branches.pop()):
                if message["id"] not in found:
                    open_branches += [version for version in message["versions"]["ids"] if version not in found]
                found[message["id"]] = message
        return found

    async def _branch(self, message_id: str) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"session_id": self.session_id, "limit": 100}
        query |= {"branch": message_id} if message_id else {}
        return list((await self.user.call("GET", "/chat/history", params=query))["messages"])

    async def check(self) -> Counter[str]:
        """Checks that all that was said is in the tree exactly once. Returns how the turns ended."""
        messages = await self.tree()
        asked = Counter(message["content"] for message in messages.values() if message["role"] == "user")
        assert asked == Counter(self.questions), (asked, self.questions)
        replies: dict[str, list[str]] = {}
        for message in messages.values():
            parent = messages.get(message.get("parent_id", ""))
            assert (parent is None) == ("parent_id" not in message), message
            if message["role"] == "assistant":
                assert parent, message
                assert parent["role"] == "user", message
                replies.setdefault(message["turn_id"], []).append(message["content"])
        for observed in self.turns:
            shown = observed.transcript.text
            assert [text for text in replies.get(observed.turn_id, []) if text] == ([shown] if shown else [])
        assert len(replies.keys() - {observed.turn_id for observed in self.turns}) == 0
        return Counter([(await self.user.turn(observed.turn_id))["state"] for observed in self.turns])


def _accepted(error: httpx2.HTTPStatusError) -> bool:
    """Returns False for a refusal that another tab may cause."""
    assert error.response.json()["code"] in REFUSED, error.response.text
    return False


async def nothing_is_lost(deployment: Deployment, conversations: int, steps: int, seed: int) -> Figures:
    """Kills workers, APIs and Valkey while three tabs of each user edit, regenerate and switch at random."""
    rng = random.Random(seed)
    all_of_them = [await _begun(deployment, number, rng) for number in range(conversations)]
    work = [asyncio.create_task(each.work(steps)) for each in all_of_them for _ in range(TABS)]
    working = asyncio.gather(*work)
    faults = Counter[str]()
    while not working.done():
        fault = rng.choice(scenarios.KILLS)
        faults[fault.__name__.strip("_")] += 1
        await fault(deployment, rng)
        await asyncio.sleep(rng.uniform(0.5, 2))  # the schedule itself
    await working
    await asyncio.gather(*(each.finish() for each in all_of_them))
    states = sum([await each.check() for each in all_of_them], Counter[str]())
    assert states["done"] > 0
    assert states["failed"] > 0
    return {"turns": states.total(), **states, "seed": seed, "faults": dict(faults)}


async def _begun(deployment: Deployment, number: int, rng: random.Random) -> Conversation:
    user = SimulatedUser(deployment, number)
    session_id = (await user.call("POST", "/chat/start"))["session_id"]
    conversation = Conversation(user, session_id, deployment.model, random.Random(rng.random()))
    for _ in range(FIRST_QUESTIONS):
        await conversation.ask({})
    return conversation
