"""Draws the results, one file per kind of figure. Bars show medians, whiskers the minimum and maximum."""

from pathlib import Path
from typing import Any

from bench.summary import Summary, Value

KINDS = {
    "cpu": ("cpu", "CPU, µs per token, all server processes"),
    "latency": ("latency_p95", "latency of a token, p95, ms"),
    "first-token": ("first_token_p95", "first token, added, p95, ms"),
    "memory": ("stream_kb", "memory, KB per stream, all server processes"),
}
NAMES = [f"{name}.svg" for name in KINDS]
SIDE_BY_SIDE = ("one", "100x50", "500x20", "flood")
COLOURS = {
    "limit": "#9aa0a6",
    "relay": "#4285f4",
    "resumable-stream": "#34a853",
    "holdfast": "#ea4335",
    "completions": "#fbbc04",
}


def draw(summary: Summary, folder: Path) -> None:
    from matplotlib.figure import Figure  # imported here, because `make test` does not install it

    scenarios = [name for name in SIDE_BY_SIDE if name in summary]
    for name, (figure_name, title) in KINDS.items():
        figure = Figure(figsize=(2.6 * len(scenarios) + 1.5, 3.2), layout="constrained")
        for index, scenario in enumerate(scenarios, 1):
            axes = figure.add_subplot(1, len(scenarios), index)
            found = {t: figures[figure_name] for t, figures in summary[scenario].items() if figure_name in figures}
            bars(axes, scenario, found)
        figure.suptitle(title)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def bars(axes: Any, scenario: str, found: dict[str, Value]) -> None:
    """Draws one scenario. The axis is logarithmic, because the targets are orders of magnitude apart."""
    for name, value in found.items():
        whisker = [[value.median - value.least], [value.most - value.median]]
        axes.bar(name, value.median, yerr=whisker, capsize=4, color=COLOURS[name])
    if any(value.median > 0 for value in found.values()):
        axes.set_yscale("log")
    axes.set_title(scenario, fontsize=10)
    axes.tick_params(axis="x", rotation=30, labelsize=8)
