"""Rule packs: loading, selecting, annotated examples, and the first files of a new rule (see docs/rules.md)."""

from replay.rules.examples import Example, examples
from replay.rules.packs import find, fingerprint, load, of_profile, read, select
from replay.rules.page import HEADINGS, SEVERITIES
from replay.rules.scaffold import drafted, new

__all__ = [
    "HEADINGS",
    "SEVERITIES",
    "Example",
    "drafted",
    "examples",
    "find",
    "fingerprint",
    "load",
    "new",
    "of_profile",
    "read",
    "select",
]
