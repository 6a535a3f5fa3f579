"""The dashboard asks for figures that exist."""

import json
import re
from pathlib import Path

import httpx2

from tests.support.stack import ROOT, Stack
from tests.support.web_tier import run_web_tier

DASHBOARD = ROOT / "deploy" / "observability" / "dashboard.json"


async def test_every_figure_of_the_dashboard_is_served(guests: Stack, tmp_path: Path) -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in names(target["expr"])}
    async with run_web_tier(tmp_path, [guests.url]) as tier, tier.client() as visitor, httpx2.AsyncClient() as http:
        served = (await http.get(f"{guests.url}/metrics")).text
        await visitor.http.get("/roles")
        served += (await http.get(f"{tier.internal}/metrics")).text
    assert {name for name in asked if not re.search(rf"^{name}[ {{]", served, re.MULTILINE)} == set()


def names(query: str) -> set[str]:
    return set(re.findall(r"\b(?:holdfast|caddy|process)_\w+", query))
