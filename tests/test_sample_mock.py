"""Against a server that speaks both APIs and fails now and then, every planned request is answered exactly once."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import pytest

from replay.records import Arm, Case, Fidelity, Message, Prefix, Request, Setup, Text
from replay.sample import Pace, plan_draw, sample
from replay.samplers import for_arm
from replay.store import Cache, Run

FAULTS = {"429": 0.1, "500": 0.05, "hang": 0.01, "reset": 0.02}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("provider", "api", "path"),
    [("anthropic", "anthropic", ""), ("openai", "openai-chat", "/v1")],
    ids=["anthropic", "openai"],
)
def test_each_planned_request_is_answered_exactly_once(shared, tmp_path, monkeypatch, provider, api, path):
    """Under 10 % 429, 5 % 500, 1 % hangs, 2 % resets the server's log has 240 answers; a second run sends none."""
    pytest.importorskip("httptools")
    pytest.importorskip("orjson")
    monkeypatch.setenv(f"{provider.upper()}_API_KEY", "key")
    log = tmp_path / "log.jsonl"
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    arms = [
        Arm(name, f"{provider}/model", base_url=base + path, params={"max_tokens": 99}, replicate=n)
        for n, name in enumerate("ab")
    ]

    def plan():
        for number in range(24):
            prefix = Prefix(Setup(api=api, model="m"), (Message("user", (Text(f"question {number}"),), form="string"),))
            case = Case(f"c{number}@1", "t", 1, (), "s", Fidelity("exact"))
            for arm in arms:
                for draw in range(5):
                    yield plan_draw(Request(case, arm, draw, prefix, Message("assistant")), for_arm(arm))

    options = [word for kind, share in FAULTS.items() for word in ("--fault", f"{kind}={share}")]
    command = [sys.executable, str(shared / "tools" / "mockllm.py"), "--port", str(port), "--log", str(log)]
    server = subprocess.Popen([*command, "--retry-after", "0.05", *options], stdout=subprocess.DEVNULL)
    try:
        _wait_for(base)
        with Run.open(tmp_path / "run", create=True) as run, Cache.open(tmp_path / "cache.sqlite") as cache:
            pace = Pace(base=0.05)
            first = sample(plan(), run=run, cache=cache, concurrency=16, timeout=1, pace=pace)
            second = sample(plan(), run=run, cache=cache, concurrency=16, timeout=1, pace=pace)
            completed = sum(trial.completion is not None for trial in run.trials())
    finally:
        server.terminate()
        server.wait(10)
    rows = [row for row in map(json.loads, log.read_text().splitlines()) if row.get("method") == "POST"]
    answers = Counter(row["key"] for row in rows if row.get("status") == 200)
    assert (first.finished, first.failed, completed) == (240, 0, 240)
    assert (second.requests, second.kept) == (0, 240)
    assert set(answers.values()) == {10}
    assert len(answers) == 24
    assert len(rows) == first.requests
    assert {row["fault"] for row in rows if row.get("fault")} >= {"429", "500"}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_for(base: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"{base}/_mock/stats", timeout=1):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
