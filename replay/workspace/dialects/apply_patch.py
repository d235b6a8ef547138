"""``apply_patch``: Codex's patch language, as a tool of Codex, opencode and others, and as a program of the shell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, unified, v4a
from replay.workspace.effects import Effect, Effects, Loss, Truth, applied, deleted, failed, reason, unknown
from replay.workspace.effects import after as effects_after
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet

NAME = "apply_patch"
_NAMED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: *(.+?) *$", re.MULTILINE)
_FAILURE = re.compile(
    r"\s*(?:apply_patch verification failed|Exit code: [1-9]|patch rejected|aborted|exec_command failed|Error\b|"
    r"\{\"output\":\"apply_patch verification failed|Invalid |Failed )",
    re.IGNORECASE,
)


def claims(call: ToolCall) -> bool:
    """Whether the call hands over a patch."""
    return call.name in {"apply_patch", "applypatch", "functions.apply_patch"} and patch(call) is not None


def patch(call: ToolCall) -> str | None:
    """The patch of a call: its free text, or the argument that holds it."""
    if isinstance(call.arguments, str):
        return call.arguments
    return calls.text(call, "patchText", "input", "patch", "patch_text", "diff", "command")


def named(text: str) -> tuple[str, ...]:
    """The files that a patch names, in order, each once."""
    return tuple(dict.fromkeys(_NAMED.findall(text)))


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. It checks all of a patch first: one part that does not fit, and nothing is written."""
    return applied_patch(patch(call) or "", files, loose="patchText" in calls.arguments(call))


def applied_patch(text: str, files: Files, *, folder: str | None = None, loose: bool = False) -> Effects:
    """The effects of the patch ``text`` on ``files``; relative paths are taken against ``folder`` where given."""
    try:
        sections = v4a.read(text, loose=loose)
    except Refused as refusal:
        paths = named(text) or ("(patch)",)
        return tuple(failed(files.name(path), files[path], str(refusal), dialect=NAME) for path in paths)
    made: list[Effect | Loss] = []
    now = files
    for section in sections:
        effects = list(_section(section, now, folder))
        made += effects
        now = effects_after(now, effects)
    broken = next((effect.change for effect in made if isinstance(effect, Effect) and _failed(effect)), None)
    if broken is None:
        return made
    why = f"{broken.path}: {broken.why}"
    touched = dict.fromkeys(effect.path for effect in made if isinstance(effect, Effect) and effect.change is not None)
    return tuple(failed(path, files[path], broken.why or why, dialect=NAME) for path in touched)


def _failed(effect: Effect) -> bool:
    return effect.change is not None and effect.change.status == "failed_edit"


def _section(section: v4a.Section, files: Files, folder: str | None) -> Iterator[Effect]:
    path = files.name(posixpath.join(folder, section.path) if folder else section.path)
    state = files[path]
    match section:
        case v4a.Add(_, text):
            yield _added(path, state, text)
        case v4a.Delete():
            if isinstance(state, Absent):
                yield failed(path, state, "the file does not exist", dialect=NAME)
            else:
                yield deleted(path, state.text if isinstance(state, Known) else None, dialect=NAME)
        case v4a.Update(_, move, chunks):
            effects = _updated(path, state, chunks)
            if move is None:
                yield from effects
            else:
                target = posixpath.join(folder, move) if folder else move
                yield from _moved(path, files.name(target), effects)


def _added(path: str, state: State, text: str) -> Effect:
    match state:
        case Known(before):
            return applied(path, before, text, dialect=NAME)
        case Absent():
            return applied(path, None, text, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return applied(path, None, text, dialect=NAME)
        case _:
            return unknown(path, reason(state), dialect=NAME, state=Known(text))


def _updated(path: str, state: State, chunks: tuple[v4a.Chunk, ...]) -> tuple[Effect, ...]:
    match state:
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case Known() | Partial():
            sheet = Sheet(state)
            try:
                return sheet.effects(path, v4a.changed(sheet, chunks) if chunks else sheet.texts(), dialect=NAME)
            except Refused as refusal:
                return (failed(path, state, str(refusal), dialect=NAME),)
            except Untold as doubt:
                return (unknown(path, str(doubt), dialect=NAME),)
        case _:
            return (unknown(path, reason(state), dialect=NAME),)


def _moved(path: str, target: str, effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """The updated file stands at ``target``: the change is told there, with the text it had at its old place."""
    for effect in effects:
        change = effect.change
        if change is None or change.status == "failed_edit":
            yield effect
            continue
        if change.status == "applied" and change.basis == "full":
            made = applied(target, change.before, change.after or "", dialect=NAME)
        else:
            made = unknown(target, change.why or "moved, and known only in part", dialect=NAME, state=effect.state)
        yield made
        yield Effect(path, Absent())


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the patch did, by the client's record where it kept one."""
    told = truths(call, result)
    return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """What Codex (``patch_apply_end``) or opencode (``metadata.files``) recorded of each file."""
    return () if result.is_error else tuple(recorded(result.detail))


def recorded(detail: JSON) -> Iterator[Truth]:
    """The truths in a client's record of a patch; nothing where it failed."""
    match detail:
        case {"success": True, "changes": dict(changes)}:
            for path, change in changes.items():
                yield from _codex(path, change)
        case {"metadata": {"files": list(listed)}}:
            for entry in listed:
                yield from _opencode(entry)
        case list(several):
            for one in several:
                yield from recorded(one)


def _codex(path: str, change: JSON) -> Iterator[Truth]:
    match change:
        case {"type": "add", "content": str(text)}:
            yield Truth(path, "after", after=text)
        case {"type": "delete", "content": str(text)}:
            yield Truth(path, "file", before=text, gone=True)
        case {"type": "delete"}:
            yield Truth(path, "hunks", gone=True)
        case {"type": "update", "unified_diff": str(diff), **rest}:
            moved = rest.get("move_path")
            hunks = unified.hunks(diff)
            if hunks:
                yield Truth(moved if isinstance(moved, str) else path, "hunks", hunks=hunks)


def _opencode(entry: JSON) -> Iterator[Truth]:
    match entry:
        case {"type": "delete", "filePath": str(path), "before": str(before)}:
            yield Truth(path, "file", before=before, gone=True)
        case {"type": "add", "filePath": str(path), "after": str(after), **rest}:
            old = rest.get("before")
            yield Truth(path, "file", old if isinstance(old, str) and old else None, after=after)
        case {"filePath": str(path), "before": str(before), "after": str(after), **rest}:
            moved = rest.get("movePath")
            yield Truth(moved if isinstance(moved, str) else path, "file", before=before, after=after)
