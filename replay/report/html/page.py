"""One HTML file from the parts in ``assets``: everything in it is inline, and it can load nothing."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from replay.records import JSON

SCRIPTS = (
    "dom.js",
    "data.js",
    "numbers.js",
    "list.js",
    "filters.js",
    "verdict.js",
    "matrix.js",
    "cases.js",
    "trials.js",
    "diff.js",
    "messages.js",
    "labels.js",
    "case.js",
    "runs.js",
    "keys.js",
    "app.js",
)
STYLES = ("base.css", "pages.css", "code.css")
LEVEL = 6


def page(title: str, boot: Mapping[str, JSON], pieces: Iterable[tuple[str, JSON]] = (), *, connect: str = "") -> str:
    """The page: ``boot`` tells the script how it runs, ``pieces`` are the data by name.

    The piece called ``index`` is plain JSON in which ``<`` is escaped; all others are deflated, in base64, and only
    read when they are shown. ``connect`` is what the page may fetch from (nothing by default).
    """
    script, style = _joined(SCRIPTS, "js"), _joined(STYLES, "css")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            *([f"connect-src {connect}"] if connect else []),
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
    blocks = [
        _json("boot", boot),
        *(_json(name, one) if name == "index" else _packed(name, one) for name, one in pieces),
    ]
    parts = {"policy": policy, "title": _escaped(title), "style": style, "data": "\n".join(blocks), "script": script}
    return _filled(_asset("page.html"), parts)


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with each ``{{name}}`` filled in one pass, so that no data can name a place."""
    first, *rest = template.split("{{")
    filled = [first]
    for piece in rest:
        name, _, text = piece.partition("}}")
        filled += (parts[name], text)
    return "".join(filled)


def _json(name: str, value: JSON) -> str:
    # "<" is the only character by which text can leave a script element (or begin a comment in it)
    text = msgspec.json.encode(value).decode().replace("<", "\\u003c")
    return f'<script type="application/json" data-piece="{_escaped(name)}">{text}</script>'


def _packed(name: str, value: JSON) -> str:
    packed = base64.b64encode(zlib.compress(msgspec.json.encode(value), LEVEL)).decode()
    return f'<script type="application/octet-stream" data-piece="{_escaped(name)}">{packed}</script>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _joined(names: tuple[str, ...], kind: str) -> str:
    texts = [_asset(name).strip() for name in names]
    return "\n".join(texts) if kind == "css" else '(() => {\n"use strict";\n' + "\n".join(texts) + "\n})();"


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")
