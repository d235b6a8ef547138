"""Command lines that only read, whatever the agent's tool for them is called."""

from __future__ import annotations

from replay.lookahead import frames, reading
from replay.lookahead.ground import Ground
from replay.lookahead.looking import name_of
from replay.lookahead.readers import only_reads
from replay.lookahead.replies import Acts, Answer, Untold
from replay.lookahead.stretch import Hidden
from replay.records import ToolCall
from replay.workspace.dialects import shell

_SHOWN = 80


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call runs a command line (bash)."""
    return shell.claims(call) and call.name != shell.POWERSHELL


def answer(call: ToolCall, ground: Ground) -> Answer:
    """What the command would print of files that are known; the same as before where it ran before and nothing did."""
    line = shell.command(call) or ""
    if not only_reads(line):
        return Acts(f"run {' '.join(line.split())[:_SHOWN]}")
    if (before := ground.seen.get(name_of(call, ground.files))) is not None:
        return before
    try:
        machine = reading.machine(ground.files, shell.folder(call, ground.files))
        return frames.framed(call, reading.printed(line, machine), ground)
    except reading.Ran:
        return Acts(f"run {' '.join(line.split())[:_SHOWN]}")
    except Hidden as why:
        return Untold(f"{' '.join(line.split())[:_SHOWN]}: {why}")
