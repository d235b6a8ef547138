"""What a user sees without a traceback."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where there is no room for a file: whatever else is tried, it will say so again."""


class UserError(Exception):
    """A fault of the input or the set-up: one sentence that says where, what and what to do.

    The command line prints ``str(error)`` and exits with 2.
    """

    def __init__(self, what: str, *, path: object = None, line: int | None = None) -> None:
        where = "" if path is None else f"{path}:" if line is None else f"{path}:{line}:"
        super().__init__(f"{where} {what}".strip())
        self.what = what
        self.path = path
        self.line = line


class AnalyserError(Exception):
    """A rule engine is missing, crashed, timed out or refused a rule: no result may be shown (exit 2)."""


class PartialResultError(Exception):
    """Some trials ended in errors or were not sent; what there is has been shown (exit 3)."""


def made_folder(path: Path, what: str) -> Path:
    """``path``, made where it is not there. Raises UserError, which says ``what`` it is for, where a file is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError(f"a file is in its way: give a folder for {what}", path=path) from error
    return path
