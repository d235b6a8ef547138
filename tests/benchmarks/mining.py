"""Mining beside what bounds it: ``python tests/benchmarks/mining.py [FOLDER] [--mb 200] [--steps …]`` prints costs.

FOLDER holds Claude Code logs (by default those of the collection beside the checkout). They are grown to ``--mb``: copy
after copy under names, ids and words of its own, so that no two copies hold the same text; one session in ``--one`` MB
is made of copies told one after the other. All steps use the same files in the same run, and say how many times what
``orjson.loads`` of every line takes on one core they take, by processor time and by the clock on ``--jobs`` processes:

- ``rebuild``: logs read and changes reconstructed, one core, nothing written; and on ``--jobs`` processes
- ``mine``: the command ``replay mine --to``, from start to end, under one rule and with the tree-sitter packs; a second
  scan; one log grown; all packs
- ``grown``: a session of ``--grown`` MB that grew by 1 %, under one rule and with the packs
- ``dask``: the same under one rule through ``--engine dask``
- ``memory``: the peak of leader and workers together, under one rule
- ``scout``: inspect_scout over the same files, given ``--scout PYTHON`` of an environment that has it
- ``growth``: how cost grows over ``--sizes``, each size made and removed in its turn, and what 10 TB would come to

Needs orjson and psutil (``pip install orjson psutil``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import linear_regression

import orjson
from mining_costs import Cost, Watch, cost
from mining_logs import SHARED, grow

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay import importers, rules, workspace
from replay.errors import UserError

STEPS = ("rebuild", "mine", "grown", "dask", "memory", "scout", "growth")
ONE = ("--rule", "python/swallowed-exception")
SOME = 400  # files that the yardstick of a size is measured on
SCOUT = Path(__file__).with_name("mining_scout.py")

Say = Callable[[str, Cost], None]


def packs() -> list[str]:
    """The options that choose the rules of the default profile but for those on semgrep."""
    chosen = rules.of_profile(rules.load(), "default", named=())
    return [word for rule in chosen if rule.engine != "semgrep" for word in ("--rule", rule.id)]


def bare(files: Sequence[Path]) -> None:
    """Every line decoded, nothing kept."""
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                try:
                    orjson.loads(line)
                except ValueError:
                    continue


def rebuild(file: Path) -> None:
    """One log read and its changes reconstructed."""
    try:
        for one in importers.read(file):
            for _ in workspace.recorded(one):
                pass
    except UserError:
        pass


def rebuild_all(files: Sequence[Path], jobs: int) -> None:
    """All logs, by ``jobs`` processes."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
        list(pool.map(rebuild, files, chunksize=8))


def mine(folder: Path, out: Path, options: Sequence[str], jobs: int) -> None:
    """The command, with ``options``."""
    command = [sys.executable, "-m", "replay", "mine", str(folder), "--to", str(out), "--jobs", str(jobs), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"replay mine ended with {done.returncode}: {done.stderr}")


def told(out: Path) -> dict[str, float]:
    """Seconds by the clock of the scan itself, and processor seconds by stage of the scans that made the tables."""
    made = json.loads((out / "summary.json").read_bytes())
    return {"elapsed": made["elapsed"], **made["seconds"]}


# --- steps -------------------------------------------------------------------------------------------------


def rebuilding(files: Sequence[Path], jobs: int, say: Say) -> None:
    """On one core and on several."""
    one = cost(lambda: list(map(rebuild, files)))
    say("read + reconstruct, 1 core", one)
    many = cost(lambda: rebuild_all(files, jobs))
    say(f"read + reconstruct, {jobs} processes", many)
    print(f"{'':34} by the clock {one.wall / many.wall:.2f} × faster on {jobs} processes")


def mining(work: Path, folder: Path, files: Sequence[Path], jobs: int, say: Say) -> None:
    """First, second and third scan, and one with more rules."""
    few, out = work / "few", work / "mined"
    say("mine, one rule", cost(lambda: mine(folder, few, ONE, jobs)))
    print(f"{'':34} {told(few)}")
    tree_sitter = packs()
    first = cost(lambda: mine(folder, out, tree_sitter, jobs))
    say("mine, tree-sitter packs", first)
    before = told(out)
    print(f"{'':34} {before}")
    second = cost(lambda: mine(folder, out, tree_sitter, jobs))
    ratio = before["elapsed"] / max(told(out)["elapsed"], 1e-3)
    print(
        f"{'second scan, nothing changed':34} {second.wall:8.2f} s, the scan in it {told(out)['elapsed']:.3f} s: "
        f"{ratio:.0f} × faster"
    )
    for name, log in (("smallest", min(files, key=size)), ("largest", max(files, key=size))):
        with log.open("ab") as grown:
            grown.write(log.read_bytes().splitlines(keepends=True)[-1])
        third = cost(lambda: mine(folder, out, tree_sitter, jobs))
        print(
            f"{f'scan after the {name} log grew':34} {third.wall:8.2f} s, the scan in it {told(out)['elapsed']:.3f} s "
            f"({size(log) / 1e6:.2f} MB are read)"
        )
    again = cost(lambda: mine(folder, out, [], jobs))
    print(f"{'semgrep rules added, no log read':34} {again.wall:8.2f} s  cpu {again.cpu:.2f} s")


def grown(source: Path, work: Path, megabytes: float, jobs: int) -> None:
    """One long session but for its last rows, then all of it."""
    folder = work / "long"
    grow(source, folder, megabytes, one=megabytes)
    (log,) = folder.iterdir()
    rows = log.read_bytes().splitlines(keepends=True)
    for name, options in (("one rule", ONE), ("tree-sitter packs", packs())):
        out = work / f"long {name}"
        for what, share in (("first", 0.99), ("grown", 1.0)):
            log.write_bytes(b"".join(rows[: int(share * len(rows))]))
            took = cost(lambda out=out, options=options: mine(folder, out, options, jobs))
            label = f"{size(log) / 1e6:.0f} MB in one log, {name}, {what}"
            print(f"{label:48} {took.wall:8.2f} s  cpu {took.cpu:8.2f} s  {told(out)}", flush=True)


def size(file: Path) -> int:
    """Bytes of a file."""
    return file.stat().st_size


def clustering(work: Path, folder: Path, jobs: int, say: Say) -> None:
    """The local engine beside dask."""
    here = cost(lambda: mine(folder, work / "local", ONE, jobs))
    say("mine, one rule, local", here)
    there = cost(lambda: mine(folder, work / "dask", [*ONE, "--engine", "dask"], jobs))
    say("mine, one rule, dask", there)
    wall, cpu = (100 * (there[number] / here[number] - 1) for number in (0, 1))
    print(f"{'':34} dask takes {wall:+.0f} % by the clock, {cpu:+.0f} % of processor time")
    local, dask = (
        {file.relative_to(place): file.read_bytes() for file in place.rglob("*.parquet")}
        for place in (work / "local", work / "dask")
    )
    print(f"{'':34} tables are {'the same byte for byte' if local == dask else 'NOT THE SAME'}")


def remembering(work: Path, folder: Path, jobs: int) -> None:
    """Memory over time."""
    with Watch() as watch:
        mine(folder, work / "memory", ONE, jobs)
    print(f"{'peak memory, all processes':34} {watch.cost.peak / 1e6:8.0f} MB  over time: {watch.line()}")


def beside_scout(python: str, work: Path, folder: Path, jobs: int, say: Say) -> None:
    """Its import and grep beside all of ours; both on as many processes."""
    place = work / "scout"
    place.mkdir()
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, str(SCOUT), str(folder), str(place), str(jobs)]
    theirs = cost(lambda: subprocess.run(command, check=True, env=clean, cwd=place, stdout=subprocess.DEVNULL))
    say("inspect_scout, grep", theirs)
    for name, options in (("one rule", ONE), ("tree-sitter packs", packs())):
        out = work / f"beside {name}"
        ours = cost(lambda out=out, options=options: mine(folder, out, options, jobs))
        say(f"mine, {name}", ours)
        wall, cpu = (theirs[number] / ours[number] for number in (0, 1))
        print(f"{'':34} {wall:.1f} × its MB/s by the clock, {cpu:.1f} × by processor time")
    shutil.rmtree(place)


def growing(source: Path, sizes: Sequence[float], options: Sequence[str], jobs: int) -> None:
    """A line a size; then the slope, and what it says of 10 TB if nothing else gives way.

    ``× orjson`` is beside what ``bare`` takes on some of the same files, before and after: a machine that becomes
    slower in between shows in both.
    """
    print(
        f"{'MB':>8} {'s':>8} {'cpu s':>8} {'MB/s':>7} {'MB/cpu-s':>9} {'× orjson':>9} {'peak MB':>8} {'tables MB':>9}"
    )
    rows = []
    for wanted in sizes:
        with tempfile.TemporaryDirectory(prefix="replay-bench-", dir=os.environ.get("TMPDIR")) as work:
            folder, out = Path(work, "logs"), Path(work, "out")
            mb = grow(source, folder, wanted * 1000) / 1e6
            some = sorted(folder.glob("*.jsonl"))[:SOME]
            before = cost(lambda some=some: bare(some)).cpu
            took = cost(lambda folder=folder, out=out: mine(folder, out, options, jobs))
            yard = (before + cost(lambda some=some: bare(some)).cpu) / 2 / (sum(map(size, some)) / 1e6)
            tables = sum(size(file) for file in out.rglob("*") if file.is_file()) / 1e6
        rows.append((mb, took.wall, took.cpu))
        print(
            f"{mb:8.0f} {took.wall:8.1f} {took.cpu:8.1f} {mb / took.wall:7.1f} {mb / took.cpu:9.2f} "
            f"{took.cpu / mb / yard:9.1f} {took.peak / 1e6:8.0f} {tables:9.1f}",
            flush=True,
        )
    if len(rows) > 1:
        mbs, walls, cpus = zip(*rows, strict=True)
        wall, cpu = linear_regression(mbs, walls), linear_regression(mbs, cpus)
        print(
            f"by the clock {wall.intercept:.1f} s + {1e3 * wall.slope:.1f} s a GB; "
            f"processor {cpu.intercept:.1f} s + {1e3 * cpu.slope:.1f} s a GB"
        )
        for cores in (64, 256, 1024):
            print(f"10 TB on {cores} cores, an estimate: {cpu.slope * 1e7 / cores / 3600:.1f} h")


# --- the table ---------------------------------------------------------------------------------------------


def main() -> None:
    """Run the steps asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--mb", type=float, default=200)
    parser.add_argument("--one", type=float, default=0, help="MB of them in one session")
    parser.add_argument("--grown", type=float, default=50, help="MB of the session in the step grown")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS[:5]))
    parser.add_argument("--scout", metavar="PYTHON", help="runs the step scout")
    parser.add_argument("--sizes", nargs="+", type=float, default=[0.1, 0.3, 1, 2, 5], help="GB, for the step growth")
    parser.add_argument("--rules", choices=["one", "packs"], default="packs", help="for the step growth")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, {asked.jobs} processes")
    if "growth" in asked.steps:
        growing(asked.folder, asked.sizes, ONE if asked.rules == "one" else packs(), asked.jobs)
    if asked.steps != ["growth"]:
        with tempfile.TemporaryDirectory(prefix="replay-bench-", dir=os.environ.get("TMPDIR")) as work:
            _on_same_files(asked, Path(work))


def _on_same_files(asked: argparse.Namespace, work: Path) -> None:
    folder = work / "logs"
    mb = grow(asked.folder, folder, asked.mb, one=asked.one) / 1e6
    files = sorted(folder.glob("*.jsonl"))
    yard = min((cost(lambda: bare(files)) for _ in range(3)), key=lambda one: one.cpu)

    def say(name: str, took: Cost) -> None:
        print(
            f"{name:34} {took.wall:8.2f} s  cpu {took.cpu:8.2f} s  {mb / took.wall:7.2f} MB/s "
            f"{mb / took.cpu:7.2f} MB/cpu-s; × orjson.loads: {took.cpu / yard.cpu:.1f} by processor, "
            f"{took.wall / yard.wall:.1f} by the clock",
            flush=True,
        )

    print(f"{mb:.0f} MB in {len(files)} files")
    say("orjson.loads, 1 core", yard)
    if "rebuild" in asked.steps:
        rebuilding(files, asked.jobs, say)
    if "mine" in asked.steps:
        mining(work, folder, files, asked.jobs, say)
    if "grown" in asked.steps:
        grown(asked.folder, work, asked.grown, asked.jobs)
    if "dask" in asked.steps:
        clustering(work, folder, asked.jobs, say)
    if "memory" in asked.steps:
        remembering(work, folder, asked.jobs)
    if asked.scout:
        beside_scout(asked.scout, work, folder, asked.jobs, say)


if __name__ == "__main__":
    main()
