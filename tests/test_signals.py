"""Signals in a session: what counts, and the near misses that do not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sessions import asked, called, ran, said, transcript, wrote

from replay import signals
from replay.errors import UserError
from replay.records import Message, Transcript
from replay.signals import runs

CODE = wrote("/w/pay.py", "def pay():\n    return 1\n")
TEST = wrote("/w/tests/test_pay.py", "def test_pay():\n    assert pay() == 2\n", existing=True)
GREEN = ran("pytest -q", "12 passed in 0.31s")
RED = ran("pytest -q", "FAILED tests/test_pay.py::test_pay\n1 failed, 11 passed in 0.31s", error=True)
Parts = Sequence[Message | list[Message]]


def _kinds(told: Transcript, kind: str) -> list[int]:
    return [one.turn for one in signals.found(told, [kind])]


# --- objections ---


@pytest.mark.parametrize(
    "words",
    [
        "no, don't do that",
        "No. Use the existing helper.",
        "revert that please",
        "Please undo the last change",
        "why did you delete the tests?",
        "that's wrong, the limit is 10",
        "I told you not to touch the schema",
        "don't add comments everywhere",
        "stop guessing and read the file",
        "This is not what I asked for",
        "ok but you broke the login page",
    ],
)
def test_a_person_objects(words: str) -> None:
    """Said behind an answer; it speaks of that answer and quotes the line."""
    (one,) = signals.found(transcript(asked("do it"), said("Done."), asked(words)), ["objection"])
    assert (one.turn, one.quote) == (0, words)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("no problem, go on", id="no problem"),
        pytest.param("No need to change it, thanks", id="no need"),
        pytest.param("now add a test", id="a new wish"),
        pytest.param("the build fails with exit code 2", id="a fault that may be anyone's"),
        pytest.param("should I revert the database first?", id="a question of one's own"),
        pytest.param("Add a --no-color flag", id="no within a word"),
        pytest.param("notice that the file is large", id="a word that begins with no"),
        pytest.param("<system-reminder>\nno, do not do that\n</system-reminder>", id="a reminder of the client"),
        pytest.param("You are done. What next?", id="you are"),
    ],
)
def test_other_words_are_no_objection(words: str) -> None:
    """Precision first."""
    assert _kinds(transcript(asked("do it"), said("Done."), asked(words)), "objection") == []


@pytest.mark.parametrize("tag", ["userRequest", "user_query"])
def test_what_a_client_puts_around_the_words_is_not_the_persons(tag: str) -> None:
    """Copilot sends context and reminders of its own before them."""
    around = f"<reminder>\nno, don't stop early\n</reminder>\n<{tag}>\n{{}}\n</{tag}>\n"
    (one,) = signals.found(
        transcript(asked("do it"), said("Done."), asked(around.format("that's wrong"))), ["objection"]
    )
    assert one.quote == "that's wrong"
    assert _kinds(transcript(asked("do it"), said("Done."), asked(around.format("Thanks."))), "objection") == []


def test_nothing_can_be_objected_to_before_the_first_answer() -> None:
    """A first message may well say what not to do."""
    assert _kinds(transcript(asked("no, don't use classes"), said("Fine.")), "objection") == []


# --- stops ---

REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). To tell you how to proceed, the user said:\nwrite a test first"
)


def test_a_rejected_call_tells_the_reason_the_person_gave() -> None:
    """Claude Code's words, with the reason behind them; the interruption that follows is the same stop."""
    told = transcript(
        asked("do it"),
        called("Write", {"file_path": "/w/a.py", "content": "x"}, REJECTED, error=True),
        asked("[Request interrupted by user for tool use]"),
    )
    (one,) = signals.found(told, ["stopped"])
    assert (one.turn, one.quote, one.why) == (0, "write a test first", "a person rejected a call of this turn")


def test_an_interruption_is_a_stop() -> None:
    """Codex notes it as a message of its own."""
    told = transcript(asked("do it"), *CODE, asked("<turn_aborted>\nThe user interrupted the turn\n</turn_aborted>"))
    assert _kinds(told, "stopped") == [0]


def test_a_failed_call_is_no_stop() -> None:
    """An error of the tool is nobody's objection."""
    assert _kinds(transcript(asked("x"), ran("ls nowhere", "No such file", error=True)), "stopped") == []


# --- claims ---


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        pytest.param((CODE, said("Done. All tests pass.")), "no tests were run", id="no run at all"),
        pytest.param((GREEN, CODE, said("All 12 tests are passing ✅")), "no tests were run", id="a run before"),
        pytest.param((CODE, RED, said("Everything works and all the tests pass now.")), "pytest -q", id="a red run"),
        pytest.param((CODE, said("Everything works now.")), "nothing was run", id="it all works"),
        pytest.param((CODE, ran("npm test | tail", "2 failed, 5 passed"), said("The tests pass.")), "npm test",
                     id="a pipe that hides the exit code"),
    ],
)  # fmt: skip
def test_a_claim_that_nothing_bears_out(parts: Parts, why: str) -> None:
    """The claim is quoted, and what is missing is said."""
    (one,) = signals.found(transcript(asked("do it"), *parts), ["unproven"])
    assert why in one.why
    assert "pass" in one.quote or "works" in one.quote


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((CODE, GREEN, said("All tests pass.")), id="a green run behind the change"),
        pytest.param((CODE, ran("mise run test:ci", "ok  \tpkg\t0.3s"), said("All tests pass.")), id="a task runner"),
        pytest.param((CODE, ran("bun run test", "error: as wanted\n 9 pass\n 0 fail"), said("All tests pass.")),
                     id="an error that a test provokes"),
        pytest.param((CODE, said("All tests should pass now.")), id="should"),
        pytest.param((CODE, said("Run `pytest` to make sure all tests pass.")), id="a task for the person"),
        pytest.param((CODE, said("I have not checked that everything works.")), id="a denial"),
        pytest.param((said("All tests pass."),), id="nothing was changed"),
        pytest.param((CODE, called("Task", {"prompt": "run the tests"}, "they pass"), said("All tests pass.")),
                     id="a sub-agent may have run them"),
        pytest.param((wrote("/w/README.md", "# x"), said("All tests pass.")), id="only words were changed"),
    ],
)  # fmt: skip
def test_other_last_words_are_no_unproven_claim(parts: Parts) -> None:
    """Proved, hedged, or about nothing that was changed."""
    assert _kinds(transcript(asked("do it"), *parts), "unproven") == []


# --- repeats ---


def test_a_command_that_fails_again_unchanged() -> None:
    """The second and the third time count; white space is no difference."""
    told = transcript(asked("x"), RED, ran("pytest  -q", "1 failed", error=True), RED)
    assert _kinds(told, "repeated") == [1, 2]
    assert signals.found(told, ["repeated"])[-1].why == "failed 3 times with nothing changed in between"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((RED, CODE, RED), id="code was changed"),
        pytest.param((RED, ran("pip install x", "ok"), RED), id="something was installed"),
        pytest.param((RED, GREEN, RED), id="it went well in between"),
        pytest.param((GREEN, GREEN), id="it never failed"),
        pytest.param((RED, ran("pytest -x", "1 failed", error=True)), id="another command"),
    ],
)
def test_other_repeats_do_not_count(parts: Parts) -> None:
    """Something was tried, or nothing failed."""
    assert _kinds(transcript(asked("x"), *parts), "repeated") == []


# --- edited tests ---


def test_tests_are_changed_right_after_they_fail() -> None:
    """The turn of the edit, the file, and what had failed."""
    (one,) = signals.found(transcript(asked("x"), RED, TEST), ["tests-edited"])
    assert (one.turn, one.quote) == (2, "/w/tests/test_pay.py")
    assert "1 failed" in one.why


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((RED, CODE, TEST), id="the code came first"),
        pytest.param((GREEN, TEST), id="nothing had failed"),
        pytest.param((RED, wrote("/w/tests/test_new.py", "x")), id="a new test"),
        pytest.param((wrote("/w/tests/test_new.py", "x"), RED, wrote("/w/tests/test_new.py", "y")), id="its own test"),
    ],
)
def test_other_edits_of_tests_do_not_count(parts: Parts) -> None:
    """A fix, a plain edit, and tests that the session itself wrote."""
    assert _kinds(transcript(asked("x"), *parts), "tests-edited") == []


# --- prohibitions ---

MEMORY = (
    "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n# claudeMd\n"
    "Contents of /w/CLAUDE.md (project instructions, checked into the codebase):\n\n# Rules\n{}\n\n"
    "      IMPORTANT: this context may or may not be relevant to your tasks.\n</system-reminder>"
)


@pytest.mark.parametrize(
    ("rule", "parts", "quote"),
    [
        ("Never use `eval`.", wrote("/w/a.py", "x = 1\ny = eval(x)\n"), "y = eval(x)"),
        ("- Do not run `git push --force`", ran("git push  --force origin main"), "git push --force origin main"),
        ("Don't edit `src/generated/`.", wrote("/w/src/generated/api.ts", "x"), "/w/src/generated/api.ts"),
        ("You must not modify `schema.sql`!", wrote("/w/db/schema.sql", "x"), "/w/db/schema.sql"),
        ("No `print` or `breakpoint`.", wrote("/w/a.py", "breakpoint()\n"), "breakpoint()"),
    ],
)
def test_the_turn_does_what_it_was_told_not_to(rule: str, parts: list[Message], quote: str) -> None:
    """Of a memory file or the system prompt: the instruction is quoted with its place."""
    (one,) = signals.found(transcript(asked(MEMORY.format(rule)), parts), ["forbidden"])
    assert one.quote == quote
    assert one.told == rule
    assert one.where == "CLAUDE.md, line 2"
    (same,) = signals.found(transcript(asked("x"), parts, system=f"You write code.\n{rule}"), ["forbidden"])
    assert (same.quote, same.where) == (quote, "system prompt, line 2")


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        pytest.param("Never use `eval` unless you must.", wrote("/w/a.py", "eval(x)\n"), id="a condition"),
        pytest.param("Do not commit without running `make test`.", ran("make test"), id="what is to be done first"),
        pytest.param("Don't use `var`, use `let`.", wrote("/w/a.js", "let x = 1\n"), id="what is offered instead"),
        pytest.param("Never use `eval`.", wrote("/w/a.py", "evaluate(x)\n"), id="a longer word"),
        pytest.param("Never use `eval`.", wrote("/w/NOTES.md", "never use eval\n"), id="prose"),
        pytest.param("Never use `rm`.", ran("grep -rn rm src"), id="a word that is only mentioned"),
        pytest.param("Use `eval` freely.", wrote("/w/a.py", "eval(x)\n"), id="no prohibition"),
    ],
)
def test_what_is_not_forbidden_to_the_letter_is_left_alone(rule: str, parts: list[Message]) -> None:
    """Conditions, alternatives and near words."""
    assert _kinds(transcript(asked("x"), parts, system=rule), "forbidden") == []


def test_what_stood_there_before_is_not_this_turns() -> None:
    """Only more of it than before counts."""
    first = wrote("/w/a.py", "eval(x)\n")
    told = transcript(
        asked("x"), first, asked(MEMORY.format("Never use `eval`.")), wrote("/w/a.py", "eval(x)\ny = 1\n")
    )
    assert _kinds(told, "forbidden") == []


# --- command lines ---


@pytest.mark.parametrize(
    ("line", "tests", "checks"),
    [
        ("pytest -q", True, True),
        ("cd app && python -m pytest tests/ | tail -5", True, True),
        ("npm run test:unit", True, True),
        ("go test ./...", True, True),
        ("./scripts/run_tests.sh", True, True),
        ("bash -lc 'cargo test'", True, True),
        ("cargo build", False, True),
        ("npx tsc --noEmit", False, True),
        ("npm run lint", False, True),
        ("grep -rn test src", False, False),
        ("git commit -m 'add tests'", False, False),
        ("ls tests/", False, False),
        ("python app.py", False, False),
        ("pytest --version", False, False),
    ],
)
def test_what_a_command_line_checks(line: str, tests: bool, checks: bool) -> None:  # noqa: FBT001 - a table
    """Runners by name, tasks by the words of their names; reading and committing are neither."""
    assert runs.kind(line) == (tests, checks)


@pytest.mark.parametrize(
    ("shown", "failed"),
    [
        ("1 failed, 11 passed in 0.31s", True),
        ("12 passed in 0.31s", False),
        ("Tests:       1 failed, 5 passed, 6 total", True),
        ("test result: ok. 5 passed; 0 failed; 0 ignored", False),
        ("--- FAIL: TestX (0.00s)\nFAIL\tpkg\t0.2s", True),
        ("ok  \tpkg\t0.2s", False),
        ("src/a.ts(3,1): error TS2322: no", True),
        ("Exit code 2\nsomething", True),
        ("<returncode>0</returncode>\n<output>\nOK\n</output>", False),
        ("zsh: command not found: pytset", True),
        ("", False),
    ],
)
def test_what_a_check_prints_when_it_fails(shown: str, failed: bool) -> None:  # noqa: FBT001 - a table
    """The counts of pytest, jest, cargo and go, compilers, and statuses as clients note them."""
    assert runs.failed(shown, checks=True) is failed


# --- all of them ---


def test_kinds_are_chosen_by_name() -> None:
    """`all`, some, or a sentence with the nearest name."""
    assert signals.chosen(["all"]) == tuple(signals.SIGNALS)
    assert signals.chosen(["stopped", "stopped"]) == ("stopped",)
    with pytest.raises(UserError, match="did you mean objection"):
        signals.chosen(["objections"])


def test_signals_come_by_turn() -> None:
    """Whatever their kind."""
    told = transcript(asked("x"), RED, RED, TEST, said("All tests pass."), asked("no, revert that"))
    assert [(one.turn, one.kind) for one in signals.found(told)] == [
        (1, "repeated"),
        (3, "tests-edited"),
        (4, "objection"),
        (4, "unproven"),
    ]


def test_hostile_text_costs_little() -> None:
    """Half a megabyte of what the patterns begin with, in every place they look at."""
    long = "no `a" * 60_000 + "no, " * 60_000
    told = transcript(asked(long), ran("pytest " + "a" * 100_000, long), said(long), asked(long), system=long)
    assert isinstance(signals.found(told), tuple)
