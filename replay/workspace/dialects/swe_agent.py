"""SWE-agent's windowed editor: ``open``, ``create``, ``edit``, ``insert``, and the windows that it shows.

Source: https://github.com/SWE-agent/SWE-agent ``tools/windowed*``. The file that is open is remembered between calls.
The tool undoes an edit that brings a new syntax error into Python code.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache

from tree_sitter import Parser

from replay.grammars import grammar
from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Mark, Truth, applied, failed, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State, seen
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet
from replay.workspace.truths import refused, settled

NAME = "swe_agent"
OPEN, FOLDER = "open", "folder"
_SHAPES: dict[str, frozenset[str]] = {
    "open": frozenset({"path"}),
    "create": frozenset({"filename"}),
    "edit": frozenset({"search", "line_range", "replacement_text"}),
    "insert": frozenset({"text"}),
}
_WINDOW = re.compile(r"\[File: (?P<path>[^\n]+?) \((?P<lines>\d+) lines total\)\]\n(?:\(\d+ more lines above\)\n)?")
_PROMPT = re.compile(r"\(Open file: ([^\n]+)\)\n\(Current directory: ([^\n]+)\)\n?bash-\$\s*\Z")
_FAILURE = re.compile(
    r"\s*(?:Your (?:proposed )?edit (?:has introduced|was not applied)|Error\b|File .* not found|No file open|Usage: |"
    r"Text .* not found|Search text must|Your search and replace|Warning: File .* already exists)"
)


def claims(call: ToolCall) -> bool:
    """Whether the call is to SWE-agent's windowed editor: its names are common ones, so the arguments count too."""
    if call.name in {"goto", "scroll_up", "scroll_down"}:
        return True
    return bool(_SHAPES.get(call.name, frozenset()) & calls.arguments(call).keys())


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do to the file that is open."""
    given = calls.arguments(call)
    if call.name == "create":
        return _created(_placed(str(given.get("filename")), files), files)
    if call.name == "open":
        return (Mark(OPEN, _placed(str(given.get("path")), files)),)
    if call.name not in {"edit", "insert"}:
        return ()
    path = files.marks.get(OPEN) or ""
    if not path or path == "n/a":
        return (failed(path or "(no file open)", NEVER_SEEN, "no file is open", dialect=NAME),)
    state = files[path]
    match state:
        case Known() | Partial():
            try:
                return _edited(path, state, call.name, given)
            except Refused as refusal:
                return (failed(path, state, str(refusal), dialect=NAME),)
            except Untold as doubt:
                return (unknown(path, str(doubt), dialect=NAME),)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case _:
            return (unknown(path, reason(state), dialect=NAME),)


def _created(path: str, files: Files) -> Effects:
    state = files[path]
    if isinstance(state, Known | Partial):
        return (failed(path, state, "the file exists: create does not overwrite", dialect=NAME),)
    if isinstance(state, Absent) or state is NEVER_SEEN:
        return (applied(path, None, "\n", dialect=NAME), Mark(OPEN, path))
    return (unknown(path, reason(state), dialect=NAME, state=Known("\n")), Mark(OPEN, path))


def _edited(path: str, state: Known | Partial, verb: str, given: dict[str, JSON]) -> tuple[Effect, ...]:
    sheet = Sheet(state)
    if verb == "insert":
        _insert(sheet, given)
        texts = sheet.texts()
    elif "search" in given:
        texts = _replaced(sheet, given)
    else:
        _range(sheet, given)
        texts = sheet.texts()
    for old, new in zip(("\n".join(lines) for lines in sheet.runs), texts, strict=True):
        if path.endswith(".py") and sheet.whole and _is_broken(new) and not _is_broken(old):
            raise Untold("the tool refuses edits that bring a syntax error")
    return sheet.effects(path, texts, dialect=NAME)


def _range(sheet: Sheet, given: dict[str, JSON]) -> None:
    """Lines ``N:M`` (1-based, both included) become the replacement."""
    told = re.fullmatch(r"\s*(\d{1,9}):(\d{1,9})\s*", str(given.get("line_range") or ""))
    first = int(told[1]) if told else given.get("start_line")
    last = int(told[2]) if told else given.get("end_line")
    text = given.get("replacement_text")
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(text, str):
        raise Refused("the call names no range of lines")
    if not 0 < first <= last:
        raise Refused("the call names no range of lines")
    place = sheet.at(first)
    text = text.removesuffix("\n")
    if place is None or place.index + last - first + 1 > len(sheet.runs[place.run]):
        if sheet.whole:
            raise Untold("the range goes beyond the end of the file")
        raise Untold("only part of the file is known, and not all of the range")
    sheet.replace(place, last - first + 1, text.split("\n") if text else ())


def _replaced(sheet: Sheet, given: dict[str, JSON]) -> list[str]:
    """The search text is replaced where the window shows it, which is one place at most; or everywhere."""
    old, new = given.get("search"), given.get("replace")
    if not isinstance(old, str) or not isinstance(new, str) or not old:
        raise Refused("the call lacks search or replacement text")
    if old == new:
        raise Refused("search and replacement are the same")
    texts = ["\n".join(lines) for lines in sheet.runs]
    found = sum(text.count(old) for text in texts)
    if not found:
        raise Refused("the search text does not occur") if sheet.whole else Untold("only part of the file is known")
    everywhere = given.get("replace_all") in (True, "True", "true")
    if (found > 1 and not everywhere) or (everywhere and not sheet.whole):
        raise Untold(f"the search text occurs {found} times, and what the window shows is not known")
    return [text.replace(old, new) for text in texts]


def _insert(sheet: Sheet, given: dict[str, JSON]) -> None:
    text, line = given.get("text"), given.get("line")
    if not isinstance(text, str) or not text:
        raise Refused("the call has no text")
    place = sheet.at(line + 1) if isinstance(line, int) and line >= 0 else sheet.end() if line is None else None
    if place is None:
        raise Untold("the place of the insertion is not known")
    lines = text.removesuffix("\n").split("\n")
    # Where it adds at the end, the tool writes the file without a final newline.
    ends = len(sheet.runs[0]) - place.index if line is None and sheet.whole else 0
    sheet.replace(place, ends, lines)


@cache
def _parser() -> Parser:
    return Parser(grammar("python"))


def _is_broken(text: str) -> bool:
    return _parser().parse(text.encode(errors="replace")).root_node.has_error


# --- results -----------------------------------------------------------------------------------------------


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote, and which file is open afterwards."""
    text = seen_text(result).replace("\r\n", "\n")
    marks: list[Effect | Mark] = list(told(text))
    for mark in told(text):
        if mark.name == FOLDER:
            files = files.marked(FOLDER, mark.value)
    predicted = apply(call, files)
    if result.is_error or _FAILURE.match(text):
        return [*refused(predicted, files, text, dialect=NAME), *marks]
    effects = settled(predicted, (), files, dialect=NAME)
    changed = {effect.path: effect for effect in effects if isinstance(effect, Effect)}
    for path, shown in _shown(text, files):
        effect = changed.get(path)
        if effect is None:
            marks.append(shown)
        elif isinstance(effect.state, Known) and not _agrees(effect.state, shown.state):
            why = "the window shows another text"
            effects = [unknown(path, why, dialect=NAME, state=shown.state)]
        elif not isinstance(effect.state, Known | Partial):
            effects = [*effects, Effect(path, shown.state)]
    return [*effects, *marks]


def _agrees(state: Known, shown: State) -> bool:
    return isinstance(shown, Partial) and numbered.holds(state.text, shown.segments)


def _shown(text: str, files: Files) -> Iterator[tuple[str, Effect]]:
    for window in _WINDOW.finditer(text):
        segments, _ = numbered.read(text[window.end() :], numbered.BARE)
        if segments:
            path = _placed(window["path"], files)
            # The count of lines does not tell whether the last one ends in a newline.
            yield path, Effect(path, seen(NEVER_SEEN, segments, None))
            break


def told(text: str) -> Iterator[Mark]:
    """The file that is open, and the shell's folder, as every answer of SWE-agent ends with them."""
    if "(Open file: " not in text:
        return
    prompt = _PROMPT.search(text.replace("\r\n", "\n"))
    if prompt is not None:
        yield Mark(OPEN, "" if prompt[1] == "n/a" else prompt[1])
        yield Mark(FOLDER, prompt[2])


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: these tools record nothing beyond what the model sees."""
    return ()


def _placed(path: str, files: Files) -> str:
    folder = files.marks.get(FOLDER)
    return files.name(posixpath.join(folder, path) if folder else path)
