"""The report of a scan: rates as a page of its own, as Markdown and as JSON, from the tables and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

import polars as pl

from replay.frames.mined import mined
from replay.frames.rates import counted_once
from replay.records import Record, Rule, encode
from replay.scale import index
from replay.scale.rates import ALL, DIMENSIONS, Frequency, chosen, rates
from replay.scale.summary import Summary
from replay.tables import TABLES

EXAMPLES = 3
TITLES = {
    "agent": "By agent",
    "model": "By model",
    "language": "By language",
    "week": "By week (ISO 8601)",
    "project": "By project",
}
MEANING = (
    "Findings per 100 code-writing turns: the share of answers that introduced at least one finding, of those that "
    "wrote something the rule can judge. A fault that was in the file before does not count. The interval is at 95 %, "
    "clustered by session (Wilson's on the effective sample size); there is none where all come from one session. "
    "A session and its forks count as one, and a turn that they share counts once. "
    "Rates describe these logs: models and agents met different tasks, so a difference between two rows is no effect."
)
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #4477aa; }
body { font: 15px/1.5 system-ui, sans-serif;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; vertical-align: top; }
tr { border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 14rem; height: 1rem; } .wide { overflow-x: auto; } li, p, code { overflow-wrap: anywhere; }
@media (max-width: 48rem) { svg { width: 6rem; } th, td { padding: .25rem .4rem; } }
rect.bar { fill: var(--bar); } line { stroke: currentColor; } rect.back { fill: var(--line); }
pre { overflow-x: auto; background: #8881; padding: .6rem; } code, pre { font: 13px/1.4 ui-monospace, monospace; }
p.soft { color: color-mix(in srgb, currentColor 70%, transparent); }
details { margin: .4rem 0; } summary { cursor: pointer; }
"""


class Example(Record, frozen=True):
    """A finding that is quoted."""

    rule: str
    file: str
    turn: int
    path: str
    line: int
    snippet: str


class Sign(Record, frozen=True):
    """How often a signal shows: in ``turns`` of so many ``sessions``, and once in its words."""

    signal: str
    turns: int
    sessions: int
    quote: str


class Report(Record, frozen=True, omit_defaults=False):
    """All a report shows: summary, rates, a few findings of each rule, of different sessions, and the signals."""

    summary: Summary
    rates: tuple[Frequency, ...]
    examples: tuple[Example, ...]
    signals: tuple[Sign, ...]
    messages: dict[str, str]


def report(folder: Path, rules: Sequence[Rule], summary: Summary) -> Report:
    """The report on the tables in ``folder``."""
    found = rates(folder, rules)
    return Report(
        summary, found, tuple(_examples(folder)), tuple(_signs(folder)), {rule.id: rule.message for rule in rules}
    )


def _examples(folder: Path) -> Iterator[Example]:
    tables = mined(folder)
    place = ["file", "transcript", "turn"]
    first = tables.findings.filter("first").sort(TABLES["findings"].key)
    one_each = first.join(tables.turns.select(*place, "session"), on=place, maintain_order="left")
    few = one_each.unique(["rule", "session"], keep="first", maintain_order=True).group_by("rule", maintain_order=True)
    for row in few.head(EXAMPLES).sort("rule", maintain_order=True).collect().iter_rows(named=True):
        yield Example(row["rule"], row["file"], row["turn"], row["path"], row["line"], row["snippet"])


def _signs(folder: Path) -> Iterator[Sign]:
    tables = mined(folder)
    place = ["file", "transcript", "turn"]
    counted = (
        tables.signals.join(counted_once(tables.turns), on=place)
        .sort("signal", *place, "number")
        .group_by("signal", maintain_order=True)
        .agg(pl.col("answer").n_unique(), pl.col("cluster").n_unique(), pl.col("quote").first())
    )
    for name, turns, sessions, quote in counted.collect().iter_rows():
        yield Sign(name, turns, sessions, quote)


HTML, MARKDOWN, RATES = "report.html", "report.md", "rates.json"


def write(folder: Path, made: Report) -> None:
    """``report.html``, ``report.md`` and ``rates.json`` in ``folder``."""
    index.atomically(folder / HTML, html(made).encode())
    index.atomically(folder / MARKDOWN, markdown(made).encode())
    index.atomically(folder / RATES, encode(list(made.rates)))


def there(folder: Path) -> bool:
    """Whether a report was written to ``folder`` and none of it removed."""
    return all((folder / name).is_file() for name in (HTML, MARKDOWN, RATES))


# --- words shared by all forms -----------------------------------------------------------------------------


def headline(summary: Summary) -> str:
    """One sentence on what was mined."""
    return (
        f"{summary.files:,} logs ({summary.bytes / 1e6:,.1f} MB), {summary.transcripts:,} transcripts, "
        f"{summary.turns:,} turns with {summary.changes:,} changes: {summary.judged:,} judged, "
        f"{summary.unknown:,} of files not known well enough, {summary.failed:,} failed edits, "
        f"{summary.uncovered:,} in languages without a rule; {summary.commands:,} command lines and scripts"
    )


def left_out(summary: Summary) -> list[str]:
    """A sentence for each log that is not in the tables."""
    lost = [f"{one.file}: given up: {one.why}" for one in summary.lost]
    return lost + [f"{one.file}: skipped: {one.why}" for one in summary.unreadable]


def interval(one: Frequency) -> str:
    """The interval in words; empty where there is none."""
    return "" if one.low is None or one.high is None else f"{one.low:.1f} to {one.high:.1f}"


def number(one: Frequency) -> str:
    """The rate in words."""
    return "undefined" if one.rate is None else f"{one.rate:.1f}"


def by_rule(found: Iterable[Frequency]) -> list[Frequency]:
    """Rules with findings, most frequent first; the line for any of them before."""
    each = [one for one in chosen(found, "all") if one.rule != ALL and one.hits]
    return chosen(found, "all", rule=ALL) + sorted(each, key=lambda one: (-(one.rate or 0), one.rule))


def _silent(found: Iterable[Frequency]) -> list[Frequency]:
    return [one for one in chosen(found, "all") if one.rule != ALL and not one.hits and one.turns]


# --- Markdown ----------------------------------------------------------------------------------------------


def markdown(made: Report) -> str:
    """The report as Markdown."""
    lines = ["# Mined habits", "", _cell(headline(made.summary)), "", MEANING, "", "## By rule", ""]
    lines += _table("rule", [("any rule" if one.rule == ALL else one.rule, one) for one in by_rule(made.rates)])
    for by in DIMENSIONS:
        if rows := chosen(made.rates, by, rule=ALL):
            lines += ["", f"## {TITLES[by]}, any rule", "", *_table(by, [(one.value, one) for one in rows])]
    if made.signals:
        lines += ["", "## Signals in the sessions", "", "| signal | turns | sessions | once |", "|---|---:|---:|---|"]
        lines += [f"| {one.signal} | {one.turns} | {one.sessions} | {_cell(one.quote)} |" for one in made.signals]
    if out := left_out(made.summary):
        lines += ["", "## Left out", "", *(f"- {_cell(line)}" for line in out)]
    return "\n".join(lines) + "\n"


def _table(what: str, rows: Iterable[tuple[str, Frequency]]) -> list[str]:
    return [
        f"| {what} | per 100 turns | 95 % interval | turns with a finding | of | sessions | not judged |",
        "|---|---:|---|---:|---:|---:|---:|",
        *(
            f"| {_cell(name)} | {number(one)} | {interval(one)} "
            f"| {one.hits} | {one.turns} | {one.sessions} | {one.unjudged} |"
            for name, one in rows
        ),
    ]


def _cell(text: str) -> str:
    """Text of a log as Markdown that shows it and does nothing else."""
    safe = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return escape("".join(f"\\{char}" if char in r"\`*_[]|~#" else char for char in safe), quote=False)


# --- HTML --------------------------------------------------------------------------------------------------


def html(made: Report) -> str:
    """The report as one page that loads nothing and runs nothing: its policy allows its own style only."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = [
        "<h1>Mined habits</h1>",
        f"<p>{_html(headline(made.summary))}</p>",
        f'<p class="soft">{_html(MEANING)}</p>',
        "<h2>By rule</h2>",
        *_html_table("rule", [("any rule" if one.rule == ALL else one.rule, one) for one in by_rule(made.rates)]),
    ]
    if silent := _silent(made.rates):
        names = ", ".join(f"{_html(one.rule)} ({one.turns})" for one in silent)
        body.append(
            f"<details><summary>{len(silent)} rules without a finding (turns judged)</summary><p>{names}</p></details>"
        )
    for by in DIMENSIONS:
        if rows := chosen(made.rates, by, rule=ALL):
            body += [f"<h2>{TITLES[by]}, any rule</h2>", *_html_table(by, [(one.value, one) for one in rows])]
    for by in ("model", "agent"):
        if rows := [one for one in chosen(made.rates, by) if one.rule != ALL]:
            named = [(f"{one.rule} · {one.value}", one) for one in sorted(rows, key=lambda one: (one.rule, one.value))]
            table = "\n".join(_html_table(f"rule · {by}", named))
            body.append(f"<details><summary>Each rule by {by}</summary>{table}</details>")
    body += ["<h2>First findings</h2>", *_html_examples(made)]
    if made.signals:
        body += ["<h2>Signals in the sessions</h2>", *_html_signs(made.signals)]
    if out := left_out(made.summary):
        body += ["<h2>Left out</h2>", "<ul>", *(f"<li>{_html(line)}</li>" for line in out), "</ul>"]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>Mined habits</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _html(text: str) -> str:
    """Text of a log, its control characters shown as U+FFFD, as HTML."""
    return escape("".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text))


def _html_table(what: str, rows: Sequence[tuple[str, Frequency]]) -> Iterator[str]:
    most = max((one.high or one.rate or 0 for _, one in rows), default=0) or 1
    yield (
        f'<div class="wide" tabindex="0" role="region" aria-label="rates by {_html(what)}">'
        f'<table><thead><tr><th>{_html(what)}</th><th class="n">per 100 turns</th><th>95 % interval</th><th></th>'
        '<th class="n">turns with a finding</th><th class="n">of</th><th class="n">sessions</th>'
        '<th class="n">not judged</th></tr></thead><tbody>'
    )
    for name, one in rows:
        counts = "".join(f'<td class="n">{count:,}</td>' for count in (one.hits, one.turns, one.sessions, one.unjudged))
        told = f'<td class="n">{number(one)}</td><td>{interval(one)}</td><td>{_bar(one, most)}</td>'
        yield f"<tr><td>{_html(name)}</td>{told}{counts}</tr>"
    yield "</tbody></table></div>"


def _html_signs(found: Sequence[Sign]) -> Iterator[str]:
    heads = '<th class="n">turns</th><th class="n">sessions</th><th>once</th>'
    yield '<div class="wide" tabindex="0" role="region" aria-label="signals">'
    yield f"<table><thead><tr><th>signal</th>{heads}</tr></thead>"
    for one in found:
        counts = f'<td class="n">{one.turns:,}</td><td class="n">{one.sessions:,}</td>'
        yield f"<tr><td>{_html(one.signal)}</td>{counts}<td>{_html(one.quote)}</td></tr>"
    yield "</table></div>"


def _bar(one: Frequency, most: float) -> str:
    """The rate as a bar and its interval as a line, up to ``most``."""
    if one.rate is None:
        return ""
    parts = ['<rect class="back" x="0" y="7" width="200" height="2"/>']
    parts.append(f'<rect class="bar" x="0" y="3" width="{200 * one.rate / most:.1f}" height="10"/>')
    if one.low is not None and one.high is not None:
        parts.append(f'<line x1="{200 * one.low / most:.1f}" x2="{200 * one.high / most:.1f}" y1="8" y2="8"/>')
    return f'<svg viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'


def _html_examples(made: Report) -> Iterator[str]:
    rules: dict[str, list[Example]] = {}
    for one in made.examples:
        rules.setdefault(one.rule, []).append(one)
    for rule, found in rules.items():
        yield f"<details><summary>{_html(rule)}: {_html(made.messages.get(rule, ''))}</summary>"
        for one in found:
            place = f"{one.file}, turn {one.turn}: {one.path}:{one.line}"
            yield f"<p><code>{_html(place)}</code></p><pre>{_html(one.snippet)}</pre>"
        yield "</details>"
    if not rules:
        yield "<p>none</p>"
