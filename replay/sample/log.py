"""What happened to each request: one JSON line each in the run's folder, without content and without keys."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import IO

import msgspec

from replay.records import Usage
from replay.sample.draws import Draw
from replay.samplers import Fault

NAME = "requests.jsonl"


class RequestLog:
    """Appends to ``requests.jsonl``. It is for people: nothing is read back, and a crash may take its last lines.

    Nor may it cost an answer: where it cannot be written it ends. A full disk the stores tell of themselves.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            self._file = (folder / NAME).open("ab", buffering=1 << 16)

    def add(
        self, draw: Draw, *, attempt: int, key: str, began: float, fault: Fault | None, usage: Usage | None, how: str
    ) -> None:
        """One request that ended now; ``began`` is a time of ``time.monotonic``, ``how`` one of ``plain``, ``stream``.

        The line: ``{t, request, arm, case, draw, attempt, how, status, ms}``, and ``fault`` or ``usage``. ``request``
        is the beginning of the request's key in the cache.
        """
        line = {
            "t": round(time.time(), 3),
            "request": key[:16],
            "arm": draw.arm.name,
            "case": draw.case,
            "draw": draw.draw,
            "attempt": attempt,
            "how": how,
            "status": 200 if fault is None else fault.status,
            "ms": round((time.monotonic() - began) * 1000),
        }
        line |= {"fault": fault.kind} if fault else {"usage": usage}
        if self._file is not None:
            try:
                self._file.write(msgspec.json.encode(line) + b"\n")
            except OSError:
                self.close()

    def close(self) -> None:
        """Write what is left, if it can be."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
