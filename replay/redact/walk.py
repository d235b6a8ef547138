"""Records and JSON without secrets: only what had some is copied, and what must stay verbatim is left alone."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import count
from typing import TypeVar, cast

import msgspec

from replay import spill
from replay.prefix import identify
from replay.records import JSON, Fidelity, Image, Reasoning, Record, ToolCall, ToolResult, Transcript, Turn
from replay.redact.patterns import text

R = TypeVar("R")
MISSING = "redacted text"
DEEPEST = 100  # levels of lists and objects that are walked

_VERBATIM: dict[type, frozenset[str]] = {
    Reasoning: frozenset({"signature", "encrypted"}),
    Image: frozenset({"data"}),
    Transcript: frozenset({"id"}),
}
_DATA_URL = re.compile(r"data:[\w./+-]{1,80};base64,[A-Za-z0-9+/=]{20}")
_VERBATIM_KEYS = frozenset({"signature", "encrypted_content", "thoughtSignature", "thought_signature", "base64"})


class _Walk:
    """A walk that copies only what it changes; ``seen`` and ``unseen`` count what the model did and did not see."""

    def __init__(self) -> None:
        self.seen = 0
        self.unseen = 0
        self._depth = 0

    def value(self, value: R) -> R:
        """``value`` without secrets: itself where it had none."""
        return cast("R", self._any(value, wire=True))

    def _any(self, value: JSON, *, wire: bool) -> JSON:
        """``wire`` is False inside tool arguments, where the names of blocks mean nothing."""
        match value:
            case str() if _DATA_URL.match(value):
                return value
            case str():
                clean, count = text(value)
                self.seen += count
                return clean
            case dict() | list() if self._depth >= DEEPEST:
                return self._flat(value)
            case tuple() | list():
                self._depth += 1
                new = [self._any(one, wire=wire) for one in value]
                self._depth -= 1
                return value if all(map(_same, new, value)) else type(value)(new)
            case dict():
                self._depth += 1
                new_dict = self._dict(value, wire=wire)
                self._depth -= 1
                return new_dict
            case Record():
                return self._record(value)
            case _:
                return value

    def _flat(self, value: JSON) -> JSON:
        """A value nested too deeply to be walked: itself where its JSON has no secret, else that JSON without them."""
        clean, count = text(msgspec.json.encode(value).decode())
        self.seen += count
        return clean if count else value

    def _dict(self, value: dict[str, JSON], *, wire: bool) -> dict[str, JSON]:
        changed = False
        new: dict[str, JSON] = {}
        for key, one in value.items():
            if wire and (key in _VERBATIM_KEYS or (key == "data" and _is_blob(value))):
                new[key] = one
                continue
            clean_key = self._any(key, wire=wire)
            new[clean_key] = self._any(one, wire=wire and key not in {"input", "arguments"})
            changed = changed or new[clean_key] is not one or clean_key is not key
        if changed and new.get("type") == "thinking" and new.get("thinking") != value.get("thinking"):
            new.pop("signature", None)
        return new if changed else value

    def _record(self, value: Record) -> Record:
        skip = _VERBATIM.get(type(value), frozenset())
        changed: dict[str, JSON] = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            if old is None or name in skip:
                continue
            before = self.seen
            new = self._any(old, wire=not isinstance(value, ToolCall))
            if isinstance(value, ToolResult) and name == "detail":
                self.unseen += self.seen - before
                self.seen = before
            if new is not old:
                changed[name] = new
        if isinstance(value, Reasoning) and "text" in changed and value.signature:
            changed["signature"] = None  # it signs the text that was
        return msgspec.structs.replace(value, **changed) if changed else value


def _same(new: JSON, old: JSON) -> bool:
    return new is old


def _is_blob(block: dict[str, JSON]) -> bool:
    """Whether ``data`` of this block is an image, a file or encrypted reasoning."""
    return block.get("type") in {"base64", "redacted_thinking"} or "media_type" in block or "mimeType" in block


def transcript(t: Transcript) -> Transcript:
    """``t`` without secrets: itself where it has none.

    Where it had some, ``ledger.redacted`` is raised by their number, ``id`` is recomputed, and the fidelity of every
    turn whose prefix changed (not that of the others) says ``redacted text`` and is ``full`` at best.
    """
    walk = _Walk()
    setups, touched_setups = _each(walk, t.setups)
    messages, touched = _each(walk, t.messages)
    turns = walk.value(t.turns)
    source = walk.value(t.source)
    fidelity = walk.value(t.fidelity)
    ledger = walk.value(t.ledger)
    asides = walk.value(t.asides)
    count = walk.seen + walk.unseen
    if not count:
        return t

    def changed(turn: Turn) -> bool:
        spans = ((bisect_left(touched, start), bisect_left(touched, stop)) for start, stop in turn.prefix)
        return turn.setup in touched_setups or any(low < high for low, high in spans)

    if touched or touched_setups:
        lowered = _lowered(fidelity)
        turns = tuple(
            msgspec.structs.replace(turn, fidelity=_lowered(turn.fidelity) if turn.fidelity else None)
            if changed(turn)
            else msgspec.structs.replace(turn, fidelity=turn.fidelity or fidelity)
            for turn in turns
        )
        fidelity = lowered
    new = msgspec.structs.replace(
        t,
        source=source,
        setups=setups,
        messages=messages,
        turns=turns,
        fidelity=fidelity,
        asides=asides,
        ledger=msgspec.structs.replace(ledger, redacted=ledger.redacted + count),
    )
    return msgspec.structs.replace(new, id=identify(new))


def _each(walk: _Walk, records: Sequence[R]) -> tuple[Sequence[R], list[int]]:
    """The records without secrets, and the indices of those in which the model saw one."""
    touched: list[int] = []
    numbers = count()

    def clean(record: R) -> R:
        before, index = walk.seen, next(numbers)
        new = walk.value(record)
        if walk.seen > before:
            touched.append(index)
        return new

    return spill.changed(records, clean), touched


def _lowered(fidelity: Fidelity) -> Fidelity:
    return msgspec.structs.replace(
        fidelity,
        grade="full" if fidelity.grade == "exact" else fidelity.grade,
        missing=fidelity.missing if MISSING in fidelity.missing else (*fidelity.missing, MISSING),
    )


def value(body: JSON) -> tuple[JSON, int]:
    """A request or response body without the secrets in its strings, and how many there were; itself where none."""
    walk = _Walk()
    return walk.value(body), walk.seen
