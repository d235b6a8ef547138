"""Roo Code's edits beside those it has from Cline: ``apply_diff``, ``insert_content``, searches with replacements.

Source: https://github.com/RooCodeInc/Roo-Code ``src/core/tools``; its fork Kilo Code has the same. Arguments are text
where the calls were written as tags. ``search_and_replace`` has had three forms: a list of searches with options, one
search with options, both everywhere or in some lines; and a list of searches for what is there once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, marked
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, reason, seen_text, unknown
from replay.workspace.enclosed import enclosed
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State
from replay.workspace.literal import literal
from replay.workspace.replacing import Refused, Replacement, Untold, edited
from replay.workspace.sheet import Sheet

NAME = "roo"
_FAILURE = re.compile(
    r"\s*(?:\[\w+ for '[^\n]*'\] Result:\s*)?"
    r"(?:The tool execution failed|Error\b|The user denied|Failed|Unable to apply|<error|Changes were rejected|"
    r"No changes|Missing value|File (?:does not|already) exist|Cannot insert|No match found|Occurrence count|"
    r"\{\"status\":\s*\"(?:error|denied)\")",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"<user_edits>|\"user_edits\":|made the following updates to your content")
_SOME = "unable to apply all diff parts"
_SIGNS = re.compile(r"\$[$&`']")
_FILE, _PATH, _DIFF = re.compile(r"<file>"), re.compile(r"<path>"), re.compile(r"<diff>")
_LINE = re.compile(r"<start_line>\s*(\d{1,9})\s*</start_line>")


def claims(call: ToolCall) -> bool:
    """Whether the call edits a file in Roo Code's way; its names are common ones, so the arguments count too."""
    given = calls.arguments(call)
    path = isinstance(given.get("path"), str)
    match call.name:
        case "apply_diff":
            return path or isinstance(given.get("args"), str)
        case "insert_content":
            return path and "line" in given
        case "search_and_replace":
            return path and ("search" in given or "operations" in given)
        case "search_replace" | "edit_file":
            return isinstance(given.get("file_path"), str) and "old_string" in given
    return False


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. The editor may format what is saved."""
    given = calls.arguments(call)
    if call.name == "apply_diff" and "path" not in given:
        return [effect for path, told in _several(str(given["args"])) for effect in _edited(path, files, told)]
    if call.name in {"search_replace", "edit_file"}:
        return _replaced(call, files)
    path = str(given["path"])
    if call.name == "insert_content":
        return _inserted(path, files, given)
    if call.name == "search_and_replace":
        return _edited(path, files, lambda sheet: _swept(sheet, given))
    line = _number(given.get("start_line")) or 0
    return _edited(
        path, files, lambda sheet: marked.replaced(sheet, list(marked.blocks(str(given.get("diff")), line=line)))
    )


def _several(args: str) -> Iterator[tuple[str, Callable[[Sheet], list[str]]]]:
    """The diffs of several files in one call: elements with a path and contents, each with a line of its own."""
    for _, one in enclosed(args, _FILE, "</file>"):
        path = next((name.strip() for _, name in enclosed(one, _PATH, "</path>")), None)
        listed = [
            (content, int(line[1]) if (line := _LINE.search(body)) else 0)
            for _, body in enclosed(one, _DIFF, "</diff>")
            if (content := _content(body)) is not None
        ]
        if path is not None and listed:
            yield path, partial(_with_blocks, listed)


def _with_blocks(listed: Sequence[tuple[str, int]], sheet: Sheet) -> list[str]:
    return marked.replaced(sheet, [block for text, line in listed for block in marked.blocks(text, line=line)])


def _content(body: str) -> str | None:
    """What stands between the first ``<content>`` and the last ``</content>``."""
    _, opened, rest = body.partition("<content>")
    text, closed, _ = rest.rpartition("</content>")
    return text if opened and closed else None


def _edited(path: str, files: Files, change: Callable[[Sheet], list[str]]) -> Effects:
    path = files.name(path)
    match files[path]:
        case Known() | Partial() as state:
            sheet = Sheet(state)
            try:
                return sheet.effects(path, change(sheet), dialect=NAME)
            except Refused as refusal:
                return (failed(path, state, str(refusal), dialect=NAME),)
            except Untold as doubt:
                return (unknown(path, str(doubt), dialect=NAME),)
        case state:
            return edited(path, state, (), dialect=NAME)


def _inserted(path: str, files: Files, given: dict[str, JSON]) -> Effects:
    """Lines before the line that is named; 0 puts them behind the last, be it the empty one after a final newline."""
    path = files.name(path)
    state, line, content = files[path], _number(given.get("line")), given.get("content")
    if line is None or line < 0 or not isinstance(content, str):
        return (failed(path, state, "the call names no line, or has no content", dialect=NAME),)
    if isinstance(state, Absent):
        if line > 1:
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        return (applied(path, None, content, dialect=NAME),)
    new = content.split("\n")

    def put(sheet: Sheet) -> list[str]:
        whole = isinstance(sheet.state, Known)
        count = len(sheet.runs[-1])
        place = sheet.at(min(line or count + 1, count + 1) if whole else line)
        if place is None or (not line and not whole):
            raise Untold("only part of the file is known, and not where the lines go")
        sheet.replace(place, 0, new)
        return sheet.texts()

    return _edited(path, files, put)


def _number(value: JSON) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,9}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _replaced(call: ToolCall, files: Files) -> Effects:
    """One literal replacement; ``edit_file`` also counts, looks past white space, and makes files."""
    given = calls.arguments(call)
    path = files.name(str(given["file_path"]))
    state, old, new = files[path], given["old_string"], given.get("new_string")
    if not isinstance(old, str) or not isinstance(new, str):
        return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
    if not old:
        return (_created(path, state, new),)
    if call.name == "search_replace":
        if _SIGNS.search(new):
            return (unknown(path, "signs in the new text may stand for what was found", dialect=NAME),)
        return edited(path, state, (Replacement(old, new, given.get("replace_all") is True),), dialect=NAME)
    times = _number(given.get("expected_replacements")) or 1
    return edited(path, state, (Replacement(old, new, times > 1, times=times, tolerant=True),), dialect=NAME)


def _created(path: str, state: State, text: str) -> Effect:
    if isinstance(state, Absent) or state is NEVER_SEEN:
        return applied(path, None, text, dialect=NAME)
    if isinstance(state, Known | Partial):
        return failed(path, state, "an empty old text creates a file, and this one exists", dialect=NAME)
    return unknown(path, reason(state), dialect=NAME)


# --- searches with options ---------------------------------------------------------------------------------


def _swept(sheet: Sheet, given: dict[str, Any]) -> list[str]:
    """The known runs after the searches of a call, in order."""
    listed = given.get("operations", [given])
    if isinstance(listed, str):
        try:
            listed = json.loads(listed)
        except (ValueError, RecursionError) as fault:
            raise Refused("the searches are no JSON") from fault
    runs = [list(run) for run in sheet.runs]
    for one in listed if isinstance(listed, list) else ():
        match one:
            case {"search": str(search), "replace": str(new)} if search:
                _sweep(sheet, runs, search, new, one, once="operations" in given)
            case _:
                raise Refused("the call lacks what is sought or what replaces it")
    if runs == sheet.runs:
        raise Refused("what is sought does not occur in the file")
    return ["\n".join(run) for run in runs]


def _sweep(sheet: Sheet, runs: list[list[str]], search: str, new: str, told: dict[str, Any], *, once: bool) -> None:
    """One search in ``runs``. ``once``: what is there several times was replaced everywhere, and is refused of late."""
    first, last = _number(told.get("start_line")), _number(told.get("end_line"))
    bounded = first is not None or last is not None
    expression = _expression(search, new, told)
    if not sheet.whole and (first is None or last is None):
        raise Untold("only part of the file is known, and the search is not of some lines")
    low = max(first or 1, 1)
    place = sheet.at(low)
    high = last if last is not None else len(runs[0])
    if place is None or (sheet.whole and runs != sheet.runs and bounded) or low > high:
        raise Untold("the lines that are searched are not known")
    run = runs[place.run]
    stop = place.index + high - low + 1
    if place.index >= len(run) or (not sheet.whole and stop > len(run)):
        raise Untold("the lines that are searched are not known")
    text = "\n".join(run[place.index : stop])
    found = len(expression.findall(text))
    if found > 1 and once and not bounded:
        raise Untold(f"what is sought occurs {found} times")
    run[place.index : stop] = expression.sub(lambda _: new, text).split("\n")


def _expression(search: str, new: str, told: dict[str, Any]) -> re.Pattern[str]:
    if _SIGNS.search(new):
        raise Untold("signs in the new text may stand for what was found")
    plain: str | None = search
    if told.get("use_regex") in (True, "true"):
        plain = literal(search)
    if plain is None:
        raise Untold("its expression is not followed")
    if told.get("ignore_case") not in (True, "true"):
        return re.compile(re.escape(plain))
    if not plain.isascii():
        raise Untold("it ignores the case of other letters than A to Z")
    return re.compile(re.escape(plain), re.IGNORECASE | re.ASCII)


# --- results -----------------------------------------------------------------------------------------------


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call did, by what it would do and whether its answer says that it did, or that a person changed it."""
    words = seen_text(result)
    made = calls.observed(apply(call, files), (), result, files, dialect=NAME, failure=_FAILURE)
    why = "the user changed the edit" if _OTHERWISE.search(words) else "not all of the blocks were found"
    if not _OTHERWISE.search(words) and _SOME not in words:
        return made
    return [
        unknown(effect.path, why, dialect=NAME)
        for effect in made
        if isinstance(effect, Effect) and effect.change is not None
    ]


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: the history of a task holds what the model saw, and no more."""
    return ()
