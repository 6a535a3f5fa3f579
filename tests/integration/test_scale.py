"""The measurement of small fleets checks every text and records all figures, however fast the machine is."""

from pathlib import Path

import pytest

from bench.scale import measure, probe_cluster, probe_store
from bench.scale.load import Load
from bench.scale.record import Record


async def test_a_small_fleet_is_measured_with_all_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SECONDS", 3)
    load = Load(replies=3, rate=20, tokens=60, readers=2, workers=1, apis=1)
    found = measure.trimmed(await measure.measure(tmp_path / "fleet", load))
    figures = Record({}, {"small": [found]}, {}, {}, {}).figures("small")
    assert figures.tokens > figures.events / 2 > 0
    assert all(figures.cpu[kind] > 0 for kind in ("model", "worker", "redis", "api", "client"))
    assert figures.cpu["web"] == 0
    assert figures.wakes["worker"] > 0
    assert 0 < figures.latency_p50 <= figures.latency_p95
    assert found["redis"]["bytes_to_disk"] > 0


async def test_single_steps_of_a_store_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"APPENDS": 200, "JOBS": 20, "KEYS": 20, "EXPIRES_MS": 1}.items():
        monkeypatch.setattr(probe_store, name, value)
    steps = await probe_store.probe_store(tmp_path / "store")
    assert len(steps) > 12
    assert min(steps.values()) > 0
    assert Record({}, {}, steps, {}, {}).known["redis"]["claims"] > 0


async def test_pubsub_of_a_cluster_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_cluster, "MESSAGES", 500)
    found = await probe_cluster.probe_cluster(tmp_path / "cluster", 2)
    assert found["PUBLISH, bytes to each other node"] > len(probe_cluster.MESSAGE)
    assert found["SPUBLISH, bytes to each other node"] < len(probe_cluster.MESSAGE)
