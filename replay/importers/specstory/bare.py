"""Tool uses that stand in the text of an answer, as in exports of 2025 without ``<tool-use>``: cut out of it.

A line ``Tool use: **name**`` with what belongs to it, a ``<details>`` whose summary tells of a tool, and in the oldest
exports whole sections (between rules) that are a diff, a command with its output, or what a tool failed with.
A fence hides what is in it. One pass over the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from replay.importers.specstory.blocks import SECTION, Piece

_NAMED = re.compile(r"Tool use: \*\*([^*]+)\*\*(.*)")
_FENCE = re.compile(r"(?:.*: )?```([\w+#.-]*)[ \t]*")
_SUMMARY = re.compile(r"\s*<details>\s*<summary>(.*?)</summary>", re.DOTALL)
_FILE = re.compile(r"(Read|Edit|Write|Create) file: (\S.*)")
_PATCHED = re.compile(r"\*\*(?:Add|Update|Delete|Move)[^:*]*: `[^`]+`\*\*.*")
_LABEL = re.compile(r"\**(?:Result|Output|Input):?\**:?\s*")
_COUNTED = re.compile(r"Lines added: \w+, lines removed: \w+\s*")
_FAULT = re.compile(
    r"(?:Cancelled|Error calling tool(?: '([^']*)')?\.?|Tool call timed out after \d+ ?ms\.?|"
    r"The string to replace was not found in the file\.?)\s*"
)
_SHOWN = (
    (re.compile(r"Edit file: "), "edit_file"),
    (re.compile(r"Read file: "), "read_file"),
    (re.compile(r"(?:Write|Create) file: "), "write"),
    (re.compile(r"Listed (?:current )?directory"), "list_dir"),
    (re.compile(r"Searched codebase"), "codebase_search"),
    (re.compile(r"Grep search for "), "grep_search"),
    (re.compile(r"Grep for "), "grep"),
    (re.compile(r"Searched (?:the )?web"), "web_search"),
    (re.compile(r"(?:Searched files|File search)"), "file_search"),
    (re.compile(r"Read lints"), "read_lints"),
)
_KINDS = (
    (re.compile(r"todo", re.IGNORECASE), "task"),
    (re.compile(r"edit|write|replace|patch|insert|create_?file", re.IGNORECASE), "write"),
    (re.compile(r"bash|shell|terminal|command", re.IGNORECASE), "shell"),
    (re.compile(r"(?:\A|_)(?:read|read_?file|view)\Z", re.IGNORECASE), "read"),
    (re.compile(r"grep|glob|search|list_?dir|ls\Z", re.IGNORECASE), "search"),
)
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "powershell", "console"})
_LIST = re.compile(r"\s*(?:#|[-*|]|\d+\.)")


@dataclass
class Bare:
    """Cuts the texts of a session one after the other; ``sections`` where the oldest forms may occur."""

    sections: bool
    _path: str = ""

    def turn(self) -> None:
        """Somebody else spoke: no file is being edited any more."""
        self._path = ""

    def pieces(self, piece: Piece, *, alone: bool) -> list[Piece]:
        """The texts and tool uses that ``piece``, a text, holds; itself where it holds no tool use.

        Where it is ``alone`` under its heading and begins with a tool use and ends with a fence, all of it is the tool
        use: fences within an output are not escaped everywhere.
        """
        made: list[Piece] = []
        lines = _Lines(piece.lines)
        if alone and (whole := self._whole(lines)) is not None:
            whole.line = piece.line
            return [whole]
        start = at = 0
        fresh = True
        while at < len(piece.lines):
            line = piece.lines[at]
            if lines.ends(at):
                if line.strip() == SECTION:
                    made += _text(piece, start, at)
                    start = at + 1
                fresh, at = True, at + 1
                continue
            if not line.strip():
                at += 1
                continue
            apart = fresh or not piece.lines[at - 1].strip()
            found = self._use(lines, at, fresh=fresh, apart=apart)
            if found is None:
                at = lines.behind(at)
                fresh = False
                continue
            use, end = found
            use.line = piece.line + at
            made += _text(piece, start, at)
            if use.tool_type == "fault" and made and made[-1].kind == "tool" and not made[-1].fault:
                made[-1].fault = use.fault
            else:
                made.append(use)
            start = at = end
        if not start:
            return [piece]
        return [*made, *_text(piece, start, len(piece.lines))]

    def _whole(self, lines: _Lines) -> Piece | None:
        stop = len(lines.all)
        while stop and lines.all[stop - 1].strip() in {"", "---"}:
            stop -= 1
        if lines.all[stop - 1].rstrip() != "```":
            return None
        if (named := _NAMED.match(lines.all[0])) is not None:
            return self._cut(lines, 0, (stop, True), named[1])[0]
        if _PATCHED.fullmatch(lines.all[0]) is not None:
            return self._cut(lines, 0, (stop, True), "apply_patch")[0]
        if lines.prints(0) is not None:
            return self._cut(lines, 0, (stop, True), "shell")[0]
        return None

    def _use(self, lines: _Lines, at: int, *, fresh: bool, apart: bool) -> tuple[Piece, int] | None:
        """The tool use that begins on line ``at``, and the line behind it."""
        line = lines.all[at]
        if (named := _NAMED.match(line)) is not None:
            return self._cut(lines, at, lines.extent(at, named[1]), named[1])
        if line.lstrip().startswith("<details>") and (name := _shown(lines.summary(at))) is not None:
            return self._cut(lines, at, lines.details(at), name)
        if not apart or not self.sections:
            return None
        if (file := _FILE.fullmatch(line)) is not None and file[1] == "Read":
            return self._cut(lines, at, (at + 1, True), "read_file")
        return self._section(lines, at) if fresh else None

    def _cut(self, lines: _Lines, at: int, extent: tuple[int, bool], name: str) -> tuple[Piece, int]:
        end, whole = extent
        kind = next((kind for form, kind in _KINDS if form.search(name)), "generic")
        use = Piece("tool", 0, lines.all[at:end], kind, name, whole, bare=True)
        if kind == "write":
            files = (found for row in use.lines[:8] for found in re.findall(r"Edit file: ([^<\n]+)", row))
            self._path = next(files, self._path).strip()
        return use, end

    def _section(self, lines: _Lines, at: int) -> tuple[Piece, int] | None:
        """A section that is a tool use as a whole."""
        if (fault := _FAULT.fullmatch(lines.all[at])) is not None and lines.closed(at + 1):
            use = Piece("tool", 0, lines.all[at : at + 1], "fault", fault[1] or "unknown", bare=True)
            use.fault = lines.all[at].strip()
            return use, at + 1
        if (end := lines.prints(at)) is not None:
            return self._cut(lines, at, (end, True), "run_terminal_cmd") if lines.closed(end) else None
        end = lines.behind(at)
        if not lines.all[at].startswith("```diff") or end == at + 1:
            return None
        after = lines.filled(end)
        if after < len(lines.all) and _COUNTED.fullmatch(lines.all[after]) is not None:
            end = after + 1
        if not lines.closed(end):
            return None
        return Piece("tool", 0, lines.all[at:end], "write", "edit_file", bare=True, path=self._path), end


def _text(piece: Piece, start: int, stop: int) -> Iterator[Piece]:
    """The lines of ``piece`` as a text, without the empty ones and the rules around them; none where there are none."""
    while start < stop and piece.lines[start].strip() in {"", "---"}:
        start += 1
    while start < stop and piece.lines[stop - 1].strip() in {"", "---"}:
        stop -= 1
    if start < stop:
        yield Piece("text", piece.line + start, piece.lines[start:stop])


def _shown(summary: str | None) -> str | None:
    """The tool that a summary tells of; None where it tells of none."""
    told = (summary or "").strip()
    if (named := _NAMED.match(told)) is not None:
        return named[1]
    return next((name for form, name in _SHOWN if form.match(told)), None)


@dataclass
class _Lines:
    all: list[str]
    _closing: list[int] = field(init=False)
    _ticks: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._closing = [0] * len(self.all)
        self._ticks = [0] * len(self.all)
        nearest = tick = 0
        for at in range(len(self.all) - 1, -1, -1):
            line = self.all[at].rstrip()
            self._closing[at], self._ticks[at] = nearest, tick
            if line == "```":
                nearest = at
            if line.startswith(("```", "Tool use: **")) or line.strip() in {"---", SECTION}:
                tick = 0
            elif line.endswith("`"):
                tick = at

    def behind(self, at: int) -> int:
        """The line behind ``at``, or behind the fence that opens there and closes."""
        close = self._closing[at] if _FENCE.fullmatch(self.all[at]) is not None else 0
        return max(at, close) + 1

    def filled(self, at: int) -> int:
        """The first line from ``at`` on that is not empty."""
        while at < len(self.all) and not self.all[at].strip():
            at += 1
        return at

    def ends(self, at: int) -> bool:
        """Whether a section ends on the line."""
        return self.all[at].strip() in {"---", SECTION}

    def prints(self, at: int) -> int | None:
        """The line behind a command in a fence and its output in a plain one; None where there is something else."""
        opens = _FENCE.fullmatch(self.all[at])
        end = self.behind(at)
        after = self.filled(end)
        if opens is None or opens[1] not in _SHELLS or end == at + 1 or after == len(self.all):
            return None
        end = self.behind(after)
        return end if self.all[after].rstrip() == "```" and end > after + 1 else None

    def closed(self, at: int) -> bool:
        """Whether nothing of a section is left from ``at`` on."""
        at = self.filled(at)
        return at == len(self.all) or self.ends(at)

    def summary(self, at: int) -> str | None:
        """The summary of the ``<details>`` on line ``at``."""
        found = _SUMMARY.match("\n".join(self.all[at : at + 4]))
        return found[1] if found else None

    def details(self, at: int) -> tuple[int, bool]:
        """The line behind the ``<details>`` on line ``at``, and whether its end came before another tool use."""
        rule = 0
        start = at
        while at < len(self.all):
            line = self.all[at]
            if line.rstrip().endswith("</details>"):
                return at + 1, True
            if at > start and (line.lstrip().startswith("<details>") or _NAMED.match(line)):
                return at, False
            if line.startswith("```diff"):
                at = self._diff(at + 1)
                continue
            rule = rule or (at if self.ends(at) else 0)
            at = self.behind(at)
        return rule or len(self.all), False

    def _diff(self, at: int) -> int:
        """The line behind the diff whose lines begin at ``at``."""
        while at < len(self.all) and self.all[at][:1] in {" ", "+", "-", "@", "\\", ""}:
            at += 1
        return at + (at < len(self.all) and self.all[at].rstrip() == "```")

    def extent(self, at: int, name: str) -> tuple[int, bool]:
        """The line behind all that belongs to the tool use which line ``at`` names, and whether it is whole."""
        end = at + 1
        taken = fences = 0
        listing = "todo" in name or name.endswith(("search", "grep"))
        while (at := self.filled(end)) < len(self.all) and not self.ends(at) and fences < 2:
            line = self.all[at]
            if line.lstrip().startswith("<details>"):
                return (end, True) if taken or self.summary(at) is None else self.details(at)
            if (behind := self.behind(at)) > at + 1:
                fences += 1
            elif line.startswith("`") and not fences:
                behind = self._code(at)
            elif not self._belongs(at, first=not taken, listing=listing):
                behind = 0
            if not behind:
                break
            taken, end = taken + 1, behind
        return end, True

    def _belongs(self, at: int, *, first: bool, listing: bool) -> bool:
        """Whether the line names the file, is one of a list where one is due, or says what the fence behind it is."""
        line = self.all[at]
        if (first and _FILE.fullmatch(line)) or (listing and _LIST.match(line)):
            return True
        after = self.filled(at + 1)
        return _LABEL.fullmatch(line) is not None and after < len(self.all) and self.behind(after) > after + 1

    def _code(self, at: int) -> int:
        """The line behind the text between backticks that begins on line ``at``; 0 where it does not end."""
        line = self.all[at].rstrip()
        end = at if line.endswith("`") and len(line) > 1 else self._ticks[at]
        return end and end + 1
