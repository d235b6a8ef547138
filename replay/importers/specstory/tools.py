"""A tool use as SpecStory prints it, turned back into a call and its result, as far as it was printed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

from replay.importers.specstory import shown
from replay.importers.specstory.blocks import Piece
from replay.records import JSON

_OPENS = re.compile(r"(?P<before>.*: )?```(?P<lang>[\w+#.-]*)[ \t]*")
_NAMED = re.compile(r"Tool use: \*\*([^*\n]*)\*\*")
_CODE = re.compile(r"`([^`\n]+)`")
_EDITS = re.compile(r"(?:Edit|Read|Write|Create) file: (.+)")
_WROTE = re.compile(r"(?:created successfully at: |^The file )(\S.*?)(?= has been | \(file state|\.?$)", re.MULTILINE)
_PATCH = re.compile(r"\*\*(Add|Update|Delete|Move)[^:*]*: `([^`]+)`\*\*.*")
_LABEL = re.compile(r"\**(?:Result|Output):?\**:?[ \t]*")
_COMMAND = re.compile(r"^`(?!``)", re.MULTILINE)
_COMMAND_END = re.compile(r"`[ \t]*$", re.MULTILINE)
_QUOTED = re.compile(r"\"(.*)\" in \"(.*)\"|\"(.*)\"")
_LISTED = re.compile(r"Listed directory (.*?)(?: • .*)?\Z")
_LONG = 1000
"""Characters of a summary in which a quotation is looked for."""
_SHELL = ("bash", "sh", "shell", "zsh", "powershell", "console")


@dataclass(frozen=True)
class Fence:
    """A fenced text; ``given`` where a label (``Input:``) stands before it, its lines are those from ``start`` on."""

    lang: str
    text: str
    given: bool
    start: int
    stop: int


@dataclass(frozen=True)
class Use:
    """One use of a tool: its arguments as far as they are known, and the result, None where none was printed.

    ``diff`` is what the client showed of an edit, where it is told how its lines stood in the file.
    """

    name: str
    arguments: dict[str, JSON] | str
    result: str | None
    diff: str | None = None
    failed: bool = False


def diffs(piece: Piece) -> list[list[str]]:
    """The diffs that a use of a tool for edits prints, each as its lines."""
    if piece.tool_type != "write" or piece.tool_name == "apply_patch":
        return []
    lines = piece.lines
    return _diffs(lines, _fences(lines)[0])


def _diffs(lines: list[str], fences: list[Fence]) -> list[list[str]]:
    return [lines[fence.start : fence.stop] for fence in fences if fence.lang == "diff"]


def read(piece: Piece, habits: shown.Habits) -> Use:
    """The use that ``piece`` prints. Arguments get the names that the tool gives them where it is known how."""
    use = _read(piece, habits)
    if not piece.fault:
        return use
    told = "\n".join(filter(None, ((use.result or "").rstrip("\n"), piece.fault)))
    return replace(use, result=told, diff=None, failed=True)


def _read(piece: Piece, habits: shown.Habits) -> Use:
    if piece.tool_type == "fault":
        return Use(piece.tool_name, {}, None)
    head, body = _bare(piece) if piece.bare else _parted(piece.text)
    named = _NAMED.search(head)
    name = piece.tool_name or (named[1] if named else "unknown")
    lines = body.split("\n")
    fences, prose = _fences(lines)
    if name == "apply_patch" and (patch := _patch(lines, fences)) is not None:
        return Use(name, patch, _output(fences))
    if piece.tool_type == "write" and any(fence.lang == "diff" for fence in fences):
        return _edit(piece, "\n".join((head, *prose)), lines, fences, habits)
    wrote, shell = piece.tool_type == "write", piece.tool_type == "shell"
    command = next((fence for fence in fences if fence.lang in _SHELL), None) if shell else None
    if command is not None:
        fences.remove(command)
    before = prose if wrote else lines[: command.start - 1] if command else lines[: _first(lines)]
    if piece.bare:
        before = [line for line in before if not _LABEL.fullmatch(line)]
    told = "\n".join(line for line in (_NAMED.sub("", head).strip(), *before) if line.strip()).strip()
    if piece.bare and piece.tool_type == "search" and head:
        return _looked(name, head, body)
    use = _use(piece.tool_type, name, told, fences)
    if piece.bare and shell and command is None:
        use = replace(use, arguments=_commanded(told) or use.arguments)
    if command is not None and isinstance(use.arguments, dict):
        use = replace(use, arguments={**use.arguments, "command": command.text.rstrip("\n")})
    if wrote or use.result is None:
        return use
    after = 0 if command is None else command.start + command.text.count("\n") + 1
    return replace(use, result=_printed(lines, after) or use.result)


def _edit(piece: Piece, told: str, lines: list[str], fences: list[Fence], habits: shown.Habits) -> Use:
    """An edit with what it did, chunk by chunk."""
    diff = "".join(shown.plain(chunk, habits) for chunk in _diffs(lines, fences))
    path = next(iter(_EDITS.findall(told)), None) or next(iter(_CODE.findall(told)), None) or piece.path or None
    given: dict[str, JSON] = {} if path is None else {"file_path": shown.unescaped(path.strip())}
    known = habits.gutter is not None and path is not None
    return Use(piece.tool_name, {**given, "diff": diff}, _output(fences), diff if known else None)


def _parted(text: str) -> tuple[str, str]:
    """The summary of a tool use and what follows it, without the tags."""
    start = text.find("<summary>")
    end = text.find("</summary>", start) if start >= 0 else -1
    head = text[start + len("<summary>") : end] if end >= 0 else ""
    body = (text[end + len("</summary>") :] if end >= 0 else text).strip()
    return head, body.removeprefix("<details>").removesuffix("</details>").strip("\n")


def _bare(piece: Piece) -> tuple[str, str]:
    """The same of a tool use without an envelope: what its first line says beside the name is of the summary."""
    lines = piece.lines
    first = _NAMED.match(lines[0])
    said = lines[0][first.end() :].strip() if first else ""
    body = "\n".join(lines[1:] if first else lines).strip("\n")
    if not body.lstrip().startswith("<details>"):
        return said, body
    head, body = _parted(body)
    return html.unescape(f"{said} {head}".strip()), body


def _looked(name: str, head: str, body: str) -> Use:
    """A search or a list of files: what was sought stands in the summary, what was found behind it."""
    given: dict[str, JSON] = {}
    if (listed := _LISTED.match(head)) is not None:
        given["path"] = listed[1]
    elif (sought := _QUOTED.search(head, 0, _LONG)) is not None:
        given = {"query": sought[1], "path": sought[2]} if sought[2] is not None else {"query": sought[3]}
    elif codes := _CODE.findall(head):
        given["query"] = codes[0]
    fences, _ = _fences(body.split("\n"))
    return Use(name, given, _output(fences) or body.strip() or None)


def _commanded(told: str) -> dict[str, JSON]:
    """The command between backticks, which may have such itself and several lines, and what is said before it."""
    opens = _COMMAND.search(told)
    ends = _COMMAND_END.search(told, opens.end() + 1) if opens else None
    if opens is None or ends is None:
        return {}
    given: dict[str, JSON] = {"command": told[opens.end() : ends.start()]}
    if describes := told[: opens.start()].strip():
        given["description"] = describes
    return given


def _fences(lines: list[str]) -> tuple[list[Fence], list[str]]:
    """The fenced texts in ``lines``, and the lines outside them. What opens a fence that never closes is outside."""
    closing = [index for index, line in enumerate(lines) if line.rstrip() == "```"]
    fences: list[Fence] = []
    prose: list[str] = []
    at = nth = 0
    while at < len(lines):
        opens = _OPENS.fullmatch(lines[at])
        while nth < len(closing) and closing[nth] <= at:
            nth += 1
        if opens is None or nth == len(closing):
            prose.append(lines[at])
            at += 1
            continue
        text = "".join(f"{line}\n" for line in lines[at + 1 : closing[nth]])
        fences.append(Fence(opens["lang"], _plain(text), opens["before"] is not None, at + 1, closing[nth]))
        at = closing[nth] + 1
    return fences, prose


def _first(lines: list[str]) -> int:
    """The index of the line with the first fence."""
    return next((index for index, line in enumerate(lines) if "```" in line), len(lines))


def _printed(lines: list[str], after: int) -> str | None:
    """What stands between the first fence of plain text and the last closing one: inner fences are part of it."""
    start = next((i for i in range(after, len(lines)) if lines[i].rstrip() in ("```", "```text")), None)
    last = next((i for i in range(len(lines) - 1, after, -1) if lines[i].rstrip() == "```"), None)
    if start is None or last is None or last <= start:
        return None
    return _plain("".join(f"{line}\n" for line in lines[start + 1 : last]))


def _use(kind: str, name: str, prose: str, fences: list[Fence]) -> Use:
    codes = _CODE.findall(prose)
    told = next((text.strip() for text in _EDITS.findall(prose) if text.strip() != "undefined"), None)
    result = _output(fences)
    inputs = [fence.text for fence in fences if fence.given]
    given: dict[str, JSON] = {}
    match kind:
        case "write":
            path = told or (codes[0] if codes else None) or _wrote(result or "")
            given = {} if path is None else {"file_path": path}
            match next((fence for fence in fences if fence.lang != "text"), None):
                case Fence(text=text) if _WROTE.match(text):
                    given["file_path"] = given.get("file_path", _wrote(text))
                    result = text
                case Fence(lang=lang, text=text):
                    given["diff" if lang == "diff" else "content"] = text
                    result = result if len(fences) > 1 else None
        case "shell":
            if codes:
                given["command"] = codes[-1]
            if describes := _CODE.sub("", prose).strip():
                given["description"] = describes
        case "read":
            if path := told or (codes[0] if codes else None):
                given["file_path"] = path
        case _ if inputs:
            return Use(name, inputs[0], result)
        case _:
            given = {"input": prose} if prose else {}
    return Use(name, given, result)


def _wrote(text: str) -> str | None:
    found = _WROTE.search(text)
    return found[1] if found else None


def _output(fences: list[Fence]) -> str | None:
    told = [fence.text for fence in fences if fence.lang in ("", "text") and not fence.given]
    return told[-1] if told else None


def _patch(lines: list[str], fences: list[Fence]) -> str | None:
    """The text that ``apply_patch`` was given: its files are printed one by one, each with a diff."""
    inside = {fence.start: fence for fence in fences if fence.lang == "diff"}
    skip = {number for fence in fences for number in range(fence.start, fence.start + fence.text.count("\n"))}
    patch: list[str] = []
    for index, line in enumerate(lines):
        if index in inside and patch:
            patch.extend(inside[index].text.rstrip("\n").split("\n"))
        elif index not in skip and (found := _PATCH.fullmatch(line)) is not None:
            patch.append(f"*** {'Update' if found[1] == 'Move' else found[1]} File: {found[2]}")
    return "\n".join(("*** Begin Patch", *patch, "*** End Patch")) if patch else None


def _plain(text: str) -> str:
    """Printed text as it was: fences unescaped, backticks that were written as entities too."""
    text = text.replace("\\```", "```")
    return html.unescape(text) if "&#96;" in text else text
