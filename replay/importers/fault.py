"""The fault of a file that an importer recognised and cannot read."""

from __future__ import annotations

from replay.errors import UserError


class ImportFault(UserError):  # noqa: N818 - a fault of the file, not of the program
    """A file of a known format that holds nothing readable, or contradicts itself: one sentence with file and line."""
