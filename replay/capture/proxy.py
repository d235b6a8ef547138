"""Requests forwarded byte for byte to the upstream and its answers streamed back as they come; copies go to a sink.

What happens to the connection on one side happens on the other: a cut is a cut, a reset a reset, and an agent that
hangs up takes its request with it. The names of hop-by-hop headers are from RFC 9110 §7.6.1.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from replay.capture.seen import Seen
from replay.capture.upstreams import Upstreams
from replay.store import now

CHUNK = 256 * 1024
SENT: web.ResponseKey[set[str]] = web.ResponseKey("sent", set)
_HOPS = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
} | {*("transfer-encoding", "upgrade", "expect", "host")}
_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_MODEL = re.compile(r"/(messages|chat/completions|responses|responses/compact)/?$")
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?|(?!https?:)[\w.+-]+://.*", re.IGNORECASE)
_DROPPED = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: closing sends RST


class Proxy:
    """Listens on 127.0.0.1; ``sink`` is given every request to a model when it is over, whatever its end.

    ``upstreams`` tells where each goes. ``sink`` must not block.
    """

    def __init__(self, sink: Callable[[Seen], None], upstreams: Upstreams) -> None:
        self._sink = sink
        self._upstreams = upstreams
        self._clients: dict[bool, aiohttp.ClientSession] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen on ``port``, on a free one where it is 0. Raises ``OSError`` where it is taken."""
        self._clients = {local: _client(proxied=not local) for local in (False, True)}
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._forward)
        application.on_response_prepare.append(_without_additions)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            auto_decompress=False,
            handler_cancellation=True,
            max_field_size=64 * 1024,
            max_line_size=64 * 1024,
            shutdown_timeout=1.0,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; what is under way ends as a disconnect."""
        if self._runner is not None:
            await self._runner.cleanup()
        for client in self._clients.values():
            await client.close()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        if (why := _refused(request)) is not None:
            return web.Response(status=403, text=f"replay capture: {why}\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            # Codex tries one first, and goes on over HTTP at once after a 426 (after six attempts otherwise).
            return web.Response(status=426, text="replay capture: no WebSocket passes here, use HTTP\n")
        if (target := self._upstreams.target(request.raw_path, request.headers)) is None:
            return web.Response(status=404, text="replay capture: no upstream of this name, see --upstream\n")
        url = URL(target.url, encoded=True)
        path = unquote(target.path.partition("?")[0])
        seen = Seen(request.method, path, now(), headers=tuple(request.headers.items()), upstream=target.name)
        started = time.perf_counter()
        try:
            return await self._exchange(request, url, seen, started)
        except asyncio.CancelledError:
            seen.error = "the client disconnected"
            raise
        finally:
            seen.seconds = time.perf_counter() - started
            if request.method == "POST" and _MODEL.search(path):
                self._sink(seen)

    async def _exchange(self, request: web.Request, url: URL, seen: Seen, started: float) -> web.StreamResponse:
        try:
            seen.body = await request.content.read()
        except (aiohttp.ClientError, web.RequestPayloadError, OSError) as error:
            seen.error = f"the client broke off its request: {error}"
            return _dropped(request, reset=False)
        headers = CIMultiDict((name, value) for name, value in request.headers.items() if name.lower() not in _HOPS)
        client = self._clients[url.host in ("127.0.0.1", "localhost", "::1")]
        body = _pieces(seen.body) if request.body_exists else None
        try:
            answer = await client.request(request.method, url, headers=headers, data=body, allow_redirects=False)
        except (
            aiohttp.ClientError,
            TimeoutError,
            OSError,
            ValueError,
        ) as error:  # a password in the URL beside a header
            seen.error = f"no response from upstream: {type(error).__name__}: {error}"
            return _dropped(request, reset=not isinstance(error, aiohttp.ServerDisconnectedError))
        try:
            return await _relay(request, answer, seen, started)
        finally:
            answer.close() if seen.error or not answer.content.at_eof() else answer.release()


async def _relay(
    request: web.Request, answer: aiohttp.ClientResponse, seen: Seen, started: float
) -> web.StreamResponse:
    seen.status, seen.encoding = answer.status, answer.headers.get("Content-Encoding", "")
    told = web.StreamResponse(status=answer.status, reason=answer.reason)
    told[SENT] = {name.decode("latin-1").lower() for name, _ in answer.raw_headers}
    for name, value in answer.raw_headers:
        if (text := name.decode("latin-1")).lower() not in _HOPS:
            told.headers.add(text, value.decode("utf-8", "replace"))
    try:
        await told.prepare(request)
        async for chunk in answer.content.iter_any():
            if seen.first_byte is None:
                seen.first_byte = time.perf_counter() - started
            seen.received.append(chunk)
            await told.write(chunk)
        await told.write_eof()
    except aiohttp.ClientPayloadError as error:
        seen.error = f"the upstream broke off its response: {error}"
        return _dropped(request, reset="ConnectionResetError" in str(error), told=told)
    except aiohttp.ClientConnectionResetError:
        seen.error = "the client disconnected"
    except (aiohttp.ClientError, OSError) as error:
        seen.error = f"the upstream broke off its response: {type(error).__name__}: {error}"
        return _dropped(request, reset=True, told=told)
    return told


def _refused(request: web.Request) -> str | None:
    """Why the request is none of an agent on this machine: DNS rebinding and web pages end here."""
    if not _LOOPBACK.fullmatch(request.headers.get("Host", "")):
        return "the Host is not this machine"
    origin = request.headers.get("Origin")
    return "the Origin is a web page" if origin is not None and not _ORIGIN.fullmatch(origin) else None


def _client(*, proxied: bool) -> aiohttp.ClientSession:
    """A client that adds nothing; ``proxied`` where the environment's HTTP proxy counts."""
    return aiohttp.ClientSession(
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_ADDED,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=60),
        trust_env=proxied,
        max_line_size=64 * 1024,
        max_field_size=64 * 1024,
    )


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


def _dropped(request: web.Request, *, reset: bool, told: web.StreamResponse | None = None) -> web.StreamResponse:
    """End the agent's connection as the upstream ended ours; what was written before still arrives."""
    if (transport := request.transport) is not None:
        if reset:
            with suppress(OSError):
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROPPED)
            transport.abort()
        else:
            transport.close()
    return told or web.Response()


async def _without_additions(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - the server's own signature
    """Headers that the server would add where the upstream sent none are taken away."""
    for name in ("Server", "Date", "Content-Type"):
        if name.lower() not in response.get(SENT, {name.lower()}):
            response.headers.popall(name, None)
