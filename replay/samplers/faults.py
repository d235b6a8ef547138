"""What the exceptions of the two SDKs mean; both are made by one generator and name them alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

from replay.samplers import quotas
from replay.samplers.protocol import BrokenOffError, Fault, MalformedResponse, StalledError, StreamedError

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
_RETRIED = frozenset({"rate_limit", "overloaded", "server", "timeout", "connection", "malformed", "cut", "stalled"})
_STREAMED = {
    "overloaded_error": "overloaded",
    "rate_limit_error": "rate_limit",
    "rate_limit_exceeded": "rate_limit",
    "timeout_error": "timeout",
    "invalid_request_error": "bad_request",
    "authentication_error": "auth",
    "permission_error": "auth",
    "billing_error": "quota",
    "insufficient_quota": "quota",
    "not_found_error": "not_found",
    "request_too_large": "too_large",
}


def of(error: Exception, sdk: ModuleType) -> Fault:
    """The fault that ``error``, raised by ``sdk`` or the network below it, stands for. Raises ``error`` otherwise."""
    if isinstance(error, sdk.APIStatusError):
        return _of_status(error)
    message = str(error) or type(error).__name__
    match error:
        case StalledError():
            kind = "stalled"
        case BrokenOffError():
            kind = "cut"
        case StreamedError():
            kind = _STREAMED.get(error.kind, "server")
        case TimeoutError() | sdk.APITimeoutError():
            cause = _connection(error)  # one SDK takes a connection that was refused for one that took too long
            kind = "connection" if cause else "timeout"
            message = str(cause or message)
        case sdk.APIConnectionError():
            kind = "connection"
            message = f"{message} ({error.__cause__})" if error.__cause__ else message
        case MalformedResponse() | sdk.APIResponseValidationError():
            kind = "malformed"
        case OSError():
            kind = "connection"
        case _ if of_network(error):
            waited = "Timeout" in type(error).__name__ and _connection(error) is None
            kind = "timeout" if waited else "connection"
        case sdk.APIError():
            kind = "server"
        case _:
            raise error
    return Fault(kind, message, retry=kind in _RETRIED)


def _connection(error: BaseException) -> OSError | None:
    """What went wrong with the connection, where ``error`` comes of such a thing and not of waiting."""
    while (cause := error.__cause__) is not None:
        if isinstance(cause, OSError) and not isinstance(cause, TimeoutError):
            return cause
        error = cause
    return None


def of_network(error: Exception) -> bool:
    """Whether the network, or an HTTP client's way of telling of it, raised ``error``."""
    return isinstance(error, OSError) or type(error).__module__.partition(".")[0] in _TRANSPORTS


def told(body: Any, status: int | None = None) -> Fault:  # noqa: ANN401 - the provider's own JSON
    """The fault that an error's JSON stands for, as a batch gives it in place of an answer, with its status if any."""
    inner = body
    while isinstance(inner, dict) and isinstance(inner.get("error"), dict):
        inner = inner["error"]
    fields = inner if isinstance(inner, dict) else {}
    message = str(fields.get("message") or "an error without a message")
    by_status = None if status is None else _KINDS.get(status, "server" if status >= 500 else "bad_request")
    kind = by_status or _STREAMED.get(str(fields.get("type")), "server")
    words = f"{fields.get('type')} {fields.get('code')} {message}"
    if kind in {"bad_request", "auth", "rate_limit"} and _MONEY.search(words):
        kind = "quota"
    elif kind in {"bad_request", "too_large"} and _CONTEXT.search(words):
        kind = "context_length"
    return Fault(kind, message, status, kind in _RETRIED)


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
    headers = error.response.headers
    return Fault(kind, message, status, kind in _RETRIED, _after(headers), quotas.read(headers))


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
