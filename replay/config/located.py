"""YAML as plain values that remember their lines, so that every complaint can say where."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml
from msgspec import inspect

from replay.errors import UserError
from replay.records import JSON

T = TypeVar("T")
Where = tuple[str | int, ...]
MAX_BYTES = 1 << 20
MAX_DEPTH = 20
MAX_NODES = 20_000  # counted after aliases are followed: nested aliases multiply ("billion laughs")

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


class Located:
    """The values of the YAML file ``path`` and the line of each; ``value`` is the whole document."""

    def __init__(self, path: Path) -> None:
        """Raises UserError where the file cannot be read, is no YAML, repeats a key, or is too large or deep."""
        self.path = path
        self._lines: dict[Where, int] = {(): 1}
        self._nodes = 0
        text = self._text()
        try:
            self._bound(text)
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise self._no_yaml(error) from error
        self.value: JSON = None if root is None else self._plain(root, ())

    def error(self, what: str, *at: str | int) -> UserError:
        """The error that ``what`` is wrong at the place ``at``, or at the nearest one around it that has a line."""
        while at not in self._lines:
            at = at[:-1]
        return UserError(what, path=self.path, line=self._lines[at])

    def convert(self, value: JSON, kind: type[T], *at: str | int) -> T:
        """``value``, found at ``at``, as a ``kind``. Raises UserError with the line of what does not fit."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, _, path = str(error).partition(" - at `$")
            steps = [int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)]
            raise self._misfit(what, _kinds(kind, steps), (*at, *steps)) from error

    def _misfit(self, what: str, kinds: list[inspect.Type], at: Where) -> UserError:
        """The message of msgspec in our words."""
        name = ".".join(str(step) for step in at) or "the file"
        if found := re.match(r"Object contains unknown field `(.*)`", what):
            known = [one.encode_name for kind in kinds if isinstance(kind, inspect.StructType) for one in kind.fields]
            return self.error(unknown("key", found[1], known), *at, found[1])
        if found := re.match(r"Invalid enum value (.*)", what):
            known = [str(value) for kind in kinds if isinstance(kind, inspect.LiteralType) for value in kind.values]
            return self.error(unknown("value", found[1].strip("'"), known), *at)
        if found := re.match(r"Object missing required field `(.*)`", what):
            return self.error(f"{name} lacks `{found[1]}`", *at)
        if found := re.match(r"Expected `(.*?)`(.*?)(?:, got `(.*)`)?$", what):
            wanted = " or ".join(_WORDS.get(word, word) for word in found[1].split(" | "))
            but = f", not {_WORDS.get(found[3], found[3])}" if found[3] else ""
            return self.error(f"{name}: want {wanted}{found[2]}{but}", *at)
        return self.error(f"{name}: {what[:1].lower()}{what[1:]}", *at)

    def _text(self) -> str:
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror}", path=self.path) from error
        if len(data) > MAX_BYTES:
            raise UserError(f"larger than {MAX_BYTES >> 20} MiB: this is no experiment", path=self.path)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise UserError("not UTF-8 text", path=self.path, line=line) from error

    def _bound(self, text: str) -> None:
        """Refuse nesting that would exhaust the composer, which is recursive; the event stream is not."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            match event:
                case yaml.CollectionStartEvent():
                    depth += 1
                case yaml.CollectionEndEvent():
                    depth -= 1
            if depth > MAX_DEPTH:
                raise UserError(f"nested deeper than {MAX_DEPTH}", path=self.path, line=_line(event))

    def _no_yaml(self, error: yaml.YAMLError) -> UserError:
        match error:
            case yaml.MarkedYAMLError(problem=problem, problem_mark=mark, context=context):
                why = ": ".join(part for part in (context, problem) if part)
                if context == "while scanning an alias":
                    why += '; a glob begins with *, so quote it: "*/swallowed-*"'
                return UserError(f"no valid YAML: {why}", path=self.path, line=mark.line + 1 if mark else None)
            case _:
                return UserError(f"no valid YAML: {' '.join(str(error).split())}", path=self.path)

    def _plain(self, node: yaml.Node, at: Where) -> JSON:
        self._nodes += 1
        line = self._lines.setdefault(at, _line(node))
        if self._nodes > MAX_NODES or len(at) > MAX_DEPTH:
            raise UserError("too many values, aliases followed: this is no experiment", path=self.path, line=line)
        match node:
            case yaml.MappingNode(value=pairs):
                return self._mapping(pairs, at)
            case yaml.SequenceNode(value=items):
                return [self._plain(item, (*at, index)) for index, item in enumerate(items)]
            case _:
                return self._scalar(node)

    def _mapping(self, pairs: list[tuple[yaml.Node, yaml.Node]], at: Where) -> dict[str, JSON]:
        plain: dict[str, JSON] = {}
        for key, value in pairs:
            if not isinstance(key, yaml.ScalarNode):
                raise UserError("a key must be a word", path=self.path, line=_line(key))
            name, place = str(key.value), (*at, str(key.value))
            if name in plain:
                first = self._lines[place]
                raise UserError(f"`{name}` is there twice (first in line {first})", path=self.path, line=_line(key))
            self._lines[place] = _line(key)
            plain[name] = self._plain(value, place)
        return plain

    def _scalar(self, node: yaml.Node) -> JSON:
        """A scalar as JSON knows it; dates stay the text they were written as."""
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind in ("null", "bool", "int", "float"):
            try:
                value = yaml.SafeLoader("").construct_object(node)
            except (ValueError, KeyError) as error:
                raise UserError(f"no {kind}: {node.value}", path=self.path, line=_line(node)) from error
            if isinstance(value, float) and not math.isfinite(value):
                raise UserError(f"{node.value} is no number JSON can hold", path=self.path, line=_line(node))
            return value
        if kind in ("str", "timestamp", "value", "merge"):
            return str(node.value)
        raise UserError(f"the tag {node.tag} is not for here", path=self.path, line=_line(node))


def _line(part: yaml.Node | yaml.Event) -> int:
    """Where a part of the file begins, counted from 1."""
    return part.start_mark.line + 1 if part.start_mark else 1


def _kinds(kind: type, steps: Sequence[str | int]) -> list[inspect.Type]:
    """What may stand ``steps`` deep inside a ``kind``."""
    kinds = _alternatives(inspect.type_info(kind))
    for step in steps:
        inner: list[inspect.Type] = []
        for one in kinds:
            match one:
                case inspect.StructType(fields=members):
                    inner += [member.type for member in members if member.encode_name == step]
                case inspect.ListType(item_type=item) | inspect.DictType(value_type=item):
                    inner.append(item)
        kinds = [alternative for one in inner for alternative in _alternatives(one)]
    return kinds


def _alternatives(kind: inspect.Type) -> list[inspect.Type]:
    match kind:
        case inspect.Metadata(type=inner):
            return _alternatives(inner)
        case inspect.UnionType(types=types):
            return [alternative for one in types for alternative in _alternatives(one)]
        case _:
            return [kind]


def fields(kind: type) -> list[str]:
    """The keys a file may hold for the struct ``kind``."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def unknown(what: str, name: str, known: list[str]) -> str:
    """``unknown WHAT 'name'``, with the nearest of ``known``, or all of them where none is near."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"unknown {what} {name!r}: {hint}"
