"""GitHub Copilot CLI events (``~/.copilot/session-state/*/events.jsonl``): ``{type, data, id, timestamp}`` rows.

The system prompt is in the file, and user text as it was sent (``transformedContent``). Which of a result's ``content``
and ``detailedContent`` the model saw is not stated: ``content`` is taken, and the rest kept as detail. Events that
carry a ``parentToolCallId`` are a sub-agent's and make a transcript of their own. The extension of VS Code writes such
rows for hooks (``GitHub.copilot-chat/transcripts/*.jsonl``), with neither prompt nor results: good for mining only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from replay.importers import lines, peek
from replay.importers.fault import ImportFault
from replay.importers.session import DAMAGED, Session, digest
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
)
from replay.wire.counts import tokens

NAME = "copilot"
_FAMILIES = ("session", "assistant", "user", "tool", "system", "hook", "permission", "subagent", "skill", "abort")
_RESULTS = "tool results"
_DETAIL = ("success", "error", "toolTelemetry")


def sniff(head: bytes, name: str) -> bool:
    """Whether the first row is an event with data, of one of the families the client writes."""
    return any(_is_event(row) for row in peek.rows(head, 3)[:1])


def read(path: Path) -> Iterator[Transcript]:
    """The session in ``path``, then its sub-agents. Raises ImportFault where no event is a message."""
    count = lines.Count()
    threads = {"": _Thread(Session(count))}
    names: dict[str, str] = {}
    start: dict[str, JSON] = {}
    for number, row in lines.values(path, count):
        if not _is_event(row):
            count.dropped["row that is no event"] += 1
            continue
        kind, data = row["type"], row["data"]
        if kind == "session.start" and not start:
            start = data
        if kind == "subagent.started" and isinstance(data.get("toolCallId"), str):
            names[data["toolCallId"]] = str(data.get("agentName") or data.get("agentDisplayName") or "")
        owner = data.get("parentToolCallId")
        key = owner if isinstance(owner, str) else ""
        if key not in threads:
            threads[key] = _Thread(Session(lines.Count()), setup=replace(threads[""].setup, system=None))
        threads[key].event(number, kind, row)
    if not any(thread.session.messages for thread in threads.values()):
        raise ImportFault("holds no message of a Copilot session", path=path)
    source = _source(path, start)
    for key, thread in threads.items():
        thread.flush()
        if key:
            agent = f"{source.agent} ({names[key]})" if names.get(key) else source.agent
            source_of = replace(source, session=f"{source.session or ''}/{key}", parent=source.session, agent=agent)
            yield thread.session.transcript(source_of, thread.grade())
        elif thread.session.messages:
            yield thread.session.transcript(source, thread.grade())


def _is_event(row: JSON) -> bool:
    match row:
        case {"type": str(kind), "data": dict(), "timestamp": str()}:
            return kind.partition(".")[0] in _FAMILIES and ("id" in row or "parentId" in row)
        case _:
            return False


def _source(path: Path, start: dict[str, JSON]) -> Source:
    context = start.get("context")
    held = {**(context if isinstance(context, dict) else {}), **start}
    text = {key: value for key, value in held.items() if isinstance(value, str)}
    return Source(
        format=NAME,
        name=path.name,
        sha256=digest(path),
        session=text.get("sessionId"),
        agent="GitHub Copilot" if "vscodeVersion" in text else "GitHub Copilot CLI",
        version=text.get("copilotVersion"),
        cwd=text.get("cwd"),
    )


@dataclass
class _Thread:
    """One conversation: the session's or a sub-agent's. ``back`` are results that are still coming in."""

    session: Session
    setup: Setup = field(default_factory=Setup)
    ids: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    back: list[ToolResult] = field(default_factory=list)
    back_lines: list[int] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    inferred: set[str] = field(default_factory=lambda: {"text of results"})
    missing: set[str] = field(default_factory=set)

    def event(self, line: int, kind: str, row: dict[str, Any]) -> None:
        data: dict[str, Any] = row["data"]
        if isinstance(row.get("id"), str):
            self.places[row["id"]] = len(self.session.messages)
        time = row["timestamp"]
        match kind:
            case "session.start" | "session.resume" | "session.model_change":
                self._model(data)
            case "system.message":
                self._system(line, data, time)
            case "user.message":
                self._user(line, data, time)
            case "system.notification":
                self._heard(line, data.get("content"), time)
            case "assistant.message":
                self._assistant(line, data, time)
            case "tool.execution_complete":
                self._result(line, data)
            case "session.compaction_complete":
                self._compacted(line, data, time)
            case "session.truncation":
                self.missing.add("messages the client cut to fit")
                self.session.drop("event `session.truncation`")
            case "session.snapshot_rewind":
                self._rewind(data)
            case _:
                self.session.drop(f"event `{kind[:40]}`")

    # --- what was said ---------------------------------------------------------------------------------------

    def _model(self, data: dict[str, Any]) -> None:
        model = data.get("newModel", data.get("selectedModel"))
        effort = data.get("reasoningEffort")
        if isinstance(model, str):
            self.setup = replace(self.setup, model=model)
        if isinstance(effort, str):
            self.setup = replace(self.setup, params={"reasoning_effort": effort})

    def _system(self, line: int, data: dict[str, Any], time: str) -> None:
        content = data.get("content")
        if not isinstance(content, str):
            self.session.drop("system message without text")
        elif data.get("role", "system") == "system":
            self.setup = replace(self.setup, system=(Text(content),))
        else:
            self._heard(line, content, time)

    def _user(self, line: int, data: dict[str, Any], time: str) -> None:
        self.flush()
        sent = data.get("transformedContent")
        content = sent if isinstance(sent, str) else data.get("content")
        told: list[Part] = [Text(content)] if isinstance(content, str) and content else []
        attached = data.get("attachments")
        items = attached if isinstance(attached, list) else []
        told.extend(_attached(item) for item in items if isinstance(item, dict))
        if not told:
            self.session.drop("user message without content")
            return
        typed = data.get("source") in (None, "user")
        message = Message("user", tuple(told), origin="typed" if typed else "client", lines=(line, line), time=time)
        self.session.say(message)

    def _heard(self, line: int, content: JSON, time: str) -> None:
        self.flush()
        if isinstance(content, str) and content:
            self.session.say(Message("user", (Text(content),), origin="client", lines=(line, line), time=time))
        else:
            self.session.drop("notification without text")

    def _assistant(self, line: int, data: dict[str, Any], time: str) -> None:
        self.flush()
        told: list[Part] = list(self._thought(data))
        if isinstance(content := data.get("content"), str) and content:
            told.append(Text(content))
        requests = data.get("toolRequests")
        for request in requests if isinstance(requests, list) else ():
            if isinstance(request, dict):
                told.append(self._call(request))
            else:
                self.session.drop("call of an unknown shape")
        if isinstance(model := data.get("model"), str) and model != self.setup.model:
            self.setup = replace(self.setup, model=model)
        name = data.get("messageId")
        message = Message(
            "assistant",
            tuple(told),
            id=name if isinstance(name, str) else None,
            model=self.setup.model,
            time=time,
            usage=Usage(output=tokens(data, "outputTokens")) if "outputTokens" in data else None,
            origin="model",
            lines=(line, line),
        )
        self.session.answer(message, self.setup, self.grade() if self.missing else None)

    def _thought(self, data: dict[str, Any]) -> Iterator[Reasoning]:
        text, sealed = data.get("reasoningText"), data.get("reasoningOpaque", data.get("encryptedContent"))
        if isinstance(sealed, str) and DAMAGED in sealed:
            self.session.drop("opaque reasoning that was redacted")
            sealed = None
        if text or sealed:
            yield Reasoning(
                text if isinstance(text, str) else "", encrypted=sealed if isinstance(sealed, str) else None
            )

    def _call(self, request: dict[str, Any]) -> ToolCall:
        old, name, arguments = (request.get(key) for key in ("toolCallId", "name", "arguments"))
        tool = name if isinstance(name, str) else ""
        new = self.session.calls.call(old, tool=tool)
        if isinstance(old, str):
            self.ids[old] = new
        self.order[new] = len(self.order)
        return ToolCall(new, tool, arguments if isinstance(arguments, dict | str) else {})

    # --- what came back --------------------------------------------------------------------------------------

    def _result(self, line: int, data: dict[str, Any]) -> None:
        call = self.session.calls.result(data.get("toolCallId"))
        if call is None:
            self.session.drop("result without a call")
            return
        given, error = data.get("result"), data.get("error")
        detail: dict[str, JSON] = {key: data[key] for key in _DETAIL if data.get(key) is not None}
        parts: tuple[Text, ...] = ()
        match given:
            case str(text) | {"content": str(text)}:
                parts = (Text(text),)
        if isinstance(given, dict):
            detail["result"] = {key: value for key, value in given.items() if key != "content"}
        failed = data.get("success") is False
        if given is None and not failed:
            self.missing.add(_RESULTS)
        match error:
            case {"message": str(text)} | str(text) if failed and not parts:
                parts = (Text(text),)
        self.back.append(ToolResult(call, parts, True if failed else None, detail=detail or None))
        self.back_lines.append(line)

    def flush(self) -> None:
        """The results so far become one message, in the order of their calls."""
        if self.back:
            results = tuple(sorted(self.back, key=lambda result: self.order[result.call]))
            at = (min(self.back_lines), max(self.back_lines))
            self.session.say(Message("tool", results, origin="tool", lines=at))
            self.back, self.back_lines = [], []

    # --- what the model sees later ---------------------------------------------------------------------------

    def _compacted(self, line: int, data: dict[str, Any], time: str) -> None:
        summary = data.get("summaryContent")
        if data.get("success") is False or not isinstance(summary, str):
            self.session.drop("compaction that failed or left no summary")
            return
        self.flush()
        self.session.view.reset(())
        self._heard(line, summary, time)
        self.missing.add("words around the summary")
        self.session.count.notes["the history was compacted: later prefixes begin with the summary"] = None

    def _rewind(self, data: dict[str, Any]) -> None:
        self.flush()
        target = data.get("upToEventId")
        start = self.places.get(target) if isinstance(target, str) else None
        if start is None:
            self.session.drop("rewind to an event that is not in the file")
            return
        self.session.view.reset([index for index in self.session.view if index < start])
        self.session.count.notes["messages were taken back: later prefixes are without them"] = None

    def grade(self) -> Fidelity:
        """What is known of the prefixes so far."""
        missing = ["tool schemas", *sorted(self.missing)]
        if _RESULTS in self.missing:
            return Fidelity("text", missing=(*(["system prompt"] if self.setup.system is None else []), *missing))
        if self.setup.system is None:
            return Fidelity("partial", inferred=tuple(sorted(self.inferred)), missing=("system prompt", *missing))
        return Fidelity("partial", ("system prompt",), (), tuple(sorted(self.inferred)), tuple(missing))


def _attached(item: dict[str, Any]) -> Image | Opaque:
    match item:
        case {"mimeType": str(mime), "data": str(data)} if mime.startswith("image/") and DAMAGED not in data:
            return Image(mime, data)
        case _:
            return Opaque(NAME, item)
