"""The scenarios by name, in the order in which they run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.containers import backup, demo, full_redis, healing, observability, proxy, scenarios, setups, upgrade
from tests.containers.compose_stack import ComposeStack
from tests.containers.setups import Setup


@dataclass(frozen=True)
class Scenario:
    """`run` checks the stack and returns the figures. Neighbours with the same setup share one stack."""

    run: Callable[[ComposeStack], Awaitable[Mapping[str, Any]]]
    setup: Setup = setups.PLAIN


SCENARIOS: dict[str, Scenario] = {
    "chat": Scenario(scenarios.chat),
    "workers 4-6-2-4": Scenario(partial(scenarios.scaled, worker=[6, 2, 4])),
    "apis 2-3-1-2": Scenario(partial(scenarios.scaled, api=[3, 1, 2])),
    "web 2-1-2": Scenario(partial(scenarios.scaled, web=[1, 2])),
    "web killed": Scenario(partial(scenarios.killed, service="web")),
    "api killed": Scenario(partial(scenarios.killed, service="api")),
    "worker killed": Scenario(partial(scenarios.killed, service="worker")),
    "redis killed": Scenario(partial(scenarios.killed, service="redis")),
    "rolling restart": Scenario(lambda stack: scenarios.restarted(stack, "web", "api", "worker")),
    "backup restored": Scenario(backup.restored),
    "redis restarted": Scenario(lambda stack: scenarios.restarted(stack, "redis")),
    "crashed": Scenario(healing.crashed),
    "frozen": Scenario(healing.frozen),
    "hung": Scenario(healing.hung, setups.WATCHED),
    "upgrade, rollback": Scenario(upgrade.upgraded, setups.UPGRADED),
    "redis full": Scenario(full_redis.filled, setups.SMALL_REDIS),
    "proxy in front": Scenario(proxy.proxied, setups.BEHIND_A_PROXY),
    "demo": Scenario(demo.demo, setups.DEMO),
    "observability": Scenario(observability.observed, setups.OBSERVED),
}
