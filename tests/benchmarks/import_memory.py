"""Peak memory of importing and of mining one session, by its size; with ``--folder`` that of a whole folder.

``python tests/benchmarks/import_memory.py [--mb 10 50 200 500] [--format claude_code codex requests] [--folder 2000]``.
The sessions are written here, grown from the project's own example transcripts: told again and again under new ids, the
history compacted every forty rounds; a row takes 3 kB of Claude Code and 1 kB of Codex on the average, as in real logs.
Times are processor time; mining is done in one process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay import importers, prefix
from replay.records import Message, Text, ToolCall, ToolResult, Transcript
from replay.wire import anthropic

EXAMPLES = Path(__file__).parents[2] / "transcripts" / "swallowed-exceptions"
ROUNDS = 40  # between two compactions
Row = dict[str, Any]


def rounds() -> Iterator[tuple[int, Transcript]]:
    """The example transcripts, again and again, each with its number."""
    told = [importers.read(file)[0] for file in sorted(EXAMPLES.glob("*.jsonl"))]
    return zip(count(), cycle(told))


def renamed(message: Message, number: int) -> Message:
    """``message`` with ids of calls that no other round has."""
    parts = []
    for part in message.parts:
        match part:
            case ToolCall(id=call, name=name, arguments=arguments):
                parts.append(ToolCall(f"{call}_{number}", name, arguments))
            case ToolResult(call=call, parts=inner, is_error=error):
                parts.append(ToolResult(f"{call}_{number}", inner, error))
            case _:
                parts.append(part)
    return Message(message.role, tuple(parts))


def _results(told: Transcript) -> str:
    """The text of all results in it."""
    results = (part for one in told.messages for part in one.parts if isinstance(part, ToolResult))
    return "\n".join(part.text for one in results for part in one.parts if isinstance(part, Text))


def claude_code() -> Iterator[Row]:
    """Rows of a Claude Code session."""
    last: str | None = None
    lines = count()
    for number, told in rounds():
        bulk = _results(told) * 6
        if number % ROUNDS == ROUNDS - 1:
            last = None
            yield {"type": "system", "subtype": "compact_boundary", "uuid": f"c-{number}", "parentUuid": None}
        for message in map(renamed, told.messages, cycle([number])):
            if message.role == "system":
                continue
            at = next(lines)
            row: Row = {"type": message.role, "uuid": f"{at:08x}-0000-4000-8000-{number:012x}", "parentUuid": last}
            row |= {"sessionId": "00000000-0000-4000-8000-000000000001", "cwd": "/home/dev/shop", "version": "2.1.0"}
            row |= {"timestamp": f"2026-01-01T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}.000Z"}
            row["message"] = anthropic.write_message(message)[0]
            if message.role == "tool" or any(isinstance(part, ToolResult) for part in message.parts):
                row["toolUseResult"] = {"stdout": bulk, "stderr": "", "interrupted": False}
            if message.role == "assistant":
                row["message"] |= {"id": f"msg_{at}", "model": "claude-sonnet-4-5", "type": "message"}
                row["message"] |= {"usage": {"input_tokens": 10, "output_tokens": 5}, "stop_reason": "end_turn"}
            last = row["uuid"]
            yield row


def codex() -> Iterator[Row]:
    """Rows of a Codex rollout."""
    yield {"type": "session_meta", "payload": {"id": "s-1", "cwd": "/home/dev/shop", "cli_version": "0.140.0"}}
    yield {"type": "turn_context", "payload": {"model": "gpt-5-codex", "effort": "medium"}}
    for number, told in rounds():
        if number % ROUNDS == ROUNDS - 1:
            summary = {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": f"So far: {number}"}],
            }
            yield {"type": "compacted", "payload": {"message": "", "replacement_history": [summary]}}
        for message in map(renamed, told.messages, cycle([number])):
            for part in message.parts:
                if message.role != "system" and (item := _item(message.role, part)) is not None:
                    yield {"timestamp": "2026-01-01T00:00:00.000Z", "type": "response_item", "payload": item}


def _item(role: str, part: object) -> Row | None:
    match part:
        case Text(text):
            kind = "output_text" if role == "assistant" else "input_text"
            return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
        case ToolCall(id=call, name=name, arguments=arguments):
            return {"type": "function_call", "call_id": call, "name": name, "arguments": json.dumps(arguments)}
        case ToolResult(call=call, parts=parts):
            said = "\n".join(one.text for one in parts if isinstance(one, Text)) * 5
            return {"type": "function_call_output", "call_id": call, "output": said}
        case _:
            return None


def requests() -> Iterator[Row]:
    """Request bodies of the Anthropic API: each holds all that was said since the history was compacted."""
    history: list[Row] = []
    for number, told in rounds():
        if number % ROUNDS == ROUNDS - 1:
            history.clear()
        for turn in range(len(told.turns)):
            request = prefix.prefix(told, turn)
            since = 0 if turn == 0 else len(prefix.prefix(told, turn - 1).messages)
            history += [anthropic.write_message(renamed(one, number))[0] for one in request.messages[since:]]
            yield {"model": "claude-sonnet-4-5", "max_tokens": 8000, "messages": history}


FORMATS: dict[str, Callable[[], Iterator[Row]]] = {"claude_code": claude_code, "codex": codex, "requests": requests}


def write(path: Path, kind: str, megabytes: float) -> None:
    """A session of at least ``megabytes``."""
    size = 0
    with path.open("w", encoding="utf-8") as file:
        for row in FORMATS[kind]():
            size += file.write(json.dumps(row, ensure_ascii=False) + "\n")
            if size >= megabytes * 1_000_000:
                return


def child(path: Path, what: str) -> None:
    """Print processor time in seconds and peak memory in MB of ``replay import`` or ``replay mine``."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "replay", what, str(path), "--to", folder, "--json"]
        command += ["--jobs", "0"] if what == "mine" else []  # one process: what workers take is not told here
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))


def measured(path: Path, what: str) -> tuple[float, float]:
    """What ``child`` prints, from a process of its own."""
    command = [sys.executable, __file__, "--child", str(path), what]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak = json.loads(told.stdout)
    return seconds, peak


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", nargs="*", type=int, default=[10, 50, 200, 500])
    parser.add_argument("--format", nargs="*", choices=FORMATS, default=["claude_code", "codex"])
    parser.add_argument("--what", nargs="*", choices=("import", "mine"), default=["import", "mine"])
    parser.add_argument("--folder", type=int, help="megabytes of a folder: one session of 500, the rest of 5")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    print(f"{'format':12} {'MB':>6} {'way':>7} {'s':>7} {'MB/s':>6} {'peak MB':>8}   slope")
    for kind in asked.format:
        last: dict[str, tuple[int, float]] = {}
        for size in [asked.folder] if asked.folder else asked.mb:
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder, "session.jsonl"), kind, min(size, 500))
                for number in range((size - 500) // 5):
                    write(Path(folder, f"more-{number}.jsonl"), kind, 5)
                for what in asked.what:
                    seconds, peak = measured(Path(folder), what)
                    smaller = last.get(what)
                    slope = "" if smaller is None else f"{(peak - smaller[1]) / (size - smaller[0]):7.3f}"
                    last[what] = size, peak
                    row = f"{kind:12} {size:6} {what:>7} {seconds:7.1f} {size / seconds:6.1f}"
                    print(f"{row} {peak:8.0f} {slope:>7}", flush=True)


if __name__ == "__main__":
    main()
