"""The importers under atheris: ``python tests/fuzz/guided.py FOLDER [-max_total_time=300 …]``.

Coverage chooses what is tried next. FOLDER takes what it finds worth keeping; an empty one is filled with the
beginnings of good transcripts first. Needs atheris, which is no dependency of the project: ``pip install atheris``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent), str(Path(__file__).parents[1])]

with atheris.instrument_imports(include=["replay"]):
    import importers as plain

    from replay import importers

FORMATS = sorted(importers.FORMATS)
SIZE = 6000


def one(data: bytes) -> None:
    """The first byte chooses the format whose reader has to do with the rest, recognised or not."""
    if len(data) > 1:
        name = FORMATS[data[0] % len(FORMATS)]
        plain.attempt(data[1:], Path(f"file.{name}"), name)


def fill(folder: Path) -> None:
    """Write the beginnings of the good transcripts into ``folder``, where it is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        for number, (file, name) in enumerate(plain.seeds(plain.SHARED)):
            (folder / f"seed{number}").write_bytes(bytes([FORMATS.index(name)]) + file.read_bytes()[:SIZE])


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
    atheris.Setup([*sys.argv, "-rss_limit_mb=1024", "-timeout=10", f"-max_len={SIZE * 2}"], one)
    atheris.Fuzz()
