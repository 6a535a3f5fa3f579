# ruff: noqa: T201 - a report on standard output
"""Checks ScaledObjects against the types of KEDA: `<python of .holdfast/manifests> keda_types.py <rendered file>`.

A field that the types do not know is an error. Runs without the packages of the suite.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from cloudcoil.models.keda import v1alpha1


def unknown(given: Any, understood: Any, path: str = "") -> list[str]:
    """Returns the paths of fields that were given but not understood."""
    if isinstance(given, dict):
        lost = [f"{path}.{key}" for key in given if key not in understood]
        return lost + [
            each for key in given if key in understood for each in unknown(given[key], understood[key], f"{path}.{key}")
        ]
    if isinstance(given, list):
        pairs = zip(given, understood, strict=True)
        return [each for number, (one, other) in enumerate(pairs) for each in unknown(one, other, f"{path}[{number}]")]
    return []


def main(file: str) -> int:
    """Prints a line for each ScaledObject. Returns 1 if one is wrong."""
    wrong = False
    for each in yaml.safe_load_all(Path(file).read_text("utf-8")):
        if each["kind"] == "ScaledObject":
            understood = v1alpha1.ScaledObject.model_validate(each).model_dump(by_alias=True, exclude_unset=True)
            lost = unknown(each, understood)
            wrong = wrong or bool(lost)
            print(f"ScaledObject/{each['metadata']['name']}: {', '.join(lost) or 'valid'}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
