"""A server for tests on a free port of the loopback interface, which others say what to answer with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1; ``answer`` says what."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self.answer(b"")

    def do_POST(self) -> None:
        """Answer a request with one."""
        self.answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def answer(self, body: bytes) -> None:
        """Answer a request with ``say``."""
        raise NotImplementedError

    def say(self, status: int, data: bytes, **headers: str) -> None:
        """Answer with ``data``, JSON unless ``content_type`` is given; ``_`` in the name of a header is ``-``."""
        self.send_response(status)
        told = {"content_type": "application/json", "content_length": str(len(data)), **headers}
        for name, value in told.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """The address of a server that answers as ``handler`` says, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
