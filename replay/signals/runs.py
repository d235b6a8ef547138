"""Command lines as signals see them: does one run tests, or check the code otherwise, and did it fail?

Told from the text alone (parsed with tree-sitter-bash, never run). A pipe hides an exit code (``pytest | tail``), so
what test runners print counts as well, first of all the line with their counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay.signals.worded import Worded
from replay.workspace import program_names as names
from replay.workspace import programs, script

_DEEPEST = 3
_HEAD = 2_000
_ENDS = 300  # characters at both ends of an answer in which a client notes the status
_NO_RUNS = (
    names.READS | names.TALKS | {"git", "vim", "code", "sed", "mv", "cp", "rm", "ln", "tar", "curl", "wget", "cd"}
)
_TEST_RUNNERS = frozenset(
    {"pytest", "py.test", "tox", "nox", "unittest", "doctest", "behave", "jest", "vitest", "mocha", "ava", "karma"}
    | {"playwright", "cypress", "rspec", "phpunit", "ctest", "nextest"}
)
_SERVERS = frozenset({"uvicorn", "gunicorn", "flask", "streamlit", "http", "nodemon"})
_CHECKS = (names.RUNS - names.TALKS - _SERVERS) | {"ruff", "eslint", "make", "bazel", "cmake"}
_CHECK_WORD = re.compile(r"(?i)(?:build|check|lint|type-?check|compile|vet|clippy|verify|validate|ci)(?:\b|:)")
_TEST_WORD = re.compile(
    r"(?i)(?:^|[-_/:.@])(?:unit|integration|e2e)?tests?(?:[-_/:.]|$)|(?:^|/)test_|[-_.]spec(?:[-_.]|$)"
)
_COUNT = Worded(
    re.compile(r"\b(\d+) (?:tests? )?(failed|fail|failing|failures?|errors?|passed|pass|passing)\b", re.IGNORECASE),
    ("fail", "error", "pass"),
)
_GOOD = Worded(re.compile(r"^ok\s|^PASS\b|test result: ok|\bOK \(\d+ tests?|^OK$", re.MULTILINE), ("ok", "pass"))
_BAD = Worded(
    re.compile(
        r"^(?:FAILED|FAIL|ERROR)\b|^Traceback \(most recent call last\)|^error(?:\[E\d+\])?: |^npm (?:ERR!|error)"
        r"|\bBUILD FAIL(?:ED|URE)\b|^--- FAIL: |\bpanicked at |: error TS\d+: |^E   |(?:Failures|Errors): [1-9]"
        r"|^[A-Za-z]*Error: ",
        re.MULTILINE,
    ),
    ("fail", "error", "npm err", "traceback (most", "panicked at ", "e   "),
)
_MISSING = re.compile(r"command not found\s*$|^(?:bash|sh|zsh): ", re.MULTILINE)
_STATUS = Worded(
    re.compile(r"(?:[Ee]xit [Cc]ode:? |exited with code |<returncode>|exit code )(-?\d+)|\"exit_code\": ?(-?\d+)"),
    ("exit", "<returncode>"),
)


def kind(line: str, *, depth: int = 0) -> tuple[bool, bool]:
    """Whether a command line runs tests, and whether it checks the code at all (tests, build, linter, types)."""
    simples = script.read(line) if depth <= _DEEPEST else None
    if simples is None:
        plain = any(_is_test([*words.split()]) for words in re.split(r"[;&|\n]+", line[:_HEAD]))
        return plain, plain
    found = False, False
    for simple in simples:
        words, inner = programs.unwrapped(simple.words)
        tests, checks = kind(inner, depth=depth + 1) if inner is not None else (_is_test(words), _is_check(words))
        found = found[0] or tests, found[1] or tests or checks
    return found


def _is_test(words: Sequence[str | None]) -> bool:
    plain = [word for word in words if word is not None]
    if not plain or words[0] is None:
        return False
    name = programs.base(plain[0])
    if name in _TEST_RUNNERS:
        return not {"--version", "--collect-only", "--help"} & set(plain)
    if name in _NO_RUNS:
        return False
    own = ("/" in plain[0] or plain[0].endswith(".sh")) and _TEST_WORD.search(plain[0]) is not None
    return own or any(_TEST_WORD.search(word) for word in plain[1:5] if not word.startswith("-"))


def _is_check(words: Sequence[str | None]) -> bool:
    plain = [word for word in words if word is not None]
    if not plain or words[0] is None:
        return False
    name = programs.base(plain[0])
    if name in _CHECKS:
        return not {"--version", "--help"} & set(plain)
    return name not in _NO_RUNS and any(_CHECK_WORD.match(word) for word in plain[1:4])


def failed(shown: str, *, checks: bool) -> bool:
    """Whether the status that a client noted, or what a command printed, says that it failed.

    Of what was printed only that of a check counts, for a log that is merely shown may hold any words: the counts of a
    test runner if there are any, else lines that no success has.
    """
    status = _STATUS.search(shown[:_ENDS]) or _STATUS.search(shown[-_ENDS:])
    if status is not None and (status[1] or status[2]) != "0":
        return True
    if not checks:
        return _MISSING.search(shown[-_ENDS:]) is not None
    last = {found[2][:4].lower(): int(found[1]) for found in _COUNT.finditer(shown)}  # the summary comes last
    if last.get("fail") or last.get("erro"):
        return True
    if last or _GOOD.search(shown):
        return _MISSING.search(shown[-_ENDS:]) is not None
    return _BAD.search(shown) is not None or _MISSING.search(shown[-_ENDS:]) is not None


def verdict(shown: str) -> str:
    """The last line in which a failed check says so, empty where none does."""
    last = ""
    for pattern in (_BAD, _COUNT):
        for found in pattern.finditer(shown):
            if pattern is _BAD or (int(found[1]) and not found[2].lower().startswith("pass")):
                end = shown.find("\n", found.start())
                last = shown[shown.rfind("\n", 0, found.start()) + 1 : end if end >= 0 else len(shown)]
    return last.strip()[:160]
