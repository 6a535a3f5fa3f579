"""What counts as a turn's loss of its worker, and what follows from it, on a real store."""

from chat.events import Chunk
from chat.turns import Left
from tests.support.room import SETTINGS, Room

ALLOWED = SETTINGS.max_attempts


async def attempts(room: Room, turn_id: str, first: int, *written: str, alone: bool = False) -> list[str]:
    """How attempts by growing claims begin, each of which writes its text and is lost."""
    statuses: list[str] = []
    for token, text in enumerate(written, first):
        claimed = await room.turns.begin(turn_id, str(token), alone=alone)
        statuses.append(claimed.status)
        if claimed.status == "begun" and text:
            await room.write(turn_id, str(token), Chunk(content=text))
    return statuses


async def losses(room: Room, turn_id: str) -> int:
    return int((await room.turn_fields(turn_id)).get("losses", 0))


async def test_a_turn_lost_before_its_first_text_is_isolated(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    assert await attempts(room, turn_id, 1, *[""] * ALLOWED) == ["begun"] * (ALLOWED - 1) + ["alone"]


async def test_a_turn_lost_at_the_same_place_is_isolated(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    assert await attempts(room, turn_id, 1, *["same " * 9] * (ALLOWED + 1)) == ["begun"] * ALLOWED + ["alone"]


async def test_a_turn_that_comes_further_each_time_has_no_loss(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    texts = ["further " * 2**number for number in range(2 * ALLOWED)]
    assert set(await attempts(room, turn_id, 1, *texts)) == {"begun"}
    assert await losses(room, turn_id) == 0


async def test_losses_beside_other_turns_alone_end_it_late(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    shared = await attempts(room, turn_id, 1, *[""] * ALLOWED)
    alone = await attempts(room, turn_id, 100, *[""] * 2 * ALLOWED, alone=True)
    assert "exhausted" not in shared + alone
    assert await attempts(room, turn_id, 200, "", alone=True) == ["begun"]
    assert await attempts(room, turn_id, 300, "", alone=True) == ["exhausted"]


async def test_a_turn_that_ends_its_own_process_is_exhausted(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    await attempts(room, turn_id, 1, *[""] * ALLOWED)
    assert (await room.turns.begin(turn_id, str(ALLOWED), alone=True)).status == "begun"
    await room.turns.hand_back(turn_id, str(ALLOWED), "died")
    assert (await room.turns.begin(turn_id, "100")).status == "exhausted"


async def test_waiting_for_isolation_is_no_loss(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    await attempts(room, turn_id, 1, *[""] * ALLOWED)
    before = await losses(room, turn_id)
    assert await attempts(room, turn_id, 100, *[""] * 9) == ["alone"] * 9
    assert await losses(room, turn_id) == before


async def test_a_turn_given_back_in_good_order_has_no_loss(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    for token in range(1, 3 * ALLOWED):
        assert (await room.turns.begin(turn_id, str(token))).status == "begun"
        await room.turns.hand_back(turn_id, str(token))
    assert await losses(room, turn_id) == 0


async def test_a_worker_that_lives_takes_its_loss_back_once(room: Room) -> None:
    turn_id, _ = await room.begun("100")
    await room.claim(turn_id, "200")
    assert await losses(room, turn_id) == 1
    for _ in range(2):
        await room.turns.hand_back(turn_id, "100", "released")
        assert await losses(room, turn_id) == 0


async def test_beginning_alone_again_as_the_same_claim_changes_nothing(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    await attempts(room, turn_id, 1, *[""] * ALLOWED)
    first = await room.turns.begin(turn_id, str(ALLOWED), alone=True)
    before = await room.kept()
    again = await room.turns.begin(turn_id, str(ALLOWED), alone=True)
    assert first == again
    assert await room.kept() == before


async def test_a_process_that_never_begins_ends_the_turn_at_last(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    await attempts(room, turn_id, 1, *[""] * ALLOWED)
    statuses = []
    for token in range(ALLOWED, 5 * ALLOWED):
        await room.turns.hand_back(turn_id, str(token), "died")
        statuses.append((await room.turns.begin(turn_id, str(token + 1))).status)
    assert statuses == ["alone"] * (3 * ALLOWED - 1) + ["exhausted"] * (ALLOWED + 1)


async def test_a_process_ended_for_hanging_counts_though_it_gave_back(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    await attempts(room, turn_id, 1, *[""] * ALLOWED)
    await room.turns.begin(turn_id, str(ALLOWED), alone=True)
    lefts: tuple[Left, ...] = ("released", "died")
    for left in lefts:
        await room.turns.hand_back(turn_id, str(ALLOWED), left)
    assert (await room.turns.begin(turn_id, "100")).status == "exhausted"


async def test_a_turn_lost_again_and_again_is_isolated_in_spite_of_progress(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    texts = ["further " * 2**number for number in range(2 * ALLOWED)]
    assert set(await attempts(room, turn_id, 1, *texts)) == {"begun"}
    assert await attempts(room, turn_id, 100, "") == ["alone"]
