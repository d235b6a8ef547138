"""Which mined turns become cases: near-duplicates as one, primed prefixes told, caps and samples spread."""

import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import Command

from replay import alike, selection
from replay.selection import Candidate, Wanted, select

RULE = "python/swallowed-exception"
SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"


def candidate(name: str, **given: Any) -> Candidate:
    """A candidate like no other, but for what is given; its name is its transcript."""
    plain: dict[str, Any] = {
        "file": f"{name}.jsonl",
        "transcript": name,
        "turn": 0,
        "rules": ("r",),
        "note": "",
        "session": name,
        "agent": "a",
        "model": "m",
        "project": "p",
        "grade": "full",
        "primed": 0,
        "task": alike.shingles("make a shop"),
        "asked": alike.shingles(f"please do {name}"),
        "wrote": alike.shingles(f"it is {name} that was done"),
    }
    return Candidate(**plain | given)


def names(found: selection.Selection) -> list[str]:
    return [one.candidate.transcript for one in found.kept]


# --- near-duplicates ---


def test_similarity_is_shared_runs_of_three_by_all() -> None:
    """By hand: `a b c d e` has abc bcd cde, `a b c d f` has abc bcd cdf: two of four."""
    assert alike.jaccard(alike.shingles("a b c d e"), alike.shingles("a b  c\nd f")) == 0.5
    assert len(alike.shingles("x==y")) == 2  # x = =, = = y
    assert len(alike.shingles("")) == len(alike.shingles("word")) == 1


def test_no_pair_is_missed_that_comparing_each_with_each_finds() -> None:
    """Leaders are those of the plain quadratic search, for many random texts and thresholds."""
    draw = random.Random(1)
    for least, size in itertools.product((0.3, 0.5, 0.8, 1.0), (3, 8, 30)):
        texts = []
        for _ in range(60):
            words = [draw.choice("abcdef") for _ in range(draw.randint(1, size))]
            texts += [words, [*words, "new"]]
        items = [(alike.shingles("same"), alike.shingles(" ".join(words))) for words in texts]
        wanted: list[int] = []
        for number, item in enumerate(items):
            first = (one for one in range(number) if wanted[one] == one)
            wanted.append(next((one for one in first if alike.jaccard(items[one][1], item[1]) >= least), number))
        assert alike.leaders(items, least) == wanted


def test_near_duplicates_become_one_that_says_how_many_it_stands_for() -> None:
    """Ten sentences asked and written, one word of ninety changed: one case of the two, and the better known."""
    text = " ".join(f"w{number}" for number in range(90))
    same = {"asked": alike.shingles(text), "wrote": alike.shingles(text)}
    near = {"asked": alike.shingles(text), "wrote": alike.shingles(text.replace("w40", "other"))}
    found = select([candidate("a", grade="partial", **same), candidate("b", **near)], Wanted())
    assert names(found) == ["b"]
    assert [one.transcript for one in found.kept[0].likes] == ["a"]
    assert found.left_out == {"near-duplicates of one that is kept": 1}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"wrote": alike.shingles("another answer to the same question")}, id="another answer"),
        pytest.param({"task": alike.shingles("another task")}, id="another task"),
        pytest.param({"asked": alike.shingles("another question with the same answer")}, id="another question"),
        pytest.param({"rules": ("s",)}, id="another rule"),
    ],
)
def test_turns_that_differ_in_one_of_these_stay_two(other: dict[str, Any]) -> None:
    """Only the same rule, in the same answer, to the same words is a near-duplicate."""
    same = {"asked": alike.shingles("one question"), "wrote": alike.shingles("one answer")}
    assert names(select([candidate("a", **same), candidate("b", **same | other)], Wanted())) == ["a", "b"]


def test_a_copy_of_a_log_is_no_second_case() -> None:
    """The same turn of the same transcript in two files is one case that stands for two."""
    found = select([candidate("a", file="two"), candidate("a", file="one")], Wanted())
    assert [one.candidate.file for one in found.kept] == ["one"]
    assert found.left_out == {"copies: the same turn of the same transcript in another log": 1}


# --- caps and samples ---


def crowd() -> list[Candidate]:
    """Thirty turns of one long session, and six sessions of one turn in another project."""
    long = [candidate(f"l{number}", session="long", project="big") for number in range(30)]
    return long + [candidate(f"s{number}", project="small") for number in range(6)]


def test_a_sample_takes_projects_in_turn_and_sessions_before_more_of_the_same() -> None:
    """Eight of thirty and six: four of each project, each of the six sessions before any second turn of one."""
    found = select(crowd(), Wanted(sample=8))
    assert Counter(one.candidate.project for one in found.kept) == {"big": 4, "small": 4}
    assert found.left_out == {"beyond the sample of 8": 28}
    mixed = [candidate(f"x{n}", session="x") for n in range(9)] + [candidate("y"), candidate("z")]
    assert {"y", "z"} <= set(names(select(mixed, Wanted(sample=3))))


def test_a_seed_draws_others_and_the_same_seed_the_same() -> None:
    """The selection depends on the seed and the content, not on the order or the folder they come from."""
    one = names(select(crowd(), Wanted(sample=8)))
    turned = [entry._replace(file=f"/elsewhere/{entry.file}") for entry in reversed(crowd())]
    assert names(select(turned, Wanted(sample=8))) == one
    assert any(names(select(crowd(), Wanted(sample=8, seed=seed))) != one for seed in (1, 2, 3))


def test_no_cap_is_exceeded_and_what_is_over_is_counted() -> None:
    """Five of a rule, two of a project: two big, three would be allowed but only two small."""
    found = select(crowd(), Wanted({"rule": 5, "project": 2}))
    assert Counter(one.candidate.project for one in found.kept) == {"big": 2, "small": 2}
    assert sum(found.left_out.values()) == 32
    assert set(found.left_out) == {"over the cap of 2 a project"}


def test_a_turn_with_two_rules_counts_for_both() -> None:
    """With one case a rule, the turn with both rules leaves no place for another of either."""
    both = candidate("both", rules=("r", "s"))
    for seed in range(5):
        found = select([both, candidate("r"), candidate("s", rules=("s",))], Wanted({"rule": 1}, seed=seed))
        assert names(found) in (["both"], ["r", "s"])


def test_primed_turns_are_left_out_where_asked() -> None:
    """`unprimed` leaves out what shows the habit already, before a near-duplicate is chosen."""
    same = {"asked": alike.shingles("a"), "wrote": alike.shingles("b")}
    two = [candidate("a", primed=2, **same), candidate("b", grade="partial", **same), candidate("c", primed=1)]
    found = select(two, Wanted(unprimed=True))
    assert names(found) == ["b"]
    assert found.left_out == {"primed: a finding of the rule is in the prefix already": 2}


# --- from logs ---


@pytest.fixture
def log(claude_log: Callable[..., Path], tmp_path: Path) -> Path:
    """A session that reads a file with the habit, writes it elsewhere, and is told to take it back."""
    (tmp_path / "logs").mkdir()
    shown = "".join(f"{number:6}→{line}\n" for number, line in enumerate(SWALLOW.splitlines(), 1))
    wrote = {"file_path": "/home/dev/pay.py", "content": SWALLOW}
    file = claude_log(
        ("Read", {"file_path": "/home/dev/old.py"}, shown),
        ("Write", wrote, "File created successfully at: /home/dev/pay.py"),
        name="logs/s.jsonl",
    )
    last = json.loads(file.read_text().splitlines()[-1])
    words = {"role": "user", "content": "No, revert that."}
    said = {**last, "uuid": "u-9", "parentUuid": last["uuid"], "message": words}
    file.write_text(f"{file.read_text()}{json.dumps(said)}\n")
    return file


def test_a_case_says_what_primes_it(replay: Command, log: Path, tmp_path: Path) -> None:
    """A file with the habit that the agent had read counts: in the description, in `show`, and for `--unprimed`."""
    asked = ("mine", log, "--rule", RULE, "--write")
    code, out, _ = replay(*asked, tmp_path / "set")
    assert code == 0
    assert "1 of 1 case is primed" in out
    (toml,) = (tmp_path / "set").glob("*.toml")
    assert "primed = 1\n" in toml.read_text()
    _, out, _ = replay("show", re.search(r"replay show (\S+)", out)[1])
    assert "primed: 1 finding" in out
    _, out, _ = replay(*asked, tmp_path / "other", "--unprimed")
    assert "1 of 1 turn left out: primed" in out
    assert not list((tmp_path / "other").glob("*.toml"))


def test_a_case_is_cut_at_the_turn_a_signal_speaks_of(replay: Command, log: Path, tmp_path: Path) -> None:
    """The person objects to turn 1; its case has the given rules at stake and quotes the objection."""
    rule = "python/bare-except"
    code, out, _ = replay("mine", log, "--rule", rule, "--signal", "objection", "--write", tmp_path / "set")
    assert code == 0
    assert f"{log}:turn 1: signal/objection: No, revert that." in out
    (toml,) = (tmp_path / "set").glob("*.toml")
    assert f'turn = 1\nrules = ["{rule}"]\nnote = "signal/objection: No, revert that."' in toml.read_text()


def test_signals_are_shown_where_asked_and_kept_with_tables(replay: Command, log: Path, tmp_path: Path) -> None:
    """A plain listing has none; `--json` has a row of each; a folder of tables has all kinds, and counts them."""
    _, out, _ = replay("mine", log, "--rule", RULE)
    assert "signal/" not in out
    _, out, _ = replay("mine", log, "--rule", RULE, "--signal", "objection", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    (sign,) = (row for row in rows if "signal" in row)
    assert (sign["turn"], sign["signal"], sign["quote"]) == (1, "objection", "No, revert that.")
    assert rows[-1]["summary"]["signals"] == {"objection": 1}
    replay("mine", log, "--rule", RULE, "--to", tmp_path / "mined")
    assert json.loads((tmp_path / "mined" / "summary.json").read_text())["signals"] == {"objection": 1}


# --- kept queries ---


def test_a_kept_query_asks_the_same_of_new_logs(
    replay: Command, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds what was asked; asked again, it counts what has come, and an option given goes before."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))
    options = ("--rule", RULE, "--signal", "objection", "--cap", "rule=1", "--to", tmp_path / "mined")
    replay("mine", log.parent, *options, "--save", "swallow")
    text = (tmp_path / "home" / "queries" / "swallow.yaml").read_text()
    assert f"rules:\n- {RULE}\nsignals:\n- objection\ncap:\n  rule: 1\n" in text
    (log.parent / "t.jsonl").write_text(log.read_text().replace("pay.py", "other.py"))
    code, out, _ = replay("mine", "--query", "swallow", "--write", tmp_path / "set")
    assert code == 0
    assert "1 had not changed" in out
    assert "1 case written" in out
    _, out, _ = replay("mine", "--query", "swallow", "--cap", "rule=2", "--write", tmp_path / "more")
    assert "2 cases written" in out
    _, out, _ = replay("mine", "--query", "swallow", "--write", tmp_path / "more")
    assert "1 more transcript with cases was in" in out
    _, out, _ = replay("mine", "--queries")
    assert out.startswith(f"swallow: paths {log.parent}, to {tmp_path / 'mined'}, rules {RULE}, signals objection")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--query", "swalow"), "did you mean 'swallow'?", id="a name that is not there"),
        pytest.param(("--query", "wrong"), "wrong.yaml:2: unknown key 'signal': did you mean 'signals'?", id="a key"),
        pytest.param(("--query", "capped"), "capped.yaml:2: unknown cap 'rules': did you mean 'rule'?", id="a cap"),
        pytest.param(("--save", "../out"), "cannot name a query", id="a path as a name"),
        pytest.param(("--save", "swallow"), "another query has this name", id="a name that is taken"),
        pytest.param(("--cap", "20"), "want BY=N, such as rule=20", id="a cap of nothing"),
        pytest.param(("--cap", "modell=3"), "did you mean 'model'?", id="a cap by what we do not know"),
        pytest.param(("--signal", "objections"), "did you mean objection?", id="an unknown signal"),
        pytest.param(("--signal", "all", "--write", "x"), "say which with --rule", id="a case without a rule"),
        pytest.param(("--sample", "3"), "add --write", id="a selection of no cases"),
    ],
)
def test_what_cannot_be_asked_is_told(
    replay: Command, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    """Exit 2, a sentence that says what to do, and no folder made."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "home" / "queries"
    kept.mkdir(parents=True)
    (kept / "swallow.yaml").write_text(f"rules: [{RULE}]\n")
    (kept / "wrong.yaml").write_text(f"rules: [{RULE}]\nsignal: [all]\n")
    (kept / "capped.yaml").write_text("cap:\n  rules: 3\n")
    code, _, err = replay("mine", log, *arguments)
    assert code == 2
    assert said in err
    assert not (tmp_path / "x").exists()
