"""Cutting transcripts into cases, and a case set into files that a person may edit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from replay import prefix, redact
from replay.cases import made
from replay.importers import native
from replay.records import Case, Transcript
from replay.store import slug


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
    stem = slugify(clean)
    native.write(clean, folder / f"{stem}.jsonl")
    lines = [
        f"transcript = {_quote(clean.id)}",
        f"source = {_quote(made.source(clean))}",
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
            *(f"{name} = {count}" for name, count in told.items() if count != made.PLAIN[name]),
        ]
        written.append(made.case(clean, stem, cut.turn, cut.rules, made.source(clean), cut.note, **told))
        if (model := prefix.completion(clean, cut.turn).model) is not None:
            models[model] += 1
    described = folder / f"{stem}.toml"
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
    """A file stem for a transcript: its format and id, never a path whatever a transcript calls its format."""
    return f"{slug(transcript.source.format.replace('_', '-'))}-{transcript.id[:12]}"


def _quote(text: str) -> str:
    """A TOML basic string (JSON escapes are a subset, but for DEL)."""
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 32 or ord(char) == 127 else {"\\": "\\\\", '"': '\\"'}.get(char, char)
        for char in text
    )
    return f'"{escaped}"'
