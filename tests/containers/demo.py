"""The profile `demo`: the real model of the image answers a question, and comes back after a crash."""

from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.containers.compose_stack import ComposeStack
from tests.containers.healing import comes_back
from tests.containers.scenarios import Figures

QUESTION = "What is the capital of France? Answer with one word."


async def demo(stack: ComposeStack) -> Figures:
    """Ask the demo model, kill its process, and ask again."""
    first, offered = await answer(stack)
    back = await comes_back(stack, "model", stack.kill_process)
    again, _ = await answer(stack)
    return {
        "turns": 2,
        "model": offered,
        "characters": len(first.transcript.text) + len(again.transcript.text),
        "first_reply": first.ended_at - first.asked_at,
        "model_back": back,
    }


async def answer(stack: ComposeStack) -> tuple[ObservedTurn, str]:
    """Have the question answered. Returns the turn and the name of the model."""
    user = SimulatedUser(stack)
    observed = await user.read(await user.ask(QUESTION))
    (state,) = await check([user], [observed])
    assert state["state"] == "done", state
    assert observed.transcript.text.strip()
    offered = (await user.call("GET", "/models"))["models"]
    assert [model["demo"] for model in offered] == [True]
    return observed, str(offered[0]["id"])
