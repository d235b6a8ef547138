"""The rate-limit headers of both providers.

Anthropic: https://docs.anthropic.com/en/api/rate-limits (``anthropic-ratelimit-requests-remaining`` …, resets are
RFC 3339 times). OpenAI: https://platform.openai.com/docs/guides/rate-limits (``x-ratelimit-remaining-requests`` …,
resets are durations such as ``6m0s`` or ``120ms``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from replay.samplers.protocol import Quota

_KINDS = {"requests": "requests", "tokens": "tokens", "input-tokens": "tokens"}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "d": 86400.0}
_STEP = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|[dhms])")


def read(headers: Mapping[str, str]) -> tuple[Quota, ...]:
    """The quotas that ``headers`` tell, requests first; what cannot be read is left out."""
    return tuple(_each(headers))


def _each(headers: Mapping[str, str]) -> Iterator[Quota]:
    for name, what in _KINDS.items():
        for remaining, limit, reset in (
            (f"anthropic-ratelimit-{name}-{field}" for field in ("remaining", "limit", "reset")),
            (f"x-ratelimit-{field}-{name}" for field in ("remaining", "limit", "reset")),
        ):
            left = _number(headers.get(remaining))
            if left is not None:
                yield Quota(what, left, _number(headers.get(limit)), _seconds(headers.get(reset)))


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text) else None


def _seconds(text: str | None) -> float | None:
    """Seconds in a duration (``1m30s``), or until a time (RFC 3339)."""
    if text is None:
        return None
    steps = _STEP.findall(text)
    if steps and "".join(number + unit for number, unit in steps) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in steps)
    if (plain := _number(text)) is not None:
        return plain
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None
