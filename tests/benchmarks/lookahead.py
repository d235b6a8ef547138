"""How much look-ahead leaves of `no_code`: recorded sessions played as the model, from turns that do not yet write.

    python tests/benchmarks/lookahead.py FOLDER [--start mined|any] [--every N]

Each start is a turn that only calls tools; the model says there what was recorded, and goes on as recorded while its
calls are answered. With ``mined`` the starts are the first reading turns on the way to a turn that introduces a
finding; with ``any``, every N-th turn. Printed for each N of look-ahead: how many draws write code, ask for what is not
known, ask for more than reading, or are still reading. ``shown by then`` answers only from what the transcript had
shown before the start, as for a model that asks for other files than the recorded one did; ``as recorded`` also from
what it shows later.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from replay import check, importers, lookahead, rules, workspace
from replay.errors import UserError
from replay.lookahead.ground import Ground, Watch
from replay.records import Completion, Halt, ToolCall, Transcript
from replay.workspace.timeline import Before, Done, play

DEPTHS = (0, 1, 2, 3, 5, 10)


def forward(transcript: Transcript, turn: int) -> Ground:
    """What is known before ``turn`` from what came before it only."""
    watch = Watch(transcript)
    for event in play(transcript, doubts=watch.bounds):
        match event:
            case Before(number, files) if number == turn:
                watch.reach(transcript.turns[turn].message)
                return watch.ground(files)
            case Done():
                watch.see(event)
    raise IndexError(turn)


def ending(transcript: Transcript, turn: int, ground: Ground) -> tuple[int, str]:
    """After how many turns of look-ahead the recorded model's draw from ``turn`` on ends, and how."""
    for ahead in range(max(DEPTHS) + 1):
        if turn + ahead >= len(transcript.turns):
            return ahead, "the recording ends"
        parts = transcript.messages[transcript.turns[turn + ahead].message].parts
        match lookahead.turn(Completion(parts, "tool_calls"), ground):
            case None:
                writes = any(isinstance(part, ToolCall) for part in parts)
                return ahead, "writes" if writes else "only words"
            case Halt(kind):
                return ahead, kind
            case lookahead.Answered(ground=then):
                ground = then
    return max(DEPTHS) + 1, "limit"


def starts(transcript: Transcript, how: str, every: int, packs: list) -> Iterator[int]:
    """The turns to begin at."""
    written = dict(workspace.recorded(transcript))
    reading = [_only_calls(transcript, turn) and not any(map(workspace.is_file, written[turn])) for turn in written]
    if how == "any":
        yield from [turn for turn in written if reading[turn]][::every]
        return
    turns = [turn for turn, changes in written.items() if changes]
    for turn, checked in zip(turns, check.introduced([written[turn] for turn in turns], packs), strict=True):
        first = turn
        while first and reading[first - 1]:
            first -= 1
        if checked.findings and first < turn:
            yield max(first, turn - max(DEPTHS))


def _only_calls(transcript: Transcript, turn: int) -> bool:
    return any(isinstance(part, ToolCall) for part in transcript.messages[transcript.turns[turn].message].parts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--start", choices=["mined", "any"], default="mined")
    parser.add_argument("--every", type=int, default=5)
    options = parser.parse_args()
    packs = [rule for rule in rules.load() if rule.engine == "treesitter"]
    ends: dict[str, Counter[tuple[int, str]]] = {"shown by then": Counter(), "as recorded": Counter()}
    for file in importers.find(options.folder):
        try:
            transcripts = importers.read(file)
        except UserError:
            continue
        for transcript in transcripts:
            for turn in starts(transcript, options.start, options.every, packs):
                ends["shown by then"][ending(transcript, turn, forward(transcript, turn))] += 1
                ends["as recorded"][ending(transcript, turn, lookahead.ground(transcript, turn))] += 1
    for name, counts in ends.items():
        total = counts.total()
        print(f"\n{name}: {total} draws")
        print(
            f"{'look-ahead':>10} {'no_code':>8} {'unknown':>8} {'writes':>8}   of no_code: a command, reads on, words"
        )
        for depth in DEPTHS:
            kinds: Counter[str] = Counter()
            for (ahead, kind), number in counts.items():
                kinds[kind if ahead <= depth else "limit"] += number
            if depth == 0:
                kinds["limit"] += kinds.pop("unknown", 0) + kinds.pop("command", 0)
            none = kinds["command"] + kinds["limit"] + kinds["only words"] + kinds["the recording ends"]
            told = f"{kinds['command']}, {kinds['limit']}, {kinds['only words'] + kinds['the recording ends']}"
            print(f"{depth:>10} {none:8} {kinds['unknown']:8} {kinds['writes']:8}   {told}")
    sys.exit(0 if ends["as recorded"] else 1)


if __name__ == "__main__":
    main()
