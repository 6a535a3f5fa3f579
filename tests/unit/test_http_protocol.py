"""Fails when uvicorn changes what `BoundedProtocol` relies on, or when the web tier's limit differs."""

import inspect
import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.server.http_protocol import HEAD_BYTES, BoundedProtocol
from tests.support.web_tier import CADDYFILE

OWN = {"expire", "evict"}
USED = ("self.pipeline", "self.cycle", "self.flow", "self.transport", "self.app_state", "self.app", "self.loop",
        "self.server_state")  # fmt: skip
USED_OF_CYCLE = ("disconnected", "message_event", "keep_alive", "response_started", "response_complete")


def test_each_override_matches_a_method_of_uvicorn() -> None:
    methods = {name: method for name, method in vars(BoundedProtocol).items() if inspect.isfunction(method)}
    public = {name for name in methods if not name.startswith("_")} - OWN
    assert {name for name in public if not hasattr(HttpToolsProtocol, name)} == set()
    for name in public:
        original = inspect.signature(getattr(HttpToolsProtocol, name))
        assert list(inspect.signature(methods[name]).parameters) == list(original.parameters), name
    private = {name for name in methods if name.startswith("_") and not name.startswith("__")}
    assert {name for name in private if hasattr(HttpToolsProtocol, name)} == set()


def test_uvicorn_has_the_attributes_that_the_protocol_uses() -> None:
    made = inspect.getsource(HttpToolsProtocol.__init__)
    assert [name for name in USED if f"{name} = " not in made and f"{name}: " not in made] == []
    cycle = inspect.getsource(RequestResponseCycle.__init__)
    assert [name for name in USED_OF_CYCLE if f"self.{name} = " not in cycle] == []


def test_uvicorn_calls_the_override_for_malformed_requests() -> None:
    assert "self.send_400_response(" in inspect.getsource(HttpToolsProtocol.data_received)
    assert "app = self.app" in inspect.getsource(HttpToolsProtocol.on_headers_complete)
    assert "_unset_keepalive_if_required" in vars(HttpToolsProtocol)


def test_the_web_tier_has_the_same_head_limit_as_the_api() -> None:
    bounds = re.findall(r"^\s*max_header_size\s+(\d+)KiB$", CADDYFILE.read_text("utf-8"), re.MULTILINE)
    assert [int(bound) * 1024 for bound in bounds] == [HEAD_BYTES], "bring web/Caddyfile in line with the API"
