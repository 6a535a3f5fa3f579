"""The ScaledObjects that are evaluated: those of deploy/k8s, and the triggers that they replaced."""

from typing import Any

from tests.support.manifests import env_file, of_kind

DRAIN_SECONDS = float(env_file("settings.env")["DRAIN_SECONDS"])


def scaled(name: str) -> dict[str, Any]:
    """Returns the spec of a ScaledObject in deploy/k8s/autoscaling.yaml."""
    (found,) = (each["spec"] for each in of_kind("ScaledObject") if each["metadata"]["name"] == name)
    return dict(found)


def worker() -> dict[str, Any]:
    return scaled("worker")


def _trigger(kind: str, metric: str, threshold: str) -> dict[str, Any]:
    query = f'max({metric}{{namespace="holdfast"}})'
    return {"type": "prometheus", "metricType": kind, "metadata": {"query": query, "threshold": threshold}}


QUEUE_ONLY = worker() | {
    "triggers": [
        _trigger("AverageValue", "holdfast_queue_depth", "20"),
        _trigger("Value", "holdfast_queue_oldest_seconds", "5"),
    ]
}
"""Triggers that do not count running turns."""
