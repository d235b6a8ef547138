"""pi session logs (``~/.pi/agent/sessions/**.jsonl``), a line or tree of entries, and Factory Droid's, which are alike.

Format: https://github.com/badlogic/pi-mono, ``packages/coding-agent/docs/session.md``. The log holds what was said,
neither the system prompt nor the tools. After a compaction the model sees the summary and the entries kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from replay.importers import chat, lines, peek, session
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import mapping, number, text, unpacked
from replay.importers.rounds import paired
from replay.importers.session import Calls, Session
from replay.importers.views import Views, unanswered
from replay.records import (
    JSON,
    Api,
    Fidelity,
    Message,
    Reasoning,
    Setup,
    Source,
    Text,
    Transcript,
    Usage,
)

NAME = "pi"
_APIS: dict[str, Api] = {
    "anthropic-messages": "anthropic",
    "openai-completions": "openai-chat",
    "openai-responses": "openai-responses",
}
_TYPES = frozenset({"message", "model_change", "thinking_level_change", "compaction", "branch_summary", "custom"})
_AGENTS = {"session": "pi", "session_start": "Factory Droid"}  # by the type of the header
_BRANCHES = 200
_MISSING = ("system prompt", "tool schemas")
_SUMMARY = "wording around the summary"
_SHELL = "wording around the user's shell commands"


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` begins with a session header, or with entries of one whose header is gone."""
    for row in peek.rows(head, 4):
        match row:
            case {"type": "session_start", "id": str()} if "data" not in row and "payload" not in row:
                return True
            case {"type": "session", "id": str(), "cwd": str()} if "data" not in row and "payload" not in row:
                return True
            case {"type": "message", "message": {"role": "user" | "assistant" | "toolResult"}, "timestamp": _}:
                return "sessionId" not in row and "uuid" not in row
    return False


def read(path: Path) -> Iterator[Transcript]:
    """The one session in ``path``, its branches included. Raises ImportFault where it holds no message."""
    count = Count()
    log = _Log(Session(count))
    for at, row in lines.values(path, count):
        if isinstance(row, dict):
            log.add(row, at)
        else:
            log.told.drop("row that is no object")
    if not log.entries:
        raise ImportFault("holds no message of a pi session", path=path)
    header = log.header
    source = Source(
        NAME,
        path.name,
        sha256=session.digest(path),
        session=text(header.get("id")),
        parent=text(header.get("parentSession")) or text(header.get("branchedFrom")),
        agent=_AGENTS[str(header.get("type", "session"))],
        version=None if header.get("version") is None else str(header["version"]),
        cwd=text(header.get("cwd")),
    )
    yield log.transcript(source)


@dataclass
class _Entry:
    """A row that the model saw, or that changed what it saw. ``above`` is the entry before it on its branch."""

    key: str
    above: _Entry | None
    message: Message | None = None
    kept: str | None = None
    children: int = 0


@dataclass
class _Log:
    told: Session
    header: dict[str, JSON] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    apis: dict[str, Api] = field(default_factory=dict)
    _known: dict[str, _Entry | None] = field(default_factory=dict)

    def add(self, row: dict[str, JSON], at: int) -> None:
        """One row of the file, at line ``at``."""
        kind = row.get("type")
        message, kept = None, None
        if isinstance(kind, str) and kind in _AGENTS:
            self.header = self.header or row
            return
        if kind == "message":
            message = self._message(mapping(row.get("message")))
        elif kind == "compaction" and isinstance(row.get("summary"), str):
            message = self._summary(row["summary"])
            kept = str(row["firstKeptEntryId"]) if "firstKeptEntryId" in row else self._indexed(row)
        elif kind == "branch_summary" and text(row.get("summary")):
            message = self._summary(row["summary"])
        elif kind == "custom_message":
            message = chat.read({"role": "user", "content": row.get("content")})
            message = message if message is None else replace(message, origin="client")
        else:
            self.told.drop(f"entry: {kind}" if isinstance(kind, str) else "entry without a type")
        self._place(row, at, message, kept)

    def _indexed(self, row: dict[str, JSON]) -> str:
        """The first versions tell the kept entries by index, the header being the first."""
        index = number(row.get("firstKeptEntryIndex")) - 1
        return self.entries[index].key if 0 <= index < len(self.entries) else ""

    def _place(self, row: dict[str, JSON], at: int, message: Message | None, kept: str | None) -> None:
        parent = row.get("parentId")
        last = self.entries[-1] if self.entries else None
        above = self._known.get(parent, last) if isinstance(parent, str) else (None if "parentId" in row else last)
        key = text(row.get("id")) or f"line {at}"
        time = text(row.get("timestamp"))
        if message is not None:
            message = replace(message, lines=(at, at), time=time or message.time)
        entry = _Entry(key, above, message, kept)
        self._known[key] = entry
        self.entries.append(entry)
        if above is not None:
            above.children += 1

    def _summary(self, summary: str) -> Message:
        self.missing[_SUMMARY] = None
        return Message("user", (Text(summary),), origin="client", form="string")

    def _message(self, item: dict[str, JSON]) -> Message | None:
        role = item.get("role")
        if role == "bashExecution":
            if item.get("excludeFromContext") is True:
                self.told.drop("shell command kept from the model")
                return None
            self.missing[_SHELL] = None
            told = f"{item.get('command')}\n{item.get('output')}"
            return Message("user", (Text(told),), origin="client", form="string")
        if role in ("compactionSummary", "branchSummary") and isinstance(item.get("summary"), str):
            return self._summary(item["summary"])
        message = chat.read({**item, "role": "user"} if role in ("custom", "hookMessage") else item)
        if message is None:
            self.told.drop("message without a known role or content")
            return None
        match message.role:
            case "assistant" if not message.parts:
                self.told.drop(f"answer without content: {item.get('stopReason') or 'no reason'}")
                return None
            case "assistant":
                return self._answer(message, item)
            case "tool" if "details" in item:
                parts = tuple(
                    replace(part, detail=item["details"]) if not isinstance(part, Text) else part
                    for part in message.parts
                )
                return replace(message, parts=parts)
            case "user":
                return replace(message, origin="typed" if role == "user" else "client")
            case _:
                return message

    def _answer(self, message: Message, item: dict[str, JSON]) -> Message:
        used = mapping(item.get("usage"))
        usage = Usage(
            input=number(used.get("input")),
            cache_read=number(used.get("cacheRead")),
            cache_write=number(used.get("cacheWrite")),
            output=number(used.get("output")),
        )
        api = _APIS.get(str(item.get("api")))
        if api is not None and message.model is not None:
            self.apis[message.model] = api
        parts = tuple(_thought(part) if isinstance(part, Reasoning) else part for part in message.parts)
        return replace(
            message,
            parts=parts,
            stop=text(item.get("stopReason")),
            usage=usage if used else None,
            id=text(item.get("responseId")),
        )

    # --- the whole ---------------------------------------------------------------------------------------------

    def transcript(self, source: Source) -> Transcript:
        """All branches in one pool; each answer a turn on the branch that it was given on."""
        views = Views(self.told)
        told: set[int] = set()
        repaired = 0
        leaves = [entry for entry in self.entries if not entry.children]
        if len(leaves) > _BRANCHES:
            self.told.drop(f"branch beyond the {_BRANCHES} last", len(leaves) - _BRANCHES)
        for leaf in leaves[-_BRANCHES:]:
            for shown, fresh in self._contexts(leaf):
                repaired = max(repaired, self._tell(views, shown, fresh, told))
        self.told.calls.repaired = repaired
        fidelity = Fidelity("partial", missing=(*_MISSING, *self.missing))
        return unanswered(self.told.transcript(source, fidelity))

    def _contexts(self, leaf: _Entry) -> Iterator[tuple[list[_Entry], int]]:
        """What the model saw on the way to ``leaf``, from one compaction to the next, and where the new part begins."""
        path: list[_Entry] = []
        above: _Entry | None = leaf
        while above is not None:
            path.append(above)
            above = above.above
        path.reverse()
        shown: list[_Entry] = []
        fresh = 0
        for entry in path:
            if entry.kept is None:
                shown.append(entry)
                continue
            yield shown, fresh
            start = next((at for at, old in enumerate(shown) if old.key == entry.kept), len(shown))
            shown = [entry, *shown[start:]]
            fresh = len(shown)
        yield shown, fresh

    def _tell(self, views: Views, shown: list[_Entry], fresh: int, told: set[int]) -> int:
        """Tells the answers in ``shown`` that are new, each with what stands before it."""
        calls = Calls()
        drop = self.told.drop if not told else _ignore
        messages = [entry.message for entry in shown if entry.message is not None]
        old = sum(entry.message is not None for entry in shown[:fresh])
        known = {id(message) for message in messages[:old]}
        said = list(paired(messages, calls, drop))
        views.follow(said, lambda message: self._setup(message) if self._is_new(message, known, told) else None)
        told.update(message.lines[0] for message in said if message.role == "assistant" and message.lines)
        return calls.repaired

    def _is_new(self, message: Message, known: set[int], told: set[int]) -> bool:
        return id(message) not in known and (message.lines is None or message.lines[0] not in told)

    def _setup(self, message: Message) -> Setup:
        model = message.model
        return Setup(api=self.apis.get(model) if model is not None else None, model=model)


def _ignore(why: str) -> None:
    """What is dropped on a branch was counted on the way that it shares with the first."""


def _thought(part: Reasoning) -> Reasoning:
    """Of the Responses API pi keeps the whole reasoning item as the signature."""
    item = unpacked(part.signature)
    if not isinstance(item, dict):
        return part
    return Reasoning(part.text, encrypted=text(item.get("encrypted_content")), id=text(item.get("id")))
