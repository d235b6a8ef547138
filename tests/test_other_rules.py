"""Tables under other rules, or of other code: whatever came before, they are those of one scan."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from replay import frames, rules, scale
from replay.records import Rule
from replay.scale import Listed, index, local, rates
from replay.tables import TABLES

Log = Callable[..., Path]

SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
IGNORE = "x: int = 'a'  # type: ignore\n"
TEST = "def test_pay():\n    assert pay() == 1\n"
KEY = 'KEY = "sk-ant-api03-' + "Ab1_" * 23 + 'AA"\n'

SWALLOWED, IGNORED, OR_TRUE, REMOVED = (
    rules.load(select=[name])
    for name in ("python/swallowed-exception", "python/type-ignore", "bash/or-true", "python/test-removed")
)


def write(path: str, text: str) -> tuple[str, dict[str, Any], str]:
    return "Write", {"file_path": path, "content": text}, "File created successfully"


def scanned(folder: Path, chosen: Sequence[Rule], *paths: Path) -> list[Any]:
    return list(scale.scan(map(str, paths), folder, chosen, run=local.in_process))


def found(folder: Path) -> list[tuple[str, int, str]]:
    """Log, turn and rule of each finding."""
    rows = frames.mined(folder).findings.select("file", "turn", "rule").collect().rows()
    return sorted((Path(file).stem, turn, rule) for file, turn, rule in rows)


def rate(folder: Path, chosen: Sequence[Rule]) -> float | None:
    """That of the only rule, over all turns."""
    (told,) = (one for one in rates.rates(folder, chosen) if one.by == "all" and one.rule == chosen[0].id)
    return told.rate


@pytest.fixture
def two(claude_log: Log, tmp_path: Path) -> tuple[Path, Path]:
    """Logs in folders of their own, with both habits in each answer, and a secret in one of the second log's."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    text = SWALLOW + IGNORE
    one = claude_log(write("/w/a.py", text), name="a/a.jsonl", session="a")
    other = claude_log(write("/w/b.py", text), write("/w/c.py", text + KEY), name="b/b.jsonl", session="b")
    return one, other


@pytest.mark.parametrize("together", [True, False], ids=["in one scan before", "each in its own"])
def test_a_new_rule_judges_logs_of_other_paths_too(tmp_path: Path, two: tuple[Path, Path], *, together: bool) -> None:
    """Else their turns would count in its rate as turns without a finding."""
    one, other = two
    for paths in (two,) if together else ((one,), (other,)):
        scanned(tmp_path / "out", SWALLOWED, *paths)
    scanned(tmp_path / "out", IGNORED, one)
    scanned(tmp_path / "fresh", IGNORED, *two)
    wanted = [(name, turn, IGNORED[0].id) for name, turn in (("a", 0), ("b", 0), ("b", 1))]
    assert found(tmp_path / "out") == found(tmp_path / "fresh") == wanted
    assert rate(tmp_path / "out", IGNORED) == 100


def test_logs_of_other_paths_are_read_by_new_code_too(tmp_path: Path, two: tuple[Path, Path]) -> None:
    """Their tables may lack a column; one that is gone is named, with the reason."""
    one, other = two
    third = other.with_name("c.jsonl")
    third.write_bytes(other.read_bytes())
    scanned(tmp_path / "out", SWALLOWED, one, other, third)
    third.unlink()
    for manifest in index.load(tmp_path / "out"):
        index.commit(tmp_path / "out", replace(manifest, reader="older"))
        table = index.place(tmp_path / "out", "turns", manifest.part)
        pl.read_parquet(table).drop("answer").write_parquet(table)
    *_, finished = scanned(tmp_path / "out", SWALLOWED, one)
    assert rate(tmp_path / "out", SWALLOWED) == 100
    assert {file for file, *_ in found(tmp_path / "out")} == {"a", "b"}
    logs = [log for manifest in finished.manifests for log in manifest.logs]
    assert [(Path(log.log.name).name, log.why) for log in logs if log.why] == [
        ("c.jsonl", "cannot be read: No such file or directory")
    ]


def test_a_check_cut_short_between_tables_and_manifest_is_done_again(
    tmp_path: Path, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table has lost the rows of a rule by then; asked for again, they are there again."""
    one, _ = two
    scanned(tmp_path / "out", (*SWALLOWED, *IGNORED), one)
    real = index.write

    def killed(frame: pl.DataFrame, target: Path, staging: Path) -> None:
        real(frame, target, staging)
        raise KeyboardInterrupt

    monkeypatch.setattr(index, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        scanned(tmp_path / "out", SWALLOWED, one)
    monkeypatch.setattr(index, "write", real)
    scanned(tmp_path / "out", (*SWALLOWED, *IGNORED), one)
    assert found(tmp_path / "out") == [("a", 0, SWALLOWED[0].id), ("a", 0, IGNORED[0].id)]


def test_a_predicate_that_is_new_looks_for_moved_code_where_all_rules_look(tmp_path: Path, claude_log: Log) -> None:
    """A test that went from a Python file to a shell script is not removed where scripts are looked at."""
    script = f"python - <<'END'\n{TEST}END\n"
    log = claude_log(write("/w/test_pay.py", TEST + "\n\n" + TEST.replace("pay", "owe")))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    edit = {"file_path": "/w/test_pay.py", "old_string": TEST, "new_string": ""}
    calls = [("t-1", "Edit", edit), ("t-2", "Write", {"file_path": "/w/run.sh", "content": script})]
    answer = rows[-2] | {"uuid": "a-9", "parentUuid": rows[-1]["uuid"]}
    content = [{"type": "tool_use", "id": name, "name": tool, "input": given} for name, tool, given in calls]
    rows.append(answer | {"message": answer["message"] | {"id": "msg_9", "content": content}})
    results = [
        {"type": "tool_result", "tool_use_id": name, "content": "The file has been updated."} for name, *_ in calls
    ]
    back = {"role": "user", "content": results}
    rows.append(rows[-2] | {"uuid": "u-9", "parentUuid": "a-9", "message": back})
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scanned(tmp_path / "alone", REMOVED, log)
    assert found(tmp_path / "alone") == [("session", 1, REMOVED[0].id)]
    scanned(tmp_path / "out", OR_TRUE, log)
    scanned(tmp_path / "out", (*OR_TRUE, *REMOVED), log)
    assert found(tmp_path / "out") == []


def test_stored_changes_are_listed_in_the_order_of_a_first_scan(tmp_path: Path, claude_log: Log) -> None:
    """By path and line, whatever the rule."""
    log = claude_log(write("/w/a.py", IGNORE + SWALLOW + IGNORE))
    wanted = (*SWALLOWED, *IGNORED)
    scanned(tmp_path / "out", OR_TRUE, log)
    again, first = (
        [
            one.line
            for event in scanned(tmp_path / name, wanted, log)
            if isinstance(event, Listed)
            for one in event.found
        ]
        for name in ("out", "fresh")
    )
    assert again == first == [1, 4, 6]


def test_a_conversation_that_a_file_holds_twice_is_in_its_tables_once(tmp_path: Path) -> None:
    """Keys of tables are keys, and a turn counts once, in a first scan and by stored changes."""
    arguments = json.dumps({"file_path": "/w/a.py", "content": SWALLOW})
    call = {"id": "c-1", "type": "function", "function": {"name": "Write", "arguments": arguments}}
    messages = [
        {"role": "user", "content": "Please help."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c-1", "content": "ok"},
    ]
    log = tmp_path / "data.jsonl"
    log.write_text((json.dumps({"messages": messages}) + "\n") * 3)
    scanned(tmp_path / "first", SWALLOWED, log)
    scanned(tmp_path / "later", OR_TRUE, log)
    scanned(tmp_path / "later", SWALLOWED, log)
    for folder in (tmp_path / "first", tmp_path / "later"):
        tables = frames.mined(folder)
        for name in ("turns", "changes", "findings"):
            assert getattr(tables, name).collect().select(TABLES[name].key).is_duplicated().sum() == 0
        assert found(folder) == [("data", 0, SWALLOWED[0].id)]
