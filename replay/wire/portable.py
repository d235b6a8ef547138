"""Messages, tools and parameters made fit for an API they were not written for; every change is noted."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from replay.records import JSON, Api, Image, Message, Opaque, Part, Reasoning, Setup, Text, Tool, ToolCall, ToolResult
from replay.wire.notes import Notes

SETTINGS = ("temperature", "top_p")
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
FREE_TEXT: dict[str, JSON] = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def params(setup: Setup, limit: str, notes: Notes) -> dict[str, JSON]:
    """The parameters of another API that mean the same here; the token limit goes by the name ``limit``."""
    kept = {key: setup.params[key] for key in SETTINGS if key in setup.params}
    found = next((setup.params[key] for key in LIMITS if isinstance(setup.params.get(key), int)), None)
    if found is not None:
        kept[limit] = found
    if foreign := sorted(set(setup.params) - {*SETTINGS, *LIMITS}):
        notes.add(f"parameters left out: {', '.join(foreign)}")
    return kept


def system(parts: Sequence[Part], notes: Notes) -> tuple[Part, ...]:
    """What of a system prompt every API takes: its text that is not blank."""
    told = tuple(part for part in parts if isinstance(part, Text))
    notes.add("block of the system prompt that is no text left out", len(parts) - len(told))
    return tuple(part for part in told if part.text.strip())


def tools(setup: Setup, notes: Notes) -> tuple[Tool, ...] | None:
    """The tools without the other API's own JSON; those that only that API can run are left out."""
    if setup.tools is None:
        return None
    kept = []
    for tool in setup.tools:
        wire = tool.wire or {}
        definition = inner if isinstance(inner := wire.get("function"), dict) else wire
        if setup.api == "openai-responses" and wire.get("type") == "custom" and tool.name:
            notes.add("free-text tool given the one argument `input`")
            kept.append(replace(tool, schema=FREE_TEXT, wire=None))
            continue
        if wire.get("type") not in (None, "custom", "function") or "custom" in wire or not tool.name:
            notes.add("tool that only the other API knows left out")
            continue
        if set(definition) - {"type", "name", "description", "parameters", "input_schema"}:
            notes.add("tool options left out")
        kept.append(replace(tool, wire=None))
    return tuple(kept)


def structured(messages: Sequence[Message]) -> tuple[Message, ...]:
    """``messages`` of the Responses API with the calls of free-text tools as calls with the one argument `input`."""
    return tuple(
        replace(message, parts=tuple(_structured(part) for part in message.parts), wire=None)
        if any(_is_free(part) for part in message.parts)
        else message
        for message in messages
    )


def _is_free(part: Part) -> bool:
    return isinstance(part, ToolCall) and isinstance(part.arguments, str) and part.raw is None


def _structured(part: Part) -> Part:
    match part:
        case ToolCall(arguments=str(text), raw=None):
            return replace(part, arguments={"input": text})
        case _:
            return part


def adapt(messages: Sequence[Message], api: Api, notes: Notes, *, legal: re.Pattern[str], same: bool) -> list[Message]:
    """``messages`` with every call answered in the message after it, under ids that are unique and match ``legal``.

    The answers to one assistant message become one ``tool`` message right after it, in the order of the calls; what
    else was said follows. ``same`` tells that the messages were written for ``api``: then reasoning, unmodelled blocks
    and ``wire`` are kept; otherwise they are left out. Linear in the length of the messages.
    """
    fit = [message for message in (_fit(message, api, notes, same=same) for message in messages) if message.parts]
    notes.add("empty message left out", len(messages) - len(fit))
    ids = _Ids(legal, {part.id for message in fit for part in message.parts if isinstance(part, ToolCall)}, notes)
    exchanges = list(chain.from_iterable(_exchange(said, replies, ids, notes) for said, replies in _rounds(fit, notes)))
    return _reunited(exchanges, notes)


# --- single messages ---------------------------------------------------------------------------------------


def _fit(message: Message, api: Api, notes: Notes, *, same: bool) -> Message:
    misplaced = (ToolResult,) if message.role == "assistant" else (ToolCall, Reasoning)
    placed = [part for part in message.parts if not isinstance(part, misplaced)]
    notes.add("part in a message of the wrong role left out", len(message.parts) - len(placed))
    parts = tuple(_fit_parts(placed, api, notes, same=same))
    if api == "anthropic":
        told = tuple(part for part in parts if not (isinstance(part, Text) and not part.text.strip()))
        notes.add("empty text left out", len(parts) - len(told))
        parts = told
    if same:
        return message if parts == message.parts else replace(message, parts=parts)
    return replace(message, parts=parts, wire=None, form=_form(parts, message.form))


def _form(parts: Sequence[Part], form: str) -> str:
    return "string" if len(parts) == 1 and isinstance(parts[0], Text) else form


def _fit_parts(parts: Sequence[Part], api: Api, notes: Notes, *, same: bool) -> Iterator[Part]:
    for part in parts:
        match part:
            case Reasoning() if not same:
                notes.add("reasoning left out")
            case Opaque(api=owner, body=body) if owner != api:
                notes.add(f"{owner} block `{body.get('type', '?')}` left out")
            case ToolResult(parts=inner):
                kept = tuple(_fit_inner(inner, part.form, api, notes))
                yield replace(part, parts=kept, form=part.form if same else _form(kept, part.form))
            case _:
                yield part


def _fit_inner(
    parts: Sequence[Text | Image | Opaque], form: str, api: Api, notes: Notes
) -> Iterator[Text | Image | Opaque]:
    for part in parts:
        match part:
            case Opaque(api=owner, body=body) if owner != api:
                notes.add(f"{owner} block `{body.get('type', '?')}` left out")
            case Text(text=text) if api == "anthropic" and form == "blocks" and not text.strip():
                notes.add("empty text left out")
            case _:
                yield part


# --- calls and their results -------------------------------------------------------------------------------


class _Ids:
    """Hands out tool ids: the old one where it is legal and new, else a fresh one."""

    def __init__(self, legal: re.Pattern[str], taken: set[str], notes: Notes) -> None:
        self._legal, self._taken, self._notes = legal, taken, notes
        self._used: set[str] = set()
        self._count = 0

    def of(self, old: str) -> str:
        new = old
        if old in self._used or not self._legal.fullmatch(old):
            self._notes.add("tool id replaced")
            while new in self._used or new in self._taken or not self._legal.fullmatch(new):
                self._count += 1
                new = f"call_{self._count}"
        self._used.add(new)
        return new


def _rounds(messages: Sequence[Message], notes: Notes) -> Iterator[tuple[Message | None, list[Message]]]:
    """What the model said at once, and all that was said to it before it spoke again."""
    said: list[Message] = []
    replies: list[Message] = []
    for message in messages:
        if message.role != "assistant":
            replies.append(message)
            continue
        if replies:
            yield _joined(said, notes), replies
            said, replies = [], []
        said.append(message)
    yield _joined(said, notes), replies


def _reunited(messages: Sequence[Message], notes: Notes) -> list[Message]:
    """``messages`` with two answers as one where all that stood between them was left out."""
    kept: list[Message] = []
    for message in messages:
        if kept and kept[-1].role == message.role == "assistant":
            merged = _joined([kept.pop(), message], notes)
            kept += [merged] if merged is not None else []
        else:
            kept.append(message)
    return kept


def _joined(said: list[Message], notes: Notes) -> Message | None:
    if len(said) < 2:
        return said[0] if said else None
    notes.add("consecutive assistant messages merged", len(said) - 1)
    return Message("assistant", tuple(chain.from_iterable(message.parts for message in said)), origin="model")


def _exchange(said: Message | None, replies: list[Message], ids: _Ids, notes: Notes) -> Iterator[Message]:
    waiting: dict[str, deque[ToolResult]] = defaultdict(deque)
    last: Part | None = None
    for part in chain.from_iterable(reply.parts for reply in replies):
        if isinstance(part, ToolResult):
            waiting[part.call].append(part)
            notes.add("tool result moved before the text", int(last is not None and not isinstance(last, ToolResult)))
        last = part
    answers: list[ToolResult] = []
    if said is not None:
        parts = tuple(_answered(said.parts, waiting, answers, ids, notes))
        if parts:
            yield said if parts == said.parts else replace(said, parts=parts)
        else:
            notes.add("empty message left out")
    if answers:
        yield Message("tool", tuple(answers), origin="tool")
    left = {id(result) for queue in waiting.values() for result in queue}
    for reply in replies:
        rest = tuple(_unclaimed(reply.parts, left, notes))
        if rest == reply.parts:
            yield reply
        elif rest:
            yield replace(reply, parts=rest, role="user" if reply.role == "tool" else reply.role)


def _answered(
    parts: Sequence[Part], waiting: dict[str, deque[ToolResult]], answers: list[ToolResult], ids: _Ids, notes: Notes
) -> Iterator[Part]:
    for part in parts:
        match part:
            case ToolCall(id=old) if waiting[old]:
                result, new = waiting[old].popleft(), ids.of(old)
                answers.append(result if new == old else replace(result, call=new))
                yield part if new == old else replace(part, id=new)
            case ToolCall():
                notes.add("tool call without a result left out")
            case _:
                yield part


def _unclaimed(parts: Sequence[Part], left: set[int], notes: Notes) -> Iterator[Part]:
    for part in parts:
        if not isinstance(part, ToolResult):
            yield part
        elif id(part) in left:
            notes.add("tool result without a call written as text")
            yield from (item for item in part.parts if not (isinstance(item, Text) and not item.text.strip()))
