"""The error-handling rules on fixtures of our own, which follow what languages and linters document."""

from pathlib import Path

import pytest

from replay import measure, rules
from replay.measure import find

FIXTURES = Path(__file__).parent / "fixtures" / "error-handling.jsonl"
LANGUAGES = 12


@pytest.fixture(scope="module")
def measured() -> measure.Measured:
    """All fixtures, scored with all rules."""
    loaded = rules.load()
    return measure.measure(find([FIXTURES], loaded).fixtures, loaded)


def test_the_fixtures_cover_the_languages_of_the_rules() -> None:
    """At least 250 in twelve languages, about as many with something to find as without."""
    found = find([FIXTURES], rules.load()).fixtures
    assert len(found) >= 250
    assert len({one.language for one in found}) == LANGUAGES
    assert 0.4 < sum(one.verdict for one in found) / len(found) < 0.6


def test_each_rule_and_language_holds_the_aims(measured: measure.Measured) -> None:
    """Precision at least .95 and recall at least .90, and every fixture could be read."""
    for row in measured.rows:
        assert row.unparsed == 0, row
        assert row.precision is None or row.precision >= 0.95, row
        assert row.recall is None or row.recall >= 0.90, row
