"""Unified and git diffs: as the input of a tool or a shell program that applies them, and in fenced blocks of prose."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from replay import languages
from replay.records import Change, ToolCall, ToolResult
from replay.workspace import calls, unified
from replay.workspace.dialects import fenced
from replay.workspace.effects import Effect, Effects, Truth, applied, deleted, failed, reason, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet

NAME = "diff"
_ARGUMENTS = ("diff", "patch", "input", "patch_text", "unified_diff", "content")
_LOOKS = re.compile(r"^(?:--- \S[^\n]*\n\+\+\+ \S|diff --git )", re.MULTILINE)
_TOOL = re.compile(r"diff|patch|edit", re.IGNORECASE)
_FAILURE = re.compile(r"\s*(?:error\b|patch: |failed|cannot apply|hunk \S+ failed)", re.IGNORECASE)


def claims(call: ToolCall) -> bool:
    """Whether the call hands a tool for edits or patches a diff that names its files."""
    return _TOOL.search(call.name) is not None and _diff(call) is not None


def _diff(call: ToolCall) -> str | None:
    if isinstance(call.arguments, str):
        return call.arguments if _LOOKS.search(call.arguments) else None
    given = (calls.text(call, name) for name in _ARGUMENTS)
    return next((text for text in given if text is not None and _LOOKS.search(text)), None)


def apply(call: ToolCall, files: Files) -> Effects:
    """What applying the diff would do."""
    return applied_diff(_diff(call) or "", files)


def applied_diff(text: str, files: Files, *, folder: str | None = None, strip: int = 0) -> Effects:
    """The effects of the diff ``text``: ``strip`` leading folders of its paths are dropped besides ``a/`` and ``b/``.

    Nothing is written where one hunk does not fit, as ``git apply`` has it.
    """
    made: list[Effect] = []
    for piece in unified.read(text):
        if piece.path:
            made += _piece(piece, files, folder, strip)
    broken = next((effect for effect in made if effect.change and effect.change.status == "failed_edit"), None)
    if broken is None or broken.change is None:
        return made
    why = f"{broken.path}: {broken.change.why}"
    paths = dict.fromkeys(effect.path for effect in made if effect.change is not None)
    return [failed(path, files[path], broken.change.why or why, dialect=NAME) for path in paths]


def _piece(piece: unified.Piece, files: Files, folder: str | None, strip: int) -> Iterator[Effect]:
    def named(path: str) -> str:
        plain = "/".join(path.split("/")[strip:]) if strip else path
        return files.name(posixpath.join(folder, plain) if folder else plain)

    path = named(piece.path)
    source = named(piece.old) if piece.old is not None else path
    state: State = files[source]
    if piece.old is None:
        yield _created(path, files[path], piece)
        return
    match state:
        case Absent():
            yield failed(path, state, "the file does not exist", dialect=NAME)
        case Known() | Partial() if piece.new is None:
            yield deleted(path, state.text if isinstance(state, Known) else None, dialect=NAME)
        case Known() | Partial():
            sheet = Sheet(state)
            try:
                yield from sheet.effects(path, unified.changed(sheet, piece.hunks), dialect=NAME)
            except Refused as refusal:
                yield failed(path, state, str(refusal), dialect=NAME)
            except Untold as doubt:
                yield unknown(path, str(doubt), dialect=NAME)
            if source != path:
                yield Effect(source, Absent())
        case _ if piece.new is None:
            yield deleted(path, None, dialect=NAME)
        case _:
            yield unknown(path, reason(state), dialect=NAME)


def _created(path: str, state: State, piece: unified.Piece) -> Effect:
    if isinstance(state, Known | Partial):
        return failed(path, state, "the diff makes a file that exists", dialect=NAME)
    sheet = Sheet(Known(""))
    try:
        (text,) = unified.changed(sheet, piece.hunks) if piece.hunks else [""]
    except (Refused, Untold):
        return failed(path, state, "the diff makes a file, and expects lines in it", dialect=NAME)
    if isinstance(state, Absent) or state is NEVER_SEEN:
        return applied(path, None, text, dialect=NAME)
    return unknown(path, reason(state), dialect=NAME, state=Known(text))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call did, if its answer does not say that the diff did not apply."""
    return calls.observed(apply(call, files), (), result, files, dialect=NAME, failure=_FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: tools that apply diffs record nothing that is known here."""
    return ()


def changes(text: str) -> Iterator[Change]:
    """The hunks of ``diff`` blocks in prose, as fragments: the lines before, and those after."""
    for info, body, _ in fenced.blocks(text):
        if info.split(" ")[0].lower() not in {"diff", "patch", "udiff"}:
            continue
        for piece in unified.read(body):
            language = languages.of_path(piece.path)
            if language is None or piece.new is None:
                continue
            for hunk in piece.hunks:
                before, after = "\n".join(hunk.old), "\n".join(hunk.new)
                yield Change(piece.path, "applied", NAME, language, before, after, "fragment", hunk.new_start or 1)
