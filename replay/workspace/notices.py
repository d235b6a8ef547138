"""What clients tell in the text of messages about files: shown, changed by others, or a command typed by the user."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from replay.records import Aside, ToolCall
from replay.workspace import commands, numbered
from replay.workspace.dialects import aider, claude, cline, shell
from replay.workspace.effects import Effect, Effects, Loss, Mark
from replay.workspace.files import Files, Partial, joined, lost

_TYPED = re.compile(r"<bash-input>(.*?)</bash-input>", re.DOTALL)
_CHANGED = re.compile(
    r"^Note: (\S[^\n]*?) was modified, either by the user or by a linter\.[^\n]*\n?(?=(.*?)(?:</system-reminder>|\Z))",
    re.DOTALL | re.MULTILINE,
)
_CALLED = re.compile(r"^Called the Read tool with the following input: (\{[^\n]*\})", re.MULTILINE)
_RESULT = re.compile(r"Result of calling the Read tool:[ \n]*\"?", re.MULTILINE)
_STILL = re.compile(r"\b\d+ files? (?:would be )?left unchanged|\(unchanged\)")
_DID = re.compile(r"\breformatted\b|\bfixed\b|\brewrote\b", re.IGNORECASE)


def told(text: str, files: Files) -> Iterator[Effects]:
    """The effects that a message's text tells, one after the other."""
    for effect in aider.told(text, files):
        yield (effect,)
    if "<file_content " in text:
        yield from ((effect,) for effect in cline.mentioned(text, files))
    if not (
        "<bash-input>" in text
        or "was modified, either" in text
        or "Called the Read tool" in text
        or "<task-notification>" in text
    ):
        return
    for match in _TYPED.finditer(text):
        yield [effect for effect in shell.effects(match[1], files, None) if not isinstance(effect, Mark)]
    if "<task-notification>" in text:
        yield (Loss("a sub-agent in the background may have written it"),)
    for match in _CHANGED.finditer(text):
        yield (changed(match[1], match[2], files),)
    for match in _CALLED.finditer(text):
        found = _RESULT.search(text, match.end(), match.end() + 200)
        if found is not None:
            yield _shown(match[1], text[found.end() :], files)


def changed(path: str, snippet: str, files: Files) -> Effect:
    """Somebody else changed ``path``; of it the numbered lines in ``snippet`` are known."""
    start = re.search(r"^[ ]*\d+(?:→|\t)", snippet, re.MULTILINE)
    segments = numbered.read(snippet[start.start() :])[0] if start else ()
    name = files.name(path)
    state = joined(segments) if segments else lost(files[name], "changed outside the session", keep=False)
    return Effect(name, state)


def hook(aside: Aside, did: Effects) -> Effects:
    """What a hook may have changed after a call that did ``did``: formatters rewrite what was just written."""
    changes = [effect.change for effect in did if isinstance(effect, Effect) and effect.change is not None]
    written = tuple(change.path for change in changes if change.status != "failed_edit")
    if not written or (_STILL.search(aside.output) and not _DID.search(aside.output)):
        return ()
    found = commands.touched(aside.text)
    if not found:
        return ()
    why = f"a hook ran after the edit: {aside.text[:60]}"
    if _DID.search(aside.output) and found.all is not None:
        return (Loss(why, keep=False),)
    return (Loss(why, (*written, *found.paths), keep=False),)


def _shown(arguments: str, text: str, files: Files) -> Effects:
    try:
        given = json.loads(arguments)
    except ValueError:
        return ()
    call = ToolCall("", "Read", given) if isinstance(given, dict) else None
    if call is None or not claude.claims(call):
        return ()
    state = claude.shown(call, text, files[given["file_path"]])
    # A mention shows lines whose last one may be cut by the end of the reminder, so it is never the whole file.
    return (Effect(files.name(given["file_path"]), state),) if isinstance(state, Partial) else ()
