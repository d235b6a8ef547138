"""Claude Code's Read, and its Grep in one file.

Read numbers lines as ``     1→text``, from version 2.1.86 on as ``1<tab>text``, and answers the same Read of a file
that did not change with a sentence instead (its changelog; https://github.com/anthropics/claude-code/issues/60684).
"""

from __future__ import annotations

import posixpath
import re

from replay.lookahead import searching
from replay.lookahead.ground import Ground
from replay.lookahead.looking import name_of
from replay.lookahead.replies import Answer, Reply, Untold
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked, repeated
from replay.records import ToolCall
from replay.workspace import calls, numbered
from replay.workspace.dialects import shell
from replay.workspace.effects import seen_text
from replay.workspace.files import Absent, Known

_LINES, _CHARACTERS, _COLUMNS = 2000, 60_000, 500
_NUMBER = re.compile(r"[ ]*\d+(→|\t)")
_OTHER_KINDS = (".ipynb", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
_COMPACT = (2, 1, 86)
_STILL = (
    "File unchanged since last read. The content from the earlier Read tool_result in this conversation is still "
    "current — refer to that instead of re-reading."
)
_WASTED = "Wasted call — file unchanged since your last Read. Refer to that earlier tool_result instead."
_WASTED_SINCE = (2, 1, 140)
_EMPTY = "<system-reminder>Warning: the file exists but the contents are empty.</system-reminder>"
_REMINDER = "\n\n<system-reminder>\nWhenever you read a file"


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call is a Read or a Grep of Claude Code."""
    named = {"Read": "file_path", "Grep": "pattern"}.get(call.name)
    return named is not None and calls.text(call, named) is not None


def file_read(call: ToolCall) -> str | None:
    """The file that a Read reads; None for any other call."""
    return calls.text(call, "file_path") if call.name == "Read" else None


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The lines asked for, numbered as the session's other answers number them."""
    if call.name == "Grep":
        before = repeated.answer(call, ground)
        if isinstance(before, Reply):
            return before
    try:
        return _read(call, ground) if call.name == "Read" else _search(call, ground)
    except Hidden as why:
        return Untold(f"{calls.text(call, 'file_path', 'path') or 'the tree'}: {why}")


def _read(call: ToolCall, ground: Ground) -> Reply:
    given = calls.arguments(call)
    path = ground.files.name(given["file_path"])
    state = ground.files[path]
    if path.lower().endswith(_OTHER_KINDS):
        raise Hidden("a file that is not shown as text")
    if isinstance(state, Absent):
        return _missing(ground)
    if ground.read.get(path) == name_of(call, ground.files) and _remembers(ground):
        return Reply(_unchanged(ground))
    if state == Known(""):
        return Reply(_EMPTY)
    first, limit = _number(given.get("offset"), 1), _number(given.get("limit"), _LINES)
    lines = of_state(state).split()
    if given.get("limit") is None and (len(lines.lines) - first >= _LINES):
        raise Hidden("more lines than the tool shows at once")
    shown = lines.cut(first, first + limit - 1).known()
    if not shown:
        raise Hidden("the lines asked for lie behind the end of the file")
    if any(len(line) >= _LINES for line in shown) or sum(map(len, shown)) > _CHARACTERS:
        raise Hidden(asked.TOO_MUCH)
    mark, tail = _style(ground)
    width = 6 if mark == "→" else 0
    return Reply(
        "\n".join(f"{number:{width or 1}}{mark}{line}" for number, line in enumerate(shown, max(first, 1))) + tail
    )


def _number(value: object, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise Hidden("a number of lines that the tool would refuse")
    return value


def _missing(ground: Ground) -> Reply:
    for _, result in ground.shown("Read"):
        text = seen_text(result)
        if "File does not exist" in text:
            return Reply(text, result.is_error)
    note = f" Note: your current working directory is {ground.files.cwd}." if version_from(ground, _COMPACT) else ""
    return Reply(f"<tool_use_error>File does not exist.{note}</tool_use_error>", is_error=True)


def version_from(ground: Ground, least: tuple[int, ...]) -> bool:
    """Whether the session's client is of that version, or a later one."""
    numbers = tuple(int(number) for number in re.findall(r"\d{1,6}", ground.version)[:3])
    return ground.agent in {"claude_code", "Claude Code"} and numbers >= least


def _remembers(ground: Ground) -> bool:
    told = any("unchanged since" in seen_text(result)[:100] for _, result in ground.shown("Read"))
    return told or version_from(ground, _COMPACT)


def _unchanged(ground: Ground) -> str:
    for _, result in ground.shown("Read"):
        if "unchanged since" in seen_text(result)[:100]:
            return seen_text(result)
    return _WASTED if version_from(ground, _WASTED_SINCE) else _STILL


def _style(ground: Ground) -> tuple[str, str]:
    """What stands between number and line, and what follows the last line."""
    for _, result in ground.shown("Read"):
        text = seen_text(result)
        mark = _NUMBER.match(text)
        if mark is None:
            continue
        _, rest = numbered.read(text)
        tail = text[len(text) - len(rest) - 1 :] if text[: len(text) - len(rest)].endswith("\n") else ""
        return mark[1], tail if tail == "\n" or tail.startswith(_REMINDER) else ""
    if not version_from(ground, _COMPACT):
        raise Hidden("no answer of this tool in the session shows how this version answers")
    return "\t", ""


# --- Grep --------------------------------------------------------------------------------------------------


def _search(call: ToolCall, ground: Ground) -> Reply:
    given = calls.arguments(call)
    path = given.get("path")
    folder = shell.folder(ToolCall("", "Bash", {}), ground.files)
    if not isinstance(path, str) or folder is None:
        raise Hidden("a search through files that are not all known")
    path = posixpath.join(folder, path) if "\\" not in path else path
    if ground.files[path] == ground.files.unseen:
        raise Hidden("a search through files that are not all known")
    if {"glob", "type", "multiline"} & {name for name, value in given.items() if value}:
        raise Hidden("a search with a filter that is not followed here")
    lines = of_state(ground.files[path]).known()
    pattern = searching.matcher(given["pattern"], "rust", fixed=False, ignore_case=given.get("-i") is True)
    if pattern is None:
        raise Hidden("a pattern that is not followed here")
    around = given.get("-C", given.get("context"))
    search = searching.Search(
        pattern,
        numbered=_is_numbered(given.get("-n"), ground),
        before=_number(given.get("-B", around), 0),
        after=_number(given.get("-A", around), 0),
    )
    match given.get("output_mode") or "files_with_matches":
        case "content":
            found = list(searching.printed(search, lines, None, go_on=False))
            if len(found) > _number(given.get("head_limit"), 100) or any(len(line) > _COLUMNS for line in found):
                raise Hidden(asked.TOO_MUCH)
            return Reply("\n".join(found) or "No matches found")
        case "files_with_matches":
            name = ground.files.name(path)
            if "\\" in name or not name.startswith(folder + "/"):
                raise Hidden("how the tool would name the file")
            hit = searching.hits(search, lines)
            return Reply(f"Found 1 file\n{posixpath.relpath(name, folder)}" if hit else "No files found")
    raise Hidden("a way of showing what was found that is not followed here")


def _is_numbered(asked: object, ground: Ground) -> bool:
    if isinstance(asked, bool):
        return asked
    if version_from(ground, (2, 1, 0)):
        return True
    raise Hidden("whether this version numbers lines")
