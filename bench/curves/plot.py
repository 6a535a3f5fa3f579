"""Draws all curves on one sheet. Both axes are logarithmic; a dotted line shows the promise."""

from pathlib import Path

from bench.curves.curve import Points

COLUMNS = 4


def draw(curves: list[Points], path: Path) -> None:
    from matplotlib.figure import Figure  # imported here, because `make test` does not install it

    rows = -(-len(curves) // COLUMNS)
    figure = Figure(figsize=(3.2 * COLUMNS, 2.6 * rows), layout="constrained")
    for index, points in enumerate(curves, 1):
        axes = figure.add_subplot(rows, COLUMNS, index)
        costs = [1000 * seconds for seconds in points.seconds]
        promised = [costs[0] * (size / points.sizes[0]) ** points.bound for size in points.sizes]
        axes.loglog(points.sizes, promised, ":", color="#9aa0a6")
        axes.loglog(points.sizes, costs, "o-", color="#ea4335" if not points.holds else "#4285f4")
        axes.set_title(points.title, fontsize=9)
        axes.set_xlabel(points.grows, fontsize=8)
        axes.set_ylabel("ms", fontsize=8)
        axes.tick_params(labelsize=7)
    figure.savefig(path, metadata={"Date": None})
