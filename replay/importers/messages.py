"""Message lists as data sets and vendors give them: JSONL or JSON of ``messages``, bare lists, ShareGPT.

A row is ``{"messages": [{"role", "content", …}], …}`` or ``{"conversations": [{"from", "value"}], …}``; a list of
messages, or a message a line, is one conversation. Tools, where there are any, stand in ``tools`` or in the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from replay.importers import chat, lines, litellm_rows, mini_swe, peek, requests, session
from replay.importers.agents import named
from replay.importers.fault import ImportFault
from replay.importers.ledgers import charged
from replay.importers.lines import Count
from replay.importers.loose import mapping, moment, objects, text, unpacked
from replay.importers.rounds import paired
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolCall, ToolResult, Transcript

NAME = "messages"
_BODY = frozenset(
    {
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "n",
        "seed",
        "stop",
        "stop_sequences",
        "metadata",
        "thinking",
        "betas",
        "response_format",
        "reasoning_effort",
        "parallel_tool_calls",
        "user",
        "store",
        "frequency_penalty",
        "presence_penalty",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "service_tier",
        "context_management",
    }
)
_OTHERS = (
    frozenset(
        {
            "sessionId",
            "projectHash",
            "trajectory_format",
            "kwargs",
            "args",
            "response",
            "request",
            "eval",
            "samples",
            "observations",
            "steps",
            "history",
            "schema_version",
            "requests",
            "interactions",
            "mapping",
            "log_dir",
            "info",
        }
    )
    | litellm_rows.SIGNS
)
_FROM = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "system": "system",
    "tool": "tool",
    "function_response": "tool",
    "observation": "tool",
}
_NAMES = ("instance_id", "traj_id", "trajectory_id", "conversation_id", "session_id", "id")


def sniff(head: bytes, name: str) -> bool:
    """Whether the first value in ``head`` is such a row or list and no request body or log of another format."""
    found = peek.values(head, 2)
    match found:
        case [{"conversations": [dict(first), *_]}, *_]:
            return "value" in first and "from" in first
        case [{"messages": list() | str() as messages, **rest}, *_]:
            return _is_row(messages, rest)
        case [[dict(first), *_] as items, *_]:
            return _is_message(first) and not mini_swe.sniff(head, name) and _is_plain(items)
        case [{"role": str(), "content": _} as first, *_]:
            return _is_message(first) and _is_plain([first])
        case _:
            return False


def _is_row(messages: JSON, rest: JSON) -> bool:
    items = list(objects(unpacked(messages)))
    whole = items[:-1] or items  # the last one may be cut off
    if not all(_is_message(item) for item in whole[:8]) or not items or _OTHERS & rest.keys():
        return False
    if not rest:
        return not isinstance(messages, str) and (len(items) > 1 or "content" in items[0])
    return "model" not in rest or not rest.keys() <= _BODY


def _is_message(item: dict[str, JSON]) -> bool:
    return isinstance(item.get("role"), str) and ("content" in item or "tool_calls" in item) and "parts" not in item


def _is_plain(items: list[JSON]) -> bool:
    """Whether no item has keys of another format's rows, and no text is of a Cline task."""
    return not any(
        item.keys() & {"type", "modelInfo", "ts", "metrics", "kind", "cause", "source"}
        or "<task>" in str(item.get("content"))[:200]
        for item in objects(items[:8])
    )


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path``, one after the other; memory: two of them.

    Raises ImportFault where there is none.
    """
    count = Count()
    digest = session.digest(path)
    held: Transcript | None = None
    for row, items in _rows(path, count):
        if held is None and (other := _owner(row)) is not None:
            yield from other.read(path)
            return
        source = Source(
            NAME, path.name, sha256=digest, session=_first(row, _NAMES), agent=named(_first(row, ("agent",)))
        )
        made = _told(row, items, Session(Count(damaged=count.damaged)), source)
        if made is None:
            count.dropped["row without messages"] += 1
            continue
        if held is not None:
            yield charged(held, count)
        held = made
    if held is None:
        raise ImportFault("holds no list of messages", path=path)
    yield charged(held, count)


def _owner(row: dict[str, JSON]) -> ModuleType | None:
    """The module that should read a row whose other keys lay beyond what was sniffed at."""
    if "trajectory_format" in row:
        return mini_swe
    return requests if ("model" in row and row.keys() <= _BODY) or litellm_rows.is_row(row) else None


def _rows(path: Path, count: Count) -> Iterator[tuple[dict[str, JSON], list[JSON]]]:
    """Each conversation: its row, empty for a bare list, and its items."""
    loose: list[list[JSON]] = []
    at = 0
    for number, value in _values(path, count):
        row = mapping(value)
        held = next((unpacked(row[key]) for key in ("messages", "conversations") if row.get(key)), None)
        if isinstance(held, list):
            yield row, held
        elif isinstance(value, list):
            yield {}, value
        elif "role" in row:
            if number != at:
                loose.append([])
                at = number
            loose[-1].append(row)
        else:
            count.dropped["row without messages"] += 1
    if all(len(items) == 1 for items in loose):
        loose = [[item for items in loose for item in items]] if loose else []
    yield from (({}, items) for items in loose)


def _values(path: Path, count: Count) -> Iterator[tuple[int, JSON]]:
    """The lines of the file; where they are none by themselves, its values one after the other, cut off or not."""
    with path.open("rb") as file:
        if file.readline().rstrip().endswith((b"[", b"{", b",", b":")):  # goes on: a document over many lines
            yield from lines.concatenated(path, count, mend=True)
            return
    trial = Count()
    values = lines.values(path, trial)
    first = next(values, None)
    if first is None:
        yield from lines.concatenated(path, count, mend=True)
        return
    yield first
    for value in values:
        _move(trial, count)
        yield value
    _move(trial, count)


def _move(trial: Count, count: Count) -> None:
    count.rows += trial.rows
    count.repaired += trial.repaired
    count.dropped.update(trial.dropped)
    count.notes.update(trial.notes)
    trial.rows, trial.repaired = 0, 0
    trial.dropped.clear()
    trial.notes.clear()


# --- one conversation --------------------------------------------------------------------------------------


def _told(row: dict[str, JSON], items: list[JSON], told: Session, source: Source) -> Transcript | None:
    meta = mapping(mapping(row.get("meta")).get("session_meta")) or mapping(row.get("meta"))
    model = _first(row, ("model", "model_name")) or _first(meta, ("model", "model_name"))
    messages = [message for item in items if (message := _read(item, told, model)) is not None]
    if not messages:
        return None
    calls = any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    if not calls:
        messages = [_spoken(message) for message in messages]
    system, rest = chat.opening(messages)
    system = system or _given(row, meta)
    tools = chat.tools(row.get("tools")) or (None if calls else ())
    chat.tell(told, paired(rest, told.calls, told.drop), chat.prompt(Setup(model=model, tools=tools), system))
    missing = (*(() if system else ("system prompt",)), *(() if tools is not None else ("tool schemas",)))
    recovered = (*(("system prompt",) if system else ()), *(("tool schemas",) if tools else ()))
    source = replace(
        source,
        session=source.session or _first(meta, _NAMES),
        cwd=_first(meta, ("cwd",)),
        version=_first(meta, ("cli_version", "version")),
    )
    return told.transcript(source, Fidelity("partial" if missing else "full", recovered=recovered, missing=missing))


def _read(item: JSON, told: Session, model: str | None) -> Message | None:
    if not isinstance(item, dict):
        told.drop("message that is no object")
        return None
    if "role" not in item and "from" in item:
        item = _shared(item)
    message = chat.read(item)
    if message is None:
        told.drop("message without a known role or content")
        return None
    time = message.time or moment(mapping(item.get("_metadata")).get("timestamp"))
    return replace(message, time=time, model=message.model or (model if message.role == "assistant" else None))


def _shared(item: dict[str, JSON]) -> dict[str, JSON]:
    """A ShareGPT message in the words of the others. A ``function_call`` holds its call as JSON text."""
    told = {**item, "role": _FROM.get(str(item["from"]).lower()), "content": item.get("value")}
    call = unpacked(item.get("value")) if item["from"] == "function_call" else None
    if call is not None and not isinstance(call, str):
        told |= {"content": None, "tool_calls": [call] if isinstance(call, dict) else call}
    return told


def _spoken(message: Message) -> Message:
    """In a conversation whose calls are text, so are the results: what comes back is the next user message."""
    if message.role != "tool":
        return message
    parts: list[Part] = []
    for part in message.parts:
        parts.extend(part.parts if isinstance(part, ToolResult) else (part,))
    return replace(message, role="user", parts=tuple(parts))


def _given(row: dict[str, JSON], meta: dict[str, JSON]) -> tuple[Part, ...] | None:
    """The system prompt that stands beside the messages."""
    for value in (row.get("system"), row.get("system_prompt"), meta.get("base_instructions"), meta.get("instructions")):
        found = text(value) or text(mapping(value).get("text"))
        if found is not None:
            return (Text(found),)
    return None


def _first(row: dict[str, JSON], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = row.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None
