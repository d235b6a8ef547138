"""ChatGPT's canvas: documents made by ``canmore.create_textdoc`` and changed by ``canmore.update_textdoc``.

An update is a list of regular expressions with what takes their place; no document is named, as there is one at a time.
Expressions come from a model and may run for ever: only those that stand for literal text, and ``.*`` for all of it,
are followed. The others leave the document unknown, and what they put in is judged by itself.
Source: ChatGPT's data exports.
"""

from __future__ import annotations

from collections.abc import Iterator

from replay import languages
from replay.records import ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import (
    Effects,
    Mark,
    Truth,
    applied,
    failed,
    fragment,
    reason,
    seen_text,
    unknown,
)
from replay.workspace.files import Files, Known
from replay.workspace.literal import literal

NAME = "canvas"
_MARK = "canvas document"
_CREATE, _UPDATE = "canmore.create_textdoc", "canmore.update_textdoc"
_ALL = (".*", "^.*$", r"[\s\S]*")
_REACT = "code/react"  # shown as a page; with types or without them


def claims(call: ToolCall) -> bool:
    """Whether the call makes or changes a document of the canvas."""
    return call.name in {_CREATE, _UPDATE} and isinstance(call.arguments, dict)


def apply(call: ToolCall, files: Files) -> Effects:
    """A new document is a new file, called as it is, with the suffix of its language."""
    if call.name == _CREATE:
        content = calls.text(call, "content")
        path = _created(call)
        if content is None:
            return (failed(path, files[path], "the call has no content", dialect=NAME),)
        return (applied(path, None, content, dialect=NAME), Mark(_MARK, path))
    path = files.marks.get(_MARK, "document")
    updates = list(_updates(call))
    state = files[path]
    if not updates:
        return (failed(path, state, "the call holds no update", dialect=NAME),)
    text = state.text if isinstance(state, Known) else None
    for pattern, new in updates:
        text = _updated(text, pattern, new)
    if text is not None:
        return (applied(path, state.text if isinstance(state, Known) else None, text, dialect=NAME),)
    why = reason(state) if not isinstance(state, Known) else "its expressions are not followed"
    told = [fragment(path, new, dialect=NAME) for _, new in updates if new.strip()]
    return told or (unknown(path, why, dialect=NAME),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The same, unless the tool says that it failed."""
    words = seen_text(result)
    if words.strip() and not words.lstrip().startswith("Success"):
        path = _created(call) if call.name == _CREATE else files.marks.get(_MARK, "document")
        return (failed(path, files[path], " ".join(words.split())[:160], dialect=NAME),)
    return apply(call, files)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: the export holds no more than the calls."""
    return ()


def _created(call: ToolCall) -> str:
    """The name of a new document, with the suffix of its type (``code/python``) where it has none of its own."""
    name, kind = calls.text(call, "name") or "document", calls.text(call, "type") or ""
    if languages.of_path(name) is not None:
        return name
    if kind == "document":
        return f"{name}.md"
    if kind == _REACT:
        return f"{name}.tsx"
    return name + languages.SUFFIX.get(languages.of_fence(kind.removeprefix("code/")) or "", "")


def _updates(call: ToolCall) -> Iterator[tuple[str, str]]:
    given = calls.arguments(call).get("updates")
    for one in given if isinstance(given, list) else ():
        match one:
            case {"pattern": str(pattern), "replacement": str(new)}:
                yield pattern, new


def _updated(text: str | None, pattern: str, new: str) -> str | None:
    """``text`` after one update; None where that is not known. A replacement with a backslash may name a group."""
    if "\\" in new:
        return None
    if pattern in _ALL:
        return new
    old = literal(pattern)
    return text.replace(old, new) if text is not None and old is not None and text.count(old) == 1 else None
