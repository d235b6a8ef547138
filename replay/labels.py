"""What people say of findings, right or wrong, in a file beside the run: lines are only added, the last one counts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from replay.errors import UserError
from replay.records import Label, decode, encode

FILE = "labels.jsonl"


def keep(folder: Path, label: Label) -> None:
    """Add a label to the run in ``folder``, on the disk when this returns. Raises UserError where it cannot be."""
    path = folder / FILE
    try:
        with path.open("ab") as file:
            file.write(encode(label) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"cannot be written ({error.strerror})", path=path) from error


def size(folder: Path) -> int:
    """The bytes of what was ever said of the run in ``folder``: more with each label, also one that takes one back."""
    try:
        return (folder / FILE).stat().st_size
    except OSError:
        return 0


def current(folder: Path) -> tuple[Label, ...]:
    """The labels that count in the run in ``folder``: of each finding the last, those taken back left out."""
    last: dict[tuple[object, ...], Label] = {}
    for one in _read(folder / FILE):
        about = (one.case, one.arm, one.draw, one.key, one.rule, one.path, one.line, one.end_line)
        last.pop(about, None)
        if one.label is not None:
            last[about] = one
    return tuple(last.values())


def _read(path: Path) -> Iterator[Label]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decode(line, Label)
            except msgspec.DecodeError as error:
                if not line.endswith(b"\n"):
                    return  # cut off while it was written: it was never acknowledged
                raise UserError(f"no label: {error}", path=path, line=number) from error
