"""The interactive documentation at `/docs`, from our own files, so that it works without the internet."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse


def install(app: FastAPI, folder: Path) -> None:
    """Serve it with the files that the page's build brings; without a build, with FastAPI's usual addresses."""
    ours: dict[str, Any] = {
        "swagger_js_url": "/swagger/swagger-ui-bundle.js",
        "swagger_css_url": "/swagger/swagger-ui.css",
        "swagger_favicon_url": "/favicon.svg",
    }
    built = (folder / "swagger").is_dir()

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="/openapi.json", title=app.title, **(ours if built else {}))
