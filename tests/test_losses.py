"""Views in which all is forgotten hold what they would if every state were told of each loss."""

from __future__ import annotations

import random

from replay.workspace.files import Absent, Files, Known, Partial, Segment, State, Unknown, lost

PATHS = ("/a", "/b/c", "/b/d")


def forgotten(states: dict[str, State], why: str, paths: tuple[str, ...], *, keep: bool) -> dict[str, State]:
    """The plain way: each state by itself."""
    gone = {
        path: lost(state, why, keep=keep)
        for path, state in states.items()
        if path in paths and not (isinstance(state, Unknown) and state.last is None)
    }
    return states | gone


def test_what_is_lost_is_what_each_loss_by_itself_would_leave() -> None:
    """Views made from views, older ones gone on with, too."""
    chosen = random.Random(4)
    for _ in range(300):
        views: list[tuple[Files, dict[str, State]]] = [(Files({"/a": Known("x")}), {"/a": Known("x")})]
        for step in range(25):
            files, plain = chosen.choice(views[-3:])
            why, keep, path = chosen.choice("pqr"), chosen.random() < 0.7, chosen.choice(PATHS)
            match chosen.randrange(4):
                case 0:
                    state = chosen.choice([Known(f"{step}"), Partial((Segment(2, "y"),)), Absent(), Unknown("never")])
                    views.append((files.put({path: state}), plain | {path: state}))
                case 1:
                    views.append((files.forget(why, (path,), keep=keep), forgotten(plain, why, (path,), keep=keep)))
                case _:
                    views.append((files.forget(why, keep=keep), forgotten(plain, why, PATHS, keep=keep)))
            for made, expected in views[-4:]:
                assert dict(made) == expected
                known = {name: state.text for name, state in expected.items() if isinstance(state, Known)}
                assert dict(made.known()) == known


def test_a_lost_state_is_one_object_until_more_is_lost() -> None:
    """So that a file can be told to be as it was from the state itself, also where it was put again as it was."""
    before = Files({"/a": Known("x"), "/b": Absent()}).forget("once")
    assert before["/a"] is before["/a"]
    after = before.put({"/c": Absent()}).put({"/a": before["/a"]})
    assert after["/a"] is before["/a"]
    assert after["/b"] is before["/b"]
    assert after.forget("again")["/a"] is not before["/a"]
