"""Schemas of what the API tells about tools of tool servers."""

from pydantic import BaseModel, Field

from chat.known_tools import KnownServer


class ToolsView(BaseModel):
    """The tool servers, in the order of their names. A server that is down has the tools that it had before."""

    servers: list[KnownServer] = Field(
        examples=[
            [
                {
                    "name": "docs",
                    "title": "Documentation",
                    "is_up": True,
                    "checked_at": 1795190400.0,
                    "tools": [
                        {
                            "name": "search",
                            "title": "Search",
                            "description": "Searches the documentation.",
                            "approval": "always",
                            "is_read_only": True,
                        }
                    ],
                }
            ]
        ]
    )
