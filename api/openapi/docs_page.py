"""Serves the interactive documentation at `/docs` from our own files, so that it works without the internet.

In `jwt` mode `/docs` and `/openapi.json` need a token of the identity provider.
"""

import asyncio
import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse

from api.deps import REQUIRES_ACCOUNT

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
DARK = '<script src="/docs-theme.js"></script>'

CDN_SOURCES = " https://cdn.jsdelivr.net https://fastapi.tiangolo.com"
"""Hosts from which FastAPI's default page loads its files."""


def install(app: FastAPI, folder: Path) -> None:
    """Adds the routes. The page uses the files of the web build; without a build, FastAPI's default addresses."""
    local_urls: dict[str, Any] = {
        "swagger_js_url": "/swagger/swagger-ui-bundle.js",
        "swagger_css_url": "/swagger/swagger-ui.css",
        "swagger_favicon_url": "/favicon.svg",
    }
    built = (folder / "swagger").is_dir()

    @app.get("/openapi.json", include_in_schema=False, dependencies=[REQUIRES_ACCOUNT])
    async def document() -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(app.openapi))  # builds it for half a second, the first time

    @app.get("/docs", include_in_schema=False, dependencies=[REQUIRES_ACCOUNT])
    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(openapi_url="/openapi.json", title=app.title, **(local_urls if built else {}))
        if built:
            page = HTMLResponse(bytes(page.body).decode().replace("</head>", f"{DARK}</head>"))
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode(), "" if built else CDN_SOURCES)
        return page


def _policy(html: str, sources: str) -> str:
    """Returns the Content-Security-Policy that allows the page's own inline script and no other."""
    digests = [hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(html)]
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'self'; script-src 'self' {hashes}{sources}; style-src 'self' 'unsafe-inline'{sources}; "
        f"img-src 'self' data:{sources}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
