"""One request to a model as it passed the proxy, in memory only: nothing here has been redacted yet."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import brotli

LARGEST = 256 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass
class Seen:
    """``seconds`` and ``first_byte`` count from the arrival of the request; ``encoding`` is the response's.

    ``upstream`` is the name by which the agent chose one.
    """

    method: str
    path: str
    time: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int | None = None
    encoding: str = ""
    received: list[bytes] = field(default_factory=list)
    first_byte: float | None = None
    seconds: float = 0.0
    error: str | None = None
    upstream: str = ""

    def header(self, name: str) -> str:
        """The request's header ``name`` (lower case), empty where it has none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def inflated(data: bytes, encoding: str) -> bytes:
    """``data`` with its content encodings undone, as far as it goes where it was cut off.

    Raises ``ValueError`` for an unknown encoding, a damaged stream, or more than 256 MiB.
    """
    for name in reversed([one.strip().lower() for one in encoding.split(",") if one.strip()]):
        if name != "identity":
            data = _undone(data, name)
    return data


def _undone(data: bytes, name: str) -> bytes:
    out = bytearray()
    try:
        feed = _decoder(name)
        for start in range(0, len(data), _PIECE):
            out += feed(data[start : start + _PIECE])
            if len(out) > LARGEST:
                raise ValueError("a body larger than 256 MiB")
    except (zlib.error, brotli.error, EOFError) as error:
        raise ValueError(f"a damaged {name} stream") from error
    return bytes(out)


def _decoder(name: str) -> Callable[[bytes], Any]:
    match name:
        case "gzip" | "x-gzip":
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress
        case "deflate":
            return zlib.decompressobj().decompress
        case "br":
            unpack: Callable[[bytes], Any] = brotli.Decompressor().process
            return unpack
        case "zstd":
            return _zstd()
        case _:
            raise ValueError(f"the unknown content encoding {name!r}")


def _zstd() -> Callable[[bytes], Any]:
    try:
        zstd: Any = importlib.import_module("compression.zstd")  # Python 3.14
    except ImportError:
        zstd = importlib.import_module("backports.zstd")
    decompress: Callable[[bytes], bytes] = zstd.ZstdDecompressor().decompress

    def feed(data: bytes) -> bytes:
        try:
            return decompress(data)
        except zstd.ZstdError as error:
            raise zlib.error(str(error)) from error

    return feed
