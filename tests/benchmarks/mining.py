"""Mining beside what bounds it: ``python tests/benchmarks/mining.py [FOLDER] [--mb 200] [--steps …]`` prints ratios.

FOLDER holds Claude Code logs (by default those of the collection beside the checkout). They are grown to ``--mb``: copy
after copy under names, ids and words of its own, so that no two copies hold the same text; one session in ``--one`` MB
is made of copies told one after the other. All steps use the same files in the same run:

- ``bare``: ``orjson.loads`` of every line, one core; the yardstick, in processor seconds
- ``rebuild``: logs read and changes reconstructed, one core, nothing written; and on ``--jobs`` processes
- ``mine``: all of ``replay mine --to`` with the tree-sitter packs, and with all packs; a second scan; one log grown
- ``dask``: the same through ``--engine dask``
- ``memory``: the peak of leader and workers together, sampled
- ``scout``: inspect_scout over the same files, given ``--scout PYTHON`` of an environment that has it

Needs orjson (``pip install orjson``).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay import importers, rules, scale, workspace
from replay.errors import UserError
from replay.scale import cluster, local, page, summary

SHARED = Path(__file__).parents[3] / "shared" / "transcripts" / "claude_code_jsonl"
STEPS = ("bare", "rebuild", "mine", "dask", "memory", "scout")
_ID = re.compile(rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{4})[0-9a-f]{8}\b")


# --- growing -----------------------------------------------------------------------------------------------


def grow(source: Path, target: Path, megabytes: float, *, one: float = 0.0) -> int:
    """Fill ``target`` with copies of the logs in ``source``; the bytes written. ``one`` MB of them are one session."""
    texts = [file.read_bytes() for file in sorted(source.glob("*.jsonl"))]
    target.mkdir(parents=True)
    wanted, size, copy = int((megabytes - one) * 1e6), 0, 0
    while size < wanted:
        for number, text in enumerate(texts):
            if size < wanted:
                size += (target / f"{copy:05}-{number:03}.jsonl").write_bytes(_other(text, copy))
        copy += 1
    if one:
        size += _long(texts, target / "one-long-session.jsonl", int(one * 1e6), copy)
    return size


def _other(text: bytes, copy: int) -> bytes:
    """The log with other ids and, in comments and names of its code and talk, other words: consistently, so that every
    edit still finds its place.
    """
    ided = _ID.sub(lambda found: found[0][:-8] + f"{copy:08x}".encode(), text)
    ided = re.sub(rb"\b(msg|toolu)_(\w{6,})", rb"\g<1>_\g<2>c%d" % copy, ided)
    return ided if copy == 0 else re.sub(rb"\b(the|this)\b(?= )", rb"\g<1>%d" % copy, ided)


def _long(texts: Sequence[bytes], file: Path, wanted: int, copy: int) -> int:
    """One session: the rows of copies one after the other, each copy hung on the end of the one before."""
    size = 0
    last = None
    with file.open("wb") as sink:
        while size < wanted:
            for text in texts:
                for line in _other(text, copy).splitlines():
                    try:
                        row = orjson.loads(line)
                    except ValueError:
                        continue
                    if row.get("type") not in ("user", "assistant") or row.get("isSidechain"):
                        continue
                    row |= {"sessionId": "one-long-session"}
                    if row.get("parentUuid") is None:
                        row["parentUuid"] = last
                    last = row.get("uuid")
                    size += sink.write(orjson.dumps(row) + b"\n")
                if size >= wanted:
                    break
            copy += 1
    return size


# --- measuring ---------------------------------------------------------------------------------------------


class Cost(NamedTuple):
    """Wall seconds, and processor seconds of this process and of its children that have ended."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """What ``work`` took, with the processor time that workers which are no children of ours say they took."""
    wall, cpu = time.perf_counter(), _cpu()
    done = work()
    told = done if isinstance(done, float) else 0.0
    return Cost(time.perf_counter() - wall, _cpu() - cpu + told)


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


class Peak:
    """The most memory of this process and all below it together, sampled 20 times a second; shared pages count once."""

    def __enter__(self) -> Peak:
        self.most, self.curve = 0, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def _sample(self) -> None:
        me, began = psutil.Process(), time.monotonic()
        while not self._stop.wait(0.05):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.most = max(self.most, total)
            self.curve.append((time.monotonic() - began, total))

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def line(self, points: int = 12) -> str:
        """The curve as a few numbers in MB."""
        step = max(1, len(self.curve) // points)
        return " ".join(f"{total / 1e6:.0f}" for _, total in self.curve[::step])


def bare(files: Sequence[Path]) -> None:
    """Every line decoded, nothing kept."""
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                try:
                    orjson.loads(line)
                except ValueError:
                    continue


def rebuild(file: Path) -> float:
    """One log read and its changes reconstructed; the processor seconds it took."""
    began = time.process_time()
    try:
        for one in importers.read(file):
            for _ in workspace.recorded(one):
                pass
    except UserError:
        pass
    return time.process_time() - began


def mine(folder: Path, out: Path, chosen: Sequence[rules.Rule], run: scale.Runner) -> float:
    """A scan with its summary and report, as the command does it; the processor seconds of the workers."""
    read = []
    for event in scale.scan([str(folder)], out, chosen, run=run):
        if isinstance(event, scale.Done):
            read.append(event.manifest)
    made = summary.brought(out, chosen, event, read)
    if read:
        page.write(out, page.report(out, chosen, made))
    summary.write(out, made)
    return sum(sum(manifest.seconds.values()) for manifest in read)


SCOUT = """
import asyncio, re, sys
from inspect_scout import Result, Transcript, scan, scanner, transcripts_db, transcripts_from
from inspect_scout.sources import claude_code

PATTERN = re.compile(r"except( Exception)?:\\\\s*pass|# type: ignore|as any|\\\\|\\\\| true")

@scanner(messages="all")
def grep():
    async def execute(transcript: Transcript) -> Result:
        found = sum(len(PATTERN.findall(message.text)) for message in transcript.messages)
        return Result(value=found)
    return execute

async def load(folder, place):
    async with transcripts_db(place) as db:
        await db.insert(claude_code(path=folder))

if __name__ == "__main__":
    asyncio.run(load(sys.argv[1], sys.argv[2] + "/db"))
    scan([grep()], transcripts=transcripts_from(sys.argv[2] + "/db"), scans=sys.argv[2] + "/scans", display="none")
"""


def scout(python: str, folder: Path, place: Path) -> Cost:
    """Import and a grep of all messages by inspect_scout."""
    script = place / "scout.py"
    script.write_text(SCOUT.replace("\\\\\\\\", "\\\\"))
    command = [python, str(script), str(folder), str(place)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return cost(lambda: subprocess.run(command, check=True, env=clean, cwd=place, stdout=subprocess.DEVNULL))


# --- the table ---------------------------------------------------------------------------------------------


def main() -> None:
    """Print one line a step: seconds, MB/s and the ratio to ``orjson.loads``, or to the step it belongs to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--mb", type=float, default=200)
    parser.add_argument("--one", type=float, default=0, help="MB of them in one session")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS[:5]))
    parser.add_argument("--scout", metavar="PYTHON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="replay-bench-", dir=os.environ.get("TMPDIR")) as work:
        folder = Path(work, "logs")
        size = grow(asked.folder, folder, asked.mb, one=asked.one)
        files = sorted(folder.glob("*.jsonl"))
        print(f"{size / 1e6:.0f} MB in {len(files)} files; {os.cpu_count()} cores")
        _steps(asked, Path(work), folder, files, size / 1e6)


def _steps(asked: argparse.Namespace, work: Path, folder: Path, files: Sequence[Path], size: float) -> None:
    def say(name: str, took: Cost, against: Cost | None = None, what: str = "orjson.loads") -> None:
        ratio = f"{against.cpu / took.cpu:8.3f} × {what}" if against else ""
        print(
            f"{name:34} {took.wall:8.2f} s  cpu {took.cpu:8.2f} s  {size / took.cpu:7.2f} MB/cpu-s {ratio}", flush=True
        )

    yard = cost(lambda: bare(files))
    say("orjson.loads", yard)
    if "rebuild" in asked.steps:
        say("read + reconstruct, 1 core", one := cost(lambda: list(map(rebuild, files))), yard)
        say(f"read + reconstruct, {asked.jobs} processes", many := cost(lambda: _spread(files, asked.jobs)), yard)
        print(f"{'':34} wall {one.wall / many.wall:.2f} × faster on {asked.jobs} processes")
    all_rules = rules.of_profile(rules.load(), "default", named=())
    packs = tuple(rule for rule in all_rules if rule.engine != "semgrep")
    if "mine" in asked.steps:
        out = work / "mined"
        first = cost(lambda: mine(folder, out, packs, local.runner(asked.jobs)))
        say("mine, tree-sitter packs", first, yard)
        print(f"{'':34} seconds by stage: {json.loads((out / 'summary.json').read_bytes())['seconds']}")
        second = cost(lambda: mine(folder, out, packs, local.runner(asked.jobs)))
        print(f"{'second scan, nothing changed':34} {second.wall:8.2f} s  {first.wall / second.wall:.0f} × faster")
        with files[0].open("ab") as grown:
            grown.write(files[0].read_bytes().splitlines(keepends=True)[-1])
        third = cost(lambda: mine(folder, out, packs, local.runner(asked.jobs)))
        part = f"{files[0].stat().st_size / 1e6:.2f} of {size:.0f} MB"
        print(f"{'scan after one log grew':34} {third.wall:8.2f} s  ({part})")
        again = cost(lambda: mine(folder, out, all_rules, local.runner(asked.jobs)))
        print(f"{'semgrep rules added, no log read':34} {again.wall:8.2f} s  cpu {again.cpu:.2f} s")
    if "dask" in asked.steps:
        few = tuple(rule for rule in packs if rule.id == "python/swallowed-exception")
        here = cost(lambda: mine(folder, work / "local", few, local.runner(asked.jobs)))
        there = cost(lambda: str(mine(folder, work / "dask", few, cluster.runner(None, asked.jobs))))
        say("mine, one rule, local", here, yard)
        say("mine, one rule, dask", there, yard)
        more = [100 * (there[number] / here[number] - 1) for number in (0, 1)]
        print(f"{'':34} dask takes {more[0]:+.0f} % by the clock, {more[1]:+.0f} % of processor time")
    if "memory" in asked.steps:
        few = tuple(rule for rule in packs if rule.id == "python/swallowed-exception")
        with Peak() as peak:
            mine(folder, work / "memory", few, local.runner(asked.jobs))
        print(f"{'peak memory, all processes':34} {peak.most / 1e6:8.0f} MB  over time: {peak.line()}")
    if asked.scout:
        place = work / "scout"
        place.mkdir()
        took = scout(asked.scout, folder, place)
        say("inspect_scout, grep", took, yard)
        here = cost(lambda: mine(folder, work / "beside", packs, local.runner(asked.jobs)))
        say("mine, tree-sitter packs", here, yard)
        ratios = f"{took.wall / here.wall:.1f} × by the clock, {took.cpu / here.cpu:.1f} × by processor time"
        print(f"{'':34} MB/s beside scout's: {ratios}")
        shutil.rmtree(place)


def _spread(files: Sequence[Path], jobs: int) -> float:
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
        return sum(pool.map(rebuild, files, chunksize=8))


if __name__ == "__main__":
    main()
