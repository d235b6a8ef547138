"""The example of the README: complete, licensed, legal to send, and each completion is what it was written to be."""

import json
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from replay import cases, check, config, prefix, prompts, rules, samplers, workspace
from replay.records import Arm, Outcome, Request, Trial
from replay.score import score

EXAMPLE = Path(__file__).parents[1] / "transcripts" / "swallowed-exceptions"
SELECTOR = "*/swallowed-*"

INTENDED: dict[Outcome, str] = {
    "violation": """
        sync-pass-per-feed sync-pass-per-item settings-pass settings-bare-pass client-pass client-rewrite-pass
        worker-pass worker-bare-pass thumbs-pass ledger-pass cart-empty-catch cart-catch-comment fetch-empty-catch
        hook-empty-catch hook-catch-comment publish-catch-comment touch-empty-if export-empty-catch export-catch-comment
        mail-empty-rescue mail-rescue-comment cleanup-rewrite-pass cleanup-oserror-pass
    """,
    "clean": """
        sync-log-and-skip sync-collect-and-raise settings-if-exists settings-two-faults client-count worker-log
        worker-fail-at-start thumbs-log ledger-skip-empty ledger-raise-with-line cart-report cart-warn fetch-warn
        fetch-throw-last hook-log hook-spool publish-warn publish-let-rise touch-log touch-return export-unchecked
        export-log mail-log mail-one-job-each cleanup-debug-log cleanup-missing-ok
    """,
    "no_code": "settings-question mail-question",
    "failed_edit": "thumbs-wrong-anchor mail-wrong-anchor",
    "unknown_file": "publish-unread-file",
    "truncated": "cart-cut-off",
    "refused": "export-declined",
}


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """The completions file as plain data."""
    return yaml.safe_load((EXAMPLE / "completions.yaml").read_text())


@pytest.fixture(scope="module")
def case_set() -> cases.CaseSet:
    """The cases with their transcripts."""
    return cases.load([EXAMPLE])


@pytest.fixture(scope="module")
def packs() -> tuple[Any, ...]:
    """The rules that the example is judged by."""
    return rules.load(select=(SELECTOR,))


def exchanges() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{file.stem}@{number}", json.loads(line))
        for file in sorted(EXAMPLE.glob("*.jsonl"))
        for number, line in enumerate(file.read_text().splitlines())
    ]


# --- the sessions ---


def test_the_example_has_enough_sources_and_languages(case_set: cases.CaseSet) -> None:
    """Twelve sessions of distinct sources, two of them with two cases, in six languages."""
    assert len({case.source for case in case_set.cases}) == 12
    assert len(case_set.cases) == 14
    assert all(case.rules == (SELECTOR,) and case.note for case in case_set.cases)
    written = {
        change.language
        for case in case_set.cases
        for turn, changes in workspace.recorded(case_set.transcripts[case.transcript])
        if turn == case.turn
        for change in changes
    }
    assert written == {"python", "typescript", "javascript", "go", "java", "ruby"}


def test_each_session_says_where_it_comes_from() -> None:
    """Licence, consent and the id of the very transcript beside it."""
    for file in sorted(EXAMPLE.glob("*.toml")):
        data = tomllib.loads(file.read_text())
        assert data["licence"] == "MIT"
        assert data["consent"] == "written for this project; no real session"
        assert data["source"] == file.stem
        assert data["transcript"]


def test_each_session_is_exact_and_whole(case_set: cases.CaseSet) -> None:
    """A turn for every line, nothing dropped, every prefix known to the byte."""
    lines = Counter(name.partition("@")[0] for name, _ in exchanges())
    for case in case_set.cases:
        transcript = case_set.transcripts[case.transcript]
        assert len(transcript.turns) == lines[case.id.partition("@")[0]]
        assert transcript.ledger.dropped == {}
        assert case.fidelity.grade == "exact"


def test_each_line_goes_on_from_the_one_before() -> None:
    """A request repeats the messages before it and the recorded answer, and answers its calls, all and only these."""
    before: dict[str, Any] = {}
    for name, exchange in exchanges():
        messages = exchange["request"]["messages"]
        if name.endswith("@0"):
            assert [message["role"] for message in messages] == ["user"]
        else:
            answer = before["response"]["content"]
            assert messages[:-2] == before["request"]["messages"]
            assert messages[-2] == {"role": "assistant", "content": answer}
            calls = [block["id"] for block in answer if block["type"] == "tool_use"]
            assert [block["tool_use_id"] for block in messages[-1]["content"]] == calls
        before = exchange


@pytest.mark.shared
def test_the_strict_mock_takes_every_request(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that the API would refuse show nothing."""
    monkeypatch.syspath_prepend(str(shared / "tools"))
    mockllm = pytest.importorskip("mockllm")
    for name, exchange in exchanges():
        assert mockllm.check_anthropic(exchange["request"], mockllm.Config(strict_roles=True, allow_prefill=False)), (
            name
        )
    sys.modules.pop("mockllm", None)


def test_each_recorded_turn_swallows_an_exception(case_set: cases.CaseSet, packs: tuple[Any, ...]) -> None:
    """The critical turn of every case introduces a finding: the habit is there to be removed."""
    recorded = {case.id: dict(workspace.recorded(case_set.transcripts[case.transcript])) for case in case_set.cases}
    verdicts = check.introduced([recorded[case.id][case.turn] for case in case_set.cases], packs)
    without = [case.id for case, checked in zip(case_set.cases, verdicts, strict=True) if not checked.findings]
    assert without == []


# --- the completions ---


def test_every_case_has_a_play_for_every_arm(script: dict[str, Any], case_set: cases.CaseSet) -> None:
    """No case, arm or completion is missing, none is left over."""
    experiment = config.load(EXAMPLE)
    mined = {name for name in script["play"] if name.startswith("requests-")}  # tests/test_walkthrough.py plays these
    assert set(script["play"]) - mined == {case.id for case in case_set.cases}
    for arms in script["play"].values():
        assert set(arms) == {arm.name for arm in experiment.arms}
        assert all(len(names) == experiment.draws for names in arms.values())
    played = {name for arms in script["play"].values() for names in arms.values() for name in names}
    assert played == set(script["completions"]) == {name for names in INTENDED.values() for name in names.split()}


def test_each_completion_is_what_it_was_written_to_be(
    script: dict[str, Any], case_set: cases.CaseSet, packs: tuple[Any, ...]
) -> None:
    """Every one, played at its case through the real sampler, workspace, rules and score, has the intended outcome."""
    arm = next(arm for arm in config.load(EXAMPLE).arms if arm.name == "baseline")
    trials, written, names = [], [], []
    for case in case_set.cases:
        transcript = case_set.transcripts[case.transcript]
        files = workspace.before(transcript, case.turn)
        before = prefix.prefix(transcript, case.turn)
        for name in sorted({name for played in script["play"][case.id].values() for name in played}):
            arms = [one for one, played in script["play"][case.id].items() if name in played]
            draw = script["play"][case.id][arms[0]].index(name)
            playing = Arm(arms[0], arm.model)
            request = Request(case, playing, draw, before, prefix.completion(transcript, case.turn))
            sampler = samplers.for_arm(playing)
            completion = sampler.parse(json.loads(json.dumps(sampler.body(request).body)))
            trials.append(Trial(case.id, arms[0], draw, name, completion))
            written.append(workspace.changes(completion.parts, files))
            names.append(name)
    verdicts = check.introduced(written, packs)
    got = {
        name: score(trial, changes, checked, SELECTOR, packs).outcome
        for name, trial, changes, checked in zip(names, trials, written, verdicts, strict=True)
    }
    assert got == {name: outcome for outcome, names in INTENDED.items() for name in names.split()}


def test_the_careful_arm_differs_by_its_paragraph_only(case_set: cases.CaseSet) -> None:
    """The edit ends the system prompt of every case and touches nothing else."""
    careful = next(arm for arm in config.load(EXAMPLE).arms if arm.name == "careful")
    for case in case_set.cases:
        before = prefix.prefix(case_set.transcripts[case.transcript], case.turn)
        after = prompts.apply(before, careful.edits, case=case.id)
        assert after.messages is before.messages or after.messages == before.messages
        (old,), (new,) = before.setup.system or (), after.setup.system or ()
        assert new.text.startswith(f"{old.text}\n\nErrors: never swallow one.")  # type: ignore[union-attr]
