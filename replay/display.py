"""Records as HTML for notebooks: everything escaped, long texts cut, parts of parts folded.

What a model or a log wrote is text here and nothing else: no markup of it is ever read, and characters that do not show
(controls, marks that turn the direction of writing) are replaced.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

CUT = 4_000
SHOWN = 50
OPEN = 2
"""How deep records in records are shown without a click: a completion, and what it said and called."""

HINT = 60
_PLAIN = "font-family:inherit;text-align:left;vertical-align:top;padding:1px 8px"
_CODE = "margin:0;white-space:pre-wrap;text-align:left;max-height:30em;overflow:auto"


def record(value: msgspec.Struct, *, title: str = "", above: str = "") -> str:
    """The fields of a record that are not their defaults, as a table; ``above`` is HTML of ours put before it."""
    name = _escaped(title or type(value).__name__)
    return f"<div><strong>{name}</strong>{above}{_fields(value)}</div>"


def interval(difference: float | None, low: float | None, high: float | None) -> str:
    """A difference with its interval on a line from −1 to 1, as SVG; empty where it is undefined."""
    if difference is None or low is None or high is None:
        return ""
    left, right, middle = (200 + 190 * max(-1.0, min(1.0, value)) for value in (low, high, difference))
    told = f"difference {difference:+.3f}, interval {low:+.3f} to {high:+.3f}"
    return (
        f'<svg role="img" aria-label="{told}" width="400" height="44" viewBox="0 0 400 44" style="display:block">'
        f"<title>{told}</title>"
        '<path d="M10 14H390M200 5V23" stroke="currentColor" stroke-opacity=".3" fill="none"/>'
        f'<path d="M{left:.1f} 14H{right:.1f}M{left:.1f} 9V19M{right:.1f} 9V19" stroke="currentColor" fill="none"/>'
        f'<circle cx="{middle:.1f}" cy="14" r="4" fill="currentColor"/>'
        '<g fill="currentColor" font-size="11" text-anchor="middle"><text x="34" y="38">−100 points</text>'
        '<text x="200" y="38">0</text><text x="366" y="38">+100 points</text></g></svg>'
    )


def _fields(value: msgspec.Struct, *, depth: int = 0) -> str:
    return _rows(_told(value), depth)


def _rows(named: Iterable[tuple[str, object]], depth: int) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="{_PLAIN}">{_escaped(name)}</th><td style="{_PLAIN}">{_value(one, depth)}</td></tr>'
        for name, one in named
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _told(value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(value):
        found = getattr(value, field.name)
        if field.required or (found != field.default and found not in ((), {}, None)):
            yield field.name, found


def _value(value: object, depth: int) -> str:
    match value:
        case msgspec.Struct():
            state = " open" if depth < OPEN else ""
            return f"<details{state}><summary>{_summary(value)}</summary>{_fields(value, depth=depth + 1)}</details>"
        case str():
            return _text(value)
        case float():
            return f"{value:.6g}"
        case Mapping() if any(isinstance(one, str) and "\n" in one for one in value.values()):
            return _rows(((str(name), one) for name, one in value.items()), depth)  # code reads badly as JSON
        case Mapping() if value:
            return _text(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
        case Sequence() if value:
            rest = f"<p>… and {len(value) - SHOWN} more</p>" if len(value) > SHOWN else ""
            return "".join(f"<div>{_value(one, depth)}</div>" for one in value[:SHOWN]) + rest
        case _:
            return _escaped(str(value))


def _summary(value: msgspec.Struct) -> str:
    """What kind of record it is, and the first words in it: which tool was called, what was said."""
    words = next((field for _, field in _told(value) if isinstance(field, str) and field.strip()), "")
    for name in ("name", "kind", "grade"):
        words = getattr(value, name, None) or words
    line = " ".join(words[:HINT].split()) + ("…" if len(words) > HINT else "")
    return _escaped(f"{type(value).__name__}: {line}" if line else type(value).__name__)


def _text(words: str) -> str:
    shown = _escaped(words[:CUT])
    rest = f"<p>… cut: {len(words) - CUT:,} more characters</p>" if len(words) > CUT else ""
    return f'<pre style="{_CODE}">{shown}</pre>{rest}' if "\n" in shown or rest else shown


def _escaped(words: str) -> str:
    return html.escape("".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in words))
