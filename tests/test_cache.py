"""The cache of answers can be looked at, pruned, taken elsewhere and back, and never loses what was not to go."""

import hashlib
import json
import sqlite3
from datetime import timedelta

import pytest

from replay import answers
from replay.cli import main
from replay.store import Cache

DAY = "2026-01-0{}T00:00:00+00:00"


def key(name):
    return hashlib.sha256(name.encode()).hexdigest()


@pytest.fixture
def at(tmp_path, monkeypatch, capfdbinary):
    """Runs `replay cache …` in a folder of its own; exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as stop:
            main(["cache", *map(str, words)])
        out, err = capfdbinary.readouterr()
        return int(stop.value.code or 0), out.decode(), err.decode()

    return run


@pytest.fixture
def cache(tmp_path):
    """Four answers of 1,000 bytes each, of two models, from four days."""
    file = tmp_path / ".replay" / "cache.sqlite"
    with Cache.open(file) as store:
        for day, (name, model) in enumerate([("a", "x/1"), ("b", "y/2"), ("c", "x/1"), ("d", "y/2")], start=1):
            head = json.dumps({"id": name, "pad": ""})
            raw = json.dumps({"id": name, "pad": "." * (1_000 - len(head))}).encode()
            with store.adding() as add:
                add(key(name), raw, api="anthropic", model=model, created=DAY.format(day), seconds=1.5)
    return file


def left(file):
    with Cache.open(file) as store:
        return [one.key for one in store.entries()]


def test_stats_count_by_model_and_make_nothing(at, tmp_path, request):
    """Without a cache all is zero and none is made; with one, answers, bytes and models are counted."""
    code, out, _ = at("stats", "--json")
    assert (code, json.loads(out)["answers"]) == (0, 0)
    assert not (tmp_path / ".replay").exists()
    request.getfixturevalue("cache")
    found = json.loads(at("stats", "--json")[1])
    assert (found["answers"], found["bytes"], found["models"]) == (4, 4_000, {"x/1": 2, "y/2": 2})
    assert found["file_bytes"] > 4_000
    assert "4 answers, 4.0 kB" in at("stats")[1]


def test_an_answer_is_shown_as_it_came(at, cache):
    """The first digits of its key are enough; what is ambiguous or not there is said."""
    code, out, _ = at("show", key("a")[:12])
    told = json.loads(out)
    assert (code, told["response"]["id"], told["model"], told["created"]) == (0, "a", "x/1", DAY.format(1))
    code, _, err = at("show", "ffffffff")
    assert (code, "no answer has it" in err) == (2, True)
    newest = at("list", "--limit", "2")[1].splitlines()
    assert [line[:16] for line in newest] == [key("d")[:16], key("c")[:16]]


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (("--older-than", "1d"), "abcd"),
        (("--model", "x/*"), "ac"),
        (("--model", "x/*", "--older-than", "1d"), "ac"),
        (("--older-than", "9999w"), ""),
        (("--max-size", "2500"), "ab"),
        (("--max-size", "3kB"), "a"),
        (("--max-size", "1GiB"), ""),
        (("--max-size", "3kB", "--model", "y/*"), "b"),
        (("--max-size", "0", "--model", "y/*"), "bd"),
    ],
    ids=[
        "old ones",
        "a model",
        "old ones of a model",
        "none is so old",
        "down to a size",
        "one is enough",
        "small enough",
        "the oldest of a model",
        "no more than there are of a model",
    ],
)
def test_only_what_was_named_is_removed(at, cache, words, gone):
    """The options narrow it down; of a size the oldest go first, and no more than it takes."""
    dry = json.loads(at("prune", *words, "--dry-run", "--json")[1])
    assert (dry["removed"], dry["would_remove"], len(left(cache))) == (0, len(gone), 4)
    code, out, _ = at("prune", *words, "--yes", "--json")
    assert (code, json.loads(out)["would_remove"]) == (0, len(gone))
    assert left(cache) == [key(name) for name in "abcd" if name not in gone]


def test_nothing_that_was_paid_for_is_removed_unasked(at, cache):
    """Without a terminal and --yes it is refused, without a criterion as well."""
    code, _, err = at("prune", "--older-than", "1d")
    assert (code, "paid for: give --yes" in err) == (2, True)
    code, _, err = at("prune", "--yes")
    assert (code, "say what is to go" in err) == (2, True)
    assert len(left(cache)) == 4


@pytest.mark.parametrize(
    ("word", "value"), [("30d", timedelta(30)), ("12h", timedelta(hours=12)), ("2 w", timedelta(14))]
)
def test_ages_are_read(word, value):
    """A number and a unit."""
    assert answers.age(word) == value


@pytest.mark.parametrize(("word", "value"), [("500MB", 500_000_000), ("1.5 GiB", 1_610_612_736), ("10", 10)])
def test_sizes_are_read(word, value):
    """Decimal and binary units."""
    assert answers.size(word) == value


@pytest.mark.parametrize("words", [("--older-than", "soon"), ("--max-size", "big"), ("--older-than", "-1d")])
def test_what_is_no_age_or_size_is_said(at, cache, words):
    """The complaint shows a good one."""
    code, _, err = at("prune", *words)
    assert code == 2
    assert "want a number" in err


def test_what_is_exported_comes_back_byte_for_byte(at, cache, tmp_path):
    """Every answer, its bytes, time and model: also one with line ends, and one whose numbers JSON would rewrite."""
    odd = b'{\n "a": 1.0,\r\n "b": "\xc3\xa9\\u00e9" }'
    with Cache.open(cache) as store, store.adding() as add:
        add(key("odd"), odd, api="openai-chat", model=None, created=DAY.format(5), seconds=None)
        add(key("e"), b'{"n":1.50}', api="openai-chat", model="y/2", created=DAY.format(6), seconds=None)
    assert at("export", tmp_path / "all.jsonl")[0] == 0
    piped = at("export")[1]
    assert piped == (tmp_path / "all.jsonl").read_text()
    rows = [json.loads(line) for line in piped.splitlines()]
    assert len(rows) == 6
    assert rows[0]["response"]["id"] == "a"
    with Cache.open(cache) as store:
        before = {one.key: store.get(one.key) for one in store.entries()}
    cache.rename(cache.with_name("old.sqlite"))
    code, out, _ = at("import", tmp_path / "all.jsonl")
    assert (code, "6 answers added; 0 were here" in out) == (0, True)
    with Cache.open(cache) as store:
        assert {one.key: store.get(one.key) for one in store.entries()} == before
    assert at("export", "--model", "x/*")[1].count("\n") == 2


def test_an_answer_that_is_here_is_never_overwritten(at, cache, tmp_path):
    """Another answer under the same key is counted and left out."""
    at("export", tmp_path / "all.jsonl")
    with sqlite3.connect(cache) as db:
        db.execute("UPDATE answers SET response = '{\"mine\": 1}' WHERE key = ?", (key("a"),))
        db.execute("DELETE FROM answers WHERE key = ?", (key("b"),))
    db.close()
    assert json.loads(at("import", tmp_path / "all.jsonl", "--json")[1]) == {"new": 1, "known": 3, "other": 1}
    assert json.loads(at("show", key("a"))[1])["response"] == {"mine": 1}


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda row: row | {"response": {"id": "z"}}, "SHA-256 differs"),
        (lambda row: row | {"key": "../../etc/passwd"}, "no key of an answer"),
        (lambda row: row | {"more": 1}, "no exported answer"),
        (lambda row: {"key": row["key"]}, "no exported answer"),
        (lambda row: row | {"response": None, "text": "{", "sha256": hashlib.sha256(b"{").hexdigest()}, "no JSON"),
    ],
    ids=["a changed answer", "a bad key", "an unknown field", "missing fields", "no JSON"],
)
def test_a_damaged_file_adds_nothing(at, cache, tmp_path, damage, why):
    """The line is named, and the good lines before it are not taken either."""
    lines = at("export")[1].splitlines(keepends=True)
    lines[2] = json.dumps(damage(json.loads(lines[2]))) + "\n"
    file = tmp_path / "bad.jsonl"
    file.write_text("".join(lines))
    cache.rename(cache.with_name("old.sqlite"))
    code, _, err = at("import", file)
    assert code == 2
    assert "bad.jsonl:3: " in err
    assert why in err
    assert left(cache) == []


def test_damage_in_the_cache_is_found(at, cache):
    """`stats --check` reads all of it: an answer that is no JSON, a page of garbage."""
    assert "all of it can be read" in at("stats", "--check")[1]
    with sqlite3.connect(cache) as db:
        db.execute("UPDATE answers SET response = '{' WHERE key = ?", (key("a"),))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    code, _, err = at("stats", "--check")
    assert (code, f"answer {key('a')}: no JSON" in err) == (2, True)
    data = bytearray(cache.read_bytes())
    data[4_096:] = b"\xa5" * (len(data) - 4_096)
    cache.write_bytes(data)
    for extra in cache.parent.glob("cache.sqlite-*"):
        extra.unlink()
    code, _, err = at("stats", "--check")
    assert (code, "damaged" in err) == (2, True)


def test_without_a_cache_there_is_nothing_to_show(at, tmp_path):
    """The verbs that need one say what makes it, and make none."""
    for words in (("list",), ("show", "abcd"), ("export",), ("prune", "--model", "x")):
        code, _, err = at(*words)
        assert (code, "there is no cache yet" in err) == (2, True)
    assert not (tmp_path / ".replay").exists()
