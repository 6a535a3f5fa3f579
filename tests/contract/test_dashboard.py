"""The dashboard and the alerts query existing metrics, and the dashboard shows every metric."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from tests.support.scrapes import Scrapes
from tests.support.stack import ROOT, Stack
from tests.support.web_tier import run_web_tier
from worker import metrics

FOLDER = ROOT / "deploy" / "observability"
HANDBOOK = ROOT / "docs" / "operations.md"
OF_TOOLS = (metrics.TOOL_CALLS, metrics.TOOL_FAILURES, metrics.TOOL_SECONDS, metrics.TOOL_SERVER_UP)
AUTOSCALING = ROOT / "deploy" / "k8s" / "autoscaling.yaml"


@pytest.fixture
async def served(guests: Stack, tmp_path: Path) -> AsyncIterator[Scrapes]:
    """Scrapes the metrics of the three tiers."""
    async with run_web_tier(tmp_path, [guests.url]) as tier, tier.client() as visitor:
        await visitor.http.get("/roles")
        yield await Scrapes().look(guests.url, *guests.worker_urls, tier.internal)


def panels() -> list[dict[str, Any]]:
    return [
        panel for panel in json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"] if "targets" in panel
    ]


def alerts() -> list[dict[str, Any]]:
    return [
        rule
        for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


def queries() -> Iterator[str]:
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])
    yield from (alert["expr"] for alert in alerts())
    for scaled in yaml.safe_load_all(AUTOSCALING.read_text("utf-8")):
        # The cluster adds the namespace label, so the scraped metrics lack it.
        yield from (
            each["metadata"]["query"].replace('{namespace="holdfast"}', "") for each in scaled["spec"]["triggers"]
        )


def names(query: str) -> set[str]:
    return set(re.findall(r"\b(?:holdfast|caddy|process)_\w+", query))


def test_panels_and_alerts_are_found() -> None:
    assert len(panels()) > 20
    assert len(alerts()) > 10


async def test_every_queried_metric_exists(served: Scrapes) -> None:
    assert {name for query in queries() for name in names(query)} - served.names - series_of_tools() == set()


async def test_every_queried_label_has_a_matching_value(served: Scrapes) -> None:
    for query in queries():
        for name, wanted in re.findall(r"\b((?:holdfast)_\w+)\{(.*?)\}", query):
            for label, is_pattern, value in re.findall(r'(\w+)=(~?)"(.*?)"', wanted):
                values = {
                    carried[label]
                    for samples in served.samples.values()
                    for sample, carried, _ in samples
                    if sample == name and label in carried
                }
                assert any(re.fullmatch(value, each) if is_pattern else value == each for each in values), query


async def test_every_holdfast_metric_is_on_the_dashboard(served: Scrapes) -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name in names(target["expr"])}
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}
    assert own(served) - shown == set()
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in series_of_tools()} - shown == set()


def test_panels_of_tools_use_their_labels() -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    labels = {name: set(given.split(",")) for name, given in re.findall(r"`(holdfast_tool_\w+)\{(.*?)\}`", text)}
    panels_of_tools = [query for query in queries() if names(query) & series_of_tools()]
    assert len(panels_of_tools) == len(OF_TOOLS) == len(labels)
    for query in panels_of_tools:
        (name,) = names(query)
        (grouped,) = re.findall(r"by \(([^)]*)\)", query)
        assert set(grouped.split(", ")) - {"le"} <= labels[name.removesuffix("_bucket")]


def series_of(metric: MetricWrapperBase) -> set[str]:
    """Returns the names of a metric's series, which are there once it has been used."""
    (family,) = metric.describe()
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
    return {family.name + end for end in ends}


def series_of_tools() -> set[str]:
    """Returns those that only a worker with tool servers has."""
    return {name for metric in OF_TOOLS for name in series_of(metric)}


def own(served: Scrapes) -> set[str]:
    """Returns the names of our metrics as Prometheus has them, histograms without the ends of their series."""
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in served.names if name.startswith("holdfast_")}


async def test_the_handbook_lists_exactly_our_metrics(served: Scrapes) -> None:
    table = HANDBOOK.read_text("utf-8").split("\n| metric | from | what |\n")[1].split("\n\n")[0]
    listed = [name for row in table.splitlines() for name in names(row.split("|")[1])]
    assert Counter(listed) == Counter(own(served))


def test_each_panel_and_each_alert_is_explained() -> None:
    assert all(panel["description"] and panel["title"] for panel in panels())
    handbook = HANDBOOK.read_text("utf-8")
    assert [alert["alert"] for alert in alerts() if f"`{alert['alert']}`" not in handbook] == []
    assert all(alert["annotations"]["summary"] and alert["labels"]["severity"] for alert in alerts())


def test_panels_do_not_overlap() -> None:
    occupied: set[tuple[int, int]] = set()
    for panel in json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"]:
        position = panel["gridPos"]
        cells = {(position["x"] + x, position["y"] + y) for x in range(position["w"]) for y in range(position["h"])}
        assert not cells & occupied, panel["title"]
        occupied |= cells


def test_prometheus_scrapes_the_metrics_port_of_every_tier() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    scraped = {job["job_name"]: job["dns_sd_configs"][0]["port"] for job in jobs}
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    settings = dict(line.split("=", 1) for line in (ROOT / "deploy/k8s/settings.env").read_text("utf-8").splitlines())
    listening = {
        "api": int(services["api"]["environment"]["PORT"]),
        "worker": int(settings["METRICS_PORT"]),
        "web": 8081,
    }
    assert scraped == listening
    assert services["worker"]["environment"]["METRICS_PORT"] == settings["METRICS_PORT"]
    for tier in ("api", "worker"):
        pod = next(iter(yaml.safe_load_all((ROOT / f"deploy/k8s/{tier}.yaml").read_text("utf-8"))))["spec"]["template"]
        assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(scraped[tier])
