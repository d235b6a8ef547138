"""Hostile files thrown at every importer: ``python tests/fuzz/importers.py [--minutes M] [--seed N] [FOLDER]``.

FOLDER holds good transcripts, by default the collection beside the checkout. Each file is spoiled in a way that a
number stands for, imported into an empty library and taken through all that is done with a transcript later. Wrong is:
an exception that is no UserError, more than 10 s of processor time, more than 1 GiB above the start, a file outside the
library or with a name of its own. The last line is the number of files tried and of faults found; exit 1 with faults.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import multiprocessing
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent), str(Path(__file__).parents[1])]

import made as samples  # noqa: E402 - found only after the line above
from mutations import mutated  # noqa: E402

from replay import importers, library, workspace  # noqa: E402
from replay.errors import UserError  # noqa: E402
from replay.importers import native  # noqa: E402
from replay.prefix import prefix  # noqa: E402
from replay.records import Transcript, encode  # noqa: E402
from replay.wire import anthropic, openai_chat, openai_responses  # noqa: E402

SHARED = Path(__file__).parents[3] / "shared" / "transcripts"
SECONDS = 10
GIB = 1 << 30
KEPT = re.compile(r"[a-z0-9-]+-[0-9a-f]{16}\.jsonl")
CODECS = (anthropic, openai_chat, openai_responses)


class TooLong(BaseException):
    """A file took more processor time than it may."""


def seeds(folder: Path) -> list[tuple[Path, str]]:
    """The good files of ``folder`` with their formats; the formats that the collection lacks are written beside."""
    found = [(file, importers.identify(file)) for file in importers.find([folder])]
    known = [(file, name) for file, name in found if name is not None]
    made = Path(tempfile.gettempdir(), "replay-fuzz-seeds")
    made.mkdir(exist_ok=True)
    for sample, data in samples.files().items():
        (made / sample).write_bytes(data)
        known += [(made / sample, name)] if (name := importers.identify(made / sample)) else []
    by_format = {name: file for file, name in known}
    for name, file in by_format.items():
        with contextlib.suppress(UserError):
            one = importers.read(file)[0]
            native.write(one, made / f"{name}.jsonl")
            known.append((made / f"{name}.jsonl", "native"))
            for codec in CODECS:
                lines = [encode(codec.write_request(prefix(one, turn))[0]) for turn in range(len(one.turns))[:5]]
                if lines:
                    log = made / f"{name}-{codec.API}.jsonl"
                    log.write_bytes(b"\n".join(lines) + b"\n")
                    known.append((log, "requests"))
    return known


def spoiled(number: int, files: list[tuple[Path, str]], most: int) -> tuple[Path, str, bytes]:
    """The good file that ``number`` draws, every format as often, its format, and how ``number`` spoils it."""
    draw = random.Random(number)
    wanted = draw.choice(sorted({name for _, name in files}))
    path, name = draw.choice([one for one in files if one[1] == wanted])
    return path, name, mutated(path.read_bytes(), draw, most=most)


def attempt(data: bytes, path: Path, name: str) -> str:
    """Import ``data`` under the name of ``path`` and use what came of it; says how it went. Raises what goes wrong."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as room:
        (Path(room) / "in").mkdir()
        file = Path(room, "in", path.name)
        file.write_bytes(data)
        kept = library.Library(Path(room, "kept"))
        entry = kept.bring(file)
        if entry.format is None:
            _forced(file, name)
        outside = [one for one in Path(room).rglob("*") if one.is_file() and one != file]
        strange = [one for one in outside if one.parent != kept.path or not KEPT.fullmatch(one.name)]
        assert not strange, f"written outside of the library: {strange}"
        for one in outside:
            read = next(iter(native.read(one)))
            assert read.id in one.name, "the file read back has another content"
            _used(read)
        return "unknown" if entry.format is None else "refused" if entry.error else "imported"


def _forced(file: Path, name: str) -> None:
    """The reader of the format, also where the file is not recognised any more."""
    module = importers.FORMATS[name]
    with contextlib.suppress(UserError, RecursionError):
        for one in module.read(file):
            native.write(one, file.parent.parent / "kept" / f"{name.replace('_', '-')}-{one.id}.jsonl")


def _used(one: Transcript) -> None:
    """Every prefix rebuilt, some of them as requests; the recorded changes."""
    for turn in range(len(one.turns)):
        prefix(one, turn)
    for turn in {0, len(one.turns) // 2, len(one.turns) - 1} & set(range(len(one.turns))):
        for codec in CODECS:
            with contextlib.suppress(UserError):
                encode(codec.write_request(prefix(one, turn), repair=True)[0])
    for _ in workspace.recorded(one):
        pass


def work(numbers: Any, answers: Any, files: list[tuple[Path, str]], most: int) -> None:
    """A worker: takes numbers, spoils and imports, answers with (number, how it went, traceback)."""

    def stop(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, stop)
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as long as the process
    for number in iter(numbers.get, None):
        path, name, data = spoiled(number, files, most)
        answers.put((number, "begun", str(path)))
        size = _resident()
        resource.setrlimit(resource.RLIMIT_AS, (_virtual() + GIB, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            how, why = attempt(data, path, name), ""
        except (Exception, TooLong):  # noqa: BLE001 - whatever comes is what is looked for
            how, why = "fault", traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        answers.put((number, f"{name} {how}", why))
        if _resident() - size > GIB // 4:
            gc.collect()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _virtual() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def run(files: list[tuple[Path, str]], *, minutes: float, seed: int, most: int, keep: Path) -> int:
    """Fuzz for ``minutes``; print each new fault with the number that makes it again. Gives the number of faults."""
    went: collections.Counter[str] = collections.Counter()
    faults: dict[str, list[int]] = {}
    number = seed
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        numbers, answers = multiprocessing.Queue(), multiprocessing.Queue()
        worker = multiprocessing.Process(target=work, args=(numbers, answers, files, most), daemon=True)
        worker.start()
        while time.monotonic() < until:
            numbers.put(number)
            how, why = "begun", ""
            while how == "begun":
                try:
                    _, how, why = answers.get(timeout=12 * SECONDS)
                except Exception:  # noqa: BLE001 - the queue's own Empty
                    how, why = "dead", f"no answer, exit code {worker.exitcode}"
            went[how] += 1
            if why and how != "begun":
                _noted(faults, number, how, why, files, most, keep)
            number += 1
            if how == "dead":
                worker.kill()
                break
        else:
            numbers.put(None)
        worker.join(5)
        worker.kill()
    for how, count in sorted(went.items()):
        print(f"{count:8} {how}")
    print(f"{sum(went.values())} files tried from number {seed}, {len(faults)} different faults")
    return len(faults)


def _noted(
    faults: dict[str, list[int]], number: int, how: str, why: str, files: list[tuple[Path, str]], most: int, keep: Path
) -> None:
    places = re.findall(r'File "[^"]*?/(replay/[^"]*|[^"/]*)", line (\d+)', why)
    ours = [place for place in places if place[0].startswith("replay/")]
    sign = f"{why.strip().splitlines()[-1][:80].split(':')[0]} {ours[-1] if ours else places[-1:]}"
    faults.setdefault(sign, []).append(number)
    if len(faults[sign]) == 1:
        keep.mkdir(parents=True, exist_ok=True)
        path, _, data = spoiled(number, files, most)
        (keep / f"{number}-{path.name[-40:]}").write_bytes(data)
        print(f"--- {number} {how} {sign}\n{path}\n{why[-1800:]}", flush=True)


def main() -> None:
    """Read the command line and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=200_000, help="bytes of a file before it is spoiled")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "replay-fuzz", help="for the faults")
    parser.add_argument("--format", help="only this format")
    parser.add_argument("--one", type=int, help="only this number, without limits, and its traceback")
    asked = parser.parse_args()
    files = sorted((file, name) for file, name in seeds(asked.folder) if asked.format in (None, name))
    if asked.one is not None:
        path, name, data = spoiled(asked.one, files, asked.most)
        print(path, attempt(data, path, name))
        return
    sys.exit(1 if run(files, minutes=asked.minutes, seed=asked.seed, most=asked.most, keep=asked.keep) else 0)


if __name__ == "__main__":
    main()
