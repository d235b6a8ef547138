"""What a run came to, in every form it is shown in.

``FORMATS`` are told from the result alone: each module has ``render(result) -> str``, the whole report ending in a
newline (``json`` also has ``value(result)``). ``RUN_FORMATS`` show cases or code as well and have
``render(run, result) -> str``.
"""

from __future__ import annotations

from replay.modules import Modules
from replay.records import Result
from replay.store import Run

FORMATS = Modules(__name__, {name: name for name in ("json", "markdown", "text")})
RUN_FORMATS = Modules(__name__, {name: name for name in ("html", "junit", "sarif")})
STYLES: tuple[str, ...] = tuple(sorted((*FORMATS, *RUN_FORMATS)))
SUFFIXES = {
    ".html": "html",
    ".json": "json",
    ".md": "markdown",
    ".sarif": "sarif",
    ".txt": "text",
    ".xml": "junit",
}
"""The style that a file's name asks for."""


def render(style: str, run: Run, result: Result) -> str:
    """The report of ``run`` in one of ``STYLES``."""
    if style in FORMATS:
        return str(FORMATS[style].render(result))
    return str(RUN_FORMATS[style].render(run, result))
