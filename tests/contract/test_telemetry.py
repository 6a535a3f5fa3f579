"""A process with global OpenTelemetry providers exports nothing about a request."""

from pathlib import Path

import httpx2

from launcher import ports
from tests.support.databases import database
from tests.support.observed_api import CONTROL
from tests.support.processes import start
from tests.support.stack import ready, run_stack, stopped
from tests.support.waiting import eventually

QUESTION = "a question for no exporter"


async def test_global_providers_export_nothing_about_a_request(redis_url: str, tmp_path: Path) -> None:
    port, log = ports.free(), tmp_path / "observed.log"
    url = f"http://127.0.0.1:{port}"
    settings = {"PORT": str(port), "AUTH_MODE": "guest", "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}
    async with run_stack(database(redis_url), tmp_path, workers=0) as stack:
        observed = await start("tests.support.observed_api", {**stack.environment, **settings}, log)
        try:
            await ready(url, log, "live")
            async with httpx2.AsyncClient(base_url=url) as http:
                query = {"session_id": "nowhere", "message": QUESTION}
                assert (await http.get("/chat/stream", params=query)).status_code == 401
                assert (await http.post("/chat/start", params={"role": QUESTION})).status_code == 422
            already = len(log.read_text("utf-8"))

            async def is_exported_again() -> bool:
                return f'"name": "{CONTROL}"' in log.read_text("utf-8")[already:]

            await eventually(is_exported_again)
        finally:
            await stopped([observed])
    text = log.read_text("utf-8")
    for name in ("url.query", "http.route", "http.server", "no exporter"):
        assert name not in text
