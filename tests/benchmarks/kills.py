"""A run killed again and again with -9: what was acknowledged stays, what is repeated was under way.

    python tests/benchmarks/kills.py MOCK [--kills 10] [--draws 400] [--concurrency 16] [--seed 0]

MOCK is a server that speaks the providers' APIs and logs each request (``mockllm.py``). Under 10 % 429, 5 % 500, 1 %
hangs and 2 % resets a run is killed at random moments, begun again each time, and at last let finish. Every draw has a
prompt of its own, so the server's log says how often each was answered.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sampling import server

FAULTS = {"429": 0.1, "500": 0.05, "hang": 0.01, "reset": 0.02}


def child(folder: Path, url: str, draws: int, concurrency: int) -> None:
    """Sample in this process; each draw that is told as finished is first written to ``acknowledged``."""
    from replay.records import Arm, Case, Fidelity, Message, Prefix, Request, Setup, Text
    from replay.sample import Finished, Pace, plan_draw, sample
    from replay.samplers import anthropic
    from replay.store import Cache, Run

    arm = Arm("arm", "anthropic/claude-x", base_url=url, params={"max_tokens": 99})

    def plan():
        for number in range(draws):
            prefix = Prefix(Setup(api="anthropic", model="m"), (Message("user", (Text(f"draw {number}"),)),))
            case = Case(f"{number}@1", "t", 1, (), "s", Fidelity("exact"))
            yield plan_draw(Request(case, arm, 0, prefix, Message("assistant")), anthropic)

    with (folder / "acknowledged").open("ab", buffering=0) as acknowledged:

        def told(event: object) -> None:
            if isinstance(event, Finished):
                acknowledged.write(f"{event.trial.case}\n".encode())

        with Run.open(folder / "run", create=True) as run, Cache.open(folder / "cache.sqlite") as cache:
            sample(
                plan(), run=run, cache=cache, concurrency=concurrency, timeout=2, pace=Pace(base=0.05), on_event=told
            )


def main(given: argparse.Namespace) -> int:
    from replay.store import Run

    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder, log = Path(name), Path(name) / "log.jsonl"
        faults = [word for kind, share in FAULTS.items() for word in ("--fault", f"{kind}={share}")]
        words = ("--log", str(log), "--log-bodies", str(folder / "bodies"), "--retry-after", "0.05")
        with server(given.mock, *words, "--latency", "uniform:0.05,0.4", *faults) as url:
            command = [sys.executable, __file__, "--child", name, url, str(given.draws), str(given.concurrency)]
            environment = {**os.environ, "ANTHROPIC_API_KEY": "key"}
            lost = 0
            for _ in range(given.kills):
                process = subprocess.Popen(command, env=environment)
                begun = time.monotonic() + 60
                before = _size(log)
                while _size(log) == before and time.monotonic() < begun:
                    time.sleep(0.01)
                time.sleep(chance.uniform(0.05, 1.0))
                process.kill()
                process.wait()
                lost += _lost(folder)
            time.sleep(1)  # requests under way at the last kill end at the server
            subprocess.run(command, env=environment, check=True)
            lost += _lost(folder)
        rows = [row for row in map(json.loads, log.read_text().splitlines()) if row.get("method") == "POST"]
        answers = Counter(row["body"] for row in rows if row.get("status") == 200)
        with Run.open(folder / "run", create=False) as run:
            kept = sum(trial.completion is not None for trial in run.trials())
    repeated = answers.total() - len(answers)
    bound = given.kills * given.concurrency
    print(f"{given.draws} draws, {given.kills} kills, {len(rows)} requests: {kept} kept, {lost} acknowledged and lost, "
          f"{repeated} answered again (at most {bound} were under way)")  # fmt: skip
    return 0 if (kept, lost) == (given.draws, 0) and repeated <= bound else 1


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _lost(folder: Path) -> int:
    """How many draws were told as finished that the run does not have."""
    from replay.store import Run

    file = folder / "acknowledged"
    told = set(file.read_text().split()) if file.exists() else set()
    if not told:
        return 0
    with Run.open(folder / "run", create=False) as run:
        return len(told - {trial.case for trial in run.trials() if trial.completion})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
        raise SystemExit
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mock", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    raise SystemExit(main(parser.parse_args()))
