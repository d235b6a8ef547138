"""How fast files are imported, beside ``json.loads`` over the same lines, and what memory a long session takes.

``python tests/benchmarks/importers.py [FOLDER] [--mb 50 200 500]``. FOLDER holds transcripts, by default the
collection beside the checkout. The two readings of a file are timed in one process, in turns, the best of three in
processor time. The long sessions are Claude Code logs written here, read in a process of their own each; their memory
is the peak of that process less what it took before it began.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay import importers, redact
from replay.errors import UserError

SHARED = Path(__file__).parents[3] / "shared" / "transcripts"
CODE = "".join(f"def step_{n}(value: int) -> int:\n    return value * {n} + 1\n\n" for n in range(30))


def speeds(folder: Path) -> Iterator[tuple[str, int, int, float, float | None]]:
    """Format, files, bytes, seconds of import, seconds of ``json.loads`` (None for what is no JSON)."""
    by_format: dict[str, list[Path]] = defaultdict(list)
    for file in importers.find([folder]):
        if name := importers.identify(file):
            by_format[name].append(file)
    for name, files in sorted(by_format.items()):
        size = sum(file.stat().st_size for file in files)
        ours: list[float] = []
        plain: list[float | None] = []
        for _ in range(3):
            ours.append(_seconds(lambda files=files: [_read(file) for file in files]))
            plain.append(_json(files))
        bare = None if None in plain else min(one for one in plain if one is not None)
        yield name, len(files), size, min(ours), bare


def _read(file: Path) -> None:
    try:
        importers.read(file)
    except UserError:
        return  # a file of the format that holds nothing to replay; it was read all the same


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _json(files: list[Path]) -> float | None:
    try:
        return _seconds(lambda: [_loads(file) for file in files])
    except ValueError:
        return None


def _loads(file: Path) -> None:
    data = file.read_bytes()
    try:
        json.loads(data)
    except ValueError:
        for line in data.splitlines():
            if line.strip():
                json.loads(line)


# --- long sessions -----------------------------------------------------------------------------------------


def write(path: Path, megabytes: int) -> None:
    """A Claude Code log of one session: a prompt, a call that reads a file, its result, an edit, an answer; again."""
    number = size = 0
    last: str | None = None
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            number += 1
            for row in _round(number):
                row |= {"parentUuid": last, "sessionId": "s-1", "cwd": "/home/dev/shop", "version": "2.1.0"}
                last = row["uuid"]
                size += file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _round(number: int) -> Iterator[dict[str, Any]]:
    text = CODE.replace("step_", f"step_{number}_")
    path = f"/home/dev/shop/part{number}.py"
    edit = {"file_path": path, "old_string": "value * 1 ", "new_string": "value * 7 "}
    detail = {"filePath": path, "oldString": edit["old_string"], "newString": edit["new_string"], "originalFile": text}
    yield _user(number, 0, f"Please look after part {number} and make its first step larger.")
    yield _assistant(number, 1, {"type": "text", "text": f"I will read part {number} first."})
    yield _assistant(number, 2, _call(number, "r", "Read", {"file_path": path}))
    yield _user(number, 3, [_result(number, "r", text)]) | {
        "toolUseResult": {"type": "text", "file": {"content": text}}
    }
    yield _assistant(number, 4, _call(number, "e", "Edit", edit))
    yield _user(number, 5, [_result(number, "e", "The file was edited.")]) | {"toolUseResult": detail}
    yield _assistant(number, 6, {"type": "text", "text": f"Part {number} is done: its first step is larger now."})


def _call(number: int, which: str, name: str, arguments: dict[str, str]) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{which}{number}", "name": name, "input": arguments}


def _result(number: int, which: str, text: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": f"toolu_{which}{number}", "content": text}


def _row(number: int, part: int, role: str, message: dict[str, Any]) -> dict[str, Any]:
    at = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.{part:03}Z"
    return {"type": role, "uuid": f"u-{number}-{part}", "timestamp": at, "isSidechain": False, "message": message}


def _user(number: int, part: int, content: object) -> dict[str, Any]:
    return _row(number, part, "user", {"role": "user", "content": content})


def _assistant(number: int, part: int, block: dict[str, Any]) -> dict[str, Any]:
    message = {"id": f"msg_{number}_{part}", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5"}
    told = {"content": [block], "stop_reason": "end_turn", "usage": {"input_tokens": 10, "output_tokens": 5}}
    return _row(number, part, "assistant", message | told)


def child(path: Path, what: str) -> None:
    """Print seconds and peak memory in MB of one reading of ``path``; runs in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    match what:
        case "lines":  # one decoded line at a time: what no reader can do without
            with path.open("rb") as file:
                for line in file:
                    json.loads(line)
        case "json":  # all decoded lines at once: the same content, as plain dicts
            with path.open("rb") as file:
                kept = [json.loads(line) for line in file]
            assert kept
        case "read":
            assert importers.read(path)[0].turns
        case "redacted":
            assert next(redact.transcript(one) for one in importers.read(path)).turns
        case _:
            raise ValueError(what)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([time.process_time() - begun, (peak - before) / 1024]))


def memory(sizes: list[int]) -> Iterator[tuple[int, str, float, float]]:
    """Megabytes of the file, the way it was read, seconds, megabytes of memory."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "session.jsonl")
            write(path, size)
            for what in ("lines", "json", "read", "redacted"):
                command = [sys.executable, __file__, "--child", str(path), what]
                told = subprocess.run(command, check=True, capture_output=True, text=True)
                seconds, peak = json.loads(told.stdout)
                yield size, what, seconds, peak


def main() -> None:
    """Read the command line and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--mb", nargs="*", type=int, default=[50, 200, 500])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    if asked.folder.is_dir():
        print(f"{'format':18} {'files':>5} {'MB':>7} {'import MB/s':>12} {'json MB/s':>10} {'import/json time':>17}")
        for name, files, size, ours, plain in speeds(asked.folder):
            beside = ("-", "-") if plain is None else (f"{size / plain / 1e6:.0f}", f"{ours / plain:.1f}")
            row = f"{name:18} {files:5} {size / 1e6:7.2f} {size / ours / 1e6:12.1f} {beside[0]:>10} {beside[1]:>17}"
            print(row, flush=True)
    print(f"\n{'file MB':>7} {'way':>9} {'s':>7} {'MB/s':>6} {'memory MB':>10} {'memory/file':>12}")
    for size, what, seconds, peak in memory(asked.mb):
        print(f"{size:7} {what:>9} {seconds:7.1f} {size / seconds:6.0f} {peak:10.0f} {peak / size:12.2f}", flush=True)


if __name__ == "__main__":
    main()
