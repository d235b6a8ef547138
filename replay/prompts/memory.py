"""Where the CLAUDE.md or AGENTS.md text lies in a message, by the wording its client puts around it.

Claude Code sends a ``<system-reminder>`` with a section for each file: a line ``Contents of PATH (KIND):``, an empty
line, the text. Seen: before about 2.1.3xx the reminder opens "As you answer the user's questions, you can use the
following context:" and ``# claudeMd``, with further ``# key`` sections after it; from then on the sections stand in a
reminder of their own (sent by 2.1.329 to a local server). Codex sends ``# AGENTS.md instructions for FOLDER`` and the
text in ``<INSTRUCTIONS>``, older versions in ``<user_instructions>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Section(NamedTuple):
    """The text of the memory file ``path`` is ``[start:end]`` of the string it was found in."""

    path: str
    start: int
    end: int


_OPEN, _CLOSE = "<system-reminder>\n", "</system-reminder>"
_OPENINGS = ("As you answer the user's questions, you can use the following context:", "Codebase and user instructions")
_HEADER = re.compile(r"^Contents of (?P<path>[^\n]+?)(?: \((?P<kind>[^()\n]+)\))?:\n\n", re.MULTILINE)
_KINDS = (
    "project instructions, checked into the codebase",
    "user's private project instructions, not checked in",
    "user's private global instructions for all projects",
)
_OTHER_KINDS = (
    "user's auto-memory, persists across conversations",
    "shared team memory, synced across the organization",
)
_NAMES = re.compile(r"(?:^|[/\\])(?:CLAUDE|CLAUDE\.local|AGENTS)\.md$")
# A memory file has headings of its own, so only the client's known keys end a section, not any `# heading`.
_NEXT = re.compile(
    r"^# (?:currentDate|gitStatus|directoryStructure|readme|codeStyle|userEmail|important-instruction-reminders)$"
    r"|^ *IMPORTANT: this context may or may not be relevant",
    re.MULTILINE,
)
_CODEX = re.compile(
    r"\A\s*# AGENTS\.md instructions(?: for (?P<folder>[^\n]+))?\n+<INSTRUCTIONS>\n(?P<text>.*)\n</INSTRUCTIONS>",
    re.DOTALL,
)
_OLD_CODEX = re.compile(r"\A\s*<user_instructions>\n+(?P<text>.*?)\n+</user_instructions>", re.DOTALL)


def sections(text: str) -> Iterator[Section]:
    """The memory files shown in ``text``, in order; linear in its length."""
    if "Contents of " in text:
        for start, end in _reminders(text):
            yield from _claude_code(text, start, end)
    if found := _CODEX.match(text):
        folder = (found["folder"] or "").strip().rstrip("/")
        yield Section(f"{folder}/AGENTS.md" if folder else "AGENTS.md", *found.span("text"))
    elif found := _OLD_CODEX.match(text):
        yield Section("AGENTS.md", *found.span("text"))


def _reminders(text: str) -> Iterator[tuple[int, int]]:
    """The insides of the reminders; by hand, for a lazy pattern is quadratic where many are never closed."""
    end = 0
    while (start := text.find(_OPEN, end)) >= 0:
        start += len(_OPEN)
        if (end := text.find(_CLOSE, start)) < 0:
            return
        yield start, end


def _claude_code(text: str, start: int, end: int) -> Iterator[Section]:
    if not text.startswith((*_OPENINGS, "Contents of "), start):
        return
    heads = [head for head in _HEADER.finditer(text, start, end) if _is_memory(head) or head["kind"] in _OTHER_KINDS]
    stops = [head.start() for head in heads[1:]] + [end]
    for head, stop in zip(heads, stops, strict=False):
        if _is_memory(head):
            ended = _NEXT.search(text, head.end(), stop)
            content = text[head.end() : ended.start() if ended else stop]
            yield Section(head["path"], head.end(), head.end() + len(content.rstrip()))


def _is_memory(head: re.Match[str]) -> bool:
    """Whether a header is of a kind of memory file, or (nested files, without a kind) has the name of one."""
    return head["kind"] in _KINDS if head["kind"] else bool(_NAMES.search(head["path"]))
