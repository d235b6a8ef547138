"""Secrets out, before anything touches disk: each becomes ``[REDACTED:kind]`` and is counted.

Signatures, encrypted reasoning and base64 images are no secrets and must stay verbatim: they are left alone.
"""

from __future__ import annotations

from replay.redact.patterns import stays_clean, text
from replay.redact.walk import transcript, value

__all__ = ["stays_clean", "text", "transcript", "value"]
