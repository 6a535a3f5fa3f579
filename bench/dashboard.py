"""`python -m bench.dashboard <Prometheus' address> <picture>`: draws the dashboard without Grafana.

Runs the queries of each panel of deploy/observability/dashboard.json on a running Prometheus, and draws the results in
the grid of the dashboard. Grafana shows the same figures in another style.
"""

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

DASHBOARD = Path(__file__).parents[1] / "deploy" / "observability" / "dashboard.json"
COLUMNS = 24
INCH_WIDE, INCH_HIGH = 0.78, 0.36
"""Size of one cell of the grid."""

POINTS = 240
LINES = 12
"""Maximum lines of a legend."""

LETTERS = 11
"""Letters of a legend that fit into one column of the grid."""

COLOURS = ("#3274d9", "#e0752d", "#5a9e3c", "#b3446c", "#7c4dff", "#00838f", "#c9a227", "#6d4c41", "#455a64", "#d81b60")
BY_NAME = {"green": "#2e7d32", "orange": "#e0752d", "red": "#c62828"}
INK, FAINT = "#22252b", "#8e97a3"


class Line(NamedTuple):
    """One line of a panel: its name, times in seconds since the epoch, and values."""

    name: str
    times: list[float]
    values: list[float]


class Prometheus:
    """Runs queries on a Prometheus over the last `seconds`."""

    def __init__(self, url: str, seconds: float) -> None:
        self._http = httpx2.Client(base_url=url, timeout=30)
        self.until = time.time()
        self.since = self.until - seconds

    def lines(self, panel: dict[str, Any]) -> list[Line]:
        return [line for target in panel["targets"] for line in self._lines(target["expr"], target["legendFormat"])]

    def _lines(self, query: str, legend: str) -> list[Line]:
        span = {"start": self.since, "end": self.until, "step": (self.until - self.since) / POINTS}
        response = self._http.get("/api/v1/query_range", params={"query": query, **span})
        response.raise_for_status()
        lines = []
        for found in response.json()["data"]["result"]:
            points = [(float(at), float(value)) for at, value in found["values"] if value != "NaN"]
            if points:
                times, values = zip(*points, strict=True)
                lines.append(Line(fill_legend(legend, found["metric"]), list(times), list(values)))
        return lines


def fill_legend(legend: str, labels: dict[str, str]) -> str:
    """Replaces `{{label}}` in a legend, as Grafana does."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def formatted(value: float, unit: str) -> str:
    """Formats a value in the unit of the panel."""
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MB"
    if unit == "s" and value < 1:
        return "0 s" if value == 0 else f"{1000 * value:.3g} ms"
    return f"{value:.3g}{ {'s': ' s', 'ops': '/s', 'reqps': '/s'}.get(unit, '') }"


def colour_of(value: float, defaults: dict[str, Any]) -> str:
    steps = defaults.get("thresholds", {}).get("steps", [])
    passed = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return BY_NAME[passed[-1]] if passed else COLOURS[0]


def draw_stat(axes: Axes, panel: dict[str, Any], lines: list[Line]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    axes.set_xticks([])
    axes.set_yticks([])
    if not lines:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", color=FAINT, transform=axes.transAxes)
        return
    line = lines[0]
    colour = colour_of(line.values[-1], defaults)
    axes.fill_between(line.times, line.values, color=colour, alpha=0.12, lw=0)
    axes.set_ylim(0, 3 * max(*line.values, 1e-9))
    axes.margins(x=0)
    value = formatted(line.values[-1], defaults["unit"])
    axes.text(0.5, 0.56, value, ha="center", va="center", fontsize=23, color=colour, transform=axes.transAxes)


def draw_lines(axes: Axes, panel: dict[str, Any], lines: list[Line], source: Prometheus) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = "stacking" in defaults["custom"]
    floor: dict[float, float] = {}
    for number, line in enumerate(lines):
        colour, low = COLOURS[number % len(COLOURS)], [floor.get(at, 0.0) for at in line.times]
        high = [value + base for value, base in zip(line.values, low, strict=True)]
        axes.plot(line.times, high, color=colour, lw=1.3, label=line.name)
        if stacked:
            axes.fill_between(line.times, high, low, color=colour, alpha=0.2, lw=0)
            floor |= dict(zip(line.times, high, strict=True))
    if not lines:
        axes.text(0.5, 0.5, "no data in this period", ha="center", va="center", color=FAINT, transform=axes.transAxes)
    axes.set_xlim(source.since, source.until)
    axes.set_ylim(0, defaults.get("max", 0) * 1.05 or max(1.05 * axes.get_ylim()[1], 1e-9))
    every = 60 * max(1, round((source.until - source.since) / 360))
    axes.set_xticks(range(int(source.since // every + 1) * every, int(source.until) + 1, every))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: time.strftime("%H:%M", time.gmtime(at))))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formatted(value, defaults["unit"])))
    axes.grid(axis="y", color="#e4e7eb", lw=0.6)
    axes.tick_params(labelsize=7.5, colors=FAINT, length=0)
    if lines:
        columns = max(1, int(LETTERS * panel["gridPos"]["w"] / max(len(line.name) + 5 for line in lines)))
        axes.legend(
            *(each[:LINES] for each in axes.get_legend_handles_labels()),
            loc="upper left",
            bbox_to_anchor=(-0.01, -0.1),
            ncols=columns,
            fontsize=7.5,
            frameon=False,
            handlelength=1,
            columnspacing=1,
            borderpad=0,
            labelcolor=INK,
        )


def draw(dashboard: dict[str, Any], source: Prometheus) -> Figure:
    """Draws the dashboard."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = Figure(figsize=(COLUMNS * INCH_WIDE, (rows + 1) * INCH_HIGH), dpi=80, facecolor="#f4f5f7")
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        x, y = grid["x"] / COLUMNS, 1 - (grid["y"] + 0.6) / (rows + 1)
        if panel["type"] == "row":
            figure.text(0.008, y - 0.75 / (rows + 1), panel["title"], fontsize=12, weight="bold", color=INK)
            continue
        draw_panel(figure, panel, source, (x, y - grid["h"] / (rows + 1), grid["w"] / COLUMNS, grid["h"] / (rows + 1)))
    return figure


def draw_panel(
    figure: Figure, panel: dict[str, Any], source: Prometheus, box: tuple[float, float, float, float]
) -> None:
    x, y, width, height = box
    cell = 1 / (figure.get_figheight() / INCH_HIGH)
    card = figure.add_axes((x + 0.003, y + 0.12 * cell, width - 0.006, height - 0.24 * cell), facecolor="white")
    card.set_xticks([])
    card.set_yticks([])
    for side in card.spines.values():
        side.set_color("#dde1e6")
    figure.text(x + 0.008, y + height - 0.85 * cell, panel["title"], fontsize=9.5, weight="bold", color=INK)
    is_stat = panel["type"] == "stat"
    low = 0.25 if is_stat else 1.9
    inside = (
        x + (0.006 if is_stat else 0.042),
        y + low * cell,
        width - (0.012 if is_stat else 0.052),
        height - (low + 1.25) * cell,
    )
    axes = figure.add_axes(inside, facecolor="none")
    for side in axes.spines.values():
        side.set_visible(False)
    if is_stat:
        draw_stat(axes, panel, source.lines(panel))
    else:
        draw_lines(axes, panel, source.lines(panel), source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prometheus", help="for example http://127.0.0.1:9090")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--minutes", type=float, default=15)
    given = parser.parse_args()
    figure = draw(json.loads(DASHBOARD.read_text("utf-8")), Prometheus(given.prometheus, 60 * given.minutes))
    figure.savefig(given.picture)


if __name__ == "__main__":
    main()
