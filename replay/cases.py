"""Find the turns where a habit shows, cut transcripts there, and keep case sets on disk.

A case set is a folder of ``<slug>.jsonl`` (a transcript in any format an importer reads) beside ``<slug>.toml``
(licence, consent, source and the cases). The file names are ours: nothing from a transcript becomes a path.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from replay import check, importers, prefix, redact, supply, versions, workspace
from replay.errors import UserError
from replay.importers import native
from replay.records import Case, Change, Finding, Rule, Transcript

BATCH = 2_000  # changes a batch: a semgrep start costs about 200 ms, so a batch must outweigh it
HEAVY = 16_000_000  # characters a batch may hold, whatever the number of its changes


@dataclass(frozen=True)
class CaseSet:
    """Cases with the transcripts they are cut from, the latter by id."""

    cases: tuple[Case, ...]
    transcripts: dict[str, Transcript]


@dataclass(frozen=True)
class Hit:
    """A turn of a mined transcript whose code introduces ``finding``. ``file`` is the path it was read from."""

    transcript: Transcript
    file: Path
    turn: int
    finding: Finding


@dataclass
class Mined:
    """What mining went through. ``changes`` = judged + unknown + failed + uncovered.

    ``commands`` are command lines and scripts that were only run: checked too, but no changes of files.
    """

    files: int = 0
    transcripts: int = 0
    turns: int = 0
    changes: int = 0
    judged: int = 0
    unknown: int = 0
    failed: int = 0
    uncovered: int = 0
    commands: int = 0
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def count(self, changes: Sequence[Change], languages: frozenset[str]) -> None:
        """Add one turn's changes; ``languages`` are those some rule can judge."""
        self.turns += 1
        files = [change for change in changes if workspace.is_file(change)]
        self.changes += len(files)
        self.commands += len(changes) - len(files)
        for change in files:
            match change.status:
                case "unknown_file":
                    self.unknown += 1
                case "failed_edit":
                    self.failed += 1
                case "applied" if change.language in languages:
                    self.judged += 1
                case _:
                    self.uncovered += 1


def mine(
    paths: Iterable[Path],
    rules: Sequence[Rule],
    *,
    tally: Mined,
    on_file: Callable[[Path], None] = lambda _: None,
    cache: Path | None = None,
) -> Iterator[Hit]:
    """The findings that recorded turns introduced, in order of file, turn and line.

    Counts go to ``tally`` as the iteration proceeds. A file that cannot be read is named there and skipped.
    ``cache`` is a file of what was judged before (``check.introduced``). Raises AnalyserError where an engine fails.
    """
    languages = frozenset(language for rule in rules for language in rule.languages)
    waiting: list[tuple[Transcript, Path, int, tuple[Change, ...]]] = []
    size = weight = 0
    for file in importers.find(paths):
        on_file(file)
        tally.files += 1
        try:
            transcripts = importers.read(file)
        except UserError as error:
            tally.unreadable.append((file, error.what))
            continue
        for transcript in transcripts:
            tally.transcripts += 1
            tally.dropped.update(transcript.ledger.dropped)
            for turn, changes in workspace.recorded(transcript):
                tally.count(changes, languages)
                if any(change.language in languages for change in changes):
                    waiting.append((transcript, file, turn, changes))
                    size += len(changes)
                    weight += sum(len(change.before or "") + len(change.after or "") for change in changes)
                if size >= BATCH or weight >= HEAVY:
                    yield from _judge(waiting, rules, tally, cache)
                    waiting, size, weight = [], 0, 0
    yield from _judge(waiting, rules, tally, cache)


def _judge(
    waiting: Sequence[tuple[Transcript, Path, int, tuple[Change, ...]]],
    rules: Sequence[Rule],
    tally: Mined,
    cache: Path | None,
) -> Iterator[Hit]:
    verdicts = check.introduced([changes for *_, changes in waiting], rules, cache=cache)
    for (transcript, file, turn, _), checked in zip(waiting, verdicts, strict=True):
        out = _inapplicable(
            transcript, turn, [rule for rule in rules if rule.id in {one.rule for one in checked.findings}]
        )
        for finding in checked.findings:
            if finding.rule in out:
                continue
            tally.findings[finding.rule] += 1
            yield Hit(transcript, file, turn, finding)


def _inapplicable(transcript: Transcript, turn: int, rules: Sequence[Rule]) -> frozenset[str]:
    if not any(rule.package for rule in rules):
        return frozenset()
    return versions.inapplicable(rules, versions.of(workspace.before(transcript, turn).known()))


# --- cutting and writing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """A turn of a transcript to be cut into a case: the fields that ``Case`` has under the same names."""

    transcript: Transcript
    turn: int
    rules: tuple[str, ...]
    note: str
    primed: int = 0
    stands_for: int = 1


def write(cuts: Iterable[Cut], folder: Path, *, rules: Sequence[str] = ()) -> list[Case]:
    """Write the case set of ``cuts`` to ``folder``.

    Cuts of one transcript come one after the other; no more than one transcript is held. ``rules`` are the selectors
    of the experiment, those of the cases where empty. Secrets are redacted before anything is written. What is there
    already is left as it is: a ``.toml``, and the ``replay.yaml``, which is made once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Case] = []
    models: Counter[str] = Counter()
    for _, group in groupby(cuts, key=lambda cut: cut.transcript.id):
        written += _write(list(group), folder, models)
    experiment = folder / "replay.yaml"
    if written and not experiment.exists():
        experiment.write_text(sketch(written, models, rules), encoding="utf-8")
    return written


def _write(cuts: Sequence[Cut], folder: Path, models: Counter[str]) -> list[Case]:
    """Write one transcript with its cases; its models are counted in ``models``."""
    clean = redact.transcript(cuts[0].transcript)
    slug = slugify(clean)
    native.write(clean, folder / f"{slug}.jsonl")
    lines = [
        f"transcript = {_quote(clean.id)}",
        f"source = {_quote(_source(clean))}",
        'licence = "unknown: a private log, not for publication"',
        'consent = "not asked: keep to yourself"',
    ]
    written = []
    for cut in sorted(cuts, key=lambda one: one.turn):
        told = {"primed": cut.primed, "stands_for": cut.stands_for}
        lines += [
            "",
            "[[case]]",
            f"turn = {cut.turn}",
            f"rules = [{', '.join(map(_quote, cut.rules))}]",
            f"note = {_quote(cut.note)}",
            *(f"{name} = {count}" for name, count in told.items() if count != _PLAIN[name]),
        ]
        written.append(_case(clean, slug, cut.turn, cut.rules, _source(clean), cut.note, **told))
        if (model := prefix.completion(clean, cut.turn).model) is not None:
            models[model] += 1
    described = folder / f"{slug}.toml"
    if not described.exists():  # a person may have edited it since
        described.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def can_be_sent(transcript: Transcript, turn: int) -> bool:
    """False for a log that begins in the middle of a session: every API wants a user to speak first."""
    messages = prefix.prefix(transcript, turn).messages
    return next((one.role for one in messages if one.role not in {"system", "developer"}), None) == "user"


def sketch(written: Sequence[Case], models: Counter[str], selectors: Sequence[str]) -> str:
    """A ``replay.yaml`` to begin with: a baseline on the model that was recorded most, and an arm to be edited."""
    name = models.most_common(1)[0][0] if models else "MODEL"
    model = name if "/" in name else f"{'anthropic' if name.startswith('claude') else 'openai'}/{name}"
    rules = list(selectors) or sorted({rule for case in written for rule in case.rules})
    why = "recorded thinking; `keep` sends it back to the model that wrote it"
    arm = f"    model: {json.dumps(model)}\n    reasoning: drop  # {why}\n"
    return (
        f"version: 1\nrules: {json.dumps(rules)}  # each is one habit; the first decides\ndraws: 5\narms:\n"
        f"  baseline:\n{arm}  edited:\n{arm}    edits:\n"
        "      - append: |\n          Write here what you would add to the system prompt.\n"
    )


def slugify(transcript: Transcript) -> str:
    """A file stem for a transcript: its format and id, nothing a transcript could choose."""
    return f"{transcript.source.format.replace('_', '-')}-{transcript.id[:12]}"


def _source(transcript: Transcript) -> str:
    """The cluster of a transcript: the session it belongs to, a sub-agent's being its parent's."""
    name = transcript.source.parent or transcript.source.session or transcript.id
    return name if re.fullmatch(r"[\w.:-]{1,80}", name) else hashlib.sha256(name.encode()).hexdigest()[:16]


def _quote(text: str) -> str:
    """A TOML basic string (JSON escapes are a subset, but for DEL)."""
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 32 or ord(char) == 127 else {"\\": "\\\\", '"': '\\"'}.get(char, char)
        for char in text
    )
    return f'"{escaped}"'


# --- reading -----------------------------------------------------------------------------------------------


def load(folders: Iterable[Path]) -> CaseSet:
    """The case sets in ``folders`` as one. Raises UserError naming the file that is wrong and what to do."""
    cases: dict[str, Case] = {}
    transcripts: dict[str, Transcript] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError("no such case set: give a folder of <slug>.jsonl and <slug>.toml", path=folder)
        tomls = sorted(folder.glob("*.toml"))
        if not tomls:
            raise UserError("no case in here: `replay mine PATH --write DIR` makes case sets", path=folder)
        for file in tomls:
            transcript, found = _read(file)
            transcripts[transcript.id] = transcript
            for case in found:
                if case.id in cases:
                    raise UserError(f"case {case.id} is there twice: rename one of the two files", path=file)
                cases[case.id] = case
    return CaseSet(tuple(cases.values()), transcripts)


_KEYS = {"transcript", "source", "licence", "consent", "case"}
_PLAIN = {"primed": 0, "stands_for": 1}
_CASE_KEYS = {"turn", "rules", "note", *_PLAIN}


def _read(file: Path) -> tuple[Transcript, list[Case]]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"not valid TOML: {error}", path=file) from error
    _refuse_unknown(data, _KEYS, file)
    log = file.with_suffix(".jsonl")
    if not log.is_file():
        raise UserError(f"{log.name} is missing: a case needs its transcript beside it", path=file)
    found = importers.read(log)
    wanted = data.get("transcript")
    chosen = [one for one in found if wanted in (None, one.id)]
    if len(chosen) != 1:
        why = (
            f'holds {len(found)} transcripts: say which with `transcript = "ID"`'
            if wanted is None
            else f"does not hold transcript {wanted}: it was changed after the case was cut; mine it again"
        )
        raise UserError(f"{log.name} {why} (found: {', '.join(one.id for one in found) or 'none'})", path=file)
    transcript = chosen[0]
    entries = data.get("case")
    if not isinstance(entries, list) or not entries:
        raise UserError("has no [[case]]: add one with `turn` and `rules`", path=file)
    source = str(data.get("source", _source(transcript)))
    return transcript, [_entry(entry, transcript, source, file) for entry in entries]


def _entry(entry: dict[str, Any], transcript: Transcript, source: str, file: Path) -> Case:
    _refuse_unknown(entry, _CASE_KEYS, file)
    turn, rules = entry.get("turn"), entry.get("rules")
    if not isinstance(turn, int) or not 0 <= turn < len(transcript.turns):
        last = len(transcript.turns) - 1
        raise UserError(f"turn = {turn!r}: want the index of an assistant message, 0 to {last}", path=file)
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
        raise UserError('rules: want a list of rule ids or globs, such as ["*/swallowed-*"]', path=file)
    counts = {name: entry.get(name, plain) for name, plain in _PLAIN.items()}
    for name, count in counts.items():
        if not isinstance(count, int) or count < _PLAIN[name]:
            raise UserError(f"{name} = {count!r}: want a whole number from {_PLAIN[name]}", path=file)
    return _case(transcript, file.stem, turn, tuple(rules), source, str(entry.get("note", "")), **counts)


def _case(
    transcript: Transcript,
    slug: str,
    turn: int,
    rules: tuple[str, ...],
    source: str,
    note: str,
    *,
    primed: int,
    stands_for: int,
) -> Case:
    fidelity = supply.fidelity(prefix.fidelity(transcript, turn), transcript)
    return Case(f"{slug}@{turn}", transcript.id, turn, rules, source, fidelity, (), note, primed, stands_for)


def _refuse_unknown(data: dict[str, Any], known: set[str], file: Path) -> None:
    for key in data.keys() - known:
        raise UserError(f"unknown key {key!r}: known are {', '.join(sorted(known))}", path=file)


def find(name: str, roots: Iterable[Path]) -> tuple[Case, Transcript]:
    """The case called ``name`` (``slug@turn``, or ``FOLDER/slug@turn``) in the case sets at or right below ``roots``.

    Raises UserError where there is none, naming near ones, or more than one.
    """
    folder, _, short = name.rpartition("/")
    places = [Path(folder)] if folder else [place for root in roots for place in (root, *sorted(root.glob("*/")))]
    slug = short.rpartition("@")[0]
    files = [file for place in places for file in place.glob("*.toml") if file.stem == slug]
    distinct = {file.resolve(): file for file in files}
    matches = [
        (case, transcript)
        for file in distinct.values()
        for transcript, cases in [_read(file)]
        for case in cases
        if case.id == short
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UserError(f"{name} is in several case sets: say which, as FOLDER/{short}")
    known = sorted({case.id for file in distinct.values() for case in _read(file)[1]})
    hint = f"; its cases are {', '.join(known)}" if known else "; give FOLDER/SLUG@TURN"
    raise UserError(f"no case {name}{hint}")
