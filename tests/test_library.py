"""Importing: each session once, nothing twice, every loss named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from replay import cases, importers, library, prefix
from replay.cli import main
from replay.importers import native

Log = Callable[..., Path]
READ = ("Read", {"file_path": "/home/dev/shop/a.py"}, "     1→x = 1")


def write(path: str) -> tuple[str, dict[str, Any], str]:
    return ("Write", {"file_path": path, "content": "x = 1\n"}, f"File created successfully at: {path}")


def test_an_import_says_what_it_kept(claude_log: Log, tmp_path: Path) -> None:
    """Two calls with results, one of them an edit: the ledger counts them by hand-checked numbers."""
    entry = library.Library(tmp_path / "kept").bring(claude_log(READ, write("/home/dev/shop/b.py")))
    assert (entry.format, entry.status, entry.error) == ("claude_code", "new", None)
    assert (entry.calls, entry.results, entry.edits, entry.unanswered) == (2, 2, 1, 0)
    assert entry.fidelity == "partial"
    assert "system prompt" in entry.missing


def test_importing_twice_changes_nothing(claude_log: Log, tmp_path: Path) -> None:
    """The second import finds everything there, also in a new process (a new index)."""
    log = claude_log(READ)
    first = library.Library(tmp_path / "kept").bring(log)
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "kept").iterdir()}
    second = library.Library(tmp_path / "kept").bring(log)
    assert second.status == "unchanged"
    assert second.transcripts == first.transcripts
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "kept").iterdir()} == before


def test_a_copy_under_another_name_is_the_same_transcript(claude_log: Log, tmp_path: Path) -> None:
    """The same session saved twice is kept once."""
    kept = library.Library(tmp_path / "kept")
    kept.bring(claude_log(READ))
    assert kept.bring(claude_log(READ, name="copy.jsonl")).status == "unchanged"
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_grown_session_replaces_its_shorter_self(claude_log: Log, tmp_path: Path) -> None:
    """What was imported while the agent still wrote is superseded, not kept beside the whole."""
    kept = library.Library(tmp_path / "kept")
    kept.bring(claude_log(READ))
    entry = kept.bring(claude_log(READ, write("/home/dev/shop/b.py")))
    assert entry.status == "grown"
    (file,) = (tmp_path / "kept").iterdir()
    assert entry.transcripts[0] in file.name


def test_a_shorter_self_that_comes_later_changes_nothing(claude_log: Log, tmp_path: Path) -> None:
    """A backup of the log from before it grew is covered by what is there."""
    kept = library.Library(tmp_path / "kept")
    whole = kept.bring(claude_log(READ, write("/home/dev/shop/b.py")))
    assert kept.bring(claude_log(READ, name="backup.jsonl")).status == "unchanged"
    (file,) = (tmp_path / "kept").iterdir()
    assert whole.transcripts[0] in file.name


def test_another_course_of_the_same_session_is_kept_beside_it(claude_log: Log, tmp_path: Path) -> None:
    """A file of the same session that does not continue the first is no duplicate: both stay, one names the other."""
    kept = library.Library(tmp_path / "kept")
    first = kept.bring(claude_log(READ, write("/home/dev/shop/b.py")))
    second = kept.bring(claude_log(write("/home/dev/shop/c.py"), READ, name="other.jsonl"))
    assert second.status == "new"
    assert second.same_as == first.transcripts


def test_a_file_that_is_no_transcript_is_an_entry_with_an_error(tmp_path: Path) -> None:
    """An unknown file neither stops the import nor vanishes from its ledger."""
    (tmp_path / "notes.txt").write_text("milk, eggs\n")
    entry = library.Library(tmp_path / "kept").bring(tmp_path / "notes.txt")
    assert entry.format is None
    assert entry.status == "failed"
    assert entry.error


def test_file_names_come_from_the_content_not_from_the_log(claude_log: Log, tmp_path: Path) -> None:
    """A hostile session id stays inside the folder."""
    kept = library.Library(tmp_path / "kept")
    kept.bring(claude_log(READ, session="../../../../etc/passwd\x00"))
    (file,) = (tmp_path / "kept").iterdir()
    assert file.name.startswith("claude-code-")


@pytest.mark.parametrize(
    "name", ["../../evil", "/evil", "x" * 5000, "..", ""], ids=["up", "root", "long", "dots", "none"]
)
def test_a_hostile_name_of_a_format_stays_inside_the_folder(claude_log: Log, tmp_path: Path, name: str) -> None:
    """A file in replay's own form says which format it came from: no file name, neither of the library nor of cases."""
    (made,) = importers.read(claude_log(READ))
    hostile = replace(made, source=replace(made.source, format=name))
    native.write(replace(hostile, id=prefix.identify(hostile)), tmp_path / "in.jsonl")
    entry = library.Library(tmp_path / "a" / "b" / "kept").bring(tmp_path / "in.jsonl")
    assert entry.status == "new"
    (one,) = importers.read(tmp_path / "in.jsonl")
    cases.write([cases.Cut(one, 0, ("python/x",), "")], tmp_path / "a" / "b" / "cases")
    files = {file.relative_to(tmp_path).parent for file in tmp_path.rglob("*") if file.is_file()}
    assert {str(folder) for folder in files} <= {".", "a/b/kept", "a/b/cases"}
    assert len(list((tmp_path / "a" / "b" / "cases").glob("*.jsonl"))) == 1


def test_import_prints_the_promised_keys(claude_log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`import --json`: one object a file with every promised key; a foreign file has format null and an error."""
    claude_log(READ)
    (tmp_path / "zz.txt").write_text("milk\n")
    with pytest.raises(SystemExit) as stop:
        main(["import", str(tmp_path), "--to", str(tmp_path / "kept"), "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    promised = {"file", "format", "transcripts", "messages", "calls", "results", "edits", "fidelity", "dropped"}
    assert stop.value.code == 0
    assert all(set(row) >= promised | {"repaired", "redacted", "error"} for row in rows)
    assert [row["format"] for row in rows] == ["claude_code", None]
    assert rows[1]["error"]


def test_import_tells_the_git_folders_it_did_not_enter(
    claude_log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line counts them once, and no file in them."""
    folder = claude_log(READ).parent
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    with pytest.raises(SystemExit) as stop:
        main(["import", str(folder), "--to", str(tmp_path / "kept")])
    assert stop.value.code == 0
    assert "1 file imported to" in (last := capsys.readouterr().out.splitlines()[-1])
    assert ", 0 not, 1 git folder not entered; next:" in last


def test_watching_imports_a_log_again_when_it_has_grown(claude_log: Log, tmp_path: Path) -> None:
    """The watch yields an entry for a new file, and another one once it changed."""
    (tmp_path / "logs").mkdir()
    log = claude_log(READ).rename(tmp_path / "logs" / "session.jsonl")
    entries = library.watch([tmp_path / "logs"], library.Library(tmp_path / "kept"), seconds=0)
    assert next(entries).status == "new"
    claude_log(READ, write("/home/dev/shop/b.py")).rename(log)
    assert next(entries).status == "grown"
