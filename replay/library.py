"""Transcripts brought into one folder: each kept once, redacted, in replay's own form, with a ledger of the import.

The folder holds ``<format>-<id>.jsonl`` files (see ``importers.native``) and nothing named by a transcript. Importing a
file again changes nothing; a session that has grown takes the place of its shorter self.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from replay import importers, redact, workspace
from replay.errors import UserError, made_folder
from replay.importers import native, write_ahead
from replay.records import Grade, Message, Record, Source, ToolCall, ToolResult, Transcript
from replay.store import slug

GRADES: tuple[Grade, ...] = ("exact", "full", "partial", "text")
Status = Literal["new", "unchanged", "grown", "failed"]


class Entry(Record, frozen=True, omit_defaults=False):
    """The ledger of one file.

    ``transcripts`` are ids; ``results`` counts results paired with their call; ``edits`` the files that recorded turns
    wrote or failed to write; ``fidelity`` is the lowest grade among the transcripts. ``dropped`` counts what was left
    out, by reason. ``same_as`` names transcripts of the same session that were imported from elsewhere.
    """

    file: str
    format: str | None = None
    transcripts: tuple[str, ...] = ()
    messages: int = 0
    turns: int = 0
    calls: int = 0
    results: int = 0
    unanswered: int = 0
    edits: int = 0
    fidelity: Grade | None = None
    missing: tuple[str, ...] = ()
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    repaired: int = 0
    redacted: int = 0
    notes: tuple[str, ...] = ()
    status: Status = "new"
    same_as: tuple[str, ...] = ()
    error: str | None = None


class Library:
    """The folder ``path`` with an index of what it holds, by session.

    ``repositories`` are the git repositories that ``sources`` came upon and did not enter.
    """

    def __init__(self, path: Path) -> None:
        self.path = made_folder(path, "the transcripts")
        self.repositories: set[str] = set()
        self._sessions: dict[tuple[str, ...], dict[str, Path]] = {}
        for file in sorted(path.glob("*.jsonl")):
            header = native.header(file)
            self._sessions.setdefault(_session(header.source, header.id), {})[header.id] = file

    def sources(self, paths: Iterable[Path]) -> Iterator[Path]:
        """The files of ``paths`` (see ``importers.find``) but for those the library holds itself."""
        own = self.path.resolve()
        found = importers.find(paths, repositories=self.repositories)
        return (file for file in found if not file.resolve().is_relative_to(own))

    def bring(self, file: Path) -> Entry:
        """Import ``file`` and say what came of it; a file that is no transcript makes an entry with ``error``."""
        try:
            name, read = importers.identify_and_read(file)
            found = [redact.transcript(one) for one in read]
            results = [self._keep(one) for one in found]
        except UserError as error:
            return Entry(str(file), status="failed", error=error.what)
        except RecursionError:
            return Entry(str(file), status="failed", error="nested too deeply to be kept")
        status: Status = next((one for one in ("grown", "new") if one in [s for s, _ in results]), "unchanged")
        same = tuple(sorted({other for _, others in results for other in others}))
        return _entry(file, name, found, status, same)

    def _keep(self, transcript: Transcript) -> tuple[Status, tuple[str, ...]]:
        key = _session(transcript.source, transcript.id)
        siblings = self._sessions.setdefault(key, {})
        if transcript.id in siblings:
            return "unchanged", ()
        others = {old: next(iter(native.read(file))) for old, file in siblings.items()}
        if any(_covers(whole, transcript) for whole in others.values()):
            return "unchanged", ()
        outgrown = [old for old, part in others.items() if _covers(transcript, part)]
        place = self.path / f"{slug(transcript.source.format.replace('_', '-'))}-{transcript.id}.jsonl"
        native.write(transcript, place)
        siblings[transcript.id] = place
        for old in outgrown:
            siblings.pop(old).unlink()
        return ("grown" if outgrown else "new"), tuple(other for other in siblings if other != transcript.id)


def _session(source: Source, identity: str) -> tuple[str, ...]:
    """What makes two files the same session: the agent's own id and its parent's, else the content."""
    return (source.session, source.parent or "") if source.session else ("", identity)


def _covers(whole: Transcript, part: Transcript) -> bool:
    """Whether ``part`` is an earlier state of ``whole``: the same messages from the start, and no turn that it lacks.

    The last message of a log that is being written may still grow.
    """
    settled = islice(part.messages, max(0, len(part.messages) - 1))
    begun = len(whole.messages) >= len(part.messages) and all(
        _content(one) == _content(other) for one, other in zip(whole.messages, settled, strict=False)
    )
    return begun and {turn.message for turn in part.turns} <= {turn.message for turn in whole.turns}


def _content(message: Message) -> tuple[object, ...]:
    return message.role, message.parts


def _entry(file: Path, name: str | None, found: Sequence[Transcript], status: Status, same: tuple[str, ...]) -> Entry:
    calls = results = 0
    for one in found:
        made, answered = _calls(one)
        calls += made
        results += answered
    dropped: Counter[str] = Counter()
    for one in found:
        dropped.update(one.ledger.dropped)
    return Entry(
        str(file),
        name,
        tuple(one.id for one in found),
        messages=sum(len(one.messages) for one in found),
        turns=sum(len(one.turns) for one in found),
        calls=calls,
        results=results,
        unanswered=sum(one.ledger.unanswered for one in found),
        edits=sum(
            workspace.is_file(change) for one in found for _, changes in workspace.recorded(one) for change in changes
        ),
        fidelity=max((one.fidelity.grade for one in found), key=GRADES.index, default=None),
        missing=tuple(sorted({thing for one in found for thing in one.fidelity.missing})),
        dropped=dict(dropped),
        repaired=sum(one.ledger.repaired for one in found),
        redacted=sum(one.ledger.redacted for one in found),
        notes=tuple(dict.fromkeys(note for one in found for note in one.ledger.notes)),
        status=status,
        same_as=same,
    )


def _calls(transcript: Transcript) -> tuple[int, int]:
    """Distinct calls, and how many of them have a result; a branch repeats calls that were made once."""
    made: set[tuple[str, str, bytes]] = set()
    answered: set[str] = set()
    for message in transcript.messages:
        for part in message.parts:
            match part:
                case ToolCall(id=call, name=name, arguments=arguments):
                    made.add((call, name, msgspec.json.encode(arguments)))
                case ToolResult(call=call):
                    answered.add(call)
    return len(made), sum(call in answered for call, _, _ in made)


def watch(paths: Iterable[Path], library: Library, *, seconds: float = 2.0) -> Iterator[Entry]:
    """Import ``paths`` again and again: an entry for each file whenever its size or time of change differs.

    Yields without end; a file is read only once it has not changed for one round, so a line being written is not cut.
    """
    roots = list(paths)
    done: dict[Path, tuple[int, int]] = {}
    seen: dict[Path, tuple[int, int]] = {}
    while True:
        for file in library.sources(roots):
            try:
                state = write_ahead.state(str(file))
            except FileNotFoundError:
                continue  # removed between listing and looking; the next round lists again
            if done.get(file) != state and seen.get(file, state) == state:
                done[file] = state
                yield library.bring(file)
            seen[file] = state
        time.sleep(seconds)
