"""The settings of tools that tool servers offer and workers call."""

from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from chat.tools import server_file
from chat.tools.servers import ToolServers


class ToolSettings(BaseSettings):
    """A part of `chat.settings.Settings`, which also says where they are read."""

    mcp_file: Path | None = None
    tool_steps: int = Field(20, ge=1, le=1000)
    tool_calls: int = Field(50, ge=1, le=10_000)
    tool_seconds: float = Field(900, gt=0)
    tool_tokens: int = Field(0, ge=0)
    tool_result_chars: int = Field(40_000, ge=1000, le=1_000_000)
    tool_reply_chars: int = Field(400_000, ge=10_000, le=10_000_000)
    tool_response_bytes: int = Field(8_388_608, ge=65_536, le=67_108_864)
    approval_timeout: int = Field(86_400, ge=60)

    @model_validator(mode="after")
    def _usable_servers(self) -> Self:
        assert self.tool_servers is not None  # reading them raises ValueError for an unusable file
        return self

    @cached_property
    def tool_servers(self) -> ToolServers:
        """The tool servers of `MCP_FILE`, without the values of the variables that it names."""
        return self.read_tool_servers()

    def read_tool_servers(self, *, needs_variables: bool = False) -> ToolServers:
        """Returns the tool servers. Raises `ValueError` for an unusable file; `needs_variables` as in `usable`."""
        if not self.mcp_file:
            return ToolServers()
        return server_file.usable(self.mcp_file, needs_variables=needs_variables)
