"""Paths as agents write them: compared and normalised as text, never used on a disk."""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_GLOB = re.compile(r"[*?\[]")


@lru_cache(maxsize=4096)
def normal(path: str, cwd: str | None = None) -> str:
    """``path`` made absolute against ``cwd`` where that is known, without ``.``, ``..`` and doubled separators.

    Windows paths (a drive letter or a share, in the path or in ``cwd``) keep their backslashes.
    """
    windows = bool(_DRIVE.match(path)) or (cwd is not None and bool(_DRIVE.match(cwd)) and not path.startswith("/"))
    flavour = ntpath if windows else posixpath
    joined = flavour.join(cwd, path) if cwd else path
    return flavour.normpath(joined) if joined else joined


def is_named(path: str, pattern: str) -> bool:
    r"""Whether ``pattern``, a path or glob of a command line, may mean the file ``path`` or a folder above it.

    The command's folder need not be known: a relative pattern matches at any depth, case is not told apart, and
    ``/d/x`` is also ``D:\\x``; so the answer errs towards True.
    """
    whole = _unix(path)
    wanted = posixpath.normpath(_unix(pattern))
    while wanted.startswith("../"):
        wanted = wanted[3:]
    if wanted in {".", "..", "/", "~"}:
        return True
    within = wanted.startswith("/") and not path.startswith("/") and wanted.endswith("/" + whole.lstrip("/"))
    whole = "/" + whole.lstrip("/")
    wanted = "/" + wanted.removeprefix("~/").lstrip("/")
    if within or whole.endswith(wanted) or wanted + "/" in whole:
        return True
    return bool(_GLOB.search(wanted)) and (fnmatchcase(whole, "*" + wanted) or fnmatchcase(whole, "*" + wanted + "/*"))


class Places:
    """Paths by the names of the folders and the file in them, so that those a command names are found among many.

    Views of the same files share one: it may hold paths that one of them does not have.
    """

    def __init__(self) -> None:
        self._all: dict[str, None] = {}
        self._by_name: dict[str, list[str]] = {}

    def add(self, paths: Iterable[str]) -> None:
        """More paths; those that are there already are left as they are."""
        for path in paths:
            if path not in self._all:
                self._all[path] = None
                for name in set(_unix(path).split("/")):
                    self._by_name.setdefault(name, []).append(path)

    def meant(self, patterns: Iterable[str]) -> set[str]:
        """The paths that some pattern may mean, as ``is_named`` says."""
        found: set[str] = set()
        for pattern in patterns:
            name = _last_name(pattern)
            near = self._all if name is None else self._by_name.get(name, ())
            found.update(path for path in near if path not in found and is_named(path, pattern))
        return found


def _last_name(pattern: str) -> str | None:
    """The name that every path which ``pattern`` may mean has in it; None where any path may do."""
    wanted = posixpath.normpath(_unix(pattern))
    name = wanted.rsplit("/", 1)[-1]
    return None if name in {"", ".", "..", "~"} or _GLOB.search(wanted) else name


@lru_cache(maxsize=4096)
def _unix(path: str) -> str:
    """A path with slashes, in lower case, a drive written as Git's shell writes it."""
    slashed = path.replace("\\", "/").lower()
    return re.sub(r"^([a-z]):/", r"/\1/", slashed)
