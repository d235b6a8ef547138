"""Which thinking of a prefix a model is sent back: its own, word for word; another's only as the arm says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from replay.errors import UserError
from replay.records import Api, CacheMark, Message, Part, Prefix, Reasoning, Request, Text, ToolResult
from replay.wire.notes import Notes

_VERSION = re.compile(r"(-\d{8}|@\d{8}|-\d{4}-\d{2}-\d{2}|-latest|\[\w+\])$")
_BLOCKS = ("thinking", "redacted_thinking")
_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")


def family(model: str) -> str:
    """The name of a model without provider, date and context suffix: two dates of one name are one family."""
    name = model.rpartition("/")[2]
    while (shorter := _VERSION.sub("", name)) != name:
        name = shorter
    return name


def on_policy(request: Request) -> bool | None:
    """Whether the arm's model wrote all assistant messages of the prefix; None where some say no author.

    A prefix without assistant messages was written by nobody: the setup's model decides.
    """
    wanted = family(request.arm.model)
    setup = request.prefix.setup.model
    said = [message.model or setup for message in request.prefix.messages if message.role == "assistant"]
    authors = {author and family(author) for author in said or [setup]}
    if authors - {None, wanted}:
        return False
    return None if None in authors else True


def settled(request: Request, api: Api, notes: Notes) -> Prefix:
    """The prefix with its thinking kept, dropped or turned to text, as ``arm.reasoning`` says.

    ``keep`` raises UserError where some thinking is not by the arm's own model over the same API, which would refuse
    it; ``last`` drops all before the last turn (what the model said since the last prompt) and keeps the rest so.
    Signatures are what Anthropic knows its own by: thinking without one is left out there. Hidden or encrypted
    thinking has no text to turn to.
    """
    prefix, arm = request.prefix, request.arm
    if not any(isinstance(part, Reasoning) for message in prefix.messages for part in message.parts):
        return prefix
    match arm.reasoning:
        case "keep" | "last":
            since = _last_turn(prefix) if arm.reasoning == "last" else 0
            _refuse_foreign(request, api, since)
            if api != "anthropic" and not since:
                return prefix
            keep = (lambda thought: _signed(thought, notes)) if api == "anthropic" else (lambda thought: thought)
            return _rewritten(prefix, notes, keep, since)
        case "drop":
            return _rewritten(prefix, notes, lambda _: notes.add("reasoning left out, as the arm says"))
        case "as_text":
            return _rewritten(prefix, notes, lambda thought: _told(thought, notes))


def loosen(body: dict[str, Any], notes: Notes) -> None:
    """Switch extended thinking off in an Anthropic body where the API would refuse it.

    With a thinking budget, an assistant message that calls tools must begin with thinking in the last exchange:
    https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking (thinking with tool use).
    """
    match body.get("thinking"):
        case {"type": "enabled"}:
            pass
        case _:
            return
    last = next((message for message in reversed(body["messages"]) if message["role"] == "assistant"), None)
    blocks = last["content"] if last is not None and isinstance(last["content"], list) else []
    calls = any(block.get("type") == "tool_use" for block in blocks)
    if not calls or blocks[0].get("type") in _BLOCKS:
        return
    del body["thinking"]
    notes.add("`thinking` switched off: the last tool calls of the prefix have none before them")
    match body.get("context_management"):
        case {"edits": list(edits), **others}:
            kept = [edit for edit in edits if not str(edit.get("type")).startswith("clear_thinking")]
            if len(kept) < len(edits):
                notes.add("`context_management` of thinking left out")
                body["context_management"] = {**others, "edits": kept}
                if not kept:
                    del body["context_management"]


def _last_turn(prefix: Prefix) -> int:
    """The index of the first message after the prompt that the model last answered; results of calls are no prompt."""
    messages = prefix.messages
    said = next((index for index in reversed(range(len(messages))) if messages[index].role == "assistant"), 0)
    prompts = (
        index
        for index in reversed(range(said))
        if messages[index].role == "user" and not any(isinstance(part, ToolResult) for part in messages[index].parts)
    )
    return next(prompts, -1) + 1


def _refuse_foreign(request: Request, api: Api, since: int) -> None:
    setup = request.prefix.setup
    for message in request.prefix.messages[since:]:
        if not any(isinstance(part, Reasoning) for part in message.parts):
            continue
        author = message.model or setup.model
        if setup.api == api and author is not None and family(author) == family(request.arm.model):
            continue
        raise UserError(
            f"arm {request.arm.name}: the prefix of case {request.case.id} holds thinking by "
            f"{author or 'an unknown model'}, which {request.arm.model} would refuse: "
            f"set `reasoning: drop` or `reasoning: as_text` for this arm"
        )


def _signed(thought: Reasoning, notes: Notes) -> Part | None:
    if thought.signature or thought.encrypted:
        return thought
    notes.add("reasoning without a signature left out")
    return None


def _told(thought: Reasoning, notes: Notes) -> Part | None:
    if not thought.text.strip():
        notes.add("hidden reasoning left out")
        return None
    notes.add("reasoning written as text")
    return Text(f"<thinking>\n{thought.text}\n</thinking>")


def _rewritten(prefix: Prefix, notes: Notes, of: Any, since: int = 0) -> Prefix:  # noqa: ANN401 - Reasoning to Part or None
    """``prefix`` with what ``of`` makes of its thinking; that before message ``since`` is left out."""
    messages: list[Message] = []
    places: dict[int, tuple[int, dict[int, int]]] = {}
    for index, message in enumerate(prefix.messages):
        make = of if index >= since else lambda _: notes.add("reasoning before the last turn left out")
        parts = [make(part) if isinstance(part, Reasoning) else part for part in message.parts]
        told = tuple(part for part in parts if part is not None)
        if told or not message.parts:
            kept = [place for place, part in enumerate(parts) if part is not None]
            places[index] = len(messages), {old: new for new, old in enumerate(kept)}
            messages.append(message if told == message.parts else _with(message, parts, told))
        else:
            notes.add("empty message left out")
    return replace(prefix, messages=tuple(messages), cache=tuple(_moved(prefix, places, notes)))


def _with(message: Message, parts: list[Part | None], told: tuple[Part, ...]) -> Message:
    """``message`` saying ``told``; of its wire form, all but the thinking stays."""
    wire = message.wire
    if wire is not None:
        wire = {key: value for key, value in wire.items() if key not in _FIELDS}
        content = wire.get("content")
        if isinstance(content, list) and len(content) == len(parts):
            pairs = zip(content, parts, strict=True)
            wire["content"] = [_block(block, part) for block, part in pairs if part is not None]
    return replace(message, parts=told, wire=wire, form="blocks" if len(told) > 1 else message.form)


def _block(block: dict[str, Any], part: Part) -> dict[str, Any]:
    if isinstance(part, Text) and block.get("type") in _BLOCKS:
        return {"type": "text", "text": part.text}
    return block


def _moved(prefix: Prefix, places: dict[int, tuple[int, dict[int, int]]], notes: Notes) -> Iterator[CacheMark]:
    """The cache marks where their messages and blocks now are. Blocks move where thinking is one of them."""
    blocks = prefix.setup.api == "anthropic"
    for mark in prefix.cache:
        match mark.path:
            case ("messages", int(index), *rest) if index not in places:
                notes.add("cache mark left out: its place is gone")
            case ("messages", int(index), "content", int(block), *rest) if blocks:
                new, kept = places[index]
                if block in kept:
                    yield replace(mark, path=("messages", new, "content", kept[block], *rest))
                else:
                    notes.add("cache mark left out: its place is gone")
            case ("messages", int(index), *rest):
                yield replace(mark, path=("messages", places[index][0], *rest))
            case _:
                yield mark
