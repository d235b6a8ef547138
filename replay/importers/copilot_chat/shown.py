"""The parts of an answer as the chat shows them: Markdown in pieces, thoughts, calls of tools, edits by ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from replay.importers import loose
from replay.importers.session import Session
from replay.records import JSON, Part, Reasoning, Text, ToolCall, ToolResult

Told = tuple[list[Part], list[ToolResult]]
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


def edit(part: dict[str, JSON], created: set[str], said: list[Part], session: Session) -> ToolResult:
    """That an edit was done, which is put into ``said`` as a call with the ranges of its groups.

    The first edit of a file that is in ``created`` is what the file was made with.
    """
    made = session.calls.call(f"edit_{len(session.messages)}_{len(said)}")
    session.calls.close(made)
    session.count.notes[_RANGES] = None
    given: dict[str, JSON] = {"path": _path(part.get("uri")) or "", "edits": part.get("edits")}
    if (place := _place(part.get("uri"))) in created:
        created.remove(place)
        given["new"] = True
    said.append(ToolCall(made, EDIT, given))
    return ToolResult(made)


def created(parts: list[dict[str, JSON]]) -> set[str]:
    """The files that calls of ``create_file`` among ``parts`` name."""
    found: set[str] = set()
    for part in parts:
        if part.get("kind") in _CALLS and _name(part) == "create_file":
            uris = loose.mapping(loose.mapping(part.get("invocationMessage")).get("uris"))
            found.update(_place(uri) for uri in uris)
    return found


def read(parts: list[dict[str, JSON]], session: Session) -> Iterator[Told]:
    """The answers that ``parts`` show, each with the results that are shown with its calls."""
    here = _Shown(session, created(parts), ranges=any(True for _ in edits(parts)))
    fenced = False
    for part in parts:
        told, kind = words(part), part.get("kind")
        if told is not None:
            if not (fenced and _FENCE.fullmatch(told)):
                here.texts.append(told)
            continue
        fenced = kind == EDIT or (kind == "codeblockUri" and part.get("isEdit") is True)
        if fenced and here.texts:
            here.texts[-1] = _OPENED.sub("", here.texts[-1])
        if kind == "thinking":
            yield from here.think(part)
        elif kind in _CALLS or kind == EDIT:
            yield from here.call(part)
        else:
            session.drop(f"part `{str(kind)[:40]}` of an answer")
    yield from here.close()


@dataclass
class _Shown:
    """The answer that is being told: ``texts`` are pieces of what comes next in it."""

    session: Session
    new: set[str]
    ranges: bool
    said: list[Part] = field(default_factory=list)
    answered: list[ToolResult] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    called: bool = False

    def think(self, part: dict[str, JSON]) -> Iterator[Told]:
        """A thought begins an answer, or goes on."""
        if self.called or any(text.strip() for text in self.texts):
            yield from self.close()
        self.texts.clear()
        value = part.get("value")
        lines = value if isinstance(value, list) else [value]
        if text := "".join(line for line in lines if isinstance(line, str)):
            self.said.append(Reasoning(text))

    def call(self, part: dict[str, JSON]) -> Iterator[Told]:
        """A call, or an edit; text between calls begins an answer."""
        if text := self._text():
            if self.called:
                yield self._whole()
            self.said.append(Text(text))
        if part.get("kind") != EDIT:
            self._called(part)
        elif any(True for _ in edits([part])):
            self.answered.append(edit(part, self.new, self.said, self.session))
            self.called = True

    def close(self) -> Iterator[Told]:
        """The answer; text behind its calls is another."""
        text = self._text()
        behind = text if self.called else ""
        if text and not self.called:
            self.said.append(Text(text))
        if self.said:
            yield self._whole()
        if behind:
            yield [Text(behind)], []

    def _whole(self) -> Told:
        made = self.said, self.answered
        self.said, self.answered, self.called = [], [], False
        return made

    def _text(self) -> str:
        """The pieces so far as one; nothing where they are empty, or the fence around an edit."""
        text = "".join(self.texts)
        self.texts.clear()
        return "" if not text.strip() or _FENCE.fullmatch(text) else text

    def _called(self, part: dict[str, JSON]) -> None:
        name, given, gave = _name(part), _given(part), _gave(part)
        if name in _EDITORS and not given and self.ranges:
            self.session.drop("call of an edit that is told by its ranges")
            return
        call = self.session.calls.call(part.get("toolCallId"), tool=name)
        self.said.append(ToolCall(call, name, given))
        self.called = True
        if gave is not None:
            self.session.calls.close(call)
            failed = loose.mapping(part.get("resultDetails")).get("isError") is True
            self.answered.append(ToolResult(call, (Text(gave),), True if failed else None))


def _name(part: dict[str, JSON]) -> str:
    tool = loose.text(part.get("toolId")) or ""
    return _TOOLS.get(tool, tool)


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


def _place(uri: JSON) -> str:
    """What tells the file of ``uri`` from others, in whichever form it stands."""
    found = loose.mapping(uri)
    told = loose.text(found.get("path")) or _path(uri) or ""
    return unquote(told.removeprefix("file://")).replace("\\", "/").casefold()
