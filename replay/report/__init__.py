"""The result of a run as text, Markdown or JSON.

Each module has ``render(result) -> str``, the whole report ending in a newline; ``json`` also has ``value(result)``.
"""

from __future__ import annotations

from types import ModuleType

from replay.report import json, markdown, text

FORMATS: dict[str, ModuleType] = {"json": json, "markdown": markdown, "text": text}
