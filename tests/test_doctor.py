"""`replay doctor` tells what works and what to do about what does not, and shows no secret."""

import json
import os

import pytest

from replay.cli import main
from replay.store import Cache


@pytest.fixture
def doctor(tmp_path, monkeypatch, capsys):
    """Runs `replay doctor` in a folder of its own with only these variables set; exit code and what was found."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "OPENAI_API_KEY",
        "ANTHROPIC_BASE_URL",
        "OPENAI_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("REPLAY_HOME", raising=False)

    def run(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        with pytest.raises(SystemExit) as stop:
            main(["doctor", "--json"])
        out, _ = capsys.readouterr()
        value = json.loads(out)
        assert value["ok"] is (stop.value.code == 0)
        return int(stop.value.code or 0), {one["what"]: one for one in value["found"]}, out

    return run


def test_an_installed_replay_is_well(doctor, tmp_path):
    """Packages, grammars, every rule and each engine; nothing is made, and the environment is as before."""
    before = dict(os.environ)
    code, found, _ = doctor()
    assert code == 0
    assert {"python", "packages", "grammars", "rules", "keys", "home", "cache", "runs", "prices"} <= set(found)
    for engine in ("treesitter", "predicate", "semgrep"):
        assert found[f"engine {engine}"]["status"] == "ok"
    assert found["rules"]["detail"].startswith("all ")
    assert found["keys"]["status"] == "note"
    assert not (tmp_path / ".replay").exists()
    assert {name: os.environ.get(name) for name in before} == before


def test_keys_are_named_and_never_shown(doctor):
    """Nor are a password and a path in the address of a server."""
    code, found, out = doctor(
        ANTHROPIC_API_KEY="sk-ant-secret-value", OPENAI_BASE_URL="https://me:hunter2@llm.example.org/team-x/v1"
    )
    assert code == 0
    assert "ANTHROPIC_API_KEY" in found["keys"]["detail"]
    assert found["OPENAI_BASE_URL"]["detail"] == "requests go to llm.example.org"
    assert not any(word in out for word in ("secret", "hunter2", "team-x"))


def test_each_problem_has_its_remedy(doctor, tmp_path):
    """A damaged cache, a bad address, a missing semgrep, bad prices: named, with what to do, and exit 2."""
    Cache.open(tmp_path / ".replay" / "cache.sqlite").close()
    (tmp_path / ".replay" / "cache.sqlite").write_bytes(b"not a database at all" * 400)
    (tmp_path / ".replay" / "prices.yaml").write_text("version: 1\n")
    code, found, _ = doctor(OPENAI_BASE_URL="localhost:8000", REPLAY_SEMGREP="no-such-semgrep")
    assert code == 2
    wanted = {"cache": "not a store", "prices": "no price file", "engine semgrep": "no-such-semgrep"}
    for what, why in wanted.items():
        assert found[what]["status"] == "problem"
        assert why in found[what]["detail"]
    assert found["OPENAI_BASE_URL"]["status"] == "problem"
    assert all(one["remedy"] for one in found.values() if one["status"] == "problem")


def test_a_home_that_cannot_be_written_is_a_problem(doctor):
    """A file stands where a folder should be."""
    code, found, _ = doctor(REPLAY_HOME="/dev/null/replay")
    assert (code, found["home"]["status"]) == (2, "problem")
    assert "REPLAY_HOME" in found["home"]["remedy"]
