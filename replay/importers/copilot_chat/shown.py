"""The parts of an answer as the chat shows them: Markdown in pieces, thoughts, calls of tools, edits by ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.importers import loose
from replay.importers.session import Session
from replay.records import JSON, Part, Reasoning, Text, ToolCall, ToolResult

EDIT = "textEditGroup"
"""The name under which an edit is told of which only the ranges are known, and not the call."""
_RANGES = "edits that are kept as ranges are told as calls of textEditGroup"
_CALLS = ("toolInvocationSerialized", "toolInvocation")
_FENCE = re.compile(r"\s*`{3,}[\w.+#-]*\s*")
_OPENED = re.compile(r"(?:\A|\n)`{3,}[\w.+#-]*\s*\Z")
_TOOLS = {
    "copilot_readFile": "read_file",
    "copilot_listDirectory": "list_dir",
    "copilot_findFiles": "file_search",
    "copilot_findTextInFiles": "grep_search",
    "copilot_searchCodebase": "semantic_search",
    "copilot_listCodeUsages": "list_code_usages",
    "copilot_getErrors": "get_errors",
    "copilot_getChangedFiles": "get_changed_files",
    "copilot_fetchWebPage": "fetch_webpage",
    "copilot_createDirectory": "create_directory",
    "copilot_createFile": "create_file",
    "copilot_insertEdit": "insert_edit_into_file",
    "copilot_replaceString": "replace_string_in_file",
    "copilot_multiReplaceString": "multi_replace_string_in_file",
    "copilot_applyPatch": "apply_patch",
    "copilot_editNotebook": "edit_notebook_file",
}
"""Tools as the model calls them, by the names under which the extension contributes them (``toolNames.ts``)."""
_EDITORS = frozenset(list(_TOOLS.values())[-6:])


def main(response: JSON) -> list[dict[str, JSON]]:
    """The parts of an answer that are not a sub-agent's; text without an object around it counts as Markdown."""
    listed = loose.mapping(response).get("value", response)
    parts = [{"value": part} if isinstance(part, str) else part for part in listed] if isinstance(listed, list) else []
    return [part for part in loose.objects(parts) if owner(part) is None]


def owner(part: dict[str, JSON]) -> str | None:
    """The id of the call that started the sub-agent whose part it is."""
    if found := loose.text(part.get("subAgentInvocationId")):
        return found
    return "sub-agent" if part.get("fromSubAgent") is True else None


def words(part: dict[str, JSON]) -> str | None:
    """The text of a part that is text."""
    match part:
        case {"kind": "markdownContent" | "markdownVuln", "content": str(text) | {"value": str(text)}}:
            return text
        case {"kind": "inlineReference"}:
            return f"`{_referred(part)}`"
        case {"value": str(text)} if part.get("kind") in (None, "markdownContent"):
            return text
    return None


def _referred(part: dict[str, JSON]) -> str:
    """What a link into the workspace is called: its name, or that of its file."""
    target = loose.mapping(part.get("inlineReference"))
    place = _path(target) or _path(target.get("uri")) or _path(loose.mapping(target.get("location")).get("uri")) or ""
    name = loose.text(part.get("name")) or loose.text(target.get("name"))
    return name or re.split(r"[\\/]", place.rstrip("\\/"))[-1]


def tail(parts: list[dict[str, JSON]]) -> str:
    """The text behind the last call or edit."""
    told: list[str] = []
    for part in parts:
        text = words(part)
        if text is not None:
            told.append(text)
        elif part.get("kind") in (*_CALLS, EDIT, "notebookEditGroup", "codeblockUri", "prepareToolInvocation"):
            told.clear()
    text = "".join(told).strip()
    return "" if _FENCE.fullmatch(text) else text


def edits(parts: list[dict[str, JSON]]) -> Iterator[dict[str, JSON]]:
    """The parts that are edits, with something in them."""
    for part in parts:
        if part.get("kind") == EDIT and isinstance(groups := part.get("edits"), list) and any(groups):
            yield part


def edit(part: dict[str, JSON], said: list[Part], session: Session) -> ToolResult:
    """That an edit was done, which is put into ``said`` as a call with the ranges of its groups."""
    made = session.calls.call(f"edit_{len(session.messages)}_{len(said)}")
    session.calls.close(made)
    session.count.notes[_RANGES] = None
    said.append(ToolCall(made, EDIT, {"path": _path(part.get("uri")) or "", "edits": part.get("edits")}))
    return ToolResult(made)


def read(parts: list[dict[str, JSON]], session: Session) -> Iterator[tuple[list[Part], list[ToolResult]]]:
    """The answers that ``parts`` show, each with the results that are shown with its calls."""
    ranges = any(True for _ in edits(parts))
    said: list[Part] = []
    answered: list[ToolResult] = []
    text = ""
    for part in parts:
        told, kind = words(part), part.get("kind")
        if told is not None:
            text += told
        elif kind == "thinking":
            if text.strip() or any(isinstance(one, ToolCall) for one in said):
                yield from _whole(said, answered, text)
                said, answered, text = [], [], ""
            said += _thought(part)
        elif kind in _CALLS or kind == EDIT:
            if any(isinstance(one, ToolCall) for one in said) and not _FENCE.fullmatch(text) and text.strip():
                yield from _whole(said, answered, "")
                said, answered = [], []
            text = _OPENED.sub("", "" if _FENCE.fullmatch(text) else text)
            if text.strip():
                said.append(Text(text))
            text = ""
            _called(part, said, answered, session, ranges=ranges)
        else:
            session.drop(f"part `{str(kind)[:40]}` of an answer")
    yield from _whole(said, answered, text)


def _whole(said: list[Part], answered: list[ToolResult], text: str) -> Iterator[tuple[list[Part], list[ToolResult]]]:
    """One answer; text behind its calls is the next."""
    text = "" if _FENCE.fullmatch(text) else text
    called = any(isinstance(part, ToolCall) for part in said)
    if text.strip() and not called:
        said = [*said, Text(text)]
    if said:
        yield said, answered
    if text.strip() and called:
        yield [Text(text)], []


def _thought(part: dict[str, JSON]) -> Iterator[Reasoning]:
    value = part.get("value")
    lines = value if isinstance(value, list) else [value]
    if text := "".join(line for line in lines if isinstance(line, str)):
        yield Reasoning(text)


def _called(
    part: dict[str, JSON], said: list[Part], answered: list[ToolResult], session: Session, *, ranges: bool
) -> None:
    if part.get("kind") == EDIT:
        if any(True for _ in edits([part])):
            answered.append(edit(part, said, session))
        return
    tool = loose.text(part.get("toolId")) or ""
    name = _TOOLS.get(tool, tool)
    given, gave = _given(part), _gave(part)
    if name in _EDITORS and not given and ranges:
        session.drop("call of an edit that is told by its ranges")
        return
    call = session.calls.call(part.get("toolCallId"), tool=name)
    said.append(ToolCall(call, name, given))
    if gave is not None:
        session.calls.close(call)
        failed = loose.mapping(part.get("resultDetails")).get("isError") is True
        answered.append(ToolResult(call, (Text(gave),), True if failed else None))


def _given(part: dict[str, JSON]) -> dict[str, JSON]:
    """The arguments of a call as far as they are shown."""
    match loose.mapping(part.get("toolSpecificData")):
        case {"kind": "terminal", "commandLine": {"original": str(line)}} | {"kind": "terminal", "command": str(line)}:
            return {"command": line}
        case {"kind": "input", "rawInput": dict(given)}:
            return given
        case {"kind": "subagent", **rest}:
            return {key: rest[key] for key in ("agentName", "description", "prompt") if isinstance(rest.get(key), str)}
    given = loose.unpacked(loose.mapping(part.get("resultDetails")).get("input"))
    return given if isinstance(given, dict) else {}


def _gave(part: dict[str, JSON]) -> str | None:
    """The result of a call where it is shown."""
    match loose.mapping(part.get("toolSpecificData")):
        case {"kind": "terminal", "terminalCommandOutput": {"text": str(text)}}:
            return text
        case {"kind": "subagent", "result": str(text)}:
            return text
    match loose.mapping(part.get("resultDetails")).get("output"):
        case str(text):
            return text
        case list(items):
            texts = [told for item in loose.objects(items) if (told := loose.text(item.get("value")))]
            return "\n".join(texts) if texts else None
    return None


def _path(uri: JSON) -> str | None:
    """The path of a file that ``uri`` names: an object with its parts, or text."""
    if isinstance(uri, str):
        return uri.removeprefix("file://") or None
    found = loose.mapping(uri)
    return loose.text(found.get("fsPath")) or loose.text(found.get("path"))
