"""P63 to P70: versions and branches."""

from dataclasses import dataclass
from typing import Any

from tests.conformance.led import led
from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.user import User
from tests.conformance.verdicts import same
from tests.conformance.ways import EVENTS

Messages = list[dict[str, Any]]


@dataclass(frozen=True)
class Talk:
    """A session with two answered questions, and its messages as the history had them."""

    user: User
    session_id: str
    messages: Messages

    @property
    def ids(self) -> list[str]:
        return ids_of(self.messages)

    async def version(self, place: int, question: str | None = None) -> Messages:
        """Make another version of a message. The history after its turn has ended."""
        await to_end(self.user, await self.user.ask(self.session_id, question, replace_from=self.ids[place]))
        return await self.user.messages(self.session_id)

    async def shows(self, wanted: list[str], what: str) -> None:
        """Raise `Broken` unless the history has exactly these messages."""
        same(ids_of(await self.user.messages(self.session_id)), wanted, what)

    async def patch_leaf(self, message_id: str) -> dict[str, Any]:
        """Show the branch of a message. The session as the answer has it."""
        return await self.user.json("PATCH", f"/chat/sessions/{self.session_id}", json={"leaf": message_id})


async def talk(server: Server) -> Talk:
    first = await server.new_ended(EVENTS)
    await server.new_ended(EVENTS, session_id=first.session_id)
    return Talk(server.user, first.session_id, await server.user.messages(first.session_id))


async def to_end(user: User, turn_id: str) -> None:
    """Read a turn's stream to its end."""
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.to_end()


def ids_of(messages: Messages) -> list[str]:
    return [message["id"] for message in messages]


def words_of(messages: Messages) -> list[tuple[str, str]]:
    """What stays of messages whatever other versions come: their ids and texts."""
    return [(message["id"], message["content"]) for message in messages]


def has_versions(message: dict[str, Any], ids: list[str], what: str) -> None:
    """Raise `Broken` unless the message's `versions` are these, itself among them."""
    wanted = {"index": ids.index(message["id"]), "count": len(ids), "ids": ids}
    same(message.get("versions"), wanted, f"versions of {what}")


async def p63(server: Server) -> None:
    """Each message of a history has `versions`"""
    found = await talk(server)
    for message in found.messages:
        has_versions(message, [message["id"]], "a message that was asked once")
    same([each.get("parent_id") for each in found.messages], [None, *found.ids[:-1]], "the parent_id of the messages")
    again = await found.version(3)
    has_versions(again[3], [found.ids[3], again[3]["id"]], "the reply that was regenerated")
    same(again[3].get("parent_id"), found.ids[2], "parent_id of the new reply")
    edited = await found.version(0, server.question())
    has_versions(edited[0], [found.ids[0], edited[0]["id"]], "the question that was edited")
    same([each.get("parent_id") for each in edited], [None, edited[0]["id"]], "the parent_id after the edit")


async def p64(server: Server) -> None:
    """Editing and regenerating drop nothing"""
    found = await talk(server)
    again = await found.version(3)
    await found.version(0, server.question())
    for name, branch, wanted in (
        ("the first reply", found.ids[3], found.messages),
        ("the regenerated reply", again[3]["id"], again),
    ):
        messages = await found.user.messages(found.session_id, branch=branch)
        same(words_of(messages), words_of(wanted), f"the branch of {name}")


async def p65(server: Server) -> None:
    """`PATCH /chat/sessions/{session_id}` with `{"leaf"}`"""
    found, question = await talk(server), server.question()
    edited = ids_of(await found.version(0, question))
    for message_id, leaf, ids in ((found.ids[0], found.ids[3], found.ids), (edited[0], edited[1], edited)):
        session = await found.patch_leaf(message_id)
        await found.shows(ids, "the history after it")
        page = await found.user.history(found.session_id)
        same((session["leaf"], page["leaf"]), (leaf, leaf), "leaf of the answer and of the history")
    await found.patch_leaf(found.ids[1])
    asked = await server.new_ended(EVENTS, session_id=found.session_id)
    after = await found.user.messages(found.session_id)
    same(ids_of(after[:4]), found.ids, "the messages before the next question")
    same([each["content"] for each in after[4::2]], [asked.question], "the questions after them")
    unknown = await found.user.request("PATCH", f"/chat/sessions/{found.session_id}", json={"leaf": "no-such"})
    refused(unknown, 404, "unknown_message")


async def p66(server: Server) -> None:
    """While a turn is active, showing another branch and deleting a message"""
    async with led(server, EVENTS) as turn:
        before = await turn.user.history(turn.session_id)
        session, question = f"/chat/sessions/{turn.session_id}", before["messages"][0]["id"]
        for answer in (
            await turn.user.request("PATCH", session, json={"leaf": question}),
            await turn.user.request("DELETE", f"{session}/messages/{question}"),
        ):
            same(refused(answer, 409, "turn_running").get("turn_id"), turn.turn_id, "turn_id of the refusal")
        same(await turn.user.history(turn.session_id), before, "the history after the refusals")
        await turn.reply.say("twelve")
        await turn.reply.finish()
        await turn.stream.to_end()


async def p67(server: Server) -> None:
    """With `parent_id` a question follows that message"""
    found = await talk(server)
    for parent, before in ((found.ids[1], found.ids[:2]), ("", [])):
        question = server.question()
        await to_end(found.user, await found.user.ask(found.session_id, question, parent_id=parent))
        after = await found.user.messages(found.session_id)
        same(ids_of(after[:-2]), before, "the messages before the question")
        same(after[-2]["content"], question, "the question")
    answer = await found.user.post(found.session_id, server.question(), parent_id="no-such")
    refused(answer, 404, "unknown_message")
    both = {"parent_id": found.ids[1], "replace_from": found.ids[2]}
    refused(await found.user.post(found.session_id, server.question(), **both), 422, "invalid_request")
    same(await found.user.messages(found.session_id), after, "the history after the refusals")


async def p68(server: Server) -> None:
    """An edit or a regeneration that ends without text"""
    found = await talk(server)
    for place, question in ((3, None), (0, server.question())):
        requests = server.model.lead(question or found.messages[2]["content"])
        turn_id = await found.user.ask(found.session_id, question, replace_from=found.ids[place])
        reply = await requests.next()
        await found.user.stop(turn_id)
        await to_end(found.user, turn_id)
        await reply.finish()
        after = await found.user.history(found.session_id)
        same(words_of(after["messages"]), words_of(found.messages), "the messages of the history after it")
        same(after["leaf"], found.ids[3], "leaf after it")
        version = after["messages"][place]["versions"]
        same((version["index"], version["count"]), (0, 2), "index and count of the version that is shown")
        last = (await found.user.messages(found.session_id, branch=version["ids"][1]))[-1]
        same((last["turn_id"], last["content"]), (turn_id, ""), "turn and text of the version that ended without text")
        same(last.get("finish_reason"), "cancelled", "its finish_reason")


async def p69(server: Server) -> None:
    """Deleting a message deletes all that follow it"""
    found = await talk(server)
    other = await found.version(2, server.question())
    path = f"/chat/sessions/{found.session_id}/messages"
    await found.user.json("DELETE", f"{path}/{other[2]['id']}")
    await found.shows(found.ids, "the history after a version was deleted")
    again = await found.version(3)
    await found.user.json("DELETE", f"{path}/{found.ids[2]}")
    await found.shows(found.ids[:2], "the history after a question was deleted")
    for gone in (other[2]["id"], other[3]["id"], found.ids[2], found.ids[3], again[3]["id"]):
        query = {"session_id": found.session_id, "branch": gone}
        refused(await found.user.request("GET", "/chat/history", params=query), 404, "unknown_message")
        refused(await found.user.request("DELETE", f"{path}/{gone}"), 404, "unknown_message")


async def p70(server: Server) -> None:
    """`before`, `after` and `around` give the pages of a branch"""
    found = await talk(server)
    edited = await found.version(0, server.question())
    ids, whole = found.ids, {"total": 4, "leaf": edited[1]["id"], "is_shown": False}
    newest = await found.user.history(found.session_id, around=edited[0]["id"])
    same(
        (ids_of(newest["messages"]), newest["is_shown"]),
        (ids_of(edited), True),
        "messages and is_shown around the edit",
    )
    pages: tuple[tuple[dict[str, str | int], list[str], bool, bool], ...] = (
        ({"branch": ids[0], "limit": 2}, ids[2:], True, False),
        ({"before": ids[2], "limit": 1}, ids[1:2], True, True),
        ({"before": ids[1], "limit": 1}, ids[:1], False, True),
        ({"after": ids[0], "limit": 2}, ids[1:3], True, True),
        ({"after": ids[2], "limit": 2}, ids[3:], True, False),
        ({"around": ids[1], "limit": 3}, ids[:3], False, True),
    )
    for query, wanted, has_more, has_later in pages:
        page = await found.user.history(found.session_id, **query)
        same(ids_of(page["messages"]), wanted, f"the page with {query}")
        same((page["has_more"], page["has_later"]), (has_more, has_later), f"has_more and has_later with {query}")
        same({name: page[name] for name in whole}, whole, f"total, leaf and is_shown with {query}")
    two = {"session_id": found.session_id, "before": ids[2], "after": ids[0]}
    refused(await found.user.request("GET", "/chat/history", params=two), 422, "invalid_request")
