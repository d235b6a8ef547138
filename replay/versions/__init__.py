"""Which rules apply: a rule about some versions of a package counts where the case may use one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from replay.records import Rule
from replay.versions.manifests import ECOSYSTEMS, found_in, is_manifest, named
from replay.versions.ranges import Range, meets, parse, unread

__all__ = ["Range", "Versions", "applies", "inapplicable", "is_manifest", "of", "parse", "unread"]

Versions = Mapping[str, tuple[Range, ...]]
"""What may be installed, by ``ecosystem:package``, or by the package alone where a person said it."""


def of(files: Iterable[tuple[str, str]], *, given: Mapping[str, str] | None = None) -> Versions:
    """The versions that files (path, text) tell, lock files before manifests; what is ``given`` beats both.

    Where several files lock a package, each of the versions may be the one. A file that is no manifest, or that cannot
    be read as one, tells nothing.
    """
    exact: dict[str, tuple[Range, ...]] = {}
    asked: dict[str, tuple[Range, ...]] = {}
    for path, text in files:
        for one in found_in(path, text):
            told = exact if one.locked else asked
            told[one.package] = told.get(one.package, ()) + parse(one.versions)
    return asked | exact | {name.lower(): parse(versions) for name, versions in (given or {}).items()}


def applies(rule: Rule, versions: Versions) -> bool:
    """Whether the rule is about a version that may be there: always for a rule without, or a package unknown."""
    if not rule.package:
        return True
    places = sorted({ECOSYSTEMS[language] for language in rule.languages if language in ECOSYSTEMS})
    names = [rule.package.lower(), *(f"{place}:{named(rule.package, place)}" for place in places)]
    told = [versions[name] for name in names if name in versions][:1]
    return not told or meets(parse(rule.versions), told[0])


def inapplicable(rules: Sequence[Rule], versions: Versions) -> frozenset[str]:
    """The ids of the rules that do not apply."""
    return frozenset(rule.id for rule in rules if not applies(rule, versions))
