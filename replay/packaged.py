"""Where the rule packs and the example case sets lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def folder(kind: Literal["rules", "transcripts"]) -> Path:
    """The folder that holds the packs (``rules``) or the case sets (``transcripts``) that come with replay."""
    here = Path(__file__).parent
    inside = here / "_data" / kind
    return inside if inside.is_dir() else here.parent / kind
