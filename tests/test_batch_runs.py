"""Whole runs through batch endpoints: further turns, screening and looks, each in their own time, and paid for once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import staged
import test_ahead
from batchserver import Provider, provider
from msgspec.structs import replace

from replay import config, experiment
from replay.records import Result, Trial
from replay.sample import Tally, batching, entrusting
from replay.store import Cache, Run

MODEL = "anthropic/claude-sonnet-4-5"
DRAWS = 6


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider of batches, and no time lost in waiting."""
    monkeypatch.setattr(batching, "QUIET", 0.05)
    monkeypatch.setattr(entrusting, "POLLS", (0.01, 0.05))
    with provider() as kept:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", kept.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        yield kept


def _go(folder: Path, run: Path, **changes: Any) -> tuple[Result, Tally, list[Trial]]:
    loaded = replace(config.load(folder), **changes)
    with Cache.open(run.parent / "cache.sqlite") as cache:
        result, tally = experiment.run(experiment.plan(loaded), run, cache=cache, batch=True)
    with Run.open(run, create=False) as store:
        return result, tally, list(store.trials())


def _sent_to_a_provider(folder: Path) -> Path:
    file = folder / "replay.yaml"
    file.write_text(file.read_text().replace("scripted/plays.yaml", MODEL))
    return folder


def _used(number: int, call: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_new{number}", "name": call["name"], "input": call["arguments"]}


def _reads_first(body: dict[str, Any]) -> dict[str, Any]:
    """Read the file, then write the bad code: what is sent behind a turn has two messages more."""
    turns = len(body["messages"])
    (bad,) = test_ahead.COMPLETIONS["bad"]["tool_calls"]
    return _used(turns, test_ahead.read(limit=2) if turns == 3 else bad)


@pytest.fixture
def looking(service: Provider, tmp_path: Path) -> Path:
    """An experiment of one case and six draws, each of which reads before it writes."""
    service.says = _reads_first
    return _sent_to_a_provider(test_ahead.write(tmp_path / "set", 3, ["look"] * DRAWS))


def _times(service: Provider) -> set[int]:
    return set(Counter(service.answered).values())


def test_further_turns_go_in_a_second_batch(service: Provider, looking: Path, tmp_path: Path) -> None:
    """Six first turns, then six second ones, each paid for once; another run needs no request."""
    result, tally, trials = _go(looking, tmp_path / "run")
    turns = [{len(service.bodies[key]["messages"]) for key in keys} for keys in service.batches.values()]
    assert turns == sorted(turns, key=max)
    assert all(len(one) == 1 for one in turns)
    assert Counter(len(service.bodies[key]["messages"]) for key in service.answered) == {3: DRAWS, 5: DRAWS}
    assert _times(service) == {1}
    assert (tally.finished, tally.requests) == (DRAWS, 2 * DRAWS)
    assert result.usage["baseline"]["requests"] == 2 * DRAWS
    assert result.usage["baseline"]["stops"] == {"end": DRAWS}
    assert all(trial.batch and len(trial.earlier) == 1 for trial in trials)
    assert _go(looking, tmp_path / "other")[1].requests == 0


def test_a_limit_between_two_turns_costs_no_first_turn_again(service: Provider, looking: Path, tmp_path: Path) -> None:
    """Six requests allowed are the six first turns; a higher limit sends the six second ones and nothing else."""
    _, tally, trials = _go(looking, tmp_path / "run", max_requests=DRAWS)
    assert (tally.requests, trials) == (DRAWS, [])
    assert [sentence for sentence in tally.stopped if "--max-requests" in sentence]
    assert Counter(len(service.bodies[key]["messages"]) for key in service.answered) == {3: DRAWS}
    _, tally, trials = _go(looking, tmp_path / "run", max_requests=2 * DRAWS)
    assert (tally.requests, len(trials)) == (DRAWS, DRAWS)
    assert _times(service) == {1}


def test_turns_that_expired_are_asked_for_again(service: Provider, looking: Path, tmp_path: Path) -> None:
    """Every request expires once, of both turns; what had been answered is not paid for again."""
    service.outcomes = _Once()
    _, tally, _ = _go(looking, tmp_path / "run")
    assert (tally.finished, tally.failed) == (DRAWS, 0)
    assert len(service.answered) == 2 * DRAWS
    assert _times(service) == {1}


class _Once(dict[str, list[str]]):
    """Every request expires once."""

    def get(self, key: str, default: Any = None) -> Any:
        return self.setdefault(key, ["expired"])


def _code(body: dict[str, Any]) -> dict[str, Any]:
    """The edit cures; the baseline always violates."""
    name = "good" if "Be edited" in json.dumps(body["system"]) else "bad"
    return _used(1, {"name": "Write", "arguments": {"file_path": "/pay.py", "content": staged.COMPLETIONS[name]}})


def test_screening_and_looks_wait_for_each_other(service: Provider, tmp_path: Path) -> None:
    """Forty sources screened with 2 draws, then looks at 8 and 16 of them with 2 arms × 4 draws each."""
    service.says = _code
    folder = staged.write(
        tmp_path / "set", 40, lambda _: {"baseline": [], "edited": []}, extra="stop: auto\nscreen: 2\n"
    )
    _sent_to_a_provider(folder)
    result, tally, _ = _go(folder, tmp_path / "run")
    (one,) = result.comparisons
    assert one.verdict == "reduced"
    assert [look["sources"] for look in one.detail["looks"]] == [8, 16]
    assert tally.requests == len(service.answered) == 80 + 64 + 64
    ends = list(accumulate(len(keys) for keys in service.batches.values()))
    assert {80, 80 + 64} <= set(ends)
    assert _times(service) == {1}
    batches = len(service.batches)
    assert _go(folder, tmp_path / "run")[1].requests == 0
    assert len(service.batches) == batches
