"""The atomic steps as Lua files. Each header lists keys, arguments, returns, and what a repetition does.

A script with more than eight arguments takes them by name. `chat.store.named` sends name, value, name, value, …, and
the first line of the script reads them into a table:

    local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

An entry of a turn's log has the fields `e`, the event as JSON, and `k`, its kind, which is the JSON's `type`. It is
published as `<seq>:<json>`, followed by a line `:<kind>` (see `chat.event_log.parse_published`).

A line `-- include tree` stands for the functions of `tree.lua`.

Clients send a command again when its connection broke, so every script must bear being run twice.
"""

import re
from functools import cache
from importlib import resources

INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)


@cache
def source(name: str) -> str:
    """Returns the text of `<name>.lua`, with the functions that it includes."""
    text = resources.files(__name__).joinpath(f"{name}.lua").read_text("utf-8")
    return INCLUDE.sub(lambda line: source(line[1]), text)
