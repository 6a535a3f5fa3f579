"""The MCP package, which takes a second to import, is imported only by workers that have tool servers."""

import subprocess
import sys

from tests.support.repository import ROOT

MODULES = "api.main, worker.main, worker.isolated, worker.tools.toolbox"


def test_without_tool_servers_nothing_imports_mcp() -> None:
    code = f"import {MODULES}, sys; print(sorted(name for name in sys.modules if name.partition('.')[0] == 'mcp'))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
