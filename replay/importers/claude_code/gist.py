"""The gist of a row: what the tree of a session is built of, taken while the row is read the first time.

So the rows of a long session, which are not held, need not be read again to find out where they belong.
"""

from __future__ import annotations

import re
import sys
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code import hashes
from replay.importers.claude_code.line import Attachment, Line
from replay.records import JSON, Message, Text, ToolCall
from replay.wire import anthropic
from replay.wire.anthropic_blocks import read_block
from replay.wire.notes import WireError

UNSENT = frozenset(
    {"command_permissions", "deferred_tools_record", "hook_system_message", "prompt_snapshot", "session_context"}
)
_LATE = 256
_MACHINE = re.compile(
    r"\s*(?:<(?:command-(?:name|message)|local-command-\w+|task-notification|bash-(?:input|stdout|stderr)"
    r"|system-reminder|ide_\w+)>|Caveat: The messages below|\[Request interrupted by user)"
)


class Told(NamedTuple):
    """What a unit says, as a message and as the API's JSON."""

    message: Message
    wire: dict[str, JSON]


class Gist(msgspec.Struct, frozen=True, gc=False):
    """What a row is to the tree: nothing but the ``results`` in it, unless it is one of the classes below.

    ``why`` is the reason by which the ledger counts what is not sent; ``request`` is the one that an answer is to.
    ``results`` are pairs of a place among the blocks of the row and the id of the call whose result stands there.
    """

    why: str | None = None
    request: str | None = None
    results: tuple[tuple[int, JSON], ...] = ()


class Answer(Gist, frozen=True, gc=False):
    """A part of the response ``id``; ``calls`` are the ids of the calls in it."""

    id: str | None = None
    model: str | None = None
    calls: tuple[str, ...] = ()


class Speech(Gist, frozen=True, gc=False):
    """What a prompt, an attachment or the client in place of the model says; ``said`` only where rows are held."""

    role: str = "user"
    origin: str | None = None
    said: Told | None = None


class Mark(Gist, frozen=True, gc=False):
    """What changes the messages around it: ``removed`` are calls whose results were taken away, ``attachment`` the kind
    of one whose text is not there.
    """

    removed: frozenset[str] = frozenset()
    attachment: str | None = None


class Compaction(Gist, frozen=True, gc=False):
    """The end of all that was said before it."""


NOTHING = Gist()


def of(line: Line, number: int) -> Gist:
    """The gist of ``line``, the row in line ``number``, with what it says."""
    match line.type:
        case "assistant":
            return _answer(line, number)
        case "user":
            return _user(line, number)
        case "attachment":
            return _attached(line, number)
        case _:
            return _system(line)


def light(gist: Gist, ids: dict[str, str]) -> Gist:
    """``gist`` without what the row says; an id that was in another one of late, as ``ids`` holds them, is that one."""
    if len(ids) > _LATE:
        ids.clear()
    if isinstance(gist, Answer):
        calls = tuple([ids.setdefault(call, call) for call in gist.calls])
        return Answer(gist.why, gist.request, (), gist.id and ids.setdefault(gist.id, gist.id), gist.model, calls)
    if isinstance(gist, Speech):
        return replace(gist, said=None)
    if gist.results:
        shared = [
            (place, ids.setdefault(call, call) if isinstance(call, str) else call) for place, call in gist.results
        ]
        return replace(gist, results=tuple(shared))
    return gist


def _answer(line: Line, number: int) -> Gist:
    message = line.message or {}
    blocks = hashes.in_blocks(message).get("content")
    request = line.request_ref
    if message.get("model") == "<synthetic>" or line.is_api_error_message:
        why = "synthetic answer"
        made = said(line, number)
        return Gist(why, request) if made is None else _speech(made, why, request)
    if not message.get("content") or not isinstance(blocks, list):
        return Gist("answer without content", request)
    calls: list[str] = []
    for block in blocks:
        if not isinstance(block, dict):
            return Gist("answer without content", request)
        if block.get("type") == "tool_use" and isinstance(part := read_block(block), ToolCall):
            calls.append(part.id)
    return Answer(None, request, (), text(message.get("id")), text(message.get("model")), tuple(calls))


def _user(line: Line, number: int) -> Gist:
    if line.is_visible_in_transcript_only and not line.is_compact_summary:
        return Gist("user row never sent")
    content = (line.message or {}).get("content")
    found: list[tuple[int, JSON]] = []
    more = False
    for place, block in enumerate(content if isinstance(content, list) else ()):
        if is_result(block):
            found.append((place, block.get("tool_use_id")))
        elif isinstance(block, dict):
            more = True
    results = tuple(found)
    if results and not more:
        return Gist(results=results)
    if (made := said(line, number)) is None:
        return Gist("user row without content", None, results)
    return _speech(made, results=results)


def _attached(line: Line, number: int) -> Gist:
    attachment = line.told or Attachment()
    kind = attachment.type
    if rendered(line) is not None:
        made = said(line, number)
        return NOTHING if made is None else _speech(made)
    if kind in UNSENT or (kind == "hook_success" and not _is_told(attachment)):
        return Gist(sys.intern(f"attachment never sent: {kind}"))
    return Mark(attachment=kind)


def _system(line: Line) -> Gist:
    match line.subtype:
        case "compact_boundary":
            return Compaction()
        case "microcompact_boundary":
            ids = (line.microcompact_metadata or {}).get("compactedToolIds")
            listed = ids if isinstance(ids, list) else ()
            return Mark(removed=frozenset(item for item in listed if isinstance(item, str)))
        case subtype:
            return Gist(sys.intern(f"system: {subtype or 'notice'}"))


def _is_told(attachment: Attachment) -> bool:
    """Whether what a hook printed goes to the model: only at the start of a session and with a prompt."""
    return bool(attachment.content) and attachment.hook_event in ("SessionStart", "UserPromptSubmit")


def _speech(
    made: Told, why: str | None = None, request: str | None = None, results: tuple[tuple[int, JSON], ...] = ()
) -> Gist:
    return Speech(why, request, results, made.message.role, made.message.origin, made)


def said(line: Line, number: int) -> Told | None:
    """What the row in line ``number`` says to the model, results of calls aside; None where it says nothing."""
    message = _message(line)
    wire: dict[str, JSON] = {"role": message.get("role", "user"), "content": message.get("content")}
    if not wire["content"]:
        return None
    try:
        read = anthropic.read_message(wire)
    except WireError:
        return None
    typed = (
        read.role == "user" and not (line.is_meta or line.is_compact_summary or line.type != "user") and not _made(read)
    )
    origin: Literal["typed", "client"] = "typed" if typed else "client"
    return Told(replace(read, time=line.timestamp, origin=origin, lines=(number, number)), wire)


def _message(line: Line) -> dict[str, JSON]:
    """What the model is told by a row: of a user's all but results, which go to their calls."""
    match line.type:
        case "user":
            content = (line.message or {}).get("content")
            if isinstance(content, list) and any(is_result(one) for one in content):
                content = [one for one in content if isinstance(one, dict) and not is_result(one)]
            return {"role": "user", "content": content}
        case "attachment":
            role = line.rendered_role if line.rendered_role in ("user", "system") else "user"
            return {"role": role, "content": rendered(line)}
        case _:
            return line.message or {}


def is_result(value: JSON) -> bool:
    """Whether a block is the result of a call."""
    return isinstance(value, dict) and value.get("type") == "tool_result"


def _made(message: Message) -> bool:
    """Whether the client made all the text of the message."""
    return all(isinstance(part, Text) and _MACHINE.match(part.text) is not None for part in message.parts)


def rendered(line: Line) -> str | list[JSON] | None:
    """The text of an attachment as it was sent; None where the row does not hold it."""
    listed = line.rendered if isinstance(line.rendered, list) else []
    contents = [item.get("content") for item in listed if isinstance(item, dict)]
    texts = [content for content in contents if content]
    if not texts:
        return None
    if len(texts) == 1 and isinstance(texts[0], str):
        return texts[0]
    made: list[JSON] = []
    for content in texts:
        if isinstance(content, str):
            made.append({"type": "text", "text": content})
        elif isinstance(content, list):
            made.extend(content)
    return made


def text(value: JSON) -> str | None:
    """``value`` where it is a string, else None."""
    return value if isinstance(value, str) else None
