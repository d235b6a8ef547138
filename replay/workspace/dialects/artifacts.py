"""Claude.ai's artifacts: documents made, rewritten and updated by the tool ``artifacts``, or as markup in older texts.

A document has an id; it is taken as a file of that name, with the suffix of its language. An update replaces a text
that occurs once.
Source: Claude.ai's data exports, as public tools that read them take them; no real one was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay import languages
from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effects, Mark, Truth, failed, fragment, is_applied
from replay.workspace.enclosed import enclosed
from replay.workspace.files import NEVER_SEEN, Files
from replay.workspace.replacing import Replacement, edited

NAME = "artifacts"
OPENED = re.compile(r"<antArtifact((?:\s+[\w-]+=\"[^\"\n]*\")+)\s*>")
"""How one begins that is written out in a text."""
_FAILURE = re.compile(r"\s*(?:Error\b|Failed|Invalid)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"\n]*)\"")
_CODE = "application/vnd.ant.code"
_SUFFIXES = {
    "application/vnd.ant.react": ".tsx",  # shown as a page; with types or without them
    "text/html": ".html",
    "text/markdown": ".md",
    "image/svg+xml": ".svg",
    "application/vnd.ant.mermaid": ".mmd",
}


def spoken(text: str) -> Iterator[ToolCall]:
    """The artifacts that are written out in ``text`` as calls of the tool, each with its whole content."""
    for opened, body in enclosed(text, OPENED, "</antArtifact>"):
        given = dict(_ATTRIBUTE.findall(opened[1]))
        told: dict[str, JSON] = {name: given[name] for name in ("type", "language", "title") if name in given}
        told |= {"command": "create", "id": given.get("identifier", "artifact"), "content": body.removeprefix("\n")}
        yield ToolCall("", NAME, told)


def claims(call: ToolCall) -> bool:
    """Whether the call makes or changes an artifact."""
    given = calls.arguments(call)
    return call.name == NAME and isinstance(given.get("command"), str) and isinstance(given.get("id"), str)


def apply(call: ToolCall, files: Files) -> Effects:
    """A document of an id that is known is written anew; where it is not known, an update is judged by itself."""
    path = _named(call, files)
    mark = Mark(_mark(call), path)
    state = files[path]
    match calls.arguments(call):
        case {"command": "create" | "rewrite", "content": str(content)}:
            return (calls.overwritten(path, state, content, dialect=NAME, new=True), mark)
        case {"command": "update", "old_str": str(old), "new_str": str(new)} if old:
            if state is NEVER_SEEN:
                return (fragment(path, new, dialect=NAME, before=old), mark)
            return edited(path, state, (Replacement(old, new),), dialect=NAME)
    return (failed(path, state, "the call lacks what to write", dialect=NAME),)


def _mark(call: ToolCall) -> str:
    return f"artifact {calls.text(call, 'id')}"


def _named(call: ToolCall, files: Files) -> str:
    """The name of the document: that which its id has, unless the call gives it another kind; else made of both."""
    name, kind = calls.text(call, "id") or "", calls.text(call, "type")
    known = files.marks.get(_mark(call))
    language = languages.of_fence(calls.text(call, "language") or "")
    if known is not None and (kind is None or (kind == _CODE and language is None)):
        return known
    if languages.of_path(name) is not None:
        return name
    return name + (_SUFFIXES.get(kind or "") or languages.SUFFIX.get(language or "", ""))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The same, unless the tool says that it failed. What a person says behind markup is no answer to it."""
    made = apply(call, files)
    if call.id.startswith("text:"):
        return made
    told = calls.observed(made, (), result, files, dialect=NAME, failure=_FAILURE)
    return told if any(is_applied(effect) for effect in told) else [one for one in told if not isinstance(one, Mark)]


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: the export holds no more than the calls."""
    return ()
