"""Divides the ports among the processes that share the suite.

Otherwise two processes could choose the same port, because it stays free until one of them listens on it.
"""

from collections.abc import Mapping


def own_share(ports: range, environment: Mapping[str, str]) -> range:
    """The part of `ports` for this process of pytest-xdist; all of them if the suite is not shared."""
    name = environment.get("PYTEST_XDIST_WORKER", "gw0")
    return ports[int(name.removeprefix("gw")) :: int(environment.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
