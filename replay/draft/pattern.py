"""A pattern over syntax: a piece of a tree with parts left open, what two of them share, and its query."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tree_sitter import Node

from replay.nodes import is_comment, text_of

Close = Literal["open", "kinds", "exact"]
"""What a node may hold beside the listed children: anything; more of the same types; nothing."""

MAX_TEXT = 80
ANY = "_"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One node of a pattern: its type, its place in the parent, its children, the text of a leaf (None: any).

    ``without`` names what must not lie below it: a predicate and its argument, such as ``not-uses?`` and a name.
    """

    kind: str
    named: bool = True
    role: str | None = None
    children: tuple[Pattern, ...] = ()
    close: Close = "open"
    text: str | None = None
    without: tuple[tuple[str, str], ...] = ()

    def size(self, plain: Collection[str] = ()) -> int:
        """What a reader has to take in: nodes, what is closed or absent, texts (thrice for one that is ``plain``)."""
        own = 1 + (self.close != "open") + 2 * len(self.without)
        own += 0 if self.text is None else 3 if self.text in plain else 1
        return own + sum(child.size(plain) for child in self.children)

    def nodes(self) -> Iterator[tuple[tuple[int, ...], Pattern]]:
        """Every node with the way to it from the root, parents first."""
        waiting: list[tuple[tuple[int, ...], Pattern]] = [((), self)]
        while waiting:
            way, node = waiting.pop(0)
            yield way, node
            waiting += [((*way, place), child) for place, child in enumerate(node.children)]

    def put(self, way: Sequence[int], new: Pattern | None) -> Pattern:
        """The pattern with the node at ``way`` (not the root) replaced, or taken out for None."""
        place, rest = way[0], way[1:]
        child = self.children[place].put(rest, new) if rest else new
        kept = () if child is None else (child,)
        return replace(self, children=(*self.children[:place], *kept, *self.children[place + 1 :]))


def of(node: Node, *, local: Collection[str] = ()) -> Pattern:
    """The most special pattern of a piece of code: all of its named nodes and words, but for comments.

    The texts ``local`` stay open: names that an example gives itself say nothing of other code.
    """
    return _of(node, None, local)


def _of(node: Node, role: str | None, local: Collection[str]) -> Pattern:
    children = []
    for place, child in enumerate(node.children):
        if is_comment(child) or child.is_missing:
            continue
        name = node.field_name_for_child(place)
        if child.is_named:
            children.append(_of(child, name, local))
        elif name is not None or _WORD.fullmatch(child.type):
            children.append(Pattern(child.type, named=False, role=name))
    leaf = not any(child.named for child in children)
    text = text_of(node) if leaf and not node.children else ""
    telling = text not in {"", node.type, *local} and len(text) <= MAX_TEXT and "\n" not in text
    return Pattern(
        node.type,
        role=role,
        children=tuple(children),
        close="exact" if node.children else "open",  # a leaf has nothing to close; what holds no named node stays empty
        text=text if telling else None,
    )


# --- what two have in common -------------------------------------------------------------------------------


def common(one: Pattern, other: Pattern) -> Pattern | None:
    """The most special pattern that both are cases of, any node where they share only their place; None for nothing."""
    if (one.named, one.role) != (other.named, other.role):
        return None
    if one.kind != other.kind:
        return Pattern(ANY, role=one.role) if one.named and one.role is not None else None
    pairs = _aligned(one.children, other.children)
    complete = len(pairs) == len(one.children) == len(other.children)
    close: Close = "open" if "open" in (one.close, other.close) else "exact" if complete else "kinds"
    if close == "exact" and "kinds" in (one.close, other.close):
        close = "kinds"
    text = one.text if one.text == other.text else None
    kinds = {child.kind for child in pairs if child.named}
    if close == "kinds" and not {c.kind for c in (*one.children, *other.children) if c.named} <= kinds:
        close = "open"
    return replace(one, children=pairs, close=close, text=text)


def _aligned(one: Sequence[Pattern], other: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """The longest run of children that both have in this order, each made common; the weight is its size."""
    best: list[list[tuple[int, tuple[Pattern, ...]]]] = [[(0, ())] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(other) - 1, -1, -1):
            choice = max(best[i + 1][j], best[i][j + 1], key=lambda found: found[0])
            shared = common(one[i], other[j])
            if shared is not None:
                weight, rest = best[i + 1][j + 1]
                if (total := weight + shared.size()) > choice[0]:
                    choice = (total, (shared, *rest))
            best[i][j] = choice
    return best[0][0][1]


# --- as a query --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Written:
    predicates: list[str] = field(default_factory=list)
    names: int = 0

    def name(self) -> str:
        self.names += 1
        return f"@part{self.names}"


def query(pattern: Pattern) -> str:
    """The pattern as a tree-sitter query whose root is ``@match``."""
    written = _Written()
    body = _written(pattern, written, 1, "@match")
    if not written.predicates:
        return body + "\n"
    inner = body.replace("\n", "\n ")
    return f"({inner}\n" + "\n".join(f"  {one}" for one in written.predicates) + ")\n"


def _written(pattern: Pattern, written: _Written, depth: int, name: str = "") -> str:
    if not pattern.named:
        return _role(pattern) + _quoted(pattern.kind)
    named = [child for child in pattern.children if child.named]
    if pattern.text is not None:
        name = name or written.name()
        written.predicates.append(f"(#eq? {name} {_quoted(pattern.text)})")
    if pattern.close == "kinds" or (pattern.close == "exact" and not named):
        name = name or written.name()
        kinds = "".join(f" {_quoted(kind)}" for kind in dict.fromkeys(child.kind for child in named))
        written.predicates.append(f"(#only? {name}{kinds})")
    for predicate, argument in pattern.without:
        name = name or written.name()
        written.predicates.append(f"(#{predicate} {name} {_quoted(argument)})")
    parts = _children(pattern, written, depth + 1)
    flat = f"({' '.join([pattern.kind, *parts])})"
    if len(flat) > 60 and parts:
        pad = "\n" + "  " * depth
        flat = f"({pattern.kind}{pad}{pad.join(parts)})"
    return _role(pattern) + flat + (f" {name}" if name else "")


def _children(pattern: Pattern, written: _Written, depth: int) -> list[str]:
    """The children, with anchors between and around named ones where nothing else may stand there."""
    exact = pattern.close == "exact" and any(child.named for child in pattern.children)
    parts: list[str] = []
    pending = True  # only named nodes since the last anchor
    for child in pattern.children:
        if exact and child.named and pending:
            parts.append(".")
        pending = child.named
        parts.append(_written(child, written, depth))
    return [*parts, "."] if exact and pending else parts


def _role(pattern: Pattern) -> str:
    return f"{pattern.role}: " if pattern.role else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
