"""Shell commands: what they write and show as far as their text tells. They are parsed, never run.

The command line itself is code too, and so is a script that it feeds to an interpreter: both are told as fragments.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, commands, looks, powershell, printed, programs, script, steps
from replay.workspace.dialects import apply_patch, swe_agent
from replay.workspace.effects import Effect, Effects, Loss, Mark, Said, Truth, said, seen_text
from replay.workspace.files import Files
from replay.workspace.truths import refused, settled

NAME = steps.NAME
COMMAND = "<command>"
POWERSHELL = "PowerShell"
LASTING = frozenset(
    {
        "Bash",
        POWERSHELL,
        "execute_bash",
        "terminal",
        "run_in_terminal",
        "run_terminal_cmd",
        "run_terminal_command_v2",
    }
)
"""Tools whose shell goes on from call to call, so that it stays in the folder it was sent to."""
TOOLS = LASTING | {
    "bash",
    "shell",
    "shell_command",
    "exec_command",
    "local_shell",
    "container.exec",
    "execute_command",
    "Execute",
    "bash_tool",
    "developer__shell",
    "executeBash",
    "launch-process",
    "run_command",
    "run_shell_command",
    "run_terminal_command",
    "run_commands",
}
_NOT_RUN = re.compile(
    r"\s*(?:<tool_use_error>|The user doesn't want to|Permission to use|Claude requested permissions|Error: Permission|"
    r"\[Operation Cancelled\]|The user denied|Cannot execute multiple commands at once|aborted by user|"
    r"exec_command failed)"
)
_BLOCKED = re.compile(r"hook (?:blocking )?error|\[Request interrupted by user for tool use\]")
_UNWRITTEN = re.compile(
    r"No such file or directory|[Pp]ermission denied|Read-only file system|syntax error|not a directory"
)
_RESET = re.compile(r"Shell cwd was reset to ([^\n]+)")
_LINES = ("command", "cmd", "commands", "CommandLine")
_FOLDERS = ("workdir", "cwd", "Cwd", "working_directory", "dir_path", "directory")
_PATCH_FAILED = re.compile(r"apply_patch verification failed|Invalid patch|Failed to find (?:expected lines|context)")


def claims(call: ToolCall) -> bool:
    """Whether the call runs a command line."""
    return call.name in TOOLS and command(call) is not None


def command(call: ToolCall) -> str | None:
    """The command line of a call, None where it has none. ``["bash", "-lc", "…"]`` stands for its script."""
    given = calls.arguments(call)
    found = next((given[name] for name in _LINES if given.get(name) is not None), None)
    match found:
        case str():
            return _unpacked(found)
        case [str(program), str(flag), str(line)] if re.fullmatch(r"(?:\S*/)?(?:ba|z|da)?sh", program) and "c" in flag:
            return line
        case ["apply_patch", str(text)]:
            return f"apply_patch <<'END-OF-PATCH'\n{text}\nEND-OF-PATCH"
        case [*words] if words and all(isinstance(word, str) for word in words):
            lines = call.name == "run_commands"
            return "\n".join(words) if lines else " ".join(_quoted(word) for word in words)
    return None


def _unpacked(text: str) -> str:
    if text.startswith('["') and text.endswith('"]'):
        try:
            words = json.loads(text)
        except ValueError:
            return text
        found = command(ToolCall("", "shell", {"command": words})) if isinstance(words, list) else None
        return found if found is not None else text
    return text


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def apply(call: ToolCall, files: Files) -> Effects:
    """What the command would do: what its text writes is told, anything else that writes loses knowledge."""
    line = command(call) or ""
    if call.name == POWERSHELL:
        return steps.touched(powershell.touched(line), steps.Shell(files, None))
    made = effects(line, files, folder(call, files))
    if call.name not in LASTING:
        made = [effect for effect in made if not isinstance(effect, Mark)]
    return [said(COMMAND, "bash", line, dialect=NAME), *made]


def effects(line: str, files: Files, folder: str | None) -> Effects:
    """The effects of a command line that runs in ``folder`` (None: not known); a mark tells where it ends up."""
    simples = script.read(line)
    if simples is None:
        return (Loss(commands.unread(line)),)
    return steps.effects(simples, files, folder)


def folder(call: ToolCall, files: Files) -> str | None:
    """Where the command runs: where the call says, where the shell was left, or where the session is.

    A session whose folder is not known has one all the same: paths relative to it stay as they are.
    """
    given = calls.text(call, *_FOLDERS)
    base = files.cwd or "."
    if given:
        return posixpath.join(base, given)
    if steps.FOLDER in files.marks:
        return files.marks[steps.FOLDER] or None
    return base


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the command did and showed. One that was refused did nothing; one that failed may have stopped midway."""
    text = seen_text(result)
    detail = result.detail if isinstance(result.detail, dict) else {}
    if _NOT_RUN.match(text) or (result.is_error and _BLOCKED.search(text)) or detail.get("rejected") is True:
        return ()
    tasks = _tasks(call, text, files)
    for mark in tasks:
        files = files.marked(mark.name, mark.value)
    made = [*tasks, *apply(call, files)]
    told = [*swe_agent.told(text), *_places(call, text, detail)]
    if result.is_error or detail.get("interrupted") or detail.get("backgroundTaskId"):
        return [*_cut_short(made, text), *told]
    if any(isinstance(one, Effect) and one.change and one.change.dialect == apply_patch.NAME for one in made):
        return [*_patched(call, result, made, files, text), *told]
    return [*made, *looked(call, result, files), *told]


_TASK = re.compile(r"^> (?:@?\S+@\S* |\S+ )?(\S+)(?: /\S+)?\n> (\S[^\n]*)$", re.MULTILINE)


def _tasks(call: ToolCall, text: str, files: Files) -> list[Mark]:
    """The commands of the project's tasks that ``npm run`` prints before it runs them."""
    if not (text.startswith("> ") or "\n> " in text) or call.name == POWERSHELL:
        return []
    simples = script.read(command(call) or "") or ()
    started = [simple for simple in simples if programs.task(simple.words) is not None]
    if len(started) != 1:
        return []
    shell = steps.Shell(files, folder(call, files))
    for simple in simples:
        if simple is started[0]:
            break
        if simple.words[:1] == ["cd"]:
            steps.moved(simple, shell)
    name = programs.task(started[0].words)
    return [Mark(steps.task_mark(shell.folder, told[1]), told[2]) for told in _TASK.finditer(text) if told[1] == name][
        :1
    ]


def _places(call: ToolCall, text: str, detail: dict[str, object]) -> list[Mark]:
    if call.name not in LASTING:
        return []
    match detail:
        case {"metadata": {"working_dir": str(folder)}} if folder:
            return [Mark(steps.FOLDER, folder)]
    reset = _RESET.search(text)
    return [Mark(steps.FOLDER, reset[1].strip())] if reset else []


def _cut_short(made: Sequence[Effect | Loss | Said | Mark], text: str) -> list[Effect | Loss | Said | Mark]:
    """What is left of the effects: files written before anything else could fail are, the others may be."""
    kept: list[Effect | Loss | Said | Mark] = []
    sure = not _UNWRITTEN.search(text)
    for effect in made:
        if isinstance(effect, Effect) and effect.change is not None:
            if not sure or effect.change.status != "applied":
                kept.append(Loss("a shell command was cut short", (effect.path,)))
                sure = False
                continue
        elif isinstance(effect, Loss) and effect.named is None:
            sure = False
        elif isinstance(effect, Mark) and effect.name == steps.FOLDER:
            effect = Mark(effect.name, "")
        kept.append(effect)
    return kept


def _patched(
    call: ToolCall, result: ToolResult, made: list[Effect | Loss | Said | Mark], files: Files, text: str
) -> Effects:
    rest = [one for one in made if not isinstance(one, Effect)]
    changed = [one for one in made if isinstance(one, Effect)]
    if _PATCH_FAILED.search(text):
        return [*rest, *refused(changed, files, text, dialect=apply_patch.NAME, missed=True)]
    return [*rest, *settled(changed, truths(call, result), files, dialect=apply_patch.NAME)]


def looked(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The file that the command showed."""
    simples = script.read(command(call) or "") if call.name != POWERSHELL else None
    looked = looks.only(simples) if simples is not None else None
    output = printed.output(call, result) if looked is not None else None
    if simples is None or looked is None or output is None:
        return ()
    shell = steps.Shell(files, folder(call, files))
    for simple in simples:
        if simple.words[:1] == ["cd"]:
            steps.moved(simple, shell)
        elif looks.look(simple) == looked:
            break
    path, sure = shell.place(looked.path)
    state = looks.shown(files[path], looked, output) if sure and not commands.is_glob(looked.path) else None
    return () if state is None else (Effect(path, state),)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """What Codex recorded of a patch that the command applied; a shell itself tells nothing of what it wrote."""
    return () if result.is_error else tuple(apply_patch.recorded(result.detail))
