"""A capture from start to end: the proxy up, the command run with its environment pointing there, the log closed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from replay.capture import agents
from replay.capture.log import Writer
from replay.capture.proxy import Proxy
from replay.capture.upstreams import Upstreams
from replay.errors import UserError

LOG = "log.jsonl"
NOT_FOUND, NOT_RUN = 127, 126  # as a shell says it


@dataclass(frozen=True)
class Session:
    """How a capture ended: the command's exit code (128 + the signal that killed it) and the number of exchanges."""

    code: int
    exchanges: int
    log: Path


def conduct(command: Sequence[str], folder: Path, *, upstreams: Mapping[str, str] = MappingProxyType({})) -> Session:
    """Run ``command`` behind the proxy and log to ``folder``.

    ``upstreams`` are base URLs by name (``upstreams.given``). Without them, a base URL that the agent's configuration
    already holds is where its provider's requests go. Raises UserError where that cannot be read, where the log cannot
    be written, or not all of it could.
    """
    known = agents.known(command, os.environ, told=bool(upstreams))
    return asyncio.run(_conduct(command, folder, Upstreams(upstreams, known)))


def keep_serving(
    port: int,
    folder: Path,
    *,
    upstreams: Mapping[str, str] = MappingProxyType({}),
    ready: Callable[[int], None] = lambda _: None,
) -> Session:
    """Serve on ``port`` until Ctrl-C or SIGTERM; ``ready`` is told the port. Raises UserError as ``conduct``."""
    return asyncio.run(_serve(port, folder, Upstreams(upstreams), ready))


async def _conduct(command: Sequence[str], folder: Path, upstreams: Upstreams) -> Session:
    writer = Writer(folder / LOG)
    proxy = Proxy(writer.put, upstreams)
    try:
        await proxy.start()
        variables = agents.variables(proxy.port, os.environ, upstreams.known)
        code = await _run(agents.arguments(command, proxy.port, upstreams.known), {**os.environ, **variables})
    finally:
        await proxy.stop()
        exchanges = writer.close()
    return Session(code, exchanges, folder / LOG)


async def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run ``command`` on our own terminal. Ctrl-C is its business: it gets the signal too, and we wait for its end."""
    loop = asyncio.get_running_loop()
    try:
        process = await asyncio.create_subprocess_exec(*command, env=dict(variables))
    except OSError as error:
        sys.stderr.write(f"replay: {command[0]}: {error.strerror or error}\n")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUN
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, process.send_signal, number)
    try:
        code = await process.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
    return code if code >= 0 else 128 - code


async def _serve(port: int, folder: Path, upstreams: Upstreams, ready: Callable[[int], None]) -> Session:
    writer = Writer(folder / LOG)
    proxy = Proxy(writer.put, upstreams)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    try:
        try:
            await proxy.start(port)
        except OSError as error:
            raise UserError(f"cannot listen on port {port}: {error.strerror or error}") from error
        ready(proxy.port)
        await over.wait()
    finally:
        await proxy.stop()
        exchanges = writer.close()
    return Session(0, exchanges, folder / LOG)
