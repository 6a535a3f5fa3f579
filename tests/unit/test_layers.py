"""Every package of the product has a contract that gives each of its modules a layer."""

import tomllib

from tests.support.repository import ROOT

PRODUCT = ("api", "chat", "launcher", "worker")


def test_each_package_with_modules_has_exhaustive_layers() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layered = [
        name
        for contract in linter["contracts"]
        if contract["type"] == "layers" and contract.get("exhaustive")
        for name in contract["containers"]
    ]
    folders = {file.parent for package in PRODUCT for file in (ROOT / package).rglob("*.py")}
    packages = {folder for folder in folders if len(list(folder.glob("*.py"))) > 1}
    assert sorted(layered) == sorted(".".join(folder.relative_to(ROOT).parts) for folder in packages)
