"""What rules look for, and what they and the signals of a session say of an answer."""

from __future__ import annotations

from typing import Literal

from replay.records.base import Record

PROFILES = ("default", "strict")
"""What a rule's ``profile`` can be, from few rules to all."""


class Rule(Record, frozen=True):
    """One anti-pattern. ``id`` is ``pack/name``; ``detector`` the text of its detector file.

    A rule with a ``package`` is about those ``versions`` of it only (see ``replay.versions``). ``severity`` and
    ``profile`` are those of docs/rules.md: they sort findings and choose rules, and change no finding. ``also`` are
    names that other linters have for the same habit.
    """

    id: str
    engine: Literal["treesitter", "semgrep", "predicate"]
    languages: tuple[str, ...]
    message: str
    category: str
    detector: str
    tags: tuple[str, ...] = ()
    doc: str = ""
    hash: str = ""
    package: str = ""
    versions: str = ""
    severity: Literal["error", "warning", "note"] = "warning"
    profile: Literal["default", "strict"] = "default"
    also: tuple[str, ...] = ()


class Change(Record, frozen=True):
    """What a completion would write to one file.

    ``status`` ``applied``: ``before`` and ``after`` are known texts (``before`` None: the file did not exist).
    ``unknown_file``: the content is not known well enough to say. ``failed_edit``: the real tool would refuse it.
    ``basis`` tells what the two texts are: the ``full`` file, the known ``part`` of it around the edit
    (``first_line`` is its 1-based line in the file), or a ``fragment`` without a file (a code block in prose).
    ``call`` is the index of the part in the completion that made the change.
    """

    path: str
    status: Literal["applied", "unknown_file", "failed_edit"]
    dialect: str
    language: str | None = None
    before: str | None = None
    after: str | None = None
    basis: Literal["full", "part", "fragment"] = "full"
    first_line: int = 1
    call: int = 0
    why: str | None = None


class Finding(Record, frozen=True):
    """A match of a rule that a change introduced. Lines are 1-based, in the file after the change."""

    rule: str
    path: str
    line: int
    end_line: int
    text: str
    scope: str = ""


class Signal(Record, frozen=True):
    """Something in the session itself, beside its code, that says a turn went wrong.

    ``kind`` is a name of ``replay.signals.SIGNALS``. ``turn`` is the turn it speaks of, ``message`` the index of the
    message in which it shows and ``quote`` the words there. ``told`` is the instruction that was broken and ``where``
    it stands, for signals about one. ``why`` is a sentence.
    """

    kind: str
    turn: int
    message: int
    quote: str
    why: str
    told: str = ""
    where: str = ""


class Checked(Record, frozen=True):
    """What the rules say of one completion's changes.

    ``covered`` names the rules whose language occurs among the applied changes. ``unparsed`` names those that could not
    be judged on some change (syntax errors where it matters, a time or match limit). ``partial`` is True where a text
    had syntax errors elsewhere.
    """

    findings: tuple[Finding, ...] = ()
    covered: tuple[str, ...] = ()
    unparsed: tuple[str, ...] = ()
    partial: bool = False
