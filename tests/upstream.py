"""A server for tests that says, byte for byte, what a test scripts, and keeps what it was sent."""

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Upstream:
    """What the server was sent: the heads and bodies of requests, in the order they came."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def upstream(play):
    """Serves ``play(writer, body)`` on a free port of the loopback interface."""
    kept = Upstream()

    async def one(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(v) for k, v in fields(head) if k.lower() == "content-length"), 0)
                body = await reader.readexactly(length)
                kept.heads.append(head)
                kept.bodies.append(body)
                await play(writer, body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


def fields(head):
    """The headers of ``head`` in order, as pairs of text."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [tuple(line.split(": ", 1)) for line in lines if ": " in line]


def chunk(data):
    """One piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def reset(writer):
    """End the connection with a TCP reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


STREAMED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Odd-CASE: \xc3\xa4\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def answer(body, *, status="200 OK", more=b""):
    """A whole response."""
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status.encode(),
        more,
        len(body),
        body,
    )


def message(text="Hi.", **more):
    """A Messages response."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 2},
    } | more


def events(text="Hi."):
    """The same message as the events of a stream, one bytes object each."""

    def event(kind, **data):
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data}, ensure_ascii=False)}\n\n".encode()

    yield event("message_start", message=message(content=[], stop_reason=None))
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for letter in text:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": letter})
    yield event("content_block_stop", index=0)
    yield event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 2})
    yield event("message_stop")
