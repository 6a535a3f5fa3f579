"""The profile `observability`: Prometheus finds every process and evaluates the rules; Grafana starts."""

from typing import Any

import httpx2

from launcher.console import Problem
from tests.containers import scenarios
from tests.containers.compose_stack import START_SECONDS, ComposeStack
from tests.containers.healing import comes_back
from tests.containers.inside import get
from tests.containers.scenarios import Figures
from tests.support.waiting import eventually

PROMETHEUS = "http://prometheus:9090/api/v1"
SCRAPED = ("api", "worker", "web")


async def observed(stack: ComposeStack) -> Figures:
    """Start the profile's services in addition to the others, have questions answered, and kill Prometheus once."""
    has_grafana = await start(stack)
    figures = await scenarios.chat(stack)
    targets = await all_up(stack)
    rules = await rules_work(stack)
    (prometheus,) = await stack.containers("prometheus")
    assert await stack.inspect(prometheus, "{{.RestartCount}}") == "0"
    back = await comes_back(stack, "prometheus", stack.kill_process)
    await all_up(stack)
    if has_grafana:
        await grafana_answers(stack)
    grafana = "answers" if has_grafana else "no image"
    return {**figures, "targets": targets, "rules": rules, "prometheus_back": back, "grafana": grafana}


async def start(stack: ComposeStack) -> bool:
    """Start Prometheus, and Grafana if its image can be had. Returns whether it can."""
    try:
        await stack.up_others("prometheus", "grafana")
    except Problem:
        await stack.up_others("prometheus")
        return False
    return True


async def all_up(stack: ComposeStack) -> int:
    """Wait until Prometheus reads the metrics of every process. Returns how many there are."""
    expected = sorted(name for name in SCRAPED for _ in range(stack.scale[name]))

    async def are_up() -> bool:
        targets = (await ask(stack, "targets?state=active"))["activeTargets"]
        found = sorted(target["labels"]["job"] for target in targets if target["health"] == "up")
        return found == expected and len(targets) == len(expected)

    await eventually(are_up, START_SECONDS)
    return len(expected)


async def rules_work(stack: ComposeStack) -> int:
    """Wait until every rule was evaluated, without an error. Returns how many there are."""

    async def rules() -> list[dict[str, Any]]:
        groups = (await ask(stack, "rules"))["groups"]
        return [rule for group in groups for rule in group["rules"]]

    async def all_evaluated() -> bool:
        return all(rule["health"] != "unknown" for rule in await rules())

    await eventually(all_evaluated, START_SECONDS)
    evaluated = await rules()
    assert evaluated
    assert not [(rule["name"], rule.get("lastError")) for rule in evaluated if rule["health"] != "ok"]
    return len(evaluated)


async def ask(stack: ComposeStack, path: str) -> Any:
    """The data of an answer of Prometheus' API; raises `AssertionError` if it has none."""
    status, body = await get(stack, f"{PROMETHEUS}/{path}")
    assert (status, body.get("status")) == (200, "success"), body
    return body["data"]


async def grafana_answers(stack: ComposeStack) -> None:
    (grafana,) = await stack.containers("grafana")
    url = f"http://{await stack.engine.ask('port', grafana, '3000')}/api/health"

    async def is_healthy() -> bool:
        try:
            response = await stack.http.get(url)
        except httpx2.TransportError:
            return False
        return response.status_code == 200

    await eventually(is_healthy, START_SECONDS)
    assert await stack.inspect(grafana, "{{.RestartCount}}") == "0"
