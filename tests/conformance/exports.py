"""P78 and P79: exports with files."""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from tests.conformance.server import Server
from tests.conformance.user import User
from tests.conformance.verdicts import NotTested, same
from tests.conformance.versions import to_end

CONTENT = b"The launch is on Tuesday.\n"
NAME = "notes.txt"


@dataclass(frozen=True)
class Exported:
    """A session whose question has a file, and its export as a ZIP."""

    session_id: str
    file: dict[str, Any]
    zip: bytes


async def exported(server: Server) -> Exported:
    user = server.user
    if not (await user.json("GET", "/models")).get("max_file_bytes"):
        raise NotTested("the server keeps no files")
    answer = await user.request("POST", "/files", files={"file": (NAME, CONTENT)})
    same(answer.status_code, 201, "status of POST /files")
    file = dict(answer.json())
    session_id = await user.start()
    await to_end(user, await user.ask(session_id, server.question(), attachments=[file["id"]]))
    made = await user.request("GET", f"/chat/sessions/{session_id}/export", params={"format": "zip"})
    same(made.headers.get("Content-Type"), "application/zip", "media type of the export")
    return Exported(session_id, file, made.content)


async def attached(user: User, session_id: str) -> dict[str, Any]:
    """The only file of the session's question."""
    found = [file for message in await user.messages(session_id) for file in message.get("attachments", [])]
    same(len(found), 1, "how many files the session's messages have")
    return dict(found[0])


async def p78(server: Server) -> None:
    """An export with `format` `zip`"""
    export = await exported(server)
    archive = zipfile.ZipFile(io.BytesIO(export.zip))
    same(archive.testzip(), None, "the entry that is damaged")
    whole = json.loads(archive.read("conversations.json"))
    plain = await server.user.json("GET", f"/chat/sessions/{export.session_id}/export")
    same(whole["sessions"], plain["sessions"], "sessions of conversations.json")
    paths = [name for name in archive.namelist() if name.startswith(f"files/{export.file['id']}/")]
    same([archive.read(path) for path in paths], [CONTENT], "content of the question's file")


async def p79(server: Server) -> None:
    """The same ZIP gives another user the file"""
    export = await exported(server)
    for user, is_same in ((server.user, True), (await server.visitors.another(), False)):
        answer = await user.request("POST", "/me/import", content=export.zip)
        same(answer.status_code, 200, "status of POST /me/import")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        ids = [line["session_id"] for line in lines if line.get("session_id")]
        same(len(ids), 1, "how many sessions were imported")
        file = await attached(user, ids[0])
        same(file["id"] == export.file["id"], is_same, "whether the file keeps its id")
        facts = ("name", "type", "size", "kind")
        same([file[each] for each in facts], [export.file[each] for each in facts], "what the file is")
        content = await user.request("GET", f"/files/{file['id']}")
        same((content.status_code, content.content), (200, CONTENT), "status and content of the file")
