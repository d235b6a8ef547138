"""A request through either SDK: our bytes out, the raw answer back; both SDKs are made by one generator.

The SDKs' own cost is in building models from JSON and in their default HTTP pool; with a body that is bytes already,
an answer that we parse, and their aiohttp transport, a request costs a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import msgspec

from replay.samplers import faults
from replay.samplers.protocol import Begun, BrokenOffError, MalformedResponse, StalledError, StreamedError
from replay.wire import sse
from replay.wire.notes import WireError

CONNECT = 30.0  # seconds
_RAW = {"X-Stainless-Raw-Response": "stream"}  # the SDKs' own switch: the response unread


def client(sdk: ModuleType, make: Callable[..., Any], *, timeout: float, concurrency: int) -> Any:  # noqa: ANN401 - the SDK's client
    """``make`` called with an HTTP client for ``concurrency`` requests, and without retries."""
    whole = sdk.Timeout(timeout, connect=min(CONNECT, timeout))
    common = sdk.DEFAULT_CONNECTION_LIMITS
    limits = type(common)(
        max_connections=max(concurrency, common.max_connections or 0),
        max_keepalive_connections=max(concurrency, common.max_keepalive_connections or 0),
        keepalive_expiry=common.keepalive_expiry,
    )
    try:
        http = sdk.DefaultAioHttpClient(timeout=whole, limits=limits)
    except RuntimeError:  # this version of the SDK lacks the adapter: its default is slower, and as good
        http = sdk.DefaultAsyncHttpxClient(timeout=whole, limits=limits)
    return make(max_retries=0, timeout=whole, http_client=http)


async def post(
    sdk: ModuleType,
    client: Any,  # noqa: ANN401 - the client of an SDK
    path: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None,
    begun: Begun | None,
    idle: float | None = None,
) -> bytes:
    """What the server says to ``body`` at ``path``; a stream is put together into one JSON.

    ``idle`` bounds, in seconds, how long nothing may come. Raises the SDK's errors, and where an answer had begun
    BrokenOffError, StalledError, StreamedError or MalformedResponse.
    """
    options: dict[str, Any] = {"headers": {**_RAW, **headers} if headers else _RAW}
    if idle is not None:
        options["timeout"] = sdk.Timeout(idle, connect=CONNECT)
    answer = (await client.post(path, content=body, cast_to=sdk.AsyncAPIResponse[Any], options=options)).http_response
    try:
        if begun is not None:
            begun(answer.headers)
        try:
            data: bytes = await answer.aread()
        except Exception as error:
            if not faults.of_network(error):
                raise
            raise _broken(error) from error
    finally:
        await answer.aclose()
    if "text/event-stream" in answer.headers.get("content-type", ""):
        return assembled(data)
    return data


def streaming(body: bytes, more: str = "") -> bytes:
    """``body``, a JSON object as bytes, asking for a stream; ``more`` are further members."""
    return body[:-1] + (b"," if len(body) > 2 else b"") + b'"stream":true' + more.encode() + b"}"


def assembled(data: bytes) -> bytes:
    """The JSON of the response that the stream ``data`` tells."""
    try:
        told = sse.assemble(data)
    except WireError as error:
        before, found, kind = str(error).partition(f"{sse.FAULT}: ")
        if found and not before:
            raise StreamedError(kind) from error
        raise MalformedResponse(str(error)) from error
    if not told.whole:
        raise BrokenOffError("the stream ended before the answer did")
    return msgspec.json.encode(told.body)


def _broken(error: Exception) -> Exception:
    timed_out = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
    words = str(error) or type(error).__name__
    if timed_out:
        return StalledError(f"the answer had begun, then nothing more came: {words}")
    return BrokenOffError(f"the answer had begun, then the connection broke: {words}")
