"""What a PowerShell command line may write: cut into words without a grammar, so only plain reading is recognised."""

from __future__ import annotations

import re

from replay.workspace import programs
from replay.workspace.commands import Touched

_READS = re.compile(
    r"(?:get|select|where|test|measure|compare|resolve|format|out-string|out-host|out-null|out-default|write-(?:output|host)|"
    r"sort|group|convertto|convertfrom|foreach-object|join|split|show|find-string|start-sleep|set-location|push-location|"
    r"pop-location)(?:-\w+)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"'[^']*'|\"[^\"$`]*\"|[^\s'\"]+")
_HARD = re.compile(
    r"(?<![0-9*])>(?!\s*\$null|&\d)|[{}`]|\.\w+\(|\$\(|@'|@\"|\b(?:iex|invoke-\w+|new-\w+|remove-\w+|set-content|add-content|out-file)\b",
    re.IGNORECASE,
)


def touched(command: str) -> Touched:
    """What ``command`` may write: nothing where it is a chain of plain reading commands, else what programs name."""
    found = Touched()
    if _HARD.search(re.sub(r"2>&1|\d?>\s*\$null", "", command)):
        found.all = "a PowerShell command that may write any file"
        return found
    for piece in re.split(r"[;|\n]|&&|\|\|", command):
        words: list[str | None] = [word.strip("'\"") for word in _WORD.findall(piece)]
        if not words or words[0] is None or _READS.fullmatch(words[0]) or words[0].startswith("$"):
            continue
        inner, script = programs.unwrapped(words)
        verdict = programs.EVERYTHING if script is not None else programs.writes(inner)
        if verdict is None:
            continue
        if verdict:
            found.paths += verdict
        else:
            found.all = f"`{piece.strip()[:60]}` may write any file"
    return found
