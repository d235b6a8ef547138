"""What a script in another language may write, told from its text: the files it opens by names that stand in it."""

from __future__ import annotations

import re

from replay.workspace import program_names as names

_NAMED = re.compile(
    r"^[ \t]*(?:const |let |var )?(\w+)[ \t]*=[ \t]*(?:(?:pathlib\.)?Path\()?[ \t]*"
    r"(?:'([^'\n]+)'|\"([^\"\n]+)\")\)?[ \t]*;?[ \t]*$",
    re.MULTILINE,
)
_TARGET = r"[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|(\w+))[ \t]*"
_OPENED = re.compile(
    rf"(?:\bopen\({_TARGET},[ \t]*(?:mode[ \t]*=[ \t]*)?['\"][rb]*[wax+][bt+]*['\"][^()\n]*\)?|"
    rf"\bPath\({_TARGET}\)\.write_(?:text|bytes)\(|\b(\w+)\.write_(?:text|bytes)\(|"
    rf"\b(?:fs\.)?(?:promises\.)?(?:write|append)File(?:Sync)?\({_TARGET},)"
)
_HANDLE = re.compile(r"\b\w+\.write(?:lines)?\(|\b(?:sys|process)\.(?:stdout|stderr)\.write\(|\.replace\(")
EVERYTHING: list[str] = []


def writes(text: str) -> list[str] | None:
    """None where a script writes no file; the files it names, where it names all it writes; else EVERYTHING (empty)."""
    if not names.INLINE.search(text):
        return None
    known = _constants(text)
    paths: list[str] = []
    for opened in _OPENED.finditer(text):
        found = [group for group in opened.groups() if group]
        literal = next((value for value in _literals(opened) if value), None)
        path = literal or (known.get(found[0]) if found else None)
        if path is None:
            return EVERYTHING
        paths.append(path)
    rest = _HANDLE.sub("", _OPENED.sub(" handle", text))
    return EVERYTHING if names.INLINE.search(rest) or not paths else list(dict.fromkeys(paths))


def _literals(opened: re.Match[str]) -> tuple[str | None, ...]:
    """The groups of a match that are quoted: the first two of each target."""
    groups = opened.groups()
    return (groups[0], groups[1], groups[3], groups[4], groups[7], groups[8])


def _constants(text: str) -> dict[str, str]:
    """Names that are given one text, and only once."""
    known: dict[str, str] = {}
    twice: set[str] = set()
    for name, single, double in _NAMED.findall(text):
        if name in known:
            twice.add(name)
        known[name] = single or double
    for name in re.findall(r"\bfor[ \t]+(?:const[ \t]+|let[ \t]+)?(\w+)[ \t]+(?:in|of)\b", text):
        twice.add(name)
    return {name: path for name, path in known.items() if name not in twice}
