"""The routes of the interactive documentation."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from api.deps import REQUIRES_ACCOUNT
from api.openapi import docs_page
from tests.support.waiting import PATIENCE


async def test_others_are_answered_while_the_document_is_built(tmp_path: Path) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    begun, answered = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def openapi() -> dict[str, Any]:
        loop.call_soon_threadsafe(begun.set)
        return {"answered": answered.wait(PATIENCE)}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    app.dependency_overrides[REQUIRES_ACCOUNT.dependency] = lambda: None
    docs_page.install(app, tmp_path)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://api") as http:
        document = asyncio.create_task(http.get("/openapi.json"))
        await begun.wait()
        assert (await http.get("/docs")).status_code == 200
        answered.set()
        assert (await document).json() == {"answered": True}
