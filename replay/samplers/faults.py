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
    fields = _fields(body)
    message = str(fields.get("message") or "an error without a message")
    kind = _kind(fields, message, status)
    return Fault(kind, message, status, kind in _RETRIED)


def _of_status(error: Any) -> Fault:  # noqa: ANN401 - an APIStatusError of either SDK
    fields = _fields(error.body)
    message = str(fields.get("message") or error.message)
    kind = _kind(fields, message, error.status_code)
    headers = error.response.headers
    return Fault(kind, message, error.status_code, kind in _RETRIED, _after(headers), quotas.read(headers))


def _fields(body: Any) -> dict[str, Any]:  # noqa: ANN401 - the provider's own JSON
    """``type``, ``code`` and ``message`` of an error, from within the objects around it."""
    while isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    return body if isinstance(body, dict) else {}


def _kind(fields: dict[str, Any], message: str, status: int | None) -> str:
    """The kind of an error by its status, where it has one, and by its words."""
    if status is None:
        kind = _STREAMED.get(str(fields.get("type")), "server")
    else:
        kind = _KINDS.get(status, "server" if status >= 500 else "bad_request")
    words = f"{fields.get('type')} {fields.get('code')} {message}"
    if fields.get("type") == "overloaded_error":
        return "overloaded"
    if kind in {"bad_request", "auth", "rate_limit"} and status != 401 and _MONEY.search(words):
        return "quota"
    if kind in {"bad_request", "too_large"} and _CONTEXT.search(words):
        return "context_length"
    return kind


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
