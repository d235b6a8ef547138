"""A tool use as SpecStory prints it, turned back into a call and its result, as far as it was printed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

from replay.importers.specstory.blocks import Piece
from replay.records import JSON

_SUMMARY = re.compile(r"<summary>Tool use: \*\*(?P<name>.*?)\*\*(?P<rest>.*?)</summary>", re.DOTALL)
_TAGS = re.compile(r"^\s*</?details>\s*|\s*</?details>\s*$|<summary>.*?</summary>", re.DOTALL)
_FENCE = re.compile(
    r"^(?P<before>.*?: )?```(?P<lang>[\w+#.-]*)[ \t]*$\n(?P<body>.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE
)
_PRINTED = re.compile(r"^```(?:text)?[ \t]*$\n(?P<body>.*)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_EDITS = re.compile(r"Edit file: (.+)|Read file: (.+)|(?:Write|Create) file: (.+)")
_WROTE = re.compile(r"(?:created successfully at: |^The file )(\S.*?)(?= has been | \(file state|\.?$)", re.MULTILINE)
_COMMAND = re.compile(
    r"^```(?:bash|sh|shell|zsh|powershell|console)[ \t]*$\n(?P<body>.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE
)
_PATCH = re.compile(r"^\*\*(Add|Update|Delete|Move)[^:*]*: `([^`]+)`\*\*", re.MULTILINE)


@dataclass(frozen=True)
class Use:
    """One use of a tool: its arguments as far as they are known, and the result, None where none was printed."""

    name: str
    arguments: dict[str, JSON] | str
    result: str | None


def read(piece: Piece) -> Use:
    """The use that ``piece`` prints. Arguments get the names that the tool gives them where it is known how."""
    text = piece.text
    summary = _SUMMARY.search(text)
    name = piece.tool_name or (summary["name"] if summary else "unknown")
    head = summary["rest"].strip() if summary else ""
    body = _TAGS.sub("", text[summary.end() :] if summary else text).strip("\n")
    command = _COMMAND.search(body) if piece.tool_type == "shell" else None
    if command is not None:
        body = body[: command.start()] + body[command.end() :]
    fences = [(found["lang"], _plain(found["body"]), bool(found["before"])) for found in _FENCE.finditer(body)]
    before = body.partition("```")[0] if piece.tool_type != "write" else _FENCE.sub("", body)
    prose = "\n".join(line for line in (head, *before.split("\n")) if line.strip()).strip()
    if (patch := _patch(body, name)) is not None:
        return Use(name, patch, _output(fences))
    use = _use(piece.tool_type, name, prose, fences)
    if command is not None and isinstance(use.arguments, dict):
        use = replace(use, arguments={**use.arguments, "command": _plain(command["body"]).rstrip("\n")})
    printed = _PRINTED.search(body) if piece.tool_type != "write" and use.result is not None else None
    return replace(use, result=_plain(printed["body"])) if printed else use


def _use(kind: str, name: str, prose: str, fences: list[tuple[str, str, bool]]) -> Use:
    codes = _CODE.findall(prose)
    told = next((text.strip() for groups in _EDITS.findall(prose) for text in groups if text), None)
    result = _output(fences)
    inputs = [text for _, text, given in fences if given]
    given: dict[str, JSON] = {}
    match kind:
        case "write":
            path = told or (codes[0] if codes else None) or _wrote(result or "")
            given = {} if path is None else {"file_path": path}
            match next(((lang, text) for lang, text, _ in fences if lang != "text"), None):
                case (_, str(text)) if _WROTE.match(text):
                    given["file_path"] = given.get("file_path", _wrote(text))
                    result = text
                case (str(lang), str(text)):
                    given["diff" if lang == "diff" else "content"] = text
                    result = result if len(fences) > 1 else None
        case "shell":
            if codes:
                given["command"] = codes[-1]
            if describes := _CODE.sub("", prose).strip():
                given["description"] = describes
        case "read":
            if path := told or (codes[0] if codes else None):
                given["file_path"] = path
        case _ if inputs:
            return Use(name, inputs[0], result)
        case _:
            given = {"input": prose} if prose else {}
    return Use(name, given, result)


def _wrote(text: str) -> str | None:
    found = _WROTE.search(text)
    return found[1] if found else None


def _output(fences: list[tuple[str, str, bool]]) -> str | None:
    told = [text for lang, text, given in fences if lang in ("", "text") and not given]
    return told[-1] if told else None


def _patch(body: str, name: str) -> str | None:
    """The text that ``apply_patch`` was given: its files are printed one by one, each with a diff."""
    starts = list(_PATCH.finditer(body)) if name == "apply_patch" else []
    if not starts:
        return None
    patch = ["*** Begin Patch"]
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        section = body[start.end() : following.start() if following else len(body)]
        fence = next((found["body"] for found in _FENCE.finditer(section) if found["lang"] == "diff"), "")
        patch.append(f"*** {'Update' if start[1] == 'Move' else start[1]} File: {start[2]}")
        patch.extend(_plain(fence).rstrip("\n").split("\n") if fence else ())
    return "\n".join((*patch, "*** End Patch"))


def _plain(text: str) -> str:
    """Printed text as it was: fences unescaped, backticks that were written as entities too."""
    text = text.replace("\\```", "```")
    return html.unescape(text) if "&#96;" in text else text
