"""Factory Droid's ``Create``, ``Edit``, ``MultiEdit`` and ``ApplyPatch``, and what its ``Read`` shows.

As its client does it (https://www.npmjs.com/package/droid, 0.215): a file that is made ends in a newline, an edit
leaves the end of the file as it was. A patch is in the language of ``apply_patch``, but each file is patched for
itself, lines that come with none to search for go where the search has come to, and a context that is not there is
passed over; lines are also found by likeness, which is not followed. ``Read`` shows no line numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered, v4a
from replay.workspace.effects import Effect, Effects, Truth, applied, deleted, failed, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State, seen
from replay.workspace.replacing import Refused, Replacement, Untold, edited, replaced
from replay.workspace.sheet import Place, Sheet
from replay.workspace.truths import of_diff

NAME = "droid"
AGENT = "Factory Droid"
MARK = "agent"
"""The mark of files that says that the session's agent is this one, where the arguments of a call do not tell."""
_FAILURE = re.compile(
    r"\s*(?:(?:Change \d+: )?Error\b|Failed to |ApplyPatch requires |Cannot |Tool execution cancelled)"
)
_SHOWING = re.compile(
    r"\n\n<system-reminder>\[Showing lines (\d{1,9})-\d+ of (\d{1,9}) total lines(, truncated[^\]\n]*)?\]"
    r"</system-reminder>\Z"
)
_LIMIT = 2400


def claims(call: ToolCall) -> bool:
    """Whether the call writes a file in Droid's way: Claude Code's names, other arguments."""
    given = calls.arguments(call)
    if call.name == "ApplyPatch":
        return isinstance(given.get("input", call.arguments), str)
    if not isinstance(given.get("file_path"), str):
        return False
    match call.name:
        case "Create":
            return "content" in given
        case "Edit":
            return "old_str" in given
        case "MultiEdit":
            return "changes" in given
    return False


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do."""
    if call.name == "ApplyPatch":
        return list(_patched(_patch(call), files))
    path = files.name(calls.text(call, "file_path") or "")
    state = files[path]
    if call.name == "Create":
        content = calls.text(call, "content")
        if content is None:
            return (failed(path, state, "the call has no content", dialect=NAME),)
        return (calls.overwritten(path, state, _ended(content), dialect=NAME),)
    edits = _edits(call)
    if not edits:
        return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
    if not isinstance(state, Known):
        return edited(path, state, edits, dialect=NAME)
    try:
        return (applied(path, state.text, _replaced(state.text, edits), dialect=NAME),)
    except Refused as refusal:
        return (failed(path, state, str(refusal), dialect=NAME),)
    except Untold as doubt:
        return (unknown(path, str(doubt), dialect=NAME),)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _edits(call: ToolCall) -> tuple[Replacement, ...]:
    given = calls.arguments(call)
    listed = given.get("changes") if call.name == "MultiEdit" else [given]
    made: list[Replacement] = []
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case {"old_str": str(old), "new_str": str(new), **rest}:
                made.append(Replacement(old, new, rest.get("change_all") in (True, "true")))
            case _:
                return ()
    return tuple(made)


def _replaced(text: str, edits: Sequence[Replacement]) -> str:
    """The text after the edits: a final newline stays, and none comes. An empty old text is found in an empty file."""
    after = text
    for edit in edits:
        after = edit.new if not after and not edit.old else replaced(after, edit)
    return _ended(after) if text.endswith("\n") else after.removesuffix("\n")


# --- patches -----------------------------------------------------------------------------------------------


def _patch(call: ToolCall) -> str:
    """The patch of a call; the client adds the lines that begin and end it where they are missing."""
    text = call.arguments if isinstance(call.arguments, str) else calls.text(call, "input") or ""
    text = text.strip("\n")
    text = text if text.startswith("*** Begin Patch") else f"*** Begin Patch\n{text}"
    return text if text.endswith("*** End Patch") else f"{text}\n*** End Patch"


def _patched(text: str, files: Files) -> Iterator[Effect]:
    try:
        sections = v4a.read(text)
    except Refused as refusal:
        yield failed("(patch)", NEVER_SEEN, str(refusal), dialect=NAME)
        return
    for section in sections:
        path = files.name(section.path)
        for effect in _section(section, path, files):
            files = files.put({effect.path: effect.state})
            yield effect


def _section(section: v4a.Section, path: str, files: Files) -> Iterator[Effect]:
    state = files[path]
    match section:
        case v4a.Add(_, text):
            # Its lines are joined, and a newline is put behind them unless the last one is blank.
            body = text[:-1] if text.endswith("\n\n") else _ended(text)
            yield calls.overwritten(path, state, body, dialect=NAME, new=True)
        case v4a.Delete() if isinstance(state, Absent):
            yield failed(path, state, "the file does not exist", dialect=NAME)
        case v4a.Delete():
            yield deleted(path, state.text if isinstance(state, Known) else None, dialect=NAME)
        case v4a.Update(_, move, chunks):
            target = path if move is None else files.name(move)
            yield _updated(target, state, chunks)
            if target != path and not isinstance(state, Absent):
                yield Effect(path, Absent())


def _updated(path: str, state: State, chunks: Sequence[v4a.Chunk]) -> Effect:
    if isinstance(state, Absent):
        return failed(path, state, "the file does not exist", dialect=NAME)
    if not isinstance(state, Known | Partial):
        return unknown(path, reason(state), dialect=NAME)
    sheet = Sheet(state)
    try:
        at: Place | None = None
        for chunk in chunks:
            at = _place(sheet, chunk, at)
        made = sheet.effects(path, sheet.texts(), dialect=NAME)
    except Refused as refusal:
        return failed(path, state, str(refusal), dialect=NAME)
    except Untold as doubt:
        return unknown(path, str(doubt), dialect=NAME)
    return made[0] if len(made) == 1 else unknown(path, "several parts of the file are patched", dialect=NAME)


def _place(sheet: Sheet, chunk: v4a.Chunk, at: Place | None) -> Place:
    """Notes what a chunk does where its lines stand behind ``at``; gives the place behind them."""
    if chunk.context is not None and chunk.context.strip():
        if not sheet.whole:
            raise Untold("only part of the file is known, and the patch names a context")
        found = sheet.found((chunk.context,), str.strip)
        behind = [place for place in found if at is None or place.index >= at.index]
        if len(found) == len(behind) and behind:
            at = Place(0, behind[0].index + 1)
    if not chunk.old:
        if not sheet.whole:
            raise Untold("only part of the file is known, and not where lines are added")
        sheet.replace(at or Place(0, 0), 0, chunk.new)
        return at or Place(0, 0)
    places = sheet.found(chunk.old, start=at)
    if not places or (len(places) > 1 and not sheet.whole):
        raise Untold("the lines that the patch expects are found by likeness only, or not at all")
    place = places[0]
    sheet.replace(place, len(chunk.old), chunk.new)
    return Place(place.run, place.index + len(chunk.old))


# --- results -----------------------------------------------------------------------------------------------


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call wrote: a patch may have failed for some of its files, and says for which."""
    moves = _moves(call, files)
    errors = {files.name(path): " ".join(why.split()) for path, _, why in _told(call, result) if why}
    failures = {moves.get(path, path): why[:160] for path, why in errors.items()}
    told = [truth for truth in truths(call, result) if files.name(truth.path) not in errors]
    effects = calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    return list(_corrected(effects, failures, moves, files))


def _corrected(effects: Effects, failures: dict[str, str], moves: dict[str, str], files: Files) -> Iterator[Effect]:
    for effect in effects:
        if not isinstance(effect, Effect):
            continue  # it makes none
        path = moves.get(effect.path, effect.path)
        if path not in failures:
            yield effect
        elif effect.path in moves or path not in moves.values():  # once, where a file was to move
            yield failed(path, files[path], failures[path], dialect=NAME)


def _moves(call: ToolCall, files: Files) -> dict[str, str]:
    """What the names that a patch gives to files were before."""
    try:
        sections = v4a.read(_patch(call)) if call.name == "ApplyPatch" else ()
    except Refused:
        return {}
    moved = ((one.move, one.path) for one in sections if isinstance(one, v4a.Update) and one.move is not None)
    return {files.name(new): files.name(old) for new, old in moved if files.name(new) != files.name(old)}


def _told(call: ToolCall, result: ToolResult) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Path, record and error ("" for none) of each file that the answer to a patch lists."""
    if call.name != "ApplyPatch" or not (text := seen_text(result)).startswith("{"):
        return
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return
    listed = answer.get("files") if isinstance(answer, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case {"file_path": str(path), "error": str(why)}:
                yield path, entry, why
            case {"file_path": str(path)}:
                yield path, entry, ""


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The diff that the answer to a patch shows of each file that was changed in its place."""
    made: list[Truth] = []
    for path, entry, why in _told(call, result):
        if not why and "moved_to" not in entry and entry.get("display_operation") == "update":
            made += of_diff(path, entry.get("diff"))
    return tuple(made)


def shown(call: ToolCall, result: ToolResult, state: State) -> State | None:
    """What is known of a file after Droid's ``Read``: its lines as they are; None where it shows nothing certain."""
    text = seen_text(result)
    given = calls.arguments(call)
    part = _SHOWING.search(text)
    if part is not None:
        body = text[: part.start()]
        if part[3]:
            body = body[: body.rfind("\n")] if "\n" in body else ""
        segments = numbered.whole(int(part[1]), body) if body else ()
        return seen(state, segments, int(part[2])) if segments else None
    if {"offset", "limit"} & given.keys() or "<system-reminder>" in text or _FAILURE.match(text):
        return None
    lines = text.count("\n") + 1
    return seen(state, numbered.whole(1, text), lines) if text and lines < _LIMIT else None
