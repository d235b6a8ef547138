"""GitHub Copilot Chat in VS Code: chats as JSON, saved (``chatSessions/``) or exported, as logs of changes, as prompts.

Where an answer has rounds in its metadata (``toolCallRounds``), they hold what the model said and called, and what came
back is beside them. Where it has none (old sessions, other participants), what the chat showed is all there is: texts,
and calls mostly without arguments and results. Source: https://github.com/microsoft/vscode ``chatModel.ts``,
https://github.com/microsoft/vscode-copilot-chat ``conversation.ts``, ``toolCalling.tsx``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import document, loose, peek
from replay.importers.copilot_chat import journal, prompts, subagents
from replay.importers.copilot_chat.told import Telling
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.session import Session, digest
from replay.records import JSON, Source, Transcript

NAME = "copilot_chat"
AGENT = "GitHub Copilot"
_CHANGING = ("requests", "inputState", "customTitle", "hasPendingEdits", "pendingRequests")
_HEAD = 1 << 16
_SIGNS = ("responderUsername", "requesterUsername", "creationDate")


def sniff(head: bytes, name: str) -> bool:
    """Whether the first object of ``head`` is a chat, a line of a chat's log, or a log of prompts."""
    if not peek.may_hold(head, b'"requests"', b'"logs"'):
        return False
    return any(is_chat(_chat(value)) or _is_late(value) or prompts.is_log(value) for value in peek.values(head, 1))


def read(path: Path) -> Iterator[Transcript]:
    """The chat in ``path``, then its sub-agents. Raises ImportFault where the model says nothing in it."""
    count = Count()
    chat = loose.mapping(_state(path, count))
    if prompts.is_log(chat):
        yield from prompts.read(chat, path, count, Source(NAME, path.name, digest(path), agent=AGENT))
        return
    if not is_chat(chat):
        raise ImportFault("is no chat of VS Code", path=path)
    requests = list(loose.objects(chat.get("requests")))
    telling = Telling(Session(count))
    telling.chat(requests)
    if not telling.session.turns:
        raise ImportFault("holds nothing that the model said", path=path)
    key = loose.text(chat.get("sessionId")) or telling.key
    agent, version = _participant(requests)
    source = Source(NAME, path.name, digest(path), session=key, agent=agent, version=version, cwd=telling.cwd)
    yield telling.transcript(source)
    yield from subagents.read(requests, source)


def _chat(value: JSON) -> JSON:
    """The chat in the first line of a log; ``value`` itself where it is none."""
    return loose.mapping(value)["v"] if journal.is_first(value) else value


def _is_late(value: JSON) -> bool:
    """Whether ``value`` is a line of a chat's log that another one must come before."""
    return journal.is_change(value) and loose.mapping(value)["k"][0] in _CHANGING


def _state(path: Path, count: Count) -> JSON:
    """The chat in ``path``: by the log of its changes where it is one."""
    with path.open("rb") as file:
        first = next(iter(peek.values(file.read(_HEAD), 1)), None)
    if _is_late(first):
        raise ImportFault("begins in the middle of a log: the line is missing that all others change", path=path)
    if not journal.is_first(first):
        return document.load(path, count, mend=True)
    if (state := journal.replayed(path, count)) is not None:
        return state
    count.clear()
    return _chat(document.load(path, count, mend=True))


def is_chat(value: JSON) -> bool:
    """Whether ``value`` is the object that VS Code keeps of a chat."""
    chat = loose.mapping(value)
    requests = chat.get("requests")
    if not isinstance(requests, list):
        return False
    return any(isinstance(chat.get(sign), str | int) for sign in _SIGNS) or any(
        {"requestId", "message", "response"} <= request.keys() for request in loose.objects(requests[:1])
    )


def _participant(requests: list[dict[str, JSON]]) -> tuple[str, str | None]:
    """Who answered first, and its version: Copilot, or another participant under its own name."""
    for request in requests:
        agent = loose.mapping(request.get("agent"))
        extension = loose.text(loose.mapping(agent.get("extensionId")).get("value")) or ""
        version = loose.text(agent.get("extensionVersion"))
        if extension.casefold().startswith("github.copilot"):
            return AGENT, version
        if extension:
            return loose.text(agent.get("fullName")) or loose.text(agent.get("name")) or extension, version
    return AGENT, None
