"""Every state of the page, and how to get there. The pictures and the accessibility checks walk this one table."""

from tests.e2e.states import contents, replies, shell
from tests.e2e.states.table import STATES, Place, State

__all__ = ["STATES", "Place", "State", "contents", "replies", "shell"]
