"""The benchmark checks every text and computes all figures. How fast anything is does not matter here."""

import math
from pathlib import Path

from bench import report
from bench.room import open_room
from bench.scenarios.steady import Load, steady
from bench.summary import judge, summarize

SHORT = Load(readers=4, tokens=30, rate=100, ramp=0.1)


async def test_a_short_run_checks_all_texts_and_computes_all_figures(tmp_path: Path) -> None:
    rows = []
    async with open_room(tmp_path / "room", ["limit", "relay", "holdfast"]) as room:
        for target in room.targets:
            figures = await steady(room, target, SHORT)
            rows.append({"scenario": "100x50", "round": 1, "target": target.name, **figures})
    for row in rows:
        assert (row["replies"], row["failed"], row["wrong"]) == (4, 0, 0), row
        assert row["tokens"] == 120
        assert 0 < row["latency_p50"] <= row["latency_p99"] < math.inf
        assert 0 < row["first_token_p50"] <= row["first_token_p95"]
        assert row["cpu_steady"] >= 0
    assert rows[-1]["cpu"] == sum(rows[-1]["cpu_of"].values()) > 0
    assert set(rows[-1]["cpu_of"]) == {"api", "worker", "valkey"}
    words = {verdict.promise.words: verdict.word for verdict in judge(summarize(rows))}
    assert words["100x50: CPU per token, in parts of the relay's"] in ("PASS", "FAIL")
    assert words["all scenarios: texts that failed or were wrong"] == "PASS"
    assert words["flood: CPU per token, in parts of the relay's"] == "-"
    assert "| holdfast |" in report.markdown(rows)
