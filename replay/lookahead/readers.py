"""Which command lines only read."""

from __future__ import annotations

from collections.abc import Sequence

from replay.workspace import commands, script
from replay.workspace.program_names import GIT_READS

READERS = frozenset(
    [
        "cat",
        "head",
        "tail",
        "sed",
        "nl",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "wc",
        "ls",
        "find",
        "tree",
        "pwd",
        "echo",
        "printf",
        "true",
        ":",
        "cd",
        "git",
        "sort",
        "uniq",
        "cut",
        "tr",
        "jq",
        "file",
        "stat",
        "du",
        "which",
        "type",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "diff",
        "cmp",
        "column",
        "less",
        "more",
        "awk",
        "test",
        "[",
        "bat",
        "ag",
        "fd",
    ]
)
"""Programs that only read, unless ``commands.touched`` says otherwise of their arguments."""
_GIT_WRITES = frozenset({"add", "commit", "push", "fetch", "tag", "config", "gc", "update-index", "bundle", "archive"})


def only_reads(line: str) -> bool:
    """Whether every command in ``line`` is one that only reads."""
    simples = script.read(line)
    if not simples or commands.touched(line):
        return False
    return all(_is_reader(words) for simple in simples for words in (simple.words, *simple.pipe))


def _is_reader(words: Sequence[str | None]) -> bool:
    if not words or words[0] is None:
        return False
    name = words[0].rsplit("/", 1)[-1]
    if name != "git":
        return name in READERS
    verbs = [word for word in words[1:] if word is not None and not word.startswith("-")]
    plain = [word for word in verbs if word in GIT_READS]
    return bool(plain) and plain[0] not in _GIT_WRITES and "-D" not in words and "-d" not in words
