"""Transcripts from files: one module a format, found by content.

A new format adds a module and a line to FORMATS; it is imported when a file is shown to it. An installed package adds
one with an entry point of the group ``replay.importers`` that names a module with ``sniff`` and ``read``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from replay.errors import UserError
from replay.importers import editors
from replay.importers.fault import ImportFault
from replay.modules import Modules
from replay.records import Transcript

if TYPE_CHECKING:
    from importlib import metadata

__all__ = ["FORMATS", "ImportFault", "find", "formats", "identify", "identify_and_read", "read"]

FORMATS = Modules(
    __name__,
    {
        "native": "native",
        "capture": "capture",
        "vcr": "vcr",
        "langfuse": "langfuse",
        "otel": "otel",
        "chatgpt": "chatgpt",
        "claude_ai": "claude_ai",
        "cline": "cline",
        "copilot_chat": "copilot_chat",
        "claude_code": "claude_code",
        "codex": "codex",
        "copilot": "copilot",
        "opencode": "opencode",
        "gemini": "gemini",
        "openhands_events": "openhands.events",
        "openhands_output": "openhands.output",
        "openhands_v1": "openhands.v1",
        "openhands_log": "openhands.log",
        "aider": "aider",
        "swe_agent": "swe_agent",
        "mini_swe": "mini_swe",
        "atif": "atif",
        "inspect": "inspect",
        "pi": "pi",
        "entire_compact": "entire_compact",
        "specstory": "specstory",
        "cursor": "cursor",
        "messages": "messages",
        "requests": "requests",
    },
)
HEAD = 64 * 1024
_GAP = re.compile(rb"\0{2,}|\0\Z")
_PACKED = {
    b"\x1f\x8b": "compressed: unpack it with gunzip",
    b"\x28\xb5\x2f\xfd": "compressed: unpack it with unzstd",
    b"SQLite format 3\0": "a database: only Cursor's and opencode's are read, export the sessions of others",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}
LINE = 2 * 1024 * 1024
_NO_TEXT = re.compile(
    r"(?!opencode[\w.-]*\.db\Z).*\.(7z|a|avi|bin|bmp|bz2|class|(db|sqlite3?)(-shm|-wal)?|vscdb(-shm|-wal|\.backup)|dll|dylib|exe|gif|gz|ico|jar|jpe?g"
    r"|lock|mov|mp[34]|o|otf|pdf|png|pyc|so|tar|tgz|ttf|wasm|webp|woff2?|xz|zip|zst)",
    re.IGNORECASE,
)
_REPOSITORY = {"HEAD", "objects", "refs"}


@cache
def outside() -> tuple[metadata.EntryPoint, ...]:
    """The entry points by which installed packages add formats."""
    from importlib import metadata

    return tuple(metadata.entry_points(group="replay.importers"))


@cache
def formats() -> Modules:
    """All formats in the order they are asked: those of installed packages first, then our own.

    Raises UserError for an entry point that cannot be loaded, has no ``sniff`` or ``read``, or takes a name of ours.
    """
    others: dict[str, ModuleType] = {}
    for point in outside():
        where = f"the importer {point.name!r} ({point.value})"
        if point.name in FORMATS or point.name in others:
            raise UserError(f"{where} takes the name of another one: remove the package or have it renamed")
        try:
            module = point.load()
        except (ImportError, AttributeError) as error:
            raise UserError(f"{where} cannot be loaded: {error}") from error
        if not (callable(getattr(module, "sniff", None)) and callable(getattr(module, "read", None))):
            raise UserError(f"{where} is no importer: it needs the functions sniff(head, name) and read(path)")
        others[point.name] = module
    return FORMATS.after(others)


def identify(path: Path) -> str | None:
    """The name of the format of ``path`` by its first 64 KiB; None for a format that no importer knows.

    Of a file whose first line goes on beyond them, more is looked at. A binary head is shown only to the modules that
    have ``BINARY`` set. Raises UserError where the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if len(head) == HEAD and b"\n" not in head and b"\0" not in head:
                head += file.readline(LINE)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", path=path) from error
    text, binary = _text(head)
    for name, module in formats().items():
        if not binary and module.sniff(text, path.name):
            return name
        if b"\0" in head and getattr(module, "BINARY", False) and module.sniff(head, path.name):
            return name
    return None


def read(path: Path) -> list[Transcript]:
    """The transcripts in ``path``: one or several, in the order they begin.

    Raises UserError for an empty or binary file and for an unknown format, ImportFault for a known one that is broken.
    """
    return identify_and_read(path)[1]


def identify_and_read(path: Path) -> tuple[str, list[Transcript]]:
    """The name of the format of ``path`` and the transcripts in it. Raises what ``read`` does."""
    name = identify(path)
    if name is not None:
        try:
            return name, [_named(one) for one in formats()[name].read(path)]
        except RecursionError as error:
            raise ImportFault("nested too deeply to be read", path=path) from error
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror or error}", path=path) from error
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise UserError("the file is empty", path=path)
    for sign, remedy in _PACKED.items():
        if head.startswith(sign):
            raise UserError(f"the file is {remedy}", path=path)
    if _text(head)[1]:
        raise UserError("the file is binary: give transcripts as text", path=path)
    raise UserError(f"not in a transcript format that replay reads; it knows {len(formats())}", path=path)


def _text(head: bytes) -> tuple[bytes, bool]:
    """``head``, and whether it is binary: gaps, which a crash leaves where a page was never written, are taken out."""
    if b"\0" not in head:
        return head, False
    whole = _GAP.sub(b"", head)
    return whole, b"\0" in whole or not whole.strip()


def _named(transcript: Transcript) -> Transcript:
    """The transcript with a source name that is text: bytes of a file name that are not UTF-8 show as U+FFFD."""
    name = transcript.source.name
    text = os.fsencode(name).decode("utf-8", "replace")
    return transcript if text == name else replace(transcript, source=replace(transcript.source, name=text))


def find(paths: Iterable[Path], *, repositories: set[str] | None = None) -> Iterator[Path]:
    """The regular files of ``paths``, each once; folders are walked in sorted order.

    In folders, files whose suffix says that they hold no text are passed over, and so are links: a linked folder is
    not entered, a linked file is taken only where it lies inside the same folder. Neither is a git repository (a
    ``.git``, or a bare one such as opencode's snapshots): its path goes to ``repositories``. Of what an editor keeps
    for itself its databases are taken that have conversations (see ``editors``). Raises UserError for a path that
    does not exist.
    """
    return map(Path, named(paths, repositories=repositories))


def named(
    paths: Iterable[Path], seen: set[str] | None = None, *, repositories: set[str] | None = None
) -> Iterator[str]:
    """The names of the files that ``find`` yields, each as its path is written: for many thousand of them.

    Those that really lie where ``seen`` says are passed over, and it comes to know the others.
    """
    passed = set() if repositories is None else repositories
    seen = set() if seen is None else seen
    for path in paths:
        if not path.exists():
            raise UserError("no such file or folder", path=path)
        if path.is_dir():
            found = _walk(str(path), passed)
        else:
            found = iter([(str(path), os.path.realpath(path))] if path.is_file() else [])
        for name, real in found:
            if real not in seen:
                seen.add(real)
                yield name


def _walk(root: str, repositories: set[str]) -> Iterator[tuple[str, str]]:
    """Each file below ``root``, and where it really is, which of all but links their folder tells."""
    inside = os.path.realpath(root).rstrip("/") + "/"
    folders = [root]
    while folders:
        here = folders.pop()
        real = os.path.realpath(here).rstrip("/")
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:
            continue  # removed since it was listed, or closed to us
        if {entry.name for entry in entries} >= _REPOSITORY:
            repositories.add(here)
            continue
        entries = editors.wanted(real, entries)
        folders += [one.path for one in reversed(entries) if one.is_dir(follow_symlinks=False)]
        for entry in entries:
            name = entry.path.removeprefix("./")
            if _NO_TEXT.fullmatch(entry.name):
                continue
            if entry.is_file(follow_symlinks=False):
                yield name, f"{real}/{entry.name}"
            elif entry.is_symlink() and _leads_to_file(entry):
                target = os.path.realpath(entry.path)
                if target.startswith(inside):
                    yield name, target


def _leads_to_file(link: os.DirEntry[str]) -> bool:
    """Whether there is a file at the end of a link: not for one that leads in a circle, or where we may not look."""
    try:
        return link.is_file()
    except OSError:
        return False
