"""Packages that take long to import are imported only by processes whose settings ask for them."""

import subprocess
import sys

from tests.support.repository import ROOT

PROGRAM = """
import api.main, worker.main, worker.isolated, worker.tools.toolbox
from chat.settings import Settings
from chat.telemetry.traces import open_traces

open_traces(Settings(_env_file=None), "x")
import sys

print([name for name in ("mcp", "opentelemetry.sdk") if name in sys.modules])
"""


def test_neither_mcp_nor_the_trace_sdk_is_imported_unasked() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
