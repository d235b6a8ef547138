"""What one tool call does to the files: states learned or written, and the changes to report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from msgspec.structs import replace

from replay import languages
from replay.records import Change, Text, ToolCall, ToolResult
from replay.workspace.files import Absent, Files, Known, Partial, Segment, State, Unknown, joined


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing a call does: ``path`` is in ``state`` afterwards; ``change`` is what was written, None for a look.

    ``pieces`` are the texts that an edit replaces, each with what by, where the file is not known well enough to tell
    whether it will find them.
    """

    path: str
    state: State
    change: Change | None = None
    pieces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What a call may have written unseen: the files that ``named`` paths or globs may mean, all of them if None.

    ``keep`` as in ``Files.forget``: False where the client itself knows of the change and goes on.
    """

    why: str
    named: tuple[str, ...] | None = None
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """Code in a call that becomes no file: a command line, a script fed to an interpreter. A fragment."""

    change: Change


@dataclass(frozen=True, slots=True)
class Mark:
    """A tool remembers something from now on (see ``Files.marks``)."""

    name: str
    value: str


Effects = Sequence[Effect | Loss | Said | Mark]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a recorded patch: ``old`` at 1-based line ``old_start`` became ``new`` at ``new_start``."""

    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the client itself recorded of an edit: the text before (None: no such file), unless only hunks are told, or
    only the text ``after``.

    ``after`` is given where the client told it; ``gone`` says that the file was deleted, ``trimmed`` that
    white space at the end of ``after`` is not told. Leading tabs of hunk lines may stand as spaces.
    """

    path: str
    told: Literal["file", "hunks", "after"]
    before: str | None = None
    after: str | None = None
    hunks: tuple[Hunk, ...] = ()
    gone: bool = False
    trimmed: bool = False


class Dialect(Protocol):
    """A module that knows one family of tools. ``NAME`` is stable: it stands in Change.dialect and in figures."""

    NAME: str

    def claims(self, call: ToolCall) -> bool:
        """Whether the call is of this family."""

    def apply(self, call: ToolCall, files: Files) -> Effects:
        """What the real tool would do on ``files``: a failed or unknown change, never a guess."""

    def observe(self, call: ToolCall, result: ToolResult, files: Files) -> Effects:
        """What the call really did, given its result."""

    def truths(self, call: ToolCall, result: ToolResult) -> Sequence[Truth]:
        """What the client recorded of a successful edit beyond what the model saw, one a file, to verify against."""


def after(files: Files, effects: Effects) -> Files:
    """The files once ``effects`` have happened, in order."""
    states: dict[str, State] = {}
    for effect in effects:
        match effect:
            case Effect(path, state):
                states[path] = state
            case Loss(why, named, keep):
                files = files.put(states)
                states = {}
                files = files.forget(why, named, keep=keep)
            case Mark(name, value):
                files = files.marked(name, value)
    return files.put(states)


def seen_text(result: ToolResult) -> str:
    """The text of a result as the model saw it, blocks joined by newlines."""
    match result.parts:
        case (Text(text),):
            return text
        case parts:
            return "\n".join(part.text for part in parts if isinstance(part, Text))


# --- writing changes ---------------------------------------------------------------------------------------


def applied(path: str, before: str | None, text: str, *, dialect: str) -> Effect:
    """The whole file becomes ``text``."""
    change = Change(path, "applied", dialect, language(path, text), before=before, after=text)
    return Effect(path, Known(text), change)


def deleted(path: str, before: str | None, *, dialect: str) -> Effect:
    """The file goes away; ``before`` is None where its text is not known."""
    change = Change(path, "applied", dialect, language(path, before), before=before, after=None)
    return Effect(path, Absent(), change)


def fragment(path: str, text: str, *, dialect: str, before: str | None = None, state: State | None = None) -> Effect:
    """Code that is judged by itself: what else the file holds, or whether it exists, is not known."""
    change = Change(path, "applied", dialect, language(path, text), before=before, after=text, basis="fragment")
    return Effect(path, Unknown("only what was written is known") if state is None else state, change)


def found(effect: Effect, *, dialect: str, state: State | None = None) -> tuple[Effect, ...]:
    """What an edit did that went well: each of its ``pieces`` was there, but not where, so each is a fragment.

    The file is in ``state`` afterwards; without one, what was written is known of it if that was one piece, but not
    where it stands. Of several, one may have gone over the end of another.
    """
    left = state
    if left is None:
        match effect.pieces:
            case ((_, new),) if new:
                left = Partial((Segment(1, new),), None, adrift=True)
            case _:
                left = effect.state
    return tuple(fragment(effect.path, new, before=old, dialect=dialect, state=left) for old, new in effect.pieces)


def said(path: str, language: str, text: str, *, dialect: str) -> Said:
    """Code that becomes no file; ``path`` is a name in angle brackets."""
    return Said(Change(path, "applied", dialect, language, after=text, basis="fragment"))


def failed(path: str, state: State, why: str, *, dialect: str) -> Effect:
    """The real tool refuses: the file stays as it is."""
    text = state.text if isinstance(state, Known) else None
    return Effect(path, state, Change(path, "failed_edit", dialect, language(path, text), why=why))


def unknown(path: str, why: str, *, dialect: str, state: State | None = None) -> Effect:
    """The change cannot be told; the file is unknown afterwards, or in ``state`` where that is known."""
    return Effect(
        path,
        Unknown(why) if state is None else state,
        Change(path, "unknown_file", dialect, language(path, None), why=why),
    )


def parts(path: str, old: Partial, texts: Sequence[str], *, dialect: str) -> tuple[Effect, ...]:
    """The segments of a file known in part become ``texts``: one change for each that differs, lines behind it move."""
    segments: list[Segment] = []
    changes: list[Change] = []
    moved = 0
    for segment, text in zip(old.segments, texts, strict=True):
        first = segment.first + moved
        segments.append(Segment(first, text))
        moved += text.count("\n") - segment.text.count("\n")
        if text != segment.text:
            change = Change(path, "applied", dialect, language(path, text if first == 1 else None))
            change = replace(change, before=segment.text, after=text, basis="part", first_line=first)
            changes.append(replace(change, basis="fragment", first_line=1) if old.adrift else change)
    state = Partial(tuple(segments), None, adrift=True) if old.adrift else _joined(old, segments, moved)
    return tuple(Effect(path, state, change) for change in changes)


def _joined(old: Partial, segments: Sequence[Segment], moved: int) -> Known | Partial:
    return joined(segments, None if old.lines is None else old.lines + moved)


def language(path: str, text: str | None) -> str | None:
    """The language of a written file by its name, else by its first line."""
    return languages.of_path(path, text)


def reason(state: State) -> str:
    """Why a change to a file in ``state`` cannot be told."""
    match state:
        case Unknown(why):
            return why
        case Partial():
            return "only part of the file is known"
        case Absent():
            return "the file does not exist"
        case Known():
            return "the file is known"


def is_applied(effect: Effect | Loss | Said | Mark) -> bool:
    """Whether the effect is a change that can be told."""
    return isinstance(effect, Effect) and effect.change is not None and effect.change.status == "applied"
