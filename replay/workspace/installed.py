"""Which versions of packages the files of a case tell, and so which rules are not about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replay import versions
from replay.records import Rule, Transcript
from replay.workspace import before


def inapplicable(
    transcript: Transcript, turn: int, rules: Sequence[Rule], *, given: Mapping[str, str] | None = None
) -> frozenset[str]:
    """The ids of those of ``rules`` that are about other versions of a package than the files before ``turn`` tell.

    What is ``given`` of a package beats the files (``versions.of``). No file is looked at where no rule is about one.
    """
    if not any(rule.package for rule in rules):
        return frozenset()
    return versions.inapplicable(rules, versions.of(before(transcript, turn).known(), given=given))
