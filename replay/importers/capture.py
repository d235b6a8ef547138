"""The log that ``replay capture`` writes: every request of an agent as it was sent, each message stored once.

Form: ``replay/capture/log.py``. The requests of one conversation become one transcript; fidelity is exact, save where a
secret was taken out. Requests without an answer, failed or broken off, are counted and make no turn.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from replay.importers import conversation, exchanges, lines, views
from replay.importers.conversation import Conversation
from replay.importers.fault import ImportFault
from replay.importers.session import digest
from replay.records import JSON, Fidelity, Ledger, Source, Transcript
from replay.wire.notes import WireError

NAME = "capture"
VERSION = 1
_AGENTS = (("claude-cli", "Claude Code"), ("codex", "Codex"), ("opencode", "opencode"))
_PRODUCT = re.compile(r"([\w.-]+)/([\w.+-]+)")
REDACTED = "redacted text"
_THREADS = ("x-claude-code-agent-id",)
_SESSIONS = ("x-claude-code-session-id", "session-id", "session_id", "x-opencode-session", "x-session-affinity")


class Empty(ImportFault):
    """The log holds nothing to make a transcript of."""


def sniff(head: bytes, name: str) -> bool:
    """Whether the first line is the header of such a log."""
    return head.startswith(b'{"replay_capture":')


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path``, in the order they begin; those beside a main one name it in ``source.parent``.

    Raises Empty where no line holds a request that was answered, ImportFault for a version that is not known.
    """
    count = lines.Count()
    held = _Held()
    found: dict[bytes, _Told] = {}
    for number, value in lines.values(path, count):
        match value:
            case {"replay_capture": int(version)} if version != VERSION:
                raise ImportFault(f"version {version} of the log is not known: update replay", path=path, line=number)
            case {"item": str(name), "value": item}:
                held.items[name] = item
            case {"exchange": int(), "request": dict(), "lists": dict()}:
                _take(held, value, number, count, found)
            case {"exchange": int()}:
                count.dropped["request that is no JSON object"] += 1
    sha256 = digest(path)
    told = [
        (one, one.conversation.transcript(one.source(path.name, sha256), Ledger(), complete=True))
        for one in found.values()
    ]
    made = [(one, transcript) for one, transcript in told if transcript.turns]
    if not made:
        raise Empty("holds no request to a model that was answered", path=path)
    ledger = count.ledger()
    for transcript in _related(made):
        lost = Counter(ledger.dropped) + Counter(transcript.ledger.dropped)
        yield views.unanswered(replace(transcript, ledger=replace(ledger, dropped=dict(lost))))
        ledger = Ledger()


@dataclass
class _Held:
    """The items of a log, and what the lists of each exchange hold."""

    items: dict[str, JSON] = field(default_factory=dict)
    lists: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def whole(self, index: int, value: dict[str, JSON]) -> dict[str, JSON]:
        """The exchange with its lists filled in. Raises ``WireError`` where the log lacks some of it."""
        request = dict(value["request"])
        mine = self.lists.setdefault(index, {})
        for key, told in value["lists"].items():
            match told:
                case {"like": int(other), "keep": int(keep), "items": list(added)}:
                    mine[key] = [*self.lists.get(other, {}).get(key, [])[:keep], *added]
                    lost = len(mine[key]) - len(added) < keep
                case {"items": list(names)}:
                    mine[key], lost = names, False
                case _:
                    raise WireError("a list that is not told")
            if lost or any(name not in self.items for name in mine[key]):
                raise WireError("a message that the log does not hold")
            request[key] = [self.items[name] for name in mine[key]]
        return {**value, "request": request}


@dataclass
class _Told:
    """One conversation: what the first of its exchanges says of the agent, all of them, and how many had tools."""

    first: dict[str, JSON]
    conversation: Conversation = field(default_factory=Conversation)
    tools: int = 0

    def source(self, name: str, digest: str) -> Source:
        headers = self.first.get("headers") or {}
        agent, version = _agent(str(headers.get("user-agent", "")))
        session = next((str(headers[key]) for key in _SESSIONS if headers.get(key)), None)
        return Source(NAME, name, digest, session, agent=agent, version=version)


def _take(held: _Held, value: dict[str, JSON], number: int, count: lines.Count, found: dict[bytes, _Told]) -> None:
    try:
        whole = held.whole(value["exchange"], value)
        exchange = exchanges.read(whole, number, count.dropped)
    except WireError as error:
        count.dropped[f"line that is no request: {error}"] += 1
        return
    changed = [REDACTED] if (value.get("redacted") or {}).get("request") else []
    changed += [lines.REPLACED] if value.get("repaired") else []
    if changed:
        grade = Fidelity("full", missing=tuple(changed), proof="captured request")
        exchange = dataclasses.replace(exchange, fidelity=grade)
    headers = value.get("headers") or {}
    thread = "\0".join(str(headers.get(name)) for name in (*_SESSIONS, *_THREADS))
    # Side calls share the session and offer no tools; a sub-agent is a thread, or a session, of its own.
    known = exchange.prefix.setup.tools and any(headers.get(name) for name in _SESSIONS)
    key = conversation.key(exchange.prefix, "session" if known else None) + thread.encode()
    told = found.setdefault(key, _Told(whole))
    told.tools += bool(exchange.prefix.setup.tools)
    told.conversation.add(exchange)


def _related(made: list[tuple[_Told, Transcript]]) -> Iterator[Transcript]:
    """Each transcript, those beside the main conversation of their session with its session as parent.

    The main conversation of a session is the one with the most requests that offered tools.
    """
    main: dict[tuple[str | None, str | None], int] = {}
    for place, (told, transcript) in enumerate(made):
        key = transcript.source.session, transcript.source.agent
        if key not in main or told.tools > made[main[key]][0].tools:
            main[key] = place
    for place, (_, transcript) in enumerate(made):
        source = transcript.source
        if main[source.session, source.agent] == place:
            yield transcript
        else:
            yield replace(transcript, source=replace(source, parent=source.session or "main"))


def _agent(product: str) -> tuple[str | None, str | None]:
    """Name and version of the agent, from its User-Agent."""
    found = _PRODUCT.search(product)
    if found is None:
        return None, None
    return next((name for lead, name in _AGENTS if found[1].startswith(lead)), found[1]), found[2]
