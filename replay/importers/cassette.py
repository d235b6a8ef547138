"""The interactions of a recorded HTTP session (VCR YAML), one at a time, as plain values.

The file is read event by event, so that neither its length nor its nesting costs memory or stack, and a file that is
cut off gives all its whole interactions. Scalars are what JSON knows: a plain ``null``, ``true``, number, else text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from replay.importers.lines import Count
from replay.records import JSON

DEEPEST = 200
LARGEST = 5_000_000
_LISTS = ("interactions", "http_interactions")
_NULLS = ("", "null", "~", "Null", "NULL")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Refused(Exception):  # noqa: N818 - the reason to stop reading, counted by the caller
    """The file is YAML that nobody wrote as a recording: nested or expanded beyond all bounds."""


def interactions(path: Path, count: Count) -> Iterator[tuple[int, JSON]]:
    """Line (1-based) and value of each item of the list ``interactions`` (Ruby: ``http_interactions``) of ``path``.

    Where the YAML ends early or breaks, the rest is counted in ``count.dropped``.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        told = yaml.parse(file, Loader=_LOADER)
        try:
            yield from _items(told, count)
        except (yaml.YAMLError, _Refused, ValueError) as error:
            why = str(error) if isinstance(error, _Refused) else "cut off or broken YAML"
            count.dropped[f"rest of the file: {why}"] += 1


def _items(told: Iterator[Any], count: Count) -> Iterator[tuple[int, JSON]]:
    """The items of the wanted list, wherever the top mapping has it; other keys of the top are passed over."""
    builder = _Builder(told)
    for event in told:
        if isinstance(event, yaml.MappingStartEvent):
            break
    else:
        return
    for event in told:
        if isinstance(event, yaml.MappingEndEvent):
            return
        key = builder.value(event)
        event = next(told)
        if key in _LISTS and isinstance(event, yaml.SequenceStartEvent):
            for item in told:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                builder.size = 0
                value = builder.value(item)
                count.rows += 1
                yield item.start_mark.line + 1, value
        else:
            builder.value(event)


class _Builder:
    """Values from parse events, without recursion; ``size`` counts the nodes of what was built, aliases expanded."""

    def __init__(self, told: Iterator[Any]) -> None:
        self.size = 0
        self._told = told
        self._anchors: dict[str, tuple[JSON, int]] = {}

    def value(self, event: Any) -> JSON:  # noqa: ANN401 - PyYAML's events have no common type in its stubs
        """The value that begins with ``event``; its further events are consumed."""
        open_: list[tuple[Any, Any, int, str | None]] = []  # container, its key in waiting, size at start, anchor
        while True:
            done, value = self._step(event, open_)
            if done and not open_:
                return value
            if done:
                holder, key, start, anchor = open_[-1]
                if isinstance(holder, list):
                    holder.append(value)
                elif key is _NO_KEY:
                    open_[-1] = (holder, _key(value), start, anchor)
                else:
                    holder[key] = value
                    open_[-1] = (holder, _NO_KEY, start, anchor)
            event = next(self._told)

    def _step(self, event: Any, open_: list[tuple[Any, Any, int, str | None]]) -> tuple[bool, JSON]:  # noqa: ANN401 - PyYAML's events have no common type
        self.size += 1
        if self.size > LARGEST:
            raise _Refused("more than five million values in one interaction")
        match event:
            case yaml.ScalarEvent():
                value = _scalar(event)
                if event.anchor:
                    self._anchors[event.anchor] = (value, 1)
                return True, value
            case yaml.AliasEvent():
                value, size = self._anchors.get(event.anchor or "", (None, 1))
                self.size += size
                return True, value
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(open_) >= DEEPEST:
                    raise _Refused(f"nested more than {DEEPEST} levels deep")
                new: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
                open_.append((new, _NO_KEY, self.size, event.anchor))
                return False, None
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                holder, _, start, anchor = open_.pop()
                if anchor:
                    self._anchors[anchor] = (holder, self.size - start)
                return True, holder
            case _:
                raise _Refused("the document ends inside a value")


_NO_KEY = object()


def _key(value: JSON) -> str:
    return value if isinstance(value, str) else str(value)


def _scalar(event: Any) -> JSON:  # noqa: ANN401 - PyYAML's events have no common type
    text: str = event.value
    if event.tag == "tag:yaml.org,2002:binary":
        try:
            return base64.b64decode(text)
        except (binascii.Error, ValueError):
            return text
    if event.style or not event.implicit[0]:
        return text
    if text in _NULLS:
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text) and len(text) < 30:
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
