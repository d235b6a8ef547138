"""Claude Code's file tools: Read, Write, Edit and MultiEdit.

Behaviour as observed in recorded sessions: an edit's old text must occur, once unless ``replace_all``; an empty new
text takes the newline behind the old one along; an existing file must have been read before it is written; the
client's record of an edit (``toolUseResult``) holds the file before it.
"""

from __future__ import annotations

import re
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace import numbered, patches
from replay.workspace.dialects import droid
from replay.workspace.effects import (
    Effect,
    Effects,
    Truth,
    applied,
    failed,
    found,
    is_applied,
    reason,
    seen_text,
    unknown,
)
from replay.workspace.files import (
    NEVER_SEEN,
    Absent,
    Files,
    Known,
    Partial,
    Segment,
    State,
    Unknown,
    joined,
    lost,
    seen,
)
from replay.workspace.replacing import Replacement, edited

NAME = "claude"
WRITERS = frozenset({"Write", "Edit", "MultiEdit"})
_TOOLS = WRITERS | {"Read"}
_DEFAULT_LIMIT = 2000
_MEMORY = re.compile(r"[\\/]\.claude[\\/]projects[\\/][^\\/]+[\\/]memory[\\/][^\\/]+\.md$")
_REFUSED = ("<tool_use_error>", "Error: ", "The user doesn't want to ")
_ELSEWHERE = "edited where it is not known"
_MOVED_ON = ("has been modified since read", "unexpectedly modified")


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a text file in Claude Code's way."""
    return call.name in _TOOLS and isinstance(call.arguments, dict) and isinstance(call.arguments.get("file_path"), str)


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. A file never seen in the transcript is new if it is written: the tool refuses others."""
    arguments = _arguments(call)
    path = files.name(arguments["file_path"])
    state = files[path]
    if call.name == "Read":
        return ()
    if call.name == "Write":
        return (_written(path, state, arguments.get("content")),)
    edits = _edits(call.name, arguments)
    if not edits:
        return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
    if not edits[0].old:
        return (_created(path, state, edits),)
    return edited(path, state, edits, dialect=NAME)


def _written(path: str, state: State, content: object) -> Effect:
    if not isinstance(content, str):
        return failed(path, state, "the call has no content", dialect=NAME)
    if _MEMORY.search(path):
        return unknown(path, "the client adds to the front matter of its memory files", dialect=NAME)
    match state:
        case Known(text):
            return applied(path, text, content, dialect=NAME)
        case Absent():
            return applied(path, None, content, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return applied(path, None, content, dialect=NAME)
        case _:
            return unknown(path, reason(state), dialect=NAME, state=Known(content))


def _created(path: str, state: State, edits: tuple[Replacement, ...]) -> Effect:
    first, *rest = edits
    if isinstance(state, Known) and state.text.strip():
        return failed(path, state, "an empty old text creates a file, and this one exists", dialect=NAME)
    made = _written(path, state, first.new)
    if not rest or made.change is None or made.change.status != "applied":
        return made
    (effect,) = edited(path, Known(first.new), tuple(rest), dialect=NAME)
    if effect.change is None or effect.change.status != "applied" or not isinstance(effect.state, Known):
        return effect
    return applied(path, made.change.before, effect.state.text, dialect=NAME)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote. What the client recorded of an edit counts above what we would have predicted."""
    path = files.name(_arguments(call)["file_path"])
    state = files[path]
    text = seen_text(result)
    if result.is_error or text.startswith(_REFUSED):
        return _refused(call, path, files, text)
    if call.name == "Read":
        plain = droid.MARK in files.marks
        look = droid.shown(call, result, state) if plain else _read(call, result, text, state)
        return () if look is None else (Effect(path, look),)
    return _wrote(call, result, path, state, text, files)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The file before a successful edit and the patch, as the client recorded them; none where it did not."""
    told = _truth(call, result)
    return () if told is None else (told,)


def _truth(call: ToolCall, result: ToolResult) -> Truth | None:
    match result.detail:
        case {"structuredPatch": list(listed), **detail} if call.name in WRITERS and not result.is_error:
            pass
        case _:
            return None
    hunks = patches.hunks(listed)
    path = str(detail.get("filePath") or _arguments(call)["file_path"])
    before = detail.get("originalFile", detail.get("originalFileContents"))
    content = detail.get("content")
    after = content if call.name == "Write" and isinstance(content, str) else None
    if isinstance(before, str):
        return Truth(path, "file", before, after, hunks)
    if detail.get("type") == "create":
        return Truth(path, "file", None, after)
    return Truth(path, "hunks", None, after, hunks) if hunks else None


# --- results -----------------------------------------------------------------------------------------------


def _refused(call: ToolCall, path: str, files: Files, text: str) -> Effects:
    state = files[path]
    if any(mark in text for mark in _MOVED_ON):
        state = lost(state, "changed outside the session", keep=False)
    elif "has not been read yet" in text and state is NEVER_SEEN:
        state = Unknown("exists, but was not read")
    elif "File does not exist" in text and isinstance(state, Unknown):
        state = Absent()
    elif "not found in file" in text and any(is_applied(effect) for effect in apply(call, files)):
        state = lost(state, "the tool did not find what should be there", keep=False)
    if call.name == "Read":
        return (Effect(path, state),)
    why = " ".join(text.replace("<tool_use_error>", "").replace("</tool_use_error>", "").split())
    return (failed(path, state, why[:160] or "the tool refused", dialect=NAME),)


def _read(call: ToolCall, result: ToolResult, text: str, state: State) -> State | None:
    match result.detail:
        case {"type": "text", "file": {"content": str(content), "startLine": int(first), "totalLines": int(lines)}}:
            first = max(first, 1)
            if not content and lines <= 1:
                return Known("")
            return seen(state, numbered.whole(first, content), lines)
        case {"type": "file_unchanged"}:
            return state.last if isinstance(state, Unknown) and state.last is not None else None
        case {"type": str(), "file": _}:
            return None
    if text.startswith("File unchanged since last read"):
        return state.last if isinstance(state, Unknown) and state.last is not None else None
    return shown(call, text, state)


def shown(call: ToolCall, text: str, state: State) -> State | None:
    """What is known of a file after a Read answered with ``text``; None where it shows nothing."""
    segments, tail = numbered.read(text)
    if not segments:
        empty = "file exists but the contents are empty" in text or "file exists but has empty contents" in text
        return Known("") if empty else None
    return seen(state, segments, _total(_arguments(call), segments, tail))


def _total(arguments: dict[str, Any], segments: tuple[Segment, ...], tail: str) -> int | None:
    if "truncated" in tail.lower() or "PARTIAL" in tail:
        return None
    offset, limit = arguments.get("offset"), arguments.get("limit")
    first = offset if isinstance(offset, int) and offset > 0 else 1
    allowed = limit if isinstance(limit, int) else _DEFAULT_LIMIT
    last = segments[-1].last
    return last if last - first + 1 < allowed else None


def _wrote(call: ToolCall, result: ToolResult, path: str, state: State, text: str, files: Files) -> Effects:
    """A successful edit: applied to the client's record of the file, else to what is known.

    A file that may have changed since it was last seen has not: the tool refuses to edit one that did.
    """
    told = _truth(call, result)
    detail = result.detail if isinstance(result.detail, dict) else {}
    used = _as_done(call, detail, told)
    base = state.last if isinstance(state, Unknown) and state.last is not None else state
    if told is not None and told.told == "file":
        base = Absent() if told.before is None else Known(told.before)
        base = state if base == state else base
    predicted = [
        effect
        for effect in apply(used, files if base is state else files.put({path: base}))
        if isinstance(effect, Effect)
    ]
    if detail.get("userModified"):
        why = "the user changed the edit"
    elif not all(is_applied(effect) for effect in predicted):
        why = _ELSEWHERE
    elif told is not None and not all(_agrees(effect, told) for effect in predicted):
        why = "the client's patch tells of another edit"
    elif isinstance(end := predicted[-1].state, Known) and told is None and not numbered.holds(end.text, _shown(text)):
        why = "the tool's answer shows another text"
    else:
        return predicted
    content = told.after if told is not None else None
    shown = _shown(text)
    left: State = Known(content) if content is not None else joined(shown) if shown else Unknown(why)
    if content is None and isinstance(base, Partial) and told is not None and told.hunks:
        left = patches.around(base, told.hunks)
    if why == _ELSEWHERE and all(effect.pieces for effect in predicted):
        known = None if isinstance(left, Unknown) else left
        return [made for effect in predicted for made in found(effect, dialect=NAME, state=known)]
    return (unknown(path, why, dialect=NAME, state=left),)


def _shown(text: str) -> tuple[Segment, ...]:
    """The lines that the answer to an edit shows."""
    return numbered.read(text[text.find("\n") + 1 :])[0]


def _agrees(effect: Effect, told: Truth) -> bool:
    change = effect.change
    if change is None:
        return True
    whole = change.basis == "full" and change.after is not None
    return not whole or patches.agree(change.before or "", change.after or "", told.hunks)


def _as_done(call: ToolCall, detail: dict[str, Any], told: Truth | None) -> ToolCall:
    """The call with the texts that the client says it used, where it says so."""
    names = {"oldString": "old_string", "newString": "new_string", "replaceAll": "replace_all", "edits": "edits"}
    used = {names[key]: value for key, value in detail.items() if key in names and value is not None}
    if told is not None and told.after is not None:
        used["content"] = told.after
    return ToolCall(call.id, call.name, {**_arguments(call), **used})


# --- calls -------------------------------------------------------------------------------------------------


def _arguments(call: ToolCall) -> dict[str, Any]:
    return call.arguments if isinstance(call.arguments, dict) else {}


def _edits(name: str, arguments: dict[str, Any]) -> tuple[Replacement, ...] | None:
    listed = arguments.get("edits") if name == "MultiEdit" else [arguments]
    if not isinstance(listed, list):
        return None
    edits: list[Replacement] = []
    for edit in listed:
        match edit:
            case {"old_string": str(old), "new_string": str(new)}:
                edits.append(Replacement(old, new, edit.get("replace_all") in (True, "true"), swallow=True))
            case _:
                return None
    return tuple(edits)
