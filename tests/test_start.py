"""Commands start fast: what takes long to import is imported where it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from replay import cli

DEAR = frozenset({"aiohttp", "anthropic", "numpy", "openai", "polars", "pydantic", "scipy", "semgrep"})
"""Packages that take longer to import than the helps of most commands take in all."""

HELP = """
import contextlib, json, sys
from replay.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(sys.stderr):
    main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""


def imported(*words: str) -> set[str]:
    """The modules that a command has imported when it is through."""
    done = subprocess.run([sys.executable, "-c", HELP, *words], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_list_of_verbs_imports_none_of_them() -> None:
    found = imported("--help")
    assert "replay.cli" in found
    assert [one for one in found if one.startswith("replay.cli.")] == []
    assert found.isdisjoint(DEAR | {"msgspec", "rich", "yaml"})


@pytest.mark.parametrize("verb", cli.VERBS)
def test_the_help_of_a_verb_imports_nothing_dear(verb: str) -> None:
    found = imported(verb, "--help")
    assert f"replay.cli.{cli.VERBS[verb].module}" in found
    assert found & DEAR == set()


@pytest.mark.parametrize("verb", cli.VERBS)
def test_the_list_says_of_a_verb_what_its_own_help_begins_with(verb: str) -> None:
    command = cli.group.get_command(click.Context(cli.group), verb)
    assert command is not None
    assert (command.help or "").startswith(cli.VERBS[verb].about.removesuffix("."))


@pytest.mark.parametrize("jobs", [0, 2])
def test_mining_logs_that_have_not_changed_imports_nothing_that_reads_or_judges(
    claude_log: Callable[..., Path], tmp_path: Path, jobs: int
) -> None:
    """The second time the tables say all; the first time, no format is imported that comes after the log's own.

    Where workers do it, the command itself has it all imported, so that they, its forks, have it too.
    """
    log = claude_log(("Write", {"file_path": "/a.py", "content": "x = 1\n"}, "File created successfully at: /a.py"))
    words = ("mine", str(log), "--to", str(tmp_path / "tables"), "--jobs", str(jobs))
    first, second = imported(*words), imported(*words)
    doing = {"replay.check", "replay.importers.claude_code", "replay.scale.task", "replay.workspace"}
    assert doing - first == set()
    assert doing & second == set()
    assert "replay.importers.cursor" not in first
    assert (first & DEAR, second & DEAR) == ({"polars"}, {"polars"})
