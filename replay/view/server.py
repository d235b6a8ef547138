"""The HTTP server of ``replay view``: pages, pieces, states and labels, on 127.0.0.1 and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import msgspec

from replay.errors import AnalyserError, UserError
from replay.records import JSON, Label
from replay.report.html import page
from replay.view import guard
from replay.view.shelf import Shelf

LONGEST_BODY = 64_000
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RefusedError(Exception):
    """A request that is not answered: its status and the sentence that is sent instead."""

    def __init__(self, status: HTTPStatus, why: str, *, allow: str | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.allow = allow


class Server(ThreadingHTTPServer):
    """Serves ``shelf`` on 127.0.0.1; port 0 takes one that is free. ``url`` is where it is."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, shelf: Shelf, port: int = 0) -> None:
        self.shelf = shelf
        self.token = secrets.token_urlsafe(24)
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        """The address of the list of runs."""
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    server_version = "replay"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is the library's
        """Say nothing: a log of one's own clicks is noise."""

    def do_GET(self) -> None:
        """Answer with a page, a piece or a state."""
        self._answer(self._get)

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Take a label."""
        self._answer(self._post)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every other method is refused in one way: the library looks for a ``do_`` of its name."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return partial(self._answer, self._no_method)

    def _answer(self, make: Callable[[list[str]], None]) -> None:
        """Whatever happens, the client gets a status and a sentence."""
        try:
            make([unquote(part) for part in _path(self.path).split("/")[1:]])
        except RefusedError as refused:
            extra = {"Allow": refused.allow} if refused.allow else {}
            self._send(refused.status, PLAIN, f"{refused}\n".encode(), extra)
        except KeyError:
            self._send(HTTPStatus.NOT_FOUND, PLAIN, b"there is no such thing here\n")
        except (UserError, msgspec.ValidationError, msgspec.DecodeError) as error:
            status = HTTPStatus.CONFLICT if isinstance(error, UserError) else HTTPStatus.BAD_REQUEST
            self._send(status, PLAIN, f"{error}\n".encode(errors="replace"))
        except AnalyserError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, PLAIN, f"cannot be judged: {error}\n".encode(errors="replace"))
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _allowed(self, *, token: str | None = None) -> None:
        # all headers of one name: a second Host must not be the one that counts
        for name in ("Host", "Origin"):
            if len(self.headers.get_all(name, [])) > 1:
                raise RefusedError(HTTPStatus.BAD_REQUEST, f"more than one {name}")
        why = guard.refusal(
            {name: str(value) for name, value in self.headers.items()}, self.server.server_port, token=token
        )
        if why is not None:
            self.close_connection = True
            raise RefusedError(HTTPStatus.FORBIDDEN, why)

    def _no_method(self, _: list[str]) -> None:
        self.close_connection = True
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.command} is not for here", allow="GET, HEAD, POST")

    def _get(self, parts: list[str]) -> None:
        self._allowed()
        shelf = self.server.shelf
        match parts:
            case [""]:
                self._page("runs · replay", {"mode": "runs"})
            case ["runs.json"]:
                self._json({"runs": shelf.summaries()})
            case ["run", name, ""]:
                shown = shelf.run(name)
                boot = {"mode": "run", "token": self.server.token, "state": shown.state()["state"]}
                self._page(f"{name} · replay", boot)
            case ["run", name, "state"]:
                self._state(shelf.run(name).state())
            case ["run", name, "labels"]:
                self._json({"labels": shelf.run(name).labels()})
            case ["run", name, "data", *rest]:
                self._send(HTTPStatus.OK, "application/json", shelf.run(name).piece("/".join(rest)))
            case _:
                raise KeyError(self.path)

    def _post(self, parts: list[str]) -> None:
        self._allowed(token=self.server.token)
        match parts:
            case ["run", name, "labels"]:
                label = msgspec.json.decode(self._body(), type=Label)
                self._json(self.server.shelf.run(name).put(label))
            case _:
                self.close_connection = True
                raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "nothing is written here", allow="GET, HEAD")

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            self.close_connection = True
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LONGEST_BODY:
            self.close_connection = True
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send Content-Length, at most {LONGEST_BODY}")
        return self.rfile.read(int(length))

    def _page(self, title: str, boot: dict[str, JSON]) -> None:
        self._send(HTTPStatus.OK, HTML, page(title, boot, connect="'self'").encode())

    def _state(self, state: dict[str, JSON]) -> None:
        tag = f'"{state["state"]}-{state["done"]}-{state["labels"]}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, "application/json", b"", {"ETag": tag})
        else:
            self._send(HTTPStatus.OK, "application/json", msgspec.json.encode(state), {"ETag": tag})

    def _json(self, value: object) -> None:
        self._send(HTTPStatus.OK, "application/json", msgspec.json.encode(value))

    def _send(self, status: HTTPStatus, kind: str, body: bytes, extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **(extra or {}), "Content-Type": kind}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _path(target: str) -> str:
    """The path of a request's target. Raises KeyError where it has none."""
    try:
        return urlsplit(target).path
    except ValueError as error:
        raise KeyError(target) from error


def serve(shelf: Shelf, port: int, ready: Callable[[Server], None]) -> None:
    """Serve until KeyboardInterrupt, which is passed on. Raises UserError where the port is taken."""
    try:
        server = Server(shelf, port)
    except OSError as error:
        raise UserError(f"port {port} on 127.0.0.1 cannot be had ({error.strerror}): give another --port") from error
    with server:
        ready(server)
        try:
            server.serve_forever(poll_interval=0.2)
        finally:
            shelf.close()
