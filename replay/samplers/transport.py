"""A request through either SDK: our bytes out, the raw answer back; both SDKs are made by one generator.

The SDKs' own cost is in building models from JSON and in their default HTTP pool; with a body that is bytes already,
an answer that we parse, and their aiohttp transport, a request costs a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from replay.samplers import faults
from replay.samplers.protocol import Begun, BrokenOffError, MalformedResponse, StalledError, StreamedError
from replay.wire import sse
from replay.wire.notes import WireError

CONNECT = 30.0  # seconds
_HTTP: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # the HTTP client of each SDK client
_HEADS: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()  # and the heads of requests it has built
_LIMIT = b"ratelimit"
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
    made = make(max_retries=0, timeout=whole, http_client=http)
    _HTTP[made] = http
    return made


async def post(
    sdk: ModuleType,
    client: Any,  # noqa: ANN401 - the client of an SDK
    path: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    begun: Begun | None = None,
    streamed: bool = False,
    asking: str = "",
    idle: float | None = None,
) -> bytes:
    """What the server says to ``body`` at ``path``; a stream is put together into one JSON.

    Where it is to be ``streamed``, ``asking`` are further members of the body, as JSON, and ``idle`` bounds in seconds
    how long nothing may come. Raises the SDK's errors, and where an answer had begun BrokenOffError, StalledError,
    StreamedError or MalformedResponse.
    """
    out = _streaming(body, asking) if streamed else body
    timeout = sdk.Timeout(idle, connect=CONNECT) if streamed and idle is not None else client.timeout
    answer = await _answered(sdk, client, path, out, headers or {}, timeout)
    try:
        if begun is not None:
            begun(
                {name.decode().lower(): value.decode() for name, value in answer.headers.raw if _LIMIT in name.lower()}
            )
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


async def _answered(
    sdk: ModuleType,
    client: Any,  # noqa: ANN401 - the client of an SDK
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout: Any,  # noqa: ANN401 - the HTTP client's own
) -> Any:  # noqa: ANN401 - the HTTP client's response, its body unread
    """The response whose head has come. Raises the SDK's or the HTTP client's errors.

    The SDK builds the first request of a kind; those after it go out with the same head and other bytes, which halves
    what a request costs us.
    """
    heads: dict[Any, Any] = _HEADS.setdefault(client, {})
    kind = path, tuple(sorted(headers.items()))
    if (head := heads.get(kind)) is None:
        options = {"headers": {**_RAW, **headers}, "timeout": timeout}
        told = await client.post(path, content=body, cast_to=sdk.AsyncAPIResponse[Any], options=options)
        heads[kind] = _Head.of(told.http_response.request)
        return told.http_response
    request = head.request(body, {"timeout": timeout.as_dict()})
    answer = await head.http(client).send(request, stream=True)
    if answer.is_success:
        return answer
    try:
        await answer.aread()
    finally:
        await answer.aclose()
    try:
        said: object = answer.json()
    except ValueError:
        said = None
    raise sdk.APIStatusError(answer.text or f"status {answer.status_code}", response=answer, body=said)


class _Head(NamedTuple):
    """The head of a request as an SDK built it."""

    make: Callable[..., Any]
    stream: Callable[[bytes], Any]
    url: Any
    headers: Any

    @classmethod
    def of(cls, request: Any) -> _Head:  # noqa: ANN401 - the HTTP client's own
        headers = request.headers.copy()
        del headers["content-length"]
        headers.encoding = "ascii"
        return cls(type(request), type(request.stream), request.url, headers)

    def request(self, body: bytes, extensions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the HTTP client's own
        """A request with this head. Given as a stream, its headers are taken as they are and not gone through again."""
        headers = self.headers.copy()
        headers["content-length"] = str(len(body))
        made = self.make("POST", self.url, headers=headers, stream=self.stream(body), extensions=extensions)
        made.headers.encoding = "ascii"  # else it is found out anew for each
        return made

    @staticmethod
    def http(client: Any) -> Any:  # noqa: ANN401 - the HTTP client we gave to the SDK
        return _HTTP[client]


def _streaming(body: bytes, more: str) -> bytes:
    """``body``, a JSON object as bytes, asking for a stream; ``more`` are further members."""
    members = ",".join(filter(None, ('"stream":true', more)))
    return body[:-1] + (b"," if len(body) > 2 else b"") + members.encode() + b"}"


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
