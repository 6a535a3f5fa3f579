"""What `BoundedProtocol` relies on in uvicorn: it fails where the library changes, before a server does.

And that the web tier has the same bound.
"""

import inspect
import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.server.http_protocol import HEAD_BYTES, BoundedProtocol
from tests.support.web_tier import CADDYFILE

OWN = {"expire", "evict"}
USED = ("self.pipeline", "self.cycle", "self.flow", "self.transport", "self.app_state", "self.app", "self.loop",
        "self.server_state")  # fmt: skip
OF_A_CYCLE = ("disconnected", "message_event", "keep_alive", "response_started", "response_complete")


def test_each_method_of_ours_stands_in_place_of_one_of_uvicorns() -> None:
    ours = {name: method for name, method in vars(BoundedProtocol).items() if inspect.isfunction(method)}
    public = {name for name in ours if not name.startswith("_")} - OWN
    assert {name for name in public if not hasattr(HttpToolsProtocol, name)} == set()
    for name in public:
        theirs = inspect.signature(getattr(HttpToolsProtocol, name))
        assert list(inspect.signature(ours[name]).parameters) == list(theirs.parameters), name
    private = {name for name in ours if name.startswith("_") and not name.startswith("__")}
    assert {name for name in private if hasattr(HttpToolsProtocol, name)} == set()


def test_uvicorn_has_the_attributes_that_ours_uses() -> None:
    made = inspect.getsource(HttpToolsProtocol.__init__)
    assert [name for name in USED if f"{name} = " not in made and f"{name}: " not in made] == []
    cycle = inspect.getsource(RequestResponseCycle.__init__)
    assert [name for name in OF_A_CYCLE if f"self.{name} = " not in cycle] == []


def test_uvicorn_hands_whatever_its_parser_refuses_to_the_method_of_ours() -> None:
    assert "self.send_400_response(" in inspect.getsource(HttpToolsProtocol.data_received)
    assert "app = self.app" in inspect.getsource(HttpToolsProtocol.on_headers_complete)
    assert "_unset_keepalive_if_required" in vars(HttpToolsProtocol)


def test_the_web_tier_takes_heads_as_long_as_the_api_does() -> None:
    bounds = re.findall(r"^\s*max_header_size\s+(\d+)KiB$", CADDYFILE.read_text("utf-8"), re.MULTILINE)
    assert [int(bound) * 1024 for bound in bounds] == [HEAD_BYTES], "bring web/Caddyfile in line with the API"
