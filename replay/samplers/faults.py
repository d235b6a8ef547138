"""What the exceptions of the two SDKs mean; both are made by one generator and name them alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

from replay.samplers.protocol import Fault, MalformedResponse

_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp")
_CONTEXT = re.compile(
    r"context[_ ](length|window|limit)|prompt is too long|maximum context|too many (input )?tokens", re.IGNORECASE
)
_MONEY = re.compile(r"insufficient_quota|credit balance|billing|exceeded your current quota", re.IGNORECASE)
_KINDS = {
    400: "bad_request",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not_found",
    408: "timeout",
    409: "server",
    413: "too_large",
    422: "bad_request",
    429: "rate_limit",
    529: "overloaded",
}
_RETRIED = frozenset({"rate_limit", "overloaded", "server", "timeout", "connection", "malformed"})


def of(error: Exception, sdk: ModuleType) -> Fault:
    """The fault that ``error``, raised by ``sdk`` or the network below it, stands for. Raises ``error`` otherwise."""
    if isinstance(error, sdk.APIStatusError):
        return _of_status(error)
    message = str(error) or type(error).__name__
    match error:
        case TimeoutError() | sdk.APITimeoutError():
            kind = "timeout"
        case sdk.APIConnectionError():
            kind = "connection"
            message = f"{message} ({error.__cause__})" if error.__cause__ else message
        case MalformedResponse() | sdk.APIResponseValidationError():
            kind = "malformed"
        case OSError():
            kind = "connection"
        case _ if type(error).__module__.partition(".")[0] in _TRANSPORTS:
            kind = "connection"
        case sdk.APIError():
            kind = "server"
        case _:
            raise error
    return Fault(kind, message, retry=kind in _RETRIED)


def _of_status(error: Any) -> Fault:  # noqa: ANN401 - an APIStatusError of either SDK
    status: int = error.status_code
    outer = error.body if isinstance(error.body, dict) else {}
    inner: dict[str, Any] = outer["error"] if isinstance(outer.get("error"), dict) else outer
    message = str(inner.get("message") or error.message)
    words = f"{inner.get('type')} {inner.get('code')} {message}"
    kind = _KINDS.get(status, "server" if status >= 500 else "bad_request")
    if inner.get("type") == "overloaded_error":
        kind = "overloaded"
    elif status in (400, 403, 429) and _MONEY.search(words):
        kind = "quota"
    elif status in (400, 413, 422) and _CONTEXT.search(words):
        kind = "context_length"
    return Fault(kind, message, status, retry=kind in _RETRIED, after=_after(error.response.headers))


def _after(headers: Any) -> float | None:  # noqa: ANN401 - the headers type of the SDK's HTTP client
    """Seconds to wait by ``retry-after-ms`` or ``retry-after`` (a number or a date, RFC 9110 §10.2.3)."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value) * scale
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            continue
    return None
