"""A SpecStory file cut into its parts: who speaks when, and within that texts, thoughts and tool uses.

One pass over the lines. Within a tool use a fence hides everything up to its closing line; as not all agents' inner
fences are escaped, an end right after a closing fence counts in any case. In plain text a speaker's line always counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTION = "_****_"
"""What the oldest exports put before every section of an answer."""
SPEAKER = re.compile(r"_\*\*(User|Agent|Assistant)( - sidechain)?(?: \((.*)\))?\*\*_\s*")
_TOOL = re.compile(r'<tool-use data-tool-type="([^"]*)" data-tool-name="([^"]*)">(.*)')
_CLOSE = "</tool-use>"
_THINK = re.compile(r"<think>(?:<details>)?(?:<summary>.*?</summary>)?(.*)")
_THOUGHT = "</think>"


@dataclass
class Piece:
    """A ``text``, ``think`` or ``tool`` piece with its lines; ``whole`` is False for one whose end never came.

    Of a ``bare`` tool use, one without an envelope, ``fault`` is what it failed with, and ``path`` the file that it
    edits where only what stood before it tells that.
    """

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    tool_type: str = ""
    tool_name: str = ""
    whole: bool = True
    bare: bool = False
    fault: str = ""
    path: str = ""

    @property
    def text(self) -> str:
        """The lines without the empty ones at both ends."""
        return "\n".join(self.lines).strip("\n")


@dataclass
class Block:
    """What one speaker says: ``user`` or not, in a side chain or not, ``label`` the model and time in brackets."""

    user: bool
    side: bool
    label: str
    line: int
    pieces: list[Piece] = field(default_factory=list)
    last: int = 0


def blocks(lines: list[str], *, bare: bool = False) -> Iterator[Block]:
    """The blocks of ``lines`` in order; what comes before the first speaker is passed over.

    In an export of ``bare`` tool uses a section that is marked as one is of the assistant.

    Where a fence inside a tool use never closes, the lines from there on are read again with such fences not heeded.
    """
    reader = _Reader(lines, heed=True, bare=bare)
    yield from reader.run(0)
    if reader.stuck is not None:
        again = _Reader(lines, heed=False, bare=bare)
        again.block = reader.resume
        yield from again.run(reader.stuck)


class _Reader:
    def __init__(self, lines: list[str], *, heed: bool, bare: bool) -> None:
        self.stuck: int | None = None
        self.resume: Block | None = None
        self.block: Block | None = None
        self._lines = lines
        self._heed = heed
        self._bare = bare
        self._fence: int | None = None

    def run(self, start: int) -> Iterator[Block]:
        """The blocks from line index ``start`` on; sets ``stuck`` to where to go on if a fence did not close."""
        for index in range(start, len(self._lines)):
            line = self._lines[index]
            piece = self.block.pieces[-1] if self.block and self.block.pieces else None
            if piece is not None and piece.kind == "tool" and not piece.whole and self._in_tool(piece, line, index):
                continue
            if (speaker := SPEAKER.fullmatch(line)) is not None:
                if self.block is not None:
                    yield self.block
                who, side, label = speaker.groups()
                self.block = Block(who == "User", side is not None, label or "", index + 1, last=index + 1)
            elif self._bare and self.block is not None and self.block.user and line.rstrip() == SECTION:
                yield self.block
                self.block = Block(user=False, side=self.block.side, label="", line=index + 1, last=index + 1)
            elif self.block is not None:
                self._take(self.block, line, index)
        if self._fence is not None:
            self._rewind()
        elif self.block is not None:
            yield self.block

    def _rewind(self) -> None:
        self.stuck, self.resume = self._fence, self.block
        if self.block is not None and self._fence is not None:
            piece = self.block.pieces[-1]
            del piece.lines[self._fence - piece.line :]

    def _in_tool(self, piece: Piece, line: str, index: int) -> bool:
        """Takes ``line`` into the tool use; False where it does not belong there."""
        bare = line.strip()
        if bare.endswith(_CLOSE) and (self._fence is None or self._lines[index - 1] == "```"):
            self._fence = None
            piece.whole = True
            piece.lines.append(line.removesuffix(_CLOSE))
            return True
        if self._fence is not None:
            if bare == "```":
                self._fence = None
        elif SPEAKER.fullmatch(line):
            return False
        elif self._heed and (line.startswith("```") or line.endswith(": ```")):
            self._fence = index + 1
        piece.lines.append(line)
        return True

    def _take(self, block: Block, line: str, index: int) -> None:
        piece = block.pieces[-1] if block.pieces else None
        block.last = index + 1
        if piece is not None and piece.kind == "think" and not piece.whole:
            piece.whole, rest = _thought(line)
            piece.lines.append(rest)
        elif (tool := _TOOL.match(line)) is not None:
            kind, name, rest = tool.groups()
            closed = rest.rstrip().endswith(_CLOSE)
            block.pieces.append(Piece("tool", index + 1, [rest.removesuffix(_CLOSE)], kind, name, closed))
        elif (thought := _THINK.match(line)) is not None:
            closed, rest = _thought(thought[1])
            block.pieces.append(Piece("think", index + 1, [rest], whole=closed))
        elif piece is not None and piece.kind == "text":
            piece.lines.append(line)
        elif line.strip():
            block.pieces.append(Piece("text", index + 1, [line]))


def _thought(line: str) -> tuple[bool, str]:
    """Whether a thought ends on ``line``, and the line without its end."""
    bare = line.rstrip()
    if not bare.endswith(_THOUGHT):
        return False, line
    return True, bare.removesuffix(_THOUGHT).rstrip().removesuffix("</details>")
