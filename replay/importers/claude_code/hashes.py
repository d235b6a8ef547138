"""The client's own hashes of what it sent: canonical JSON, SHA-256, and the digest of a whole request.

Both were found by running the client (2.1.329) against a local server and hashing the bodies that arrived. A message's
hash is taken with a content that is a bare string written as one text block. The digest of a request covers the
parameters, the system prompt without the billing header, tools and messages, cache marks included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from replay.records import JSON, CacheMark

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: JSON) -> bytes:
    """JSON with sorted keys, no spaces and non-ASCII left as it is."""
    return _ENCODER.encode(value)


def in_blocks(message: dict[str, JSON]) -> dict[str, JSON]:
    """``message`` with a bare string content as one text block."""
    content = message.get("content")
    return {**message, "content": [{"type": "text", "text": content}]} if isinstance(content, str) else message


def bare(message: dict[str, JSON]) -> dict[str, JSON]:
    """``message`` with one lone text block as a bare string: so the client sends what carries no cache mark."""
    match message:
        case {"role": "user" | "system", "content": [{"type": "text", "text": str(text), **rest}]} if not rest:
            return {**message, "content": text}
        case _:
            return message


def of(message: dict[str, JSON]) -> str:
    """The hash by which a request names ``message`` (64 hex digits)."""
    return sha256(in_blocks(message))


def sha256(value: JSON) -> str:
    """64 hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def marked(value: JSON, marks: Iterable[CacheMark]) -> JSON:
    """``value`` with ``cache_control`` put at each mark's path, the first step of which leads into ``value``."""
    for mark in marks:
        value = _put(value, mark.path, mark.control)
    return value


def _put(value: JSON, path: Sequence[str | int], control: dict[str, JSON]) -> JSON:
    if not path:
        return {**value, "cache_control": control} if isinstance(value, dict) else value
    step, *rest = path
    match value:
        case dict() if step in value:
            return {**value, step: _put(value[step], rest, control)}
        case list() if isinstance(step, int) and step < len(value):
            return [*value[:step], _put(value[step], rest, control), *value[step + 1 :]]
        case _:
            return value


class Digest:
    """The digest of requests that share ``frame`` (all but their messages), kept running.

    A request that extends the one before it hashes only what it adds, so that a session costs time linear in its size.
    """

    def __init__(self, frame: dict[str, JSON]) -> None:
        pairs = sorted((key, canonical(key) + b":" + canonical(value)) for key, value in frame.items())
        before = b",".join(pair for key, pair in pairs if key < "messages")
        after = b",".join(pair for key, pair in pairs if key > "messages")
        self._head = hashlib.sha256(b"{" + before + (b"," if before else b"") + b'"messages":[')
        self._after = b"]" + (b"," if after else b"") + after + b"}"
        self._last: str | None = None
        self._stable, self._fed = self._head, 0

    def of(
        self,
        request: str,
        base: str | None,
        keep: int,
        messages: Callable[[int], Iterable[dict[str, JSON]]],
        marks: Sequence[CacheMark],
    ) -> str:
        """The digest of ``request``, whose first ``keep`` messages are those of ``base``.

        ``messages(n)`` yields its messages from the n-th on, in blocks; ``marks`` are those below ``messages``.
        """
        places: dict[int, list[CacheMark]] = {}
        for mark in marks:
            if len(mark.path) > 1 and isinstance(place := mark.path[1], int):
                places.setdefault(place, []).append(CacheMark(mark.path[2:], mark.control))
        first = min(places, default=None)
        known = base is not None and base == self._last and self._fed <= min(keep, keep if first is None else first)
        state, start = (self._stable.copy(), self._fed) if known else (self._head.copy(), 0)
        settled = False
        index = start - 1
        for index, message in enumerate(messages(start), start):
            if index == first:
                self._stable, self._fed, settled = state.copy(), index, True
            state.update((b"," if index else b"") + canonical(marked(message, places.get(index, ()))))
        if not settled:
            self._stable, self._fed = state.copy(), index + 1
        self._last = request
        state.update(self._after)
        return state.hexdigest()
