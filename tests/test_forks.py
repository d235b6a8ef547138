"""Forks of a session: the turns that they share are told by what was said, and count once in rates."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sessions import asked, called, said, transcript, wrote

from replay import frames, prefix, rules, scale, stats
from replay.records import Fidelity, Message, Source, Text, ToolCall, ToolResult, Transcript, Turn
from replay.scale import local, page, rates, summary
from replay.scale.rates import ALL
from replay.signals import SIGNALS

RULE = "python/swallowed-exception"
SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"


# --- which turns are the same ---


def pooled(pool: list[Message], turns: list[tuple[int, list[tuple[int, int]]]]) -> Transcript:
    """A transcript with these messages and, for each turn, its answer and the ranges of its prefix."""
    made = tuple(Turn(message, tuple(ranges)) for message, ranges in turns)
    return Transcript("t", Source("made", "t"), (), tuple(pool), made, Fidelity("full"))


words = st.sampled_from(["a", "b", "ab"])
pools = st.lists(
    st.builds(lambda role, word: Message(role, (Text(word),)), st.sampled_from(["user", "assistant"]), words)
)


@given(st.data(), pools.filter(bool))
def test_turns_have_the_same_answer_where_prefix_and_answer_are_equal(data: st.DataObject, pool: list[Message]) -> None:
    """Whatever ranges of the pool make up the prefix."""
    places = st.integers(0, len(pool))
    ranges = st.lists(st.tuples(places, places).map(lambda pair: (min(pair), max(pair))), max_size=3)
    turns = data.draw(st.lists(st.tuples(st.integers(0, len(pool) - 1), ranges), max_size=8))
    whole = [
        (repr([one for start, stop in of for one in pool[start:stop]]), repr(pool[message])) for message, of in turns
    ]
    found = list(prefix.answers(pooled(pool, turns)))
    assert [[one == other for other in found] for one in found] == [[a == b for b in whole] for a in whole]


BASE = [*wrote("/w/a.py", CLEAN), asked("No."), said("Sorry.")]
OTHERS = {
    "another word of a person": [*BASE[:2], asked("Yes."), BASE[3]],
    "another answer": [*BASE[:3], said("Why?")],
    "another call before": [*wrote("/w/b.py", CLEAN), *BASE[2:]],
    "another result before": [*called("Write", {"file_path": "/w/a.py", "content": CLEAN}, "denied"), *BASE[2:]],
    "a failed call before": [
        *called("Write", {"file_path": "/w/a.py", "content": CLEAN}, "x" * 49, error=True),
        *BASE[2:],
    ],
    "something said earlier": [asked("Hi."), *BASE],
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_answer_is(other: list[Message]) -> None:
    """One thing said, called or returned otherwise."""
    *_, mine = prefix.answers(transcript(*BASE))
    *_, theirs = prefix.answers(transcript(*other))
    assert mine != theirs


def test_equal_words_under_two_ids_are_two_answers() -> None:
    """Two requests may be answered alike; the id that the API gave each answer tells them apart."""
    found = [next(prefix.answers(pooled([replace(BASE[3], id=name)], [(0, [])]))) for name in (None, "msg_1", "msg_2")]
    assert len(set(found)) == 3


def test_what_a_copy_tells_otherwise_makes_no_other_answer() -> None:
    """Lines, times, the system prompt and what the client noted of a result."""
    plain = transcript(*BASE)
    result = plain.messages[1].parts[0]
    assert isinstance(plain.messages[0].parts[0], ToolCall)
    assert isinstance(result, ToolResult)
    noted = replace(plain.messages[1], parts=(replace(result, detail={"type": "create"}),))
    late = [replace(one, time="2026-02-01T00:00:00Z", lines=(9, 9)) for one in plain.messages]
    other = transcript(late[0], replace(noted, lines=(7, 8)), *late[2:], system="Be brief.")
    assert list(prefix.answers(plain)) == list(prefix.answers(other))


# --- rates ---


@pytest.fixture
def forked(tmp_path: Path, claude_log: Callable[..., Path]) -> Path:
    """Tables of three sessions. ``b`` goes on after two turns of ``a``, ``c`` after the third of ``b``; 1 marks hits.

    a: 1 1 0 0,  b: (1 1) 0 1,  c: (1 1 0) 0,  and z, which has nothing to do with them: 0 0 1.
    """
    (tmp_path / "logs").mkdir()

    def log(name: str, marks: list[int], like: Path | None = None, turns: int = 0) -> Path:
        calls = [
            ("Write", {"file_path": f"/w/{name}{n}.py", "content": SWALLOW if mark else CLEAN}, "File created")
            for n, mark in enumerate(marks)
        ]
        path = claude_log(*calls, name=f"logs/{name}.jsonl", session=name)
        if like is not None:
            rows = list(map(json.loads, like.read_text().splitlines()))[: 1 + 2 * turns]
            own = list(map(json.loads, path.read_text().splitlines()))[1 + 2 * turns :]
            own[0]["parentUuid"] = rows[-1]["uuid"]
            kept = [row | {"sessionId": name} for row in (*rows, *own)]
            path.write_text("".join(json.dumps(row) + "\n" for row in kept))
        return path

    first = log("b-first", [1, 1, 0, 0])
    second = log("a-fork", [0, 0, 0, 1], first, 2)
    log("c-fork", [0, 0, 0, 0], second, 3)
    log("z", [0, 0, 1])
    chosen = rules.load(select=[RULE])
    *_, finished = scale.scan(
        [str(tmp_path / "logs")], tmp_path / "out", chosen, run=local.runner(0), signals=tuple(SIGNALS)
    )
    made = page.report(tmp_path / "out", chosen, summary.brought(tmp_path / "out", chosen, finished, []))
    page.write(tmp_path / "out", made)
    return tmp_path / "out"


def test_a_turn_that_forks_share_counts_once_and_they_are_one_session(forked: Path) -> None:
    """By hand: 4 turns of the first session, 2 and 1 of its forks, 3 of the other; the interval is that of `stats`."""
    marks = {"abc": [1, 1, 0, 0, 0, 1, 0], "z": [0, 0, 1]}
    turns = frames.mined(forked).turns.collect()
    assert (len(turns), turns["answer"].n_unique(), turns["session"].n_unique()) == (15, 10, 4)
    rows = [(name, f"{name}{n}", "", mark, 1, 1) for name, hits in marks.items() for n, mark in enumerate(hits)]
    want = stats.share(rows, "")
    chosen = rules.load(select=[RULE])
    for rule in (ALL, RULE):
        (one,) = (one for one in rates.rates(forked, chosen) if (one.by, one.rule) == ("all", rule))
        assert (one.turns, one.hits, one.sessions) == (10, 4, 2)
        assert (one.rate, one.low, one.high) == pytest.approx((40.0, 100 * want.low, 100 * want.high), abs=1e-3)
    assert "A session and its forks count as one" in (forked / page.HTML).read_text()


def test_a_shared_turn_belongs_to_the_log_that_has_it_first(forked: Path) -> None:
    """All of a fork's own turns stay with it where rates are by session: 1 of `c-fork`, and no more of `a-fork` than 2.

    Copied rows keep their times, so among equals the file's name decides.
    """
    found: dict[str, Any] = {row["session"]: row["turns"] for row in frames.rates(forked, ["session"]).to_dicts()}
    assert found == {"a-fork": 4, "b-first": 2, "c-fork": 1, "z": 3}
