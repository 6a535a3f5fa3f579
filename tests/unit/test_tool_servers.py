"""A mistake in MCP_FILE stops the start, with the line and what to do."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from chat import configuration
from chat.configuration import Unusable
from chat.settings import Settings, explain
from chat.tools import server_file

GOOD = """\
[servers.docs]
url = "https://mcp.example.com/mcp"
headers = { Authorization = "Bearer ${DOCS_TOKEN}", X-Team = "a" }
title = "Documentation"
timeout = 5
allow = ["read_*"]
deny = ["read_secret"]
approval = { "read_*" = "always", "*" = "ask" }
repeat = ["read_*"]

[servers.files]
command = ["npx", "-y", "some-server"]
env = { TOKEN = "${DOCS_TOKEN}" }
files = true

[servers.mail]
url = "http://127.0.0.1:1234/mcp"
oauth = { token_url = "https://auth.example.com/token", client_id = "me", client_secret = "${MAIL}", scope = "a b" }
"""
VARIABLES = {"DOCS_TOKEN": "d0cs", "MAIL": "mail-s3cret"}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_a_file_there_are_no_servers() -> None:
    assert Settings().tool_servers.servers == {}


def test_a_file_describes_servers_with_their_rules() -> None:
    servers = server_file.read(GOOD, VARIABLES).servers
    docs, files, mail = servers["docs"], servers["files"], servers["mail"]
    assert (docs.name, docs.shown_name, docs.timeout, files.shown_name, files.timeout) == (
        *("docs", "Documentation", 5, "files", 60),
    )
    assert docs.headers["Authorization"].get_secret_value() == "Bearer d0cs"
    assert files.env["TOKEN"].get_secret_value() == "d0cs"
    assert files.files
    assert mail.oauth
    assert mail.oauth.client_secret.get_secret_value() == "mail-s3cret"
    assert docs.is_allowed("read_a")
    assert not docs.is_allowed("read_secret")
    assert docs.approval_of("read_a", is_read_only=False) == "always"
    assert docs.is_repeatable("read_a", is_read_only=False, is_idempotent=False)


def test_secrets_are_not_in_any_representation() -> None:
    shown = repr(server_file.read(GOOD, VARIABLES))
    assert not any(value in shown for value in VARIABLES.values())


def test_only_workers_need_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mcp.toml"
    file.write_text(GOOD, "utf-8")
    monkeypatch.setenv("MCP_FILE", str(file))
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    settings = configuration.load()
    with pytest.raises(Unusable) as raised:
        configuration.require_keys(settings)
    for words in ("line 3: servers.docs: headers.Authorization: the environment variable DOCS_TOKEN is not set",):
        assert words in str(raised.value)
    (tmp_path / ".env").write_text("DOCS_TOKEN=d0cs\nMAIL=m\n", "utf-8")
    configuration.require_keys(settings)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("servers = 3", 1, "servers: the table: Input should be an object"),
        ("[server.a]", 1, "server is not known here. Did you mean servers?"),
        ("[servers.A]\nurl = 'http://a/mcp'", 1, "A is no name of a server"),
        ("[servers.a__b]\nurl = 'http://a/mcp'", 1, "a__b is no name of a server"),
        ("[servers.a]", 1, "needs either `url`"),
        ("[servers.a]\nurl = 'http://a/'\ncommand = ['x']", 1, "needs either `url`"),
        ("[servers.a]\nurl = 'ftp://a/'", 2, "url: must be an http(s) address"),
        ("[servers.a]\nurl = 'http://me:pass@a/'", 2, "url: may not contain a login"),
        ("[servers.a]\ncommand = []", 2, "command: must be a list of the program"),
        ("[servers.a]\ncommand = 'npx x'", 2, "command: Input should be a valid"),
        ("[servers.a]\ncommand = ['x']\nheaders = { A = 'b' }", 1, "would have no effect"),
        ("[servers.a]\nurl = 'http://a/'\nenv = { A = 'b' }", 1, "`env` would have no effect"),
        ("[servers.a]\nurl = 'http://a/'\nheaders = { 'A b' = 'c' }", 3, "A b is no name of a header"),
        ("[servers.a]\nurl = 'http://a/'\nheaders = { Host = 'c' }", 3, "may not set Host"),
        ("[servers.a]\nurl = 'http://a/'\nheaders = { Mcp-Session-Id = 'c' }", 3, "may not set Mcp-Session-Id"),
        ("[servers.a]\ncommand = ['x']\nenv = { 'A-B' = 'c' }", 3, "A-B is no name of an environment variable"),
        ("[servers.a]\nurl = 'http://a/'\ntimeout = 0", 3, "timeout: Input should be greater than 0"),
        ("[servers.a]\nurl = 'http://a/'\ntimeuot = 5", 3, "timeuot is not known here. Did you mean timeout?"),
        ("[servers.a]\nurl = 'http://a/'\nname = 'b'", 3, "name is not known here"),
        ("[servers.a]\nurl = 'http://a/'\napproval = { x = 'sometimes' }", 3, "approval.x: Input should be 'always'"),
        ("[servers.a]\nurl = 'http://a/'\nheaders = { A = '${a b}' }", 3, "must name an environment variable"),
        ("[servers.a]\nurl = 'http://a/'\noauth = { client_id = 'x' }", 3, "oauth.client_secret is missing here"),
        ("[servers.a]\nurl = 'http://a/'\nheaders = { authorization = 'x' }\n"
         "oauth = { client_id = 'x', client_secret = 'y' }", 1, "may not set Authorization"),
        ("[servers.a\n", 1, "it is not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    file = tmp_path / "mcp.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValidationError) as raised:
        Settings(mcp_file=file)
    message = explain(raised.value)
    assert f"MCP_FILE: {file} cannot be used:" in message
    assert words in message
    assert f"line {line}" in message


def test_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = "[servers.a]\nurl = 'http://a/'\nx = 1\n[servers.b]\ncommand = ['b']\ntimeout = -1\n"
    with pytest.raises(ValueError, match=r"line 3: servers\.a: x .*\nline 6: servers\.b: timeout"):
        server_file.read(text, None)


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), (b"\xff", "it is not UTF-8 text")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "mcp.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        server_file.usable(file)


def test_values_of_variables_must_fit_headers() -> None:
    with pytest.raises(ValueError, match="DOCS_TOKEN may only contain printable ASCII characters"):
        server_file.read(GOOD, {**VARIABLES, "DOCS_TOKEN": "a\r\nb"})
