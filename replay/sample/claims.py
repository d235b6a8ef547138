"""One request is under way once, whichever process sends it: claims on keys, shared by all that share a cache.

A claim is a lock on one byte of a file, at a place that the key gives. The system lets go of it when its process ends,
however it ends, so no claim is ever stale and none needs a clock. Two keys at one place (2^62 places) wait for each
other, no more.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import IO

from replay.errors import UserError

if sys.platform != "win32":  # elsewhere claims hold within the process only
    import fcntl


class _File:
    """One claims file of this process. Closing any handle of a file drops all locks of the process, so there is one."""

    def __init__(self, path: Path) -> None:
        self.users = 0
        self.held: set[int] = set()
        try:
            self.handle: IO[bytes] = path.open("ab")
        except OSError as error:
            raise UserError(f"cannot be written ({error.strerror})", path=path) from error


_FILES: dict[Path, _File] = {}
_GUARD = threading.Lock()


class Claims:
    """Claims on keys for the cache in ``file``."""

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(f"{file.name}.claims").resolve()
        self._mine: set[int] = set()
        with _GUARD:
            if self._path not in _FILES:
                _FILES[self._path] = _File(self._path)
            self._file = _FILES[self._path]
            self._file.users += 1

    def take(self, key: str) -> bool:
        """Whether the key is now ours; False where another process, or another room of this one, has it."""
        place = _place(key)
        with _GUARD:
            if place in self._file.held:
                return False
            if sys.platform != "win32":
                try:
                    fcntl.lockf(self._file.handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
                except OSError:
                    return False
            self._file.held.add(place)
            self._mine.add(place)
            return True

    def release(self, key: str) -> None:
        """Let go of a key that is ours."""
        self._release(_place(key))

    def close(self) -> None:
        """Let go of all."""
        for place in list(self._mine):
            self._release(place)
        with _GUARD:
            self._file.users -= 1
            if not self._file.users:
                self._file.handle.close()
                del _FILES[self._path]

    def _release(self, place: int) -> None:
        with _GUARD:
            if place in self._mine:
                self._mine.discard(place)
                self._file.held.discard(place)
                if sys.platform != "win32":
                    fcntl.lockf(self._file.handle, fcntl.LOCK_UN, 1, place)


def _place(key: str) -> int:
    return int(key[:15], 16) if len(key) >= 15 else int.from_bytes(os.fsencode(key)[:7], "big")
