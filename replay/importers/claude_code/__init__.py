"""Claude Code session logs (``~/.claude/projects/*/*.jsonl``), sub-agents included, of old clients and new ones.

Older logs hold what was said but not the system prompt, the tools or the text of attachments: grade ``partial``. Newer
ones (from about 2.1.3xx) hold the requests themselves, which are rebuilt and proved by their hashes: grade ``exact``.
The format is not published; what is relied on was read off real logs and off a client run against a local server.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import msgspec

from replay.importers.claude_code import asides
from replay.importers.claude_code.assemble import Part, transcript
from replay.importers.claude_code.line import Progress
from replay.importers.claude_code.rows import Book, Log, Row, load
from replay.importers.fault import ImportFault
from replay.records import Source, Transcript

NAME = "claude_code"
_TYPES = frozenset(
    {
        "agent-name",
        "ai-title",
        "api-request",
        "api-request-blob",
        "api-request-shape",
        "assistant",
        "atis-latch",
        "attachment",
        "cost-state",
        "custom-title",
        "file-history-snapshot",
        "frame-link",
        "last-prompt",
        "mode",
        "permission-mode",
        "pr-link",
        "progress",
        "queue-operation",
        "summary",
        "system",
        "tag",
        "tools-used",
        "user",
    }
)
_CUT_LINE = re.compile(
    rb'\{(?!.*"projectHash":)(?=.*"(?:parentUuid|sessionId|leafUuid)":)(?=.*"(?:type|isSidechain|userType)":)',
    re.DOTALL,
)


class _Head(msgspec.Struct, rename="camel"):
    type: str
    session_id: str | None = None
    leaf_uuid: str | None = None
    message_id: str | None = None
    parent_uuid: str | msgspec.UnsetType | None = msgspec.UNSET
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head``, the first bytes of a file, are rows of a session log. The name tells nothing."""
    known = 0
    alone, rest = True, b""
    for line in BytesIO(head.removeprefix(b"\xef\xbb\xbf")):
        if not line.strip():
            continue
        if line.endswith(b"\n"):
            alone = False
        else:
            rest = line
        try:
            row = msgspec.json.decode(line, type=_Head)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            continue
        named = row.session_id is not None or row.leaf_uuid is not None or row.message_id is not None
        chained = row.parent_uuid is not msgspec.UNSET
        if row.type in _TYPES and (named or chained) and row.payload is msgspec.UNSET:
            known += 1
        else:
            return known > 0
        if row.type in ("user", "assistant") and chained:
            return True
    return known > 0 or (alone and _CUT_LINE.match(rest) is not None and not _is_json(rest))


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True


def read(path: Path) -> Iterator[Transcript]:
    """The transcripts in ``path``: the session first, then each sub-agent whose rows lie in it.

    Raises ImportFault where no line is a row. Lines that cannot be read are counted in the ledger of the first.
    """
    with Book(path) as book:
        yield from _transcripts(load(book), path)


def _transcripts(log: Log, path: Path) -> Iterator[Transcript]:
    if not log.lines:
        raise ImportFault("the file is empty", path=path)
    groups, requests = _threads(log, path)
    if not log.parents and not groups and not sum(log.dropped.values()) > log.dropped["line that is no JSON"]:
        raise ImportFault("no line of the file is a row of a Claude Code session", path=path)
    dropped = log.dropped
    first = True
    for key in sorted(groups, key=lambda key: (key != "", groups[key][0].line if groups[key] else 0)):
        rows = groups[key]
        source = _source(rows or requests[key], path, log, agent=key)
        if first:
            made = transcript(
                Part(rows, requests[key], log.parents),
                source,
                lines=sum(dropped.values()),
                dropped=dropped,
                repaired=log.repaired,
            )
        else:
            made = transcript(Part(rows, requests[key], log.parents), source, lines=0, dropped=Counter())
        first = False
        yield asides.placed(made, log.asides)
    if first:
        yield transcript(
            Part((), (), {}),
            _source([], path, log, agent=""),
            lines=sum(dropped.values()),
            dropped=dropped,
            repaired=log.repaired,
        )


def _threads(log: Log, path: Path) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """The rows of each thread and its requests: the main one under ``""``, a sub-agent's under its id."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    requests: defaultdict[str, list[Row]] = defaultdict(list)
    heard: defaultdict[str, list[Row]] = defaultdict(list)
    roots = _Roots(log.parents)
    for row in log.rows:
        if row.type.startswith("api-request"):
            requests[row.agent_id or ""].append(row)
        elif row.type == "progress":
            _overhear(row, heard, log, path)
        elif row.agent_id is not None or row.is_sidechain:
            groups[row.agent_id or roots.of(row)].append(row)
        else:
            groups[""].append(row)
    for agent, rows in heard.items():
        if agent in groups:
            log.dropped["sub-agent's message that its own rows hold"] += len(rows)
        elif rows[0].type == "user" and any(row.type == "assistant" for row in rows):
            log.parents.update((row.uuid, row.parent_uuid) for row in rows if row.uuid is not None)
            groups[agent].extend(rows)
        else:
            log.dropped["sub-agent's message without its beginning"] += len(rows)
    for agent in set(requests) - set(groups):
        log.dropped["request of a sub-agent without rows"] += len(requests.pop(agent))
    return dict(groups), requests


def _overhear(row: Row, heard: dict[str, list[Row]], log: Log, path: Path) -> None:
    """Adds a sub-agent's message, as the parent's log streams it, to those ``heard`` of it."""
    progress = row.read().inner or Progress()
    inner = progress.message
    if inner is None or progress.agent_id is None:
        log.dropped["progress"] += 1
    elif _own_file(path, progress.agent_id):
        log.dropped["sub-agent's message that its own file holds"] += 1
    else:
        rows = heard[progress.agent_id]
        inner.timestamp = inner.timestamp or row.read().timestamp
        said = log.book.within(row, inner)
        said.uuid = f"{progress.agent_id}/{row.line}"
        said.parent_uuid = rows[-1].uuid if rows else None
        rows.append(said)


def _own_file(path: Path, agent: str) -> bool:
    if not re.fullmatch(r"[\w-]{1,80}", agent):
        return False
    name = f"agent-{agent}.jsonl"
    return (path.parent / name).is_file() or (path.parent / path.stem / "subagents" / name).is_file()


class _Roots:
    """The root of the chain that a row hangs on: what sets apart sub-agents whose rows name no agent."""

    def __init__(self, parents: dict[str, str | None]) -> None:
        self._parents = parents
        self._known: dict[str, str] = {}

    def of(self, row: Row) -> str:
        uuid = row.uuid or f"line {row.line}"
        passed: list[str] = []
        seen: set[str] = set()
        while uuid not in self._known and uuid not in seen:
            passed.append(uuid)
            seen.add(uuid)
            above = self._parents.get(uuid)
            if above is None or above not in self._parents:
                break
            uuid = above
        root = self._known.get(uuid, uuid)
        self._known.update((item, root) for item in passed)
        return root


def _source(rows: list[Row], path: Path, log: Log, *, agent: str) -> Source:
    session = next((row.session_id for row in rows if row.session_id is not None), None)
    return Source(
        format=NAME,
        name=path.name,
        sha256=log.sha256,
        session=agent or session,
        parent=session if agent else None,
        agent="Claude Code",
        version=next((row.version for row in reversed(rows) if row.version is not None), None),
        cwd=next((row.cwd for row in rows if row.cwd is not None), None),
    )
