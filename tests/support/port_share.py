"""Which ports one of several processes that share the suite may choose.

A port is free until it is listened on, so that two processes could choose the same one.
"""

from collections.abc import Mapping


def own_share(ports: range, environment: Mapping[str, str]) -> range:
    """Those of `ports` that no other process of pytest-xdist chooses; all of them where the suite is not shared."""
    name = environment.get("PYTEST_XDIST_WORKER", "gw0")
    return ports[int(name.removeprefix("gw")) :: int(environment.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
