"""Case sets read from their files; whatever is wrong with one is said with its name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replay import importers
from replay.cases import made
from replay.errors import UserError
from replay.records import Case, Transcript

_KEYS = {"transcript", "source", "licence", "consent", "case"}
_CASE_KEYS = {"turn", "rules", "note", *made.PLAIN}


@dataclass(frozen=True)
class CaseSet:
    """Cases with the transcripts they are cut from, the latter by id."""

    cases: tuple[Case, ...]
    transcripts: dict[str, Transcript]


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
    source = str(data.get("source", made.source(transcript)))
    return transcript, [_entry(entry, transcript, source, file) for entry in entries]


def _entry(entry: dict[str, Any], transcript: Transcript, source: str, file: Path) -> Case:
    _refuse_unknown(entry, _CASE_KEYS, file)
    turn, rules = entry.get("turn"), entry.get("rules")
    if not isinstance(turn, int) or not 0 <= turn < len(transcript.turns):
        last = len(transcript.turns) - 1
        raise UserError(f"turn = {turn!r}: want the index of an assistant message, 0 to {last}", path=file)
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
        raise UserError('rules: want a list of rule ids or globs, such as ["*/swallowed-*"]', path=file)
    counts = {name: entry.get(name, plain) for name, plain in made.PLAIN.items()}
    for name, count in counts.items():
        if not isinstance(count, int) or count < made.PLAIN[name]:
            raise UserError(f"{name} = {count!r}: want a whole number from {made.PLAIN[name]}", path=file)
    return made.case(transcript, file.stem, turn, tuple(rules), source, str(entry.get("note", "")), **counts)


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
    if known:
        raise UserError(f"no case {name}; its cases are {', '.join(known)}")
    held = [f"{name}/{case.id}" for file in sorted(Path(name).glob("*.toml"))[:3] for case in _read(file)[1]]
    raise UserError(f"no case {name}; give FOLDER/SLUG@TURN{', such as ' if held else ''}{', '.join(held)}")
