"""A capture from start to end: the proxy up, the command run with its environment pointing there, the log closed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from replay.capture.log import Writer
from replay.capture.proxy import Proxy
from replay.errors import UserError
from replay.records import JSON

LOG = "log.jsonl"
NOT_FOUND, NOT_RUN = 127, 126  # as a shell says it


@dataclass(frozen=True)
class Session:
    """How a capture ended: the command's exit code (128 + the signal that killed it) and the number of exchanges."""

    code: int
    exchanges: int
    log: Path


def conduct(command: Sequence[str], folder: Path, *, upstream: str | None = None) -> Session:
    """Run ``command`` behind the proxy and log to ``folder``.

    Without ``upstream``, a base URL that the environment already sets is where its provider's requests go. Raises
    UserError where the log cannot be written, or not all of it could.
    """
    return asyncio.run(_conduct(command, folder, upstream or _agreed(os.environ)))


def keep_serving(
    port: int, folder: Path, *, upstream: str | None = None, ready: Callable[[int], None] = lambda _: None
) -> Session:
    """Serve on ``port`` until Ctrl-C or SIGTERM; ``ready`` is told the port. Raises UserError as ``conduct``."""
    return asyncio.run(_serve(port, folder, upstream, ready))


def environment(port: int, before: Mapping[str, str]) -> dict[str, str]:
    """The variables that point an agent at the proxy on ``port``.

    Codex takes its base URL from its configuration, not from a variable: ``codex -c openai_base_url=…``. What opencode
    has in ``OPENCODE_CONFIG_CONTENT`` is kept, with the base URLs of both providers added.
    """
    base = f"http://127.0.0.1:{port}"
    local = [word for word in before.get("NO_PROXY", before.get("no_proxy", "")).split(",") if word]
    unproxied = ",".join([*local, "127.0.0.1", "localhost"])
    return {
        "ANTHROPIC_BASE_URL": base,
        "OPENAI_BASE_URL": f"{base}/v1",
        "OPENCODE_CONFIG_CONTENT": _opencode(base, before.get("OPENCODE_CONFIG_CONTENT", "")),
        "REPLAY_CAPTURE_URL": base,
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
    }


def _opencode(base: str, before: str) -> str:
    """A configuration for opencode: https://opencode.ai/docs/config."""
    try:
        config: JSON = msgspec.json.decode(before) if before.strip() else {}
    except msgspec.MsgspecError as error:
        raise UserError(f"OPENCODE_CONFIG_CONTENT is no JSON: {error}") from error
    providers = config.setdefault("provider", {})
    for name in ("anthropic", "openai"):
        providers.setdefault(name, {}).setdefault("options", {})["baseURL"] = f"{base}/v1"
    return msgspec.json.encode(config).decode()


def pointed(command: Sequence[str], port: int) -> list[str]:
    """``command``, with the base URL in the arguments where it is Codex, which reads no variable for it."""
    name = Path(command[0]).name.removesuffix(".exe") if command else ""
    if name != "codex":
        return list(command)
    return [command[0], "-c", f'openai_base_url="http://127.0.0.1:{port}/v1"', *command[1:]]


def _agreed(before: Mapping[str, str]) -> str | None:
    """The upstream that both variables name; None where none is set. Raises UserError where they differ."""
    found = {before[name].removesuffix("/").removesuffix("/v1") for name in _BASES if before.get(name)}
    if len(found) > 1:
        raise UserError(f"{' and '.join(_BASES)} name two servers: say which with --upstream URL")
    return next(iter(found), None)


_BASES = ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL")


async def _conduct(command: Sequence[str], folder: Path, upstream: str | None) -> Session:
    writer = Writer(folder / LOG)
    proxy = Proxy(writer.put, upstream=upstream)
    try:
        await proxy.start()
        code = await _run(pointed(command, proxy.port), {**os.environ, **environment(proxy.port, os.environ)})
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


async def _serve(port: int, folder: Path, upstream: str | None, ready: Callable[[int], None]) -> Session:
    writer = Writer(folder / LOG)
    proxy = Proxy(writer.put, upstream=upstream)
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
