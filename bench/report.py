"""The results: lines while it runs, tables of medians, JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figures


def line(row: Figures) -> str:
    """One row, as it is measured."""
    head = f"{row['scenario']:<9} {row['round']}  {row['target']:<17}"
    told = [f"{key} {short(value)}" for key, value in row.items() if key not in ("scenario", "round", "target")]
    return f"{head} {'  '.join(told)}"


def short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} {short(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def write(rows: list[Figures], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rounds.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{folder}/rounds.json\n")
    return 0
