"""The algorithm of the HorizontalPodAutoscaler that KEDA makes from a ScaledObject.

As in https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/. The largest wish of a metric counts.
One within the tolerance wishes nothing, a missing one forbids removals, and the behaviour bounds the speed of changes.
"""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

from tests.autoscaling.promql import Recorded, evaluate

SYNC_SECONDS = 15
TOLERANCE = 0.1
UP = [{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]
"""Policies of Kubernetes for adding pods. The one that allows more counts."""


@dataclass
class Autoscaler:
    """One ScaledObject. Times are seconds."""

    spec: dict[str, Any]
    decisions: int = 0
    missing: int = 0
    """Decisions for which a metric had no value."""

    _wishes: list[tuple[float, int]] = field(default_factory=list)
    _changes: list[tuple[float, int]] = field(default_factory=list)

    def decide(self, recorded: Recorded, now: float, current: int) -> int:
        """Returns the number of replicas from now on."""
        current, wish = self._bounded(current), self._bounded(self._wish(recorded, now, current))
        wanted = self._paced(now, current, self._steady(now, current, wish))
        if wanted != current:
            self._changes = [*self._changes[-20:], (now, wanted - current)]
        return wanted

    def _bounded(self, count: int) -> int:
        return max(int(self.spec["minReplicaCount"]), min(count, int(self.spec["maxReplicaCount"])))

    def _wish(self, recorded: Recorded, now: float, current: int) -> int:
        wishes = [self._wish_of(trigger, recorded, now, current) for trigger in self.spec["triggers"]]
        known = [wish for wish in wishes if wish is not None]
        self.decisions += 1
        self.missing += len(known) < len(wishes)
        if not known or (len(known) < len(wishes) and max(known) < current):
            return current
        return max(known)

    def _wish_of(self, trigger: dict[str, Any], recorded: Recorded, now: float, current: int) -> int | None:
        """Returns how many replicas a metric asks for, in thousandths, as the cluster counts. None: it is missing."""
        given = trigger["metadata"]
        value = evaluate(given["query"], recorded, now)
        if value is None and given.get("ignoreNullValues") == "false":
            return None
        used, target = round((value or 0.0) * 1000), round(float(given["threshold"]) * 1000)
        each = trigger.get("metricType", "AverageValue") == "AverageValue"
        ratio = used / (target * current) if each else used / target
        if abs(1 - ratio) <= TOLERANCE:
            return current
        return -(-used // target) if each else ceil(ratio * current)

    def _steady(self, now: float, current: int, wish: int) -> int:
        """Adds pods if all wishes of the window for it agree, and removes pods likewise."""
        behavior = self._behavior
        up = [wish] + [
            past for time, past in self._wishes if time > now - behavior["scaleUp"]["stabilizationWindowSeconds"]
        ]
        down = [wish] + [
            past for time, past in self._wishes if time > now - behavior["scaleDown"]["stabilizationWindowSeconds"]
        ]
        longest = max(window["stabilizationWindowSeconds"] for window in (behavior["scaleUp"], behavior["scaleDown"]))
        self._wishes = [(time, past) for time, past in self._wishes if time > now - longest] + [(now, wish)]
        return min(max(current, min(up)), max(down))

    def _paced(self, now: float, current: int, wanted: int) -> int:
        if wanted > current:
            policies = self._behavior["scaleUp"].get("policies", UP)
            limit = max(self._limit(now, current, policy, 1) for policy in policies)
            return min(wanted, max(limit, current))
        if wanted < current:
            limit = min(self._limit(now, current, policy, -1) for policy in self._behavior["scaleDown"]["policies"])
            return max(wanted, min(limit, current))
        return current

    def _limit(self, now: float, current: int, policy: dict[str, Any], direction: int) -> int:
        """Returns how far a policy allows to go, from the number at the start of its period."""
        start = current - sum(change for time, change in self._changes if time > now - policy["periodSeconds"])
        step = policy["value"] if policy["type"] == "Pods" else ceil(start * policy["value"] / 100)
        return int(start + direction * step)

    @property
    def _behavior(self) -> dict[str, Any]:
        return dict(self.spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"])
