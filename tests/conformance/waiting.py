"""P71 to P75: waiting questions."""

import asyncio

from tests.conformance.led import Led, answered, led
from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.verdicts import one_of, same
from tests.conformance.versions import to_end
from tests.conformance.ways import EVENTS

READS = 30
"""How often the history is read at most while a turn ends."""


async def wait(turn: Led, question: str) -> str:
    """Send a question that waits in the turn's session. Its turn."""
    answer = await turn.user.post(turn.session_id, question, when_busy="wait")
    same(answer.status_code, 202, "status of POST /chat/turns")
    same(answer.json().get("waits"), True, "waits of the answer")
    return str(answer.json()["turn_id"])


async def waiting_in(turn: Led) -> list[tuple[str, str]]:
    """The turns and the texts that the history says wait."""
    page = await turn.user.history(turn.session_id)
    return [(each["turn_id"], each["message"]) for each in page["waiting"]]


async def finish(turn: Led) -> None:
    """Let the turn's reply end well, and read its end."""
    await turn.reply.say("twelve")
    await turn.reply.finish()
    await turn.stream.to_end()


async def asked_in(turn: Led) -> list[str]:
    """The questions in the history."""
    return [each["content"] for each in await turn.user.messages(turn.session_id) if each["role"] == "user"]


async def p71(server: Server) -> None:
    """A new question with `when_busy` `wait` that is sent while a turn is active"""
    async with led(server, EVENTS) as turn:
        before = await turn.user.messages(turn.session_id)
        questions = [server.question() for _ in range(2)]
        later = [(await wait(turn, question), question) for question in questions]
        same(await waiting_in(turn), later, "waiting in the history")
        same(await turn.user.messages(turn.session_id), before, "messages of the history")
        for turn_id, _ in later:
            same((await turn.user.look(turn_id))["state"], "waiting", "state of the turn")
            async with EVENTS.follow(turn.user, turn_id) as stream:
                same((await stream.event()).kind, "start", "the first event")
        await finish(turn)
    for turn_id, _ in later:
        await to_end(turn.user, turn_id)
    same(await asked_in(turn), [turn.question, *questions], "the questions in the history at the end")


async def p72(server: Server) -> None:
    """When a turn ends as `done`, the first waiting question is asked with that end"""
    first, second = server.question(), server.question()
    requests = server.model.lead(first)
    async with led(server, EVENTS) as turn:
        later = [(await wait(turn, question), question) for question in (first, second)]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(is_never_idle(turn, later[0][0]))
            tasks.create_task(finish(turn))
        page = await turn.user.history(turn.session_id)
        same(page["active_turn"], later[0][0], "active_turn after the end of the turn before")
        newest = page["messages"][-1]
        same((newest["content"], newest["turn_id"]), (first, later[0][0]), "text and turn of the newest message")
        same(newest.get("parent_id"), turn.stream.last.data["message_id"], "parent_id of the newest message")
        same(await waiting_in(turn), later[1:], "waiting in the history")
        refusal = refused(await turn.user.post(turn.session_id, server.question()), 409, "turn_running")
        same(refusal.get("turn_id"), later[0][0], "turn_id of the refusal of another question")
    await answered(requests)
    for turn_id, _ in later:
        await to_end(turn.user, turn_id)
    same(await asked_in(turn), [turn.question, first, second], "the questions in the history at the end")


async def is_never_idle(turn: Led, following: str) -> None:
    """Raise `Broken` where a history that is read before the following turn has begun has no active turn."""
    for _ in range(READS):
        active = (await turn.user.history(turn.session_id))["active_turn"]
        one_of(active, (turn.turn_id, following), "active_turn between the two turns")
        if active == following:
            return


async def p73(server: Server) -> None:
    """After a turn that was stopped or failed the waiting questions pause"""
    for fails in (False, True):
        async with led(server, EVENTS) as turn:
            later = [(await wait(turn, question), question) for question in (server.question(), server.question())]
            await turn.reply.say("one ")
            if not fails:
                await turn.user.stop(turn.turn_id)
            await turn.reply.break_off()
            await turn.stream.to_end()
        same(turn.stream.last.kind, "error" if fails else "end", "the last event")
        await pauses(server, turn, later)


async def pauses(server: Server, turn: Led, later: list[tuple[str, str]]) -> None:
    """Raise `Broken` unless the questions pause, also after the reply to another one, until the user goes on."""
    for _ in range(2):
        page = await turn.user.history(turn.session_id)
        same((page["paused"], page["active_turn"]), (True, None), "paused and active_turn of the history")
        same(await waiting_in(turn), later, "waiting in the history")
        await server.new_ended(EVENTS, session_id=turn.session_id)
    resume = f"/chat/sessions/{turn.session_id}/waiting/resume"
    same((await turn.user.json("POST", resume))["turn_id"], later[0][0], "turn_id of the answer that ends the pause")
    for turn_id, _ in later:
        await to_end(turn.user, turn_id)
    same((await asked_in(turn))[-2:], [question for _, question in later], "the newest questions in the history")
    page = await turn.user.history(turn.session_id)
    same((page["paused"], page["waiting"]), (False, []), "paused and waiting at the end")
    same((await turn.user.json("POST", resume))["turn_id"], None, "turn_id where no question waits")


async def p74(server: Server) -> None:
    """A waiting question can be changed and removed"""
    changed = server.question()
    requests = server.model.lead(changed)
    async with led(server, EVENTS) as turn:
        first, *removed = [await wait(turn, server.question()) for _ in range(4)]
        await turn.user.json("PATCH", f"/chat/turns/{first}", json={"message": changed})
        same((await waiting_in(turn))[0], (first, changed), "the first of those that wait")
        same(await turn.user.stop(removed[0], only="waiting"), "cancelled", "state of the answer to the removal")
        same(await turn.user.stop(removed[1]), "cancelled", "state of the answer to a stop")
        same([turn_id for turn_id, _ in await waiting_in(turn)], [first, removed[2]], "the turns that wait")
        asked = await turn.user.request("POST", f"/chat/turns/{turn.turn_id}/cancel", params={"only": "waiting"})
        refused(asked, 409, "not_waiting")
        await finish(turn)
    late = await turn.user.request("PATCH", f"/chat/turns/{first}", json={"message": server.question()})
    refused(late, 409, "not_waiting")
    discarded = await turn.user.json("DELETE", f"/chat/sessions/{turn.session_id}/waiting")
    same(discarded["turn_ids"], removed[2:], "turn_ids of the answer that removes the others")
    for turn_id in removed:
        async with EVENTS.follow(turn.user, turn_id) as stream:
            await stream.to_end()
        same(stream.kinds, ["start", "end"], "the events of a question that was removed")
        same(stream.last.data["finish_reason"], "cancelled", "finish_reason of a question that was removed")
    await answered(requests)
    await to_end(turn.user, first)
    same((await turn.user.look(first))["state"], "done", "state of the turn that was active")
    same(await asked_in(turn), [turn.question, changed], "the questions in the history at the end")


async def p75(server: Server) -> None:
    """`waiting_revision` of the history and of the list of sessions is greater after a waiting question"""
    changed = server.question()
    requests = server.model.lead(changed)
    async with led(server, EVENTS) as turn:
        seen = [await revision(turn)]

        async def grows(after: str) -> None:
            seen.append(await revision(turn))
            same(seen[-1] > seen[-2], True, f"waiting_revision grows after {after}")

        later = []
        for _ in range(3):
            later.append(await wait(turn, server.question()))
            await grows("a question was added")
        await turn.user.json("PATCH", f"/chat/turns/{later[0]}", json={"message": changed})
        await grows("one was changed")
        await turn.user.stop(later[2], only="waiting")
        await grows("one was removed")
        await turn.user.stop(turn.turn_id)
        await turn.reply.break_off()
        await turn.stream.to_end()
        await grows("they paused")
        await turn.user.json("POST", f"/chat/sessions/{turn.session_id}/waiting/resume")
        await grows("they went on")
        await answered(requests)
        await to_end(turn.user, later[0])
        await grows("the next one was asked")
    await to_end(turn.user, later[1])


async def revision(turn: Led) -> int:
    """The revision of what waits, which the history and the list of sessions have to agree on."""
    page = await turn.user.history(turn.session_id)
    listed = (await turn.user.json("GET", "/chat/sessions"))["sessions"]
    (own,) = [each["waiting_revision"] for each in listed if each["session_id"] == turn.session_id]
    same(own, page["waiting_revision"], "waiting_revision of the list and of the history")
    return int(own)
