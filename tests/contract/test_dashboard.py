"""The dashboard and the alarms ask for figures that exist, and every figure is asked for."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.scrapes import Scrapes
from tests.support.stack import ROOT, Stack
from tests.support.web_tier import run_web_tier

FOLDER = ROOT / "deploy" / "observability"
HANDBOOK = ROOT / "docs" / "operations.md"
AUTOSCALING = ROOT / "deploy" / "k8s" / "autoscaling.yaml"


@pytest.fixture
async def served(guests: Stack, tmp_path: Path) -> AsyncIterator[Scrapes]:
    """What the three tiers tell."""
    async with run_web_tier(tmp_path, [guests.url]) as tier, tier.client() as visitor:
        await visitor.http.get("/roles")
        yield await Scrapes().look(guests.url, *guests.worker_urls, tier.internal)


def panels() -> list[dict[str, Any]]:
    return [
        panel for panel in json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"] if "targets" in panel
    ]


def alarms() -> list[dict[str, Any]]:
    return [
        rule
        for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


def asked() -> Iterator[str]:
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])
    yield from (alarm["expr"] for alarm in alarms())
    # The namespace is the cluster's own label.
    yield from re.findall("query: (.*)", AUTOSCALING.read_text("utf-8").replace('{namespace="holdfast"}', ""))


def names(query: str) -> set[str]:
    return set(re.findall(r"\b(?:holdfast|caddy|process)_\w+", query))


def test_there_is_something_to_ask() -> None:
    assert len(panels()) > 20
    assert len(alarms()) > 10


async def test_every_figure_that_is_asked_for_is_told(served: Scrapes) -> None:
    assert {name for query in asked() for name in names(query)} - served.names == set()


async def test_every_label_that_is_asked_for_has_such_a_value(served: Scrapes) -> None:
    for query in asked():
        for name, wanted in re.findall(r"\b((?:holdfast)_\w+)\{(.*?)\}", query):
            for label, is_pattern, value in re.findall(r'(\w+)=(~?)"(.*?)"', wanted):
                values = {
                    carried[label]
                    for samples in served.samples.values()
                    for sample, carried, _ in samples
                    if sample == name and label in carried
                }
                assert any(re.fullmatch(value, each) if is_pattern else value == each for each in values), query


async def test_every_figure_of_ours_is_on_the_dashboard(served: Scrapes) -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name in names(target["expr"])}
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in served.names if name.startswith("holdfast_")}
    assert ours - shown == set()


def test_each_panel_and_each_alarm_says_what_it_means() -> None:
    assert all(panel["description"] and panel["title"] for panel in panels())
    handbook = HANDBOOK.read_text("utf-8")
    assert [alarm["alert"] for alarm in alarms() if f"`{alarm['alert']}`" not in handbook] == []
    assert all(alarm["annotations"]["summary"] and alarm["labels"]["severity"] for alarm in alarms())


def test_no_two_panels_lie_upon_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_prometheus_asks_every_tier_where_it_answers() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    asked = {job["job_name"]: job["dns_sd_configs"][0]["port"] for job in jobs}
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    settings = dict(line.split("=", 1) for line in (ROOT / "deploy/k8s/settings.env").read_text("utf-8").splitlines())
    told = {"api": int(services["api"]["environment"]["PORT"]), "worker": int(settings["METRICS_PORT"]), "web": 8081}
    assert asked == told
    assert services["worker"]["environment"]["METRICS_PORT"] == settings["METRICS_PORT"]
    for tier in ("api", "worker"):
        pod = next(iter(yaml.safe_load_all((ROOT / f"deploy/k8s/{tier}.yaml").read_text("utf-8"))))["spec"]["template"]
        assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(asked[tier])
