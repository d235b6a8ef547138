"""Fixtures for all tests: the collection of real transcripts, where it lies beside the checkout."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real transcripts and tools beside the checkout; the test is skipped where it is absent."""
    if not (SHARED / "transcripts").is_dir():
        pytest.skip("no shared collection beside this checkout")
    return SHARED
