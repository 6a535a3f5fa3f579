"""Describes the tool server of the one-machine start to workers."""

import json
import sys

HEAD = "# Written at each start. To have other tool servers, set MCP_FILE to a file of your own: see docs/tools.md."


def servers() -> str:
    """Returns the content of an `MCP_FILE`."""
    command = json.dumps([sys.executable, "-m", "launcher.tools"])
    return f'{HEAD}\n\n[servers.holdfast]\ntitle = "Holdfast"\ncommand = {command}\nfiles = true\n'
