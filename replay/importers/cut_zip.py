"""The members of a zip whose directory is missing, one after the other as their local headers tell, to the last byte.

Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7 local headers, 4.3.9 data descriptors).
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL = b"PK\x03\x04"
_STORED, _DEFLATED, _ZSTD = 0, 8, 93
_LATER = 0xFFFFFFFF
_CHUNK = 64 * 1024
_FREE = 16 * 1024 * 1024
_RATIO = 500


class Member(NamedTuple):
    """A member: its bytes, None where they are too many or packed in a way nobody knows, and whether all are there."""

    name: str
    data: bytes | None
    whole: bool


def members(path: Path, wanted: Callable[[str], bool], *, largest: int) -> Iterator[Member]:
    """The ``wanted`` members of ``path``, in its order, as far as the file goes; others are passed over.

    A member of more than ``largest`` bytes, or of more than 16 MiB and 500 times its packed size, has no data.
    """
    end = path.stat().st_size
    at: int | None = 0
    with path.open("rb") as file:
        while at is not None:
            file.seek(at)
            head = file.read(_HEADER.size)
            if len(head) < _HEADER.size or head[:4] != _LOCAL:
                return
            _, _, flags, method, _, _, _, packed, size, name_length, extra_length = _HEADER.unpack(head)
            name = file.read(name_length).decode("utf-8", "replace")
            size, packed = _sizes(file.read(extra_length), size, packed)
            begin = at + _HEADER.size + name_length + extra_length
            told = packed if packed or not flags & 8 else None
            if told is not None and not wanted(name):
                at = begin + told
                continue
            unpacked = _unpacked(file, begin, min(end, begin + told) if told is not None else end, method, largest)
            data, whole, stop = (None, True, begin) if flags & 1 else unpacked
            if wanted(name):
                yield Member(name, data, whole and (told is None or begin + told <= end))
            at = begin + told if told is not None else _next(file, stop) if whole and data is not None else None


def _sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """The sizes of a member: where they need 64 bits, they stand in the extra field 1."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == 1:
            wide = [int.from_bytes(body[at : at + 8], "little") for at in range(0, len(body) - 7, 8)]
            if size == _LATER and wide:
                size = wide.pop(0)
            if packed == _LATER and wide:
                packed = wide.pop(0)
    return size, packed


def _unpacked(file: BinaryIO, begin: int, end: int, method: int, largest: int) -> tuple[bytes | None, bool, int]:
    """The bytes of a member, whether they are whole, and where it ends."""
    file.seek(begin)
    if method == _STORED:
        return (file.read(end - begin), True, end) if end - begin <= largest else (None, True, end)
    if method not in (_DEFLATED, _ZSTD):
        return None, True, end
    unpacker: Any = zlib.decompressobj(-zlib.MAX_WBITS) if method == _DEFLATED else ZstdDecompressor()
    made, at = bytearray(), begin
    while not unpacker.eof and at < end:
        chunk = file.read(min(_CHUNK, end - at))
        at += len(chunk)
        try:
            made += unpacker.decompress(chunk, largest + 1 - len(made))
        except (zlib.error, ZstdError):
            return bytes(made), False, at
        if len(made) > largest or (len(made) > _FREE and len(made) > _RATIO * (at - begin)):
            return None, True, at
    return bytes(made), unpacker.eof, at - len(unpacker.unused_data)


def _next(file: BinaryIO, at: int) -> int | None:
    """Where the next local header begins, behind the descriptor of 12 to 24 bytes that follows a member at ``at``."""
    file.seek(at)
    found = file.read(24 + len(_LOCAL)).find(_LOCAL)
    return at + found if found >= 0 else None
