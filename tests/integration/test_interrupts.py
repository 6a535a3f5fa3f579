"""Child processes of a run in the background still stop on SIGINT and SIGHUP."""

import subprocess
import sys

from tests.support.interrupts import STOPPING
from tests.support.stack import ROOT

CHILD = f"import signal; print([signal.getsignal(n) == signal.SIG_IGN for n in {list(map(int, STOPPING))}])"
RUN = f"""
import os, signal, subprocess, sys
from tests.support.interrupts import STOPPING, keep_from_children
for number in STOPPING:
    signal.signal(number, signal.SIG_IGN)
keep_from_children()
for number in STOPPING:
    os.kill(os.getpid(), number)
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""


def test_children_of_a_background_run_obey_signals() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[False, False, False]\n"
