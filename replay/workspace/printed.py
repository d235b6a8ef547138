"""What a shell tool's answer holds of a command's output: the frames that agents put around it, taken off."""

from __future__ import annotations

import json
import re

from replay.records import ToolCall, ToolResult
from replay.workspace.effects import seen_text
from replay.workspace.looks import Output

_CODEX = re.compile(
    r"(?:Chunk ID: [^\n]*\n)?(?:Exit code: (?P<code>-?\d+)\n)?Wall time: [^\n]*\n"
    r"(?:Process exited with code (?P<exit>-?\d+)\n)?(?:Original token count: \d+\n)?(?:Total output lines: \d+\n)?"
    r"Output:\n"
)
_MINI = re.compile(r"<returncode>(-?\d+)</returncode>\n<output>\n?(.*?)\n?</output>\s*\Z", re.DOTALL)
_OPENHANDS = re.compile(
    r"(?:\n\[(?:Current working directory|Python interpreter|Command finished|Jupyter)[^\n]*\])*"
    r"\n?\[(?:The command completed|Command finished) with exit code (-?\d+)\.?\]\s*\Z"
)
_COPILOT = re.compile(r"\n?<(?:shellId: \S+ completed with |exited with )exit code (-?\d+)>\s*\Z")
_SWE = re.compile(r"\n?\(Open file: [^\n]*\)\n\(Current directory: [^\n]*\)\n?bash-\$\s*\Z")
_GEMINI = re.compile(
    r"Output: (.*?)(?:\n(?:Error|Exit Code|Signal|Background PIDs|Process Group PGID): [^\n]*)*\Z", re.DOTALL
)
_CUT_MARKS = (
    "truncated",
    "<persisted-output>",
    "lines omitted",
    "clipped",
    "output too large",
    "characters elided",
    "<output_head>",
    "<tool_output_masked>",
)
_CUT = re.compile("|".join(map(re.escape, _CUT_MARKS)), re.IGNORECASE)
FAITHFUL = frozenset({"exec_command", "shell", "local_shell", "container.exec", "shell_command"})


def output(call: ToolCall, result: ToolResult) -> Output | None:
    """The output of a command that went well, None where it did not or where the answer does not show all of it.

    Codex and pi pass on what was printed as it is; others trim it, Claude Code at both ends.
    """
    text = seen_text(result)
    if result.is_error or _is_cut(text[:300]) or _is_cut(text[-300:]):
        return None
    if (codex := _CODEX.match(text)) is not None:
        good = (codex["code"] or codex["exit"] or "0") == "0" and "tokens truncated" not in text
        return Output(text[codex.end() :]) if good else None
    if text.startswith('{"output":') and call.name in FAITHFUL:
        return _json(text)
    if (mini := _MINI.match(text)) is not None:
        return Output(mini[2], ends=False) if mini[1] == "0" else None
    if "exit code " in text:
        if (openhands := _OPENHANDS.search(text)) is not None:
            return Output(text[: openhands.start()], begins=False, ends=False) if openhands[1] == "0" else None
        if (copilot := _COPILOT.search(text)) is not None:
            return Output(text[: copilot.start()], ends=False) if copilot[1] == "0" else None
    if "(Open file: " in text and (swe := _SWE.search(text.replace("\r\n", "\n"))) is not None:
        plain = text.replace("\r\n", "\n")[: swe.start()]
        return Output(plain.removeprefix("OBSERVATION:\n"), ends=False)
    if call.name == "run_shell_command":
        gemini = _GEMINI.match(text)
        return Output(gemini[1], begins=False, ends=False) if gemini is not None else None
    if call.name == "bash" and result.is_error is False and not isinstance(result.detail, dict):
        return Output(text)
    return Output(text.removeprefix("OBSERVATION:\n").replace("\r\n", "\n"), begins=False, ends=False)


def _is_cut(text: str) -> bool:
    """Whether ``_CUT`` is in ``text``: in ASCII, where case folds as ``lower`` does it, found twenty times faster."""
    if not text.isascii():
        return _CUT.search(text) is not None
    folded = text.lower()
    return any(mark in folded for mark in _CUT_MARKS)


def _json(text: str) -> Output | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    match told:
        case {"output": str(printed), "metadata": {"exit_code": 0}} if "tokens truncated" not in printed:
            return Output(printed)
    return None
