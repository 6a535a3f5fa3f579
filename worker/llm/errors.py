"""Finds errors in payloads of answers whose status reports success."""

from typing import Any

SUCCESS_CODES = (0, 200, "0", "200", "ok", "success")
"""Codes that some servers send on success."""


def error_of(data: dict[str, Any], event: str = "") -> Any:
    """Returns the body of the error that a payload reports, or None.

    OpenAI's `error`, Cloudflare's `errors`, MiniMax' `base_resp`, vLLM's `object: "error"`, `type: "error"`, FastAPI's
    `detail`, Baidu's `error_code`, Zhipu's and others' `code` with `msg`, and events of the type `error`.
    """
    if (error := data.get("error") or data.get("errors")) and not _is_empty(error):
        return error
    if isinstance(groq := data.get("x_groq"), dict) and groq.get("error"):
        return groq["error"]
    base = data.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return {"code": base["status_code"], "message": base.get("status_msg")}
    if event == "error" or "error" in (data.get("object"), data.get("type"), data.get("status")):
        return data
    if data.get("choices") or isinstance(data.get("message"), dict):
        return None
    return data if _reports_error(data) else None


def _is_empty(error: Any) -> bool:
    """Returns whether all fields are empty: some servers send an empty error with every chunk."""
    return isinstance(error, dict) and not any(error.values())


def _reports_error(data: dict[str, Any]) -> bool:
    """Returns whether a payload without choices reports an error."""
    code, words = data.get("code"), data.get("msg") or data.get("message")
    if code in SUCCESS_CODES:
        return False
    if data.get("error_code") or ("detail" in data and len(data) == 1):
        return True
    return bool(words and (code or len(data) == 1 or data.get("success") is False))
