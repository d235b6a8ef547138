"""What the capture proxy adds to the time to the first byte of a stream, against a server on the same machine.

    python tests/benchmarks/capture.py [STREAMS] [ROUNDS] [KILOBYTES]

The server runs in a process of its own and sends a stream's first event as soon as it has read the request, then 20
events over one second. Each of STREAMS clients (also in a process of their own, 50 by default) makes ROUNDS requests of
KILOBYTES each, straight to the server and through the proxy in turn, so that what slows the machine slows both.
Printed: median and 95th percentile of both in milliseconds, what the proxy adds, and the stream's whole duration.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b'event: ping\ndata: {"type": "ping"}\n\n'
PIECE = b"%x\r\n%b\r\n" % (len(EVENT), EVENT)


async def served() -> None:
    """Serve until killed; prints the port."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                writer.write(HEAD + PIECE)
                for _ in range(20):
                    await asyncio.sleep(0.05)
                    writer.write(PIECE)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def stream(port: int, body: bytes) -> tuple[float, float]:
    """Seconds to the first byte of the body and to the end of one stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    start = time.perf_counter()
    writer.write(head + body)
    await reader.readuntil(b"ping")
    first = time.perf_counter() - start
    await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    return first, time.perf_counter() - start


async def measure(direct: int, through: int, streams: int, rounds: int, size: int) -> None:
    """Run the clients and print the figures."""
    times: dict[str, list[tuple[float, float]]] = {"direct": [], "proxied": []}

    async def client(number: int) -> None:
        await asyncio.sleep(number / streams)
        texts = [f"{number} {n} ".ljust(1000, "x") for n in range(size)]
        said = [{"role": "user", "content": [{"type": "text", "text": text} for text in texts]}]
        body = json.dumps({"model": "m", "max_tokens": 1, "stream": True, "messages": said}).encode()
        for turn in range(rounds):
            order = ("direct", "proxied") if (turn + number) % 2 else ("proxied", "direct")
            for name in order:
                times[name].append(await stream(direct if name == "direct" else through, body))

    await asyncio.gather(*(client(number) for number in range(streams)))
    for name, told in times.items():
        firsts = sorted(first * 1000 for first, _ in told)
        whole = statistics.median(end for _, end in told)
        p95 = firsts[int(len(firsts) * 0.95)]
        median = statistics.median(firsts)
        print(f"{name:8} first byte: median {median:.2f} ms, 95 % {p95:.2f} ms; whole stream: median {whole:.3f} s")
    direct_median, proxied_median = (statistics.median(first for first, _ in told) for told in times.values())
    print(
        f"added at the median: {(proxied_median - direct_median) * 1000:.2f} ms ({streams} streams, {size} kB bodies)"
    )


def main(streams: int = 50, rounds: int = 4, size: int = 100) -> None:
    """Start server and proxy as processes, measure, stop them."""
    server = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as folder:
        direct = int(server.stdout.readline()) if server.stdout else 0
        command = [sys.executable, "-m", "replay", "capture", "--serve", "0", "--to", str(Path(folder, "capture"))]
        proxy = subprocess.Popen(
            [*command, "--upstream", f"http://127.0.0.1:{direct}"], stderr=subprocess.PIPE, text=True
        )
        try:
            said = proxy.stderr.readline() if proxy.stderr else ""
            through = int(said.split()[0].rpartition(":")[2])
            asyncio.run(measure(direct, through, streams, rounds, size))
        finally:
            proxy.terminate()
            proxy.wait(60)
            server.kill()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(served())
    else:
        main(*map(int, sys.argv[1:]))
