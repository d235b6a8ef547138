"""Shell commands: what they write as far as their text tells. They are parsed, never run."""

from __future__ import annotations

import re

from replay import languages
from replay.records import Change, ToolCall, ToolResult
from replay.workspace import commands, powershell
from replay.workspace.effects import Effect, Effects, Loss, Truth, applied, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, State, Unknown

NAME = "shell"
TOOLS = frozenset({"Bash", "bash", "shell", "execute_bash", "run_shell_command", "run_terminal_cmd", "PowerShell"})
_NOT_RUN = re.compile(
    r"\s*(?:<tool_use_error>|The user doesn't want to|Permission to use|Claude requested permissions|Error: Permission)"
)
_BLOCKED = re.compile(r"hook (?:blocking )?error|\[Request interrupted by user for tool use\]")


def claims(call: ToolCall) -> bool:
    """Whether the call runs a command line."""
    return call.name in TOOLS and command(call) is not None


def command(call: ToolCall) -> str | None:
    """The command line of a call, None where it has none."""
    found = call.arguments.get("command", call.arguments.get("cmd")) if isinstance(call.arguments, dict) else None
    return found if isinstance(found, str) else None


def apply(call: ToolCall, files: Files) -> Effects:
    """What the command would do: a plain here-document is a file written, anything else that writes loses knowledge."""
    line = command(call) or ""
    found = powershell.touched(line) if call.name == "PowerShell" else commands.touched(line)
    return effects(found, files)


def effects(found: commands.Touched, files: Files) -> Effects:
    """The effects of what a command line touches; code that it writes in a way we cannot tell is an unknown change."""
    made: list[Effect | Loss] = []
    if found.all is not None:
        made.append(Loss(found.all))
    if found.paths:
        made.append(Loss("a shell command wrote it", tuple(found.paths)))
        new = (path for path in found.paths if not commands.is_glob(path) and files[path] is NEVER_SEEN)
        made += [Effect(files.name(path), lost_to_shell(path)) for path in new]
    made += [
        unknown(files.name(path), f"a shell command writes {path}", dialect=NAME)
        for path in dict.fromkeys(found.authored)
        if languages.of_path(path) is not None
    ]
    made += [_document(path, text, files) for path, text in found.documents.items()]
    return made


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the command may have done. One that was refused did nothing; one that failed may have done anything."""
    text = seen_text(result)
    if _NOT_RUN.match(text) or (result.is_error and _BLOCKED.search(text)):
        return ()
    made = apply(call, files)
    detail = result.detail if isinstance(result.detail, dict) else {}
    cut_short = result.is_error or detail.get("interrupted") or detail.get("backgroundTaskId")
    if not cut_short:
        return made
    return tuple(
        Loss("a shell command was cut short", (effect.path,))
        if isinstance(effect, Effect) and effect.change
        else effect
        for effect in made
    )


def truth(call: ToolCall, result: ToolResult) -> Truth | None:  # noqa: ARG001 - the protocol's signature
    """None: a shell tells nothing of what it wrote."""
    return None


def lost_to_shell(path: str) -> State:
    """The state of a file that a command wrote."""
    return Unknown(f"a shell command wrote {path}")


def _document(path: str, text: str, files: Files) -> Effect:
    """A here-document at a path never seen is judged by itself: all of it is the command's own text."""
    name = files.name(path)
    state = files[path]
    sure = path.startswith("/")
    match state:
        case Known(before) if sure:
            return applied(name, before, text, dialect=NAME)
        case Absent() if sure:
            return applied(name, None, text, dialect=NAME)
        case _ if state is NEVER_SEEN:
            change = Change(name, "applied", NAME, languages.of_path(name, text), after=text, basis="fragment")
            return Effect(name, Known(text) if sure else lost_to_shell(path), change)
        case _:
            after = Known(text) if sure else lost_to_shell(path)
            why = reason(state) if sure else "a relative path in a shell whose folder is not known"
            return unknown(name, why, dialect=NAME, state=after)
