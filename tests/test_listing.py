"""What `replay mine` lists: whole in a pipe, as wide as the terminal on one."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from replay.cli.listing import Listing

LOG = "/home/ana/.claude/projects/-home-ana-notes/0a1b2c3d.jsonl"
PLACE = "/home/ana/notes/src/main/java/org/example/reports/ReportExporter.java:24"
EXAMPLE = Path(__file__).parents[1] / "transcripts" / "swallowed-exceptions"


def listed(width: int | None) -> list[str]:
    """Two findings of one log, and a signal of another."""
    lines: list[str] = []
    listing = Listing(lines.append, width=width)
    listing.add(LOG, 1, "java/swallowed-exception", "catch (IOException e) { …", place=PLACE)
    listing.add(LOG, 2, "python/swallowed-exception", "except Exception: …", place="notes/a.py:3")
    listing.add("other.jsonl", 7, "signal/objection", "No, revert that.")
    return lines


def test_in_a_pipe_each_line_says_all() -> None:
    """Log, turn, place, rule and words, to be searched; a signal has no place."""
    assert listed(None) == [
        f"{LOG}:turn 1: {PLACE}: java/swallowed-exception: catch (IOException e) {{ …",
        f"{LOG}:turn 2: notes/a.py:3: python/swallowed-exception: except Exception: …",
        "other.jsonl:turn 7: signal/objection: No, revert that.",
    ]


@pytest.mark.parametrize(
    ("width", "line"),
    [(None, "chats.md:turn 3 of 0123abcd: signal/objection: No."), (80, "  turn 3 of 0123abcd: signal/objection: No.")],
)
def test_in_a_log_of_several_transcripts_a_turn_is_told_with_its_own(width, line) -> None:
    """By the beginning of its id, which `replay show FILE --transcript` takes."""
    lines: list[str] = []
    Listing(lines.append, width=width).add("chats.md", 3, "signal/objection", "No.", transcript="0123abcd4567ef89")
    assert lines[-1] == line


def test_on_a_terminal_a_log_is_named_once_and_what_is_in_it_fits() -> None:
    """Of a long path its end stays, of what was found its beginning."""
    assert listed(80) == [
        LOG,
        "  turn 1: …/example/reports/ReportExporter.java:24: java/swallowed-exception: c…",
        "  turn 2: notes/a.py:3: python/swallowed-exception: except Exception: …",
        "other.jsonl",
        "  turn 7: signal/objection: No, revert that.",
    ]


@pytest.mark.parametrize("width", [1, 20, 40, 79, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Characters that take two columns count as two."""
    lines: list[str] = []
    Listing(lines.append, width=width).add("a", 1, "python/x", "失敗したら何もしない" * 9, place="/仕事/" * 9)
    assert all(cell_len(line) <= width for line in lines[1:])


def test_mining_on_a_terminal_keeps_to_its_width(tmp_path: Path) -> None:
    """A real terminal of 72 columns: no line of the list is cut by it."""
    fcntl, pty, termios = (pytest.importorskip(name, exc_type=ImportError) for name in ("fcntl", "pty", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
    command = [sys.executable, "-m", "replay", "mine", str(EXAMPLE / "csv-import.jsonl"), "--jobs", "0"]
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, check=False
    )
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    os.close(ours)
    lines = said.decode().splitlines()
    assert done.returncode == 0
    (found,) = [line for line in lines if line.startswith("  turn 1: ")]
    assert "ledger/importer.py:15: python/swallowed-" in found
    assert len(found) <= 72
    assert any(line.startswith("1 file, 1 transcript") and len(line) <= 72 for line in lines)


def _read(terminal: int) -> bytes:
    """What comes from a terminal; nothing once nobody holds its other end."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
