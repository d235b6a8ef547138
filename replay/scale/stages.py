"""The stages of mining one transcript: each a function from records to rows of a table (``replay.tables``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from replay import prefix, redact, signals, workspace
from replay.records import Change, Checked, Message, ToolCall, Transcript
from replay.signals.story import Story
from replay.tables import SNIPPET

Row = tuple[Any, ...]
_PROSE = frozenset({"markdown", "json", "yaml", "toml", "html", "css"})


class Wrote(NamedTuple):
    """A turn and what it wrote."""

    turn: int
    changes: tuple[Change, ...]


# --- turns -------------------------------------------------------------------------------------------------


def session(transcript: Transcript) -> str | None:
    """The agent's own id of the session that a transcript is of, without secrets; None where it is not told."""
    return _clean(transcript.source.session)


def turn(file: str, transcript: Transcript, wrote: Wrote, answer: str) -> Row:
    """The row of ``turns`` for one turn; ``answer`` tells it from others (``prefix.answers``)."""
    source = transcript.source
    view = transcript.turns[wrote.turn]
    message = transcript.messages[view.message]
    usage = message.usage
    lines = message.lines or (None, None)
    grade = prefix.fidelity(transcript, wrote.turn).grade
    return (
        file,
        transcript.id,
        wrote.turn,
        *_origin(transcript),
        _clean(message.model),
        _clean(source.cwd),
        when(message),
        grade,
        *lines,
        _clean(message.stop),
        *(getattr(usage, name) if usage else None for name in ("input", "cache_read", "cache_write", "output")),
        sum(isinstance(part, ToolCall) for part in message.parts),
        len(wrote.changes),
        any(_is_code(change) for change in wrote.changes),
        answer,
    )


def _origin(transcript: Transcript) -> Row:
    source = transcript.source
    session = _clean(source.parent or source.session) or transcript.id
    return session, source.parent is not None, source.format, _clean(source.agent), _clean(source.version)


def _is_code(change: Change) -> bool:
    known = change.language is not None and change.language not in _PROSE
    return known and change.status == "applied" and workspace.is_file(change)


def when(message: Message) -> datetime | None:
    """The time of a message in UTC; None where it is not told, or not in ISO 8601."""
    if message.time is None:
        return None
    try:
        time = datetime.fromisoformat(message.time)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- changes -----------------------------------------------------------------------------------------------


class Texts:
    """The texts of changes, each given its key once; ``take`` hands over those that are new since the last time."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, int, bool]] = {}
        self._clean: set[str] = set()
        self._kept: set[str] = set()
        self._fresh: list[Row] = []
        self._trusted: Set[str] = frozenset()
        self.size = 0

    def trust(self, keys: Set[str]) -> None:
        """From now on, texts with these keys are known to have no secret."""
        self._trusted = keys

    def key(self, text: str | None, *, was: str | None = None) -> tuple[str | None, int | None, bool]:
        """The key of ``text``, its size in bytes, and whether a secret is in it; keeps the text without secrets.

        ``was`` is the text that it was made from: of one that had no secret, only the difference is looked at.
        """
        if text is None:
            return None, None, False
        if text not in self._keys:
            try:
                exact = data = text.encode()
                plain = text
            except UnicodeEncodeError:
                exact, data = text.encode("utf-8", "surrogatepass"), text.encode("utf-8", "replace")
                plain = data.decode()
            name = hashlib.sha256(exact).hexdigest()[:32]
            if name in self._trusted or (was in self._clean and redact.stays_clean(plain, was)):
                clean, secrets = plain, 0
            else:
                clean, secrets = redact.text(plain)
            if not secrets and plain is text:
                self._clean.add(text)
            self._keys[text] = name, len(data), bool(secrets)
            if name not in self._kept:
                self._kept.add(name)
                self._fresh.append((name, clean))
                self.size += len(data)
        return self._keys[text]

    def take(self) -> list[Row]:
        """The rows of ``texts`` that came since the last time. The texts themselves are let go, the keys are not."""
        fresh, self._fresh, self._keys, self._clean, self.size = self._fresh, [], {}, set(), 0
        return fresh


def changes(file: str, transcript: Transcript, wrote: Wrote, texts: Texts) -> Iterator[Row]:
    """The rows of ``changes`` for one turn; the texts go to ``texts``."""
    for number, change in enumerate(wrote.changes):
        kept = change.status == "applied" and change.language is not None
        before, before_size, one = texts.key(change.before) if kept else (None, None, False)
        after, after_size, other = texts.key(change.after, was=change.before) if kept else (None, None, False)
        path = _clean(change.path) or ""
        yield (
            file,
            transcript.id,
            wrote.turn,
            number,
            "file" if workspace.is_file(change) else "command",
            path,
            change.language,
            change.dialect,
            change.status,
            change.basis,
            change.first_line,
            change.call,
            _clip(change.why),
            before,
            before_size,
            after,
            after_size,
            one or other or path != change.path,
        )


def stored(row: dict[str, Any], texts: dict[str, str]) -> Change:
    """The change that a row of ``changes`` was made from, with the texts that were kept of it."""
    return Change(
        path=row["path"],
        status=row["status"],
        dialect=row["dialect"],
        language=row["language"],
        before=None if row["before"] is None else texts[row["before"]],
        after=None if row["after"] is None else texts[row["after"]],
        basis=row["basis"],
        first_line=row["line"],
        call=row["call"],
    )


# --- findings ----------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """A turn of a transcript of a file."""

    file: str
    transcript: str
    turn: int


def found(changes: Sequence[Change], checked: Checked) -> list[Row]:
    """What was found in a turn, which made ``changes``: the columns of ``findings`` from ``rule`` to ``snippet``.

    They come by rule, so that they are the same whichever rules are run together.
    """
    spoken = {change.path: change.language or "" for change in changes if change.status == "applied"}
    return [
        (
            one.rule,
            _clean(one.path) or "",
            spoken.get(one.path, ""),
            one.line,
            one.end_line,
            _clean(one.scope) or "",
            _clip(one.text) or "",
        )
        for one in sorted(checked.findings, key=lambda one: one.rule)
    ]


def findings(place: Place, found: Iterable[Row], *, seen: set[tuple[str, str, str]]) -> Iterator[Row]:
    """The rows of ``findings`` for one turn.

    ``seen`` are the file, transcript and rule of earlier ones: turns must come in order.
    """
    for number, (rule, *rest) in enumerate(found):
        habit = (place.file, place.transcript, rule)
        yield (*place, number, rule, *rest, habit not in seen)
        seen.add(habit)


def signs(file: str, story: Story, kinds: Sequence[str]) -> Iterator[Row]:
    """The rows of ``signals`` for one transcript, from its story."""
    transcript = story.transcript
    found = signals.told(story, kinds)
    for turn, group in groupby(found, key=lambda one: one.turn):
        for number, one in enumerate(group):
            lines = transcript.messages[one.message].lines
            words = (_clip(one.quote), _clip(one.why), _clip(one.told), _clip(one.where))
            yield (file, transcript.id, turn, number, one.kind, one.message, lines[0] if lines else None, *words)


# --- text that is kept -------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _clean(text: str | None) -> str | None:
    """A short text without secrets and lone surrogates."""
    return None if text is None else redact.text(text.encode("utf-8", "replace").decode())[0]


def _clip(text: str | None) -> str | None:
    """The beginning of a text without secrets; they are taken out first, so that none is cut past recognition."""
    if text is None:
        return None
    clean = redact.text(text[: SNIPPET * 20].encode("utf-8", "replace").decode())[0]
    return clean if len(clean) <= SNIPPET else f"{clean[: SNIPPET - 1]}…"
