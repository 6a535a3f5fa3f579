"""The machine's certificates are read once, and only where a connection may use TLS."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tools.servers import ToolServer
from tests.support import certificate
from worker import tls
from worker.tools.http_link import HttpLink

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let this machine trust one certificate, without proxies."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    path, _ = certificate.write(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    tls.trusting.cache_clear()
    yield
    tls.trusting.cache_clear()


def trusted(context: ssl.SSLContext) -> int:
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    return context.cert_store_stats()["x509"]


@pytest.mark.parametrize("url", ["https://models.example.com/v1", "HTTPS://models.example.com"])
def test_https_servers_share_the_machines_certificates(url: str) -> None:
    assert trusted(tls.context_for(url)) == 1
    assert tls.context_for(url) is tls.context_for("https://tools.example.com/mcp")


def test_no_server_is_trusted_where_nothing_uses_tls() -> None:
    assert trusted(tls.context_for("http://models:8000/v1")) == 0
    assert tls.trusting.cache_info().misses == 0


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_behind_tls_is_verified(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "https://proxy.example.com:3128")
    assert trusted(tls.context_for("http://models:8000/v1")) == 1


def test_the_address_of_a_tool_servers_tokens_is_verified() -> None:
    oauth = {"token_url": "https://auth.example.com/token", "client_id": "me", "client_secret": "a secret"}
    HttpLink(ToolServer.model_validate({"url": "http://mail:9000/mcp"}), 1)
    assert tls.trusting.cache_info().misses == 0
    HttpLink(ToolServer.model_validate({"url": "http://mail:9000/mcp", "oauth": oauth}), 1)
    assert tls.trusting.cache_info().misses == 1
