"""Rule packs: loading, selecting, annotated examples, and the first files of a new rule (see docs/rules.md)."""

from replay.rules.examples import Example, examples
from replay.rules.packs import HEADINGS, find, fingerprint, load, read, select
from replay.rules.scaffold import new

__all__ = ["HEADINGS", "Example", "examples", "find", "fingerprint", "load", "new", "read", "select"]
