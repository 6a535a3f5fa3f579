"""What the stacks of the scenarios are started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.containers.files import GATEWAY
from tests.support.stack import ROOT

WEB_PORT = 28_643
"""The web tier's port where it has to stay the same; outside of the ports that systems give away."""

START = {"redis": 1, "worker": 4, "api": 2, "web": 2}
ONE_OF_EACH = dict.fromkeys(START, 1)


@dataclass(frozen=True, eq=False)
class Setup:
    """How a stack starts: the replicas of its services, and what differs from an operator's plain installation.

    `settings` are added to `.env`; an empty value removes what `files.settings` sets. `services` are additions to the
    services of docker-compose.yml. `images` are tags to set before: new names of existing images.
    """

    start: Mapping[str, int]
    settings: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    services: Mapping[str, Any] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)


def _from_tests(module: str) -> dict[str, Any]:
    """A service that runs a module of the tests instead of the image's program."""
    return {"command": ["python", "-m", module], "volumes": [f"{ROOT / 'tests'}:/app/tests:ro"]}


PLAIN = Setup(START)

DEMO = Setup(
    {**ONE_OF_EACH, "model": 1},
    settings={"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "OPENAI_MODEL": ""},
    profiles=("demo",),
)

OBSERVED = Setup(START, settings={"GRAFANA_PORT": "127.0.0.1:"}, profiles=("observability",))

WATCHED = Setup(
    {**START, "worker": 2},
    settings={"WATCHDOG_SECONDS": "10"},
    services={
        "api": _from_tests("tests.support.blocking_api"),
        "worker": _from_tests("tests.support.blocking_worker"),
    },
)
"""Its APIs and workers can be blocked by signals, and end themselves 10 s later."""

SMALL_REDIS = Setup(ONE_OF_EACH, settings={"REDIS_MEMORY": "200m"})

BEHIND_A_PROXY = Setup(
    {**START, "worker": 1, "web": 1},
    settings={"WEB_TRUSTED_PROXIES": f"{GATEWAY}/32"},
)

TRIAL_IMAGES = {"holdfast-trial-app": "holdfast-app", "holdfast-trial-web": "holdfast-web"}
"""Names that an upgrade may give to other images."""

UPGRADED = Setup(
    {**START, "worker": 2, "web": 1},
    settings={"WEB_PORTS": f"127.0.0.1:{WEB_PORT}", "LEASE_SECONDS": "30"},
    services={
        "web": {"image": "holdfast-trial-web"},
        "api": {"image": "holdfast-trial-app"},
        "worker": {"image": "holdfast-trial-app"},
    },
    images=TRIAL_IMAGES,
)
"""One web tier with a fixed port, as docker-compose.yml has them by default. Its leases outlast a busy machine."""
