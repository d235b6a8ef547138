"""What `replay mine` lists of logs: the same lines in the same order, whatever of it an earlier scan had found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from commands import Command
from hypothesis import given, settings
from hypothesis import strategies as st
from test_grown_logs import SETS, session, steps

from replay import scale
from replay.scale import Done, Found, Listed, Part, Told, local
from replay.signals import SIGNALS
from replay.workers import Failed

SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
RULE = "python/swallowed-exception"
KEY = "sk-ant-api03-" + "Ab1_" * 23 + "AA"

logs = st.dictionaries(
    st.sampled_from(["a.jsonl", "b/c.jsonl", "b/d.jsonl", "e.jsonl", "e/f.jsonl"]),
    st.lists(steps, min_size=1, max_size=6),
)


def conversation(number: int) -> str:
    """A row of a data set: a session of its own, without an id."""
    arguments = json.dumps({"file_path": f"/w/{number}.py", "content": SWALLOW})
    call = {"id": "c-1", "type": "function", "function": {"name": "Write", "arguments": arguments}}
    messages = [
        {"role": "user", "content": f"Please help with {number}."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c-1", "content": "ok"},
    ]
    return json.dumps({"messages": messages}) + "\n"


def shuffled(seed: int) -> scale.Runner:
    """Does parts in any order."""

    def run(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        return local.in_process(function, Random(seed).sample(parts, len(parts)))

    return run


def listed(
    folder: Path, paths: Sequence[Path], chosen: Any, kinds: Sequence[str], seed: int = 0
) -> list[tuple[str, list[Found | Told]]]:
    """What a scan lists, log by log."""
    events = scale.scan(
        map(str, paths), folder, chosen, run=shuffled(seed), signals=tuple(SIGNALS), shown=kinds, whole=seed % 4_000 + 1
    )
    return [
        (next(one[0] for one in (*event.found, *event.told)), [*event.found, *event.told])
        for event in events
        if isinstance(event, Listed)
    ]


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_scan_lists_what_a_first_one_would(data: st.DataObject) -> None:
    """After any scans of any of the paths, as they were then, under any rules, parts being done in any order."""
    with TemporaryDirectory() as name:
        root = Path(name, "logs")
        for _ in range(data.draw(st.integers(1, 4))):
            if data.draw(st.booleans()):
                shutil.rmtree(root, ignore_errors=True)
            (root / "b").mkdir(parents=True, exist_ok=True)
            (root / "e").mkdir(exist_ok=True)
            for file, story in data.draw(logs).items():
                (root / file).write_bytes(session(story).data())
            rows = data.draw(st.lists(st.integers(0, 9), min_size=1))
            (root / "b" / "data.jsonl").write_text("".join(map(conversation, rows)))
            paths = data.draw(st.sampled_from([[root], [root / "b"], [root / "e", root / "b"]]))
            chosen = SETS[data.draw(st.integers(0, len(SETS) - 1))]
            kinds = data.draw(st.sampled_from([[], ["objection"], [*SIGNALS]]))
            again = listed(Path(name, "out"), paths, chosen, kinds, data.draw(st.integers(0, 10_000)))
        fresh = listed(Path(name, "fresh"), paths, chosen, kinds)
        assert again == fresh


@pytest.fixture
def folder(tmp_path: Path, claude_log: Callable[..., Path]) -> Path:
    """Two logs with both habits and a person's objection, one of them with a secret in the id of its session."""
    (tmp_path / "logs").mkdir()
    text = f"x: int = 'a'  # type: ignore\n{SWALLOW}"
    for name, secret in (("a", ""), ("b", f"={KEY}")):
        call = ("Write", {"file_path": f"/w/{name}.py", "content": text}, "File created successfully")
        path = claude_log(call, call, name=f"logs/{name}.jsonl", session=f"s-{name}{secret}")
        rows = path.read_text().splitlines()
        row = json.loads(rows[-1]) | {"uuid": "no", "parentUuid": json.loads(rows[-1])["uuid"]}
        rows.append(json.dumps(row | {"message": {"role": "user", "content": "No, revert that."}}))
        path.write_text("\n".join(rows) + "\n")
    return tmp_path / "logs"


def lines(done: tuple[int, str, str]) -> list[str]:
    """The lines of the list, without the summary."""
    code, out, err = done
    assert code == 0, err
    return [line for line in out.split("\n\n")[0].splitlines() if not line.startswith('{"summary"')]


@pytest.mark.parametrize("form", [["--json"], []], ids=["json", "plain"])
@pytest.mark.parametrize("before", ["nothing", "the same", "another rule", "more rules", "one log", "no signals"])
def test_the_command_prints_the_same_lines(replay: Command, folder: Path, form: list[str], before: str) -> None:
    """And they are those of a command that keeps no tables."""
    wanted = ("mine", folder, "--rule", RULE, "--rule", "python/type-ignore", "--signal", "all", *form)
    earlier = {
        "the same": wanted,
        "another rule": ("mine", folder, "--rule", "bash/or-true"),
        "more rules": ("mine", folder, "--rule", "python/*"),
        "one log": ("mine", folder / "b.jsonl", "--rule", RULE),
        "no signals": wanted[:6],
    }
    if before in earlier:
        assert replay(*earlier[before], "--to", "out")[0] == 0
    assert lines(replay(*wanted, "--to", "out")) == (first := lines(replay(*wanted)))
    assert len(first) == 6


def test_a_line_has_the_session_however_it_was_found(replay: Command, folder: Path) -> None:
    """As the log says it, secrets redacted."""
    replay("mine", folder, "--to", "out", "--rule", "bash/or-true")
    for _ in range(2):
        found = map(json.loads, lines(replay("mine", folder, "--to", "out", "--rule", RULE, "--json")))
        sessions = [one["session"] for one in found]
        assert sessions[0] == "s-a"
        assert sessions[1].startswith("s-b")
        assert KEY not in sessions[1]


def test_only_logs_that_are_given_are_listed(replay: Command, folder: Path) -> None:
    """Others in the tables are brought up to date, and counted in the summary."""
    replay("mine", folder, "--to", "out", "--rule", "bash/or-true")
    _, out, _ = replay("mine", folder / "a.jsonl", "--to", "out", "--rule", RULE, "--json")
    *found, last = map(json.loads, out.splitlines())
    assert {one["file"] for one in found} == {str(folder / "a.jsonl")}
    assert last["summary"]["findings"] == {RULE: 2}


@pytest.mark.parametrize("place", range(4))
def test_a_log_that_changed_is_listed_as_it_is_now(replay: Command, folder: Path, place: int) -> None:
    """Also where the others of its part are as they were: eight logs of a size make four parts of two."""
    rows = (folder / "a.jsonl").read_text()
    shutil.rmtree(folder)
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.jsonl").write_text(rows.replace("s-a", f"s-{number}"))
    wanted = ("mine", folder, "--rule", RULE, "--rule", "python/bare-except", "--json")
    replay(*wanted, "--to", "out")
    assert len(list(Path("out/parts").iterdir())) == 4
    changed = folder / f"{place}.jsonl"
    changed.write_text(changed.read_text().replace("except Exception:", "except:"))
    again = lines(replay(*wanted, "--to", "out"))
    assert again == lines(replay(*wanted))
    found = [json.loads(line) for line in again]
    assert {one["file"] for one in found if one["rule"] == "python/bare-except"} == {str(changed)}
