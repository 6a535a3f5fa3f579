"""What counts as the loss of a turn's worker, and what follows from it, on a real store."""

from chat.events import Chunk, Restart, Snapshot, StepDone, ToolCall, ToolResult
from chat.turn_record import Earlier, Left
from tests.support.chat_fixture import SETTINGS, ChatFixture

ALLOWED = SETTINGS.max_attempts


async def attempts(chat: ChatFixture, turn_id: str, first: int, *written: str, alone: bool = False) -> list[str]:
    """Begin attempts with growing claim tokens, each of which writes its text and is lost. Returns their statuses."""
    statuses: list[str] = []
    for token, text in enumerate(written, first):
        claimed = await chat.turns.begin(turn_id, str(token), alone=alone)
        statuses.append(claimed.status)
        if claimed.status == "begun" and text:
            await chat.write(turn_id, str(token), Chunk(content=text))
    return statuses


async def losses(chat: ChatFixture, turn_id: str) -> int:
    return int((await chat.turn_fields(turn_id)).get("losses", 0))


async def test_a_turn_lost_before_its_first_text_is_isolated(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    assert await attempts(chat, turn_id, 1, *[""] * ALLOWED) == ["begun"] * (ALLOWED - 1) + ["alone"]


async def test_a_turn_lost_at_the_same_point_is_isolated(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    assert await attempts(chat, turn_id, 1, *["same " * 9] * (ALLOWED + 1)) == ["begun"] * ALLOWED + ["alone"]


async def test_a_turn_that_gets_further_each_time_has_no_loss(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    texts = ["further " * 2**number for number in range(2 * ALLOWED)]
    assert set(await attempts(chat, turn_id, 1, *texts)) == {"begun"}
    assert await losses(chat, turn_id) == 0


async def test_losses_in_shared_processes_exhaust_a_turn_late(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    shared = await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    alone = await attempts(chat, turn_id, 100, *[""] * 2 * ALLOWED, alone=True)
    assert "exhausted" not in shared + alone
    assert await attempts(chat, turn_id, 200, "", alone=True) == ["begun"]
    assert await attempts(chat, turn_id, 300, "", alone=True) == ["exhausted"]


async def test_a_turn_that_kills_its_own_process_is_exhausted(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    assert (await chat.turns.begin(turn_id, str(ALLOWED), alone=True)).status == "begun"
    await chat.turns.hand_back(turn_id, str(ALLOWED), "died")
    assert (await chat.turns.begin(turn_id, "100")).status == "exhausted"


async def test_waiting_for_isolation_is_no_loss(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    before = await losses(chat, turn_id)
    assert await attempts(chat, turn_id, 100, *[""] * 9) == ["alone"] * 9
    assert await losses(chat, turn_id) == before


async def test_a_turn_handed_back_regularly_has_no_loss(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    for token in range(1, 3 * ALLOWED):
        assert (await chat.turns.begin(turn_id, str(token))).status == "begun"
        await chat.turns.hand_back(turn_id, str(token))
    assert await losses(chat, turn_id) == 0


async def test_a_live_worker_takes_its_loss_back_once(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun("100")
    await chat.claim(turn_id, "200")
    assert await losses(chat, turn_id) == 1
    for _ in range(2):
        await chat.turns.hand_back(turn_id, "100", "released")
        assert await losses(chat, turn_id) == 0


async def test_an_isolated_claim_that_begins_again_changes_nothing(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    first = await chat.turns.begin(turn_id, str(ALLOWED), alone=True)
    before = await chat.kept()
    again = await chat.turns.begin(turn_id, str(ALLOWED), alone=True)
    assert first == again
    assert await chat.kept() == before


async def test_processes_that_never_begin_exhaust_the_turn(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    statuses = []
    for token in range(ALLOWED, 5 * ALLOWED):
        await chat.turns.hand_back(turn_id, str(token), "died")
        statuses.append((await chat.turns.begin(turn_id, str(token + 1))).status)
    assert statuses == ["alone"] * (3 * ALLOWED - 1) + ["exhausted"] * (ALLOWED + 1)


async def test_a_process_killed_for_hanging_counts_though_it_gave_back(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, *[""] * ALLOWED)
    await chat.turns.begin(turn_id, str(ALLOWED), alone=True)
    lefts: tuple[Left, ...] = ("released", "died")
    for left in lefts:
        await chat.turns.hand_back(turn_id, str(ALLOWED), left)
    assert (await chat.turns.begin(turn_id, "100")).status == "exhausted"


async def test_a_turn_lost_very_often_is_isolated_despite_progress(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    texts = ["further " * 2**number for number in range(2 * ALLOWED)]
    assert set(await attempts(chat, turn_id, 1, *texts)) == {"begun"}
    assert await attempts(chat, turn_id, 100, "") == ["alone"]


async def resumed(chat: ChatFixture, turn_id: str, first: int, *written: str) -> list[str]:
    """Begin attempts that go on where the last one stopped. Returns their statuses."""
    statuses: list[str] = []
    for token, text in enumerate(written, first):
        claimed = await chat.turns.begin(turn_id, str(token), earlier="keep")
        statuses.append(claimed.status)
        if claimed.status == "begun" and text:
            await chat.write(turn_id, str(token), Chunk(content=text))
    return statuses


async def test_a_resumed_turn_that_gets_further_has_no_loss(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    assert set(await resumed(chat, turn_id, 1, *["words " * 20] * 2 * ALLOWED)) == {"begun"}
    assert await losses(chat, turn_id) == 0


async def test_a_resumed_turn_that_gets_no_further_is_isolated(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    statuses = await resumed(chat, turn_id, 1, "words " * 20, *[""] * ALLOWED)
    assert statuses == ["begun"] * ALLOWED + ["alone"]


async def test_after_a_restart_an_attempt_is_judged_by_its_new_text(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await resumed(chat, turn_id, 1, "words " * 20, "")
    await chat.write(turn_id, "2", Restart(attempt=2), Chunk(content="few words"))
    await resumed(chat, turn_id, 3, "")
    assert await losses(chat, turn_id) == 1


async def step(chat: ChatFixture, turn_id: str, token: int, earlier: Earlier = "keep") -> str:
    """Begin an attempt that finishes one more step, with little text, and is lost. Returns its status."""
    claimed = await chat.turns.begin(turn_id, str(token), earlier=earlier)
    if claimed.status == "begun":
        call = ToolCall(index=token, id="call", name="look", server="lab")
        result = ToolResult(index=token, status="ok", content="seen")
        await chat.write(turn_id, str(token), call, StepDone(index=token), result)
    return claimed.status


async def test_a_turn_that_finishes_a_step_each_time_has_no_loss(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await attempts(chat, turn_id, 1, "a long text " * 100)
    await chat.turns.hand_back(turn_id, "1")
    assert [await step(chat, turn_id, token) for token in range(2, 2 + 2 * ALLOWED)] == ["begun"] * 2 * ALLOWED
    assert await losses(chat, turn_id) == 0


async def test_text_that_is_voided_again_is_no_progress(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await step(chat, turn_id, 1)
    await chat.turns.begin(turn_id, "2", earlier="keep")
    for token in range(3, 3 + ALLOWED):
        await chat.write(turn_id, str(token - 1), Snapshot(content=""), Chunk(content="again " * 100))
        status = (await chat.turns.begin(turn_id, str(token), earlier="keep")).status
    assert status == "alone"
    assert await losses(chat, turn_id) == ALLOWED - 1
