"""Pairing results with calls, and requests as views of one pool."""

from replay.importers.lines import Count
from replay.importers.rounds import paired
from replay.importers.session import Calls, Session
from replay.importers.views import Views
from replay.records import Fidelity, Message, Setup, Source, Text, ToolCall, ToolResult


def user(text):
    return Message("user", (Text(text),))


def asks(*keys):
    return Message("assistant", tuple(ToolCall(key, "f", {}) for key in keys))


def gives(*keys, role="tool"):
    return Message(role, tuple(ToolResult(key, (Text(f"for {key}"),)) for key in keys))


def told(*messages):
    dropped, calls = [], Calls()
    return list(paired(messages, calls, dropped.append)), calls, dropped


def test_results_come_right_after_their_calls_in_order():
    """Results of one answer that stand apart and out of order, with text between, are put together."""
    found, _, dropped = told(user("go"), asks("a", "b"), gives("b"), user("hm"), gives("a", role="user"), asks("c"))
    assert found == [
        user("go"),
        asks("a", "b"),
        Message("tool", gives("a", "b").parts, origin="tool"),
        user("hm"),
        asks("c"),
    ]
    assert dropped == []


def test_a_result_message_that_fits_is_kept_as_it_is():
    """Nothing is built anew where nothing changes."""
    result = gives("a")
    found, _, _ = told(asks("a"), result)
    assert found[1] is result


def test_damaged_ids_find_their_calls_by_order():
    """Redacted and empty ids: fresh ones, paired in order, each counted."""
    found, calls, _ = told(asks("REDACTED", "REDACTED"), gives("REDACTED", "REDACTED"))
    first, second = (part.id for part in found[0].parts)
    assert first != second
    assert [part.call for part in found[1].parts] == [first, second]
    assert calls.repaired == 2


def test_results_without_calls_are_dropped_and_counted():
    """A second result for a call, and one for a call that nobody made."""
    found, calls, dropped = told(asks("a"), gives("a"), gives("a"), gives("x"), asks("b"))
    assert [message.role for message in found] == ["assistant", "tool", "assistant"]
    assert dropped == ["result without its call", "result without its call"]
    assert calls.waiting() == ("b",)


def test_equal_beginnings_give_equal_beginnings():
    """What comes later changes nothing before it: so that requests that grow share their messages."""
    whole = [user("go"), asks("a"), gives("a"), asks("a"), gives("a"), user("on"), asks("a")]
    for stop in range(1, len(whole), 1):
        part, _, _ = told(*whole[:stop])
        assert told(*whole)[0][: len(part)] == part


def test_requests_share_their_messages():
    """A message that two requests show is in the pool once; one that was cut stands beside the whole one."""
    session = Session(Count())
    views = Views(session)
    views.show([user("go")])
    views.answer(asks("a"), Setup())
    views.show([user("go"), asks("a"), gives("a")])
    views.answer(asks("b"), Setup())
    views.show([user("go"), asks("a"), user("cut"), asks("b"), user("go")])
    views.answer(asks("c"), Setup())
    made = session.transcript(Source("x", "x"), Fidelity("full"))
    assert [turn.prefix for turn in made.turns] == [((0, 1),), ((0, 3),), ((0, 2), (4, 5), (3, 4), (5, 6))]
    assert [turn.message for turn in made.turns] == [1, 3, 6]
    assert len(made.messages) == 7


def test_an_answer_that_is_repeated_with_other_spaces_is_the_same():
    """The request's own words are kept for the prefix, the facts of the answer stay with it."""
    session = Session(Count())
    views = Views(session)
    views.show([user("go")])
    views.answer(Message("assistant", (ToolCall("a", "f", {"x": 1}, '{"x" :1}'),), id="m1", stop="tool_calls"), Setup())
    again = Message("assistant", (Text(""), ToolCall("a", "f", {"x": 1}, '{"x": 1}')), form="string")
    views.show([user("go"), again, gives("a")])
    views.answer(user("x"), Setup())
    message = session.messages[1]
    assert (message.parts, message.form, message.id, message.stop) == (again.parts, "string", "m1", "tool_calls")
    assert len(session.messages) == 4
