"""The gist of a row: what the tree of a session is built of, taken while the row is read the first time.

So the rows of a long session, which are not held, need not be read again to find out where they belong.
"""

from __future__ import annotations

import re
import sys
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code.line import Attachment, Line
from replay.records import JSON, Message, Text, ToolCall
from replay.wire import anthropic
from replay.wire.anthropic_blocks import read_block
from replay.wire.notes import WireError

UNSENT = frozenset(
    {"command_permissions", "deferred_tools_record", "hook_system_message", "prompt_snapshot", "session_context"}
)
_MACHINE = re.compile(
    r"\s*(?:<(?:command-(?:name|message)|local-command-\w+|task-notification|bash-(?:input|stdout|stderr)"
    r"|system-reminder|ide_\w+)>|Caveat: The messages below|\[Request interrupted by user)"
)


class Told(NamedTuple):
    """What a unit says, as a message and as the API's JSON."""

    message: Message
    wire: dict[str, JSON]


class Gist(msgspec.Struct, frozen=True, gc=False):
    """What a row is to the tree.

    ``kind`` is a part of a ``response``, an answer that the client made up (``synthetic``), what a ``user`` message or
    an attachment says, a ``mark`` without a message, a ``compaction``, or ``nothing`` but results. ``why`` is the
    reason by which the ledger counts what is not sent.

    ``said`` is what it says, where rows are held. ``id``, ``model`` and ``calls`` are those of an answer, ``request``
    the one it answers; ``results`` are places among the blocks and calls of the results in it; ``removed`` are calls
    whose results were taken away; ``attachment`` is the kind of one whose text is not there.
    """

    kind: Literal["response", "synthetic", "user", "mark", "compaction", "nothing"]
    why: str | None = None
    said: Told | None = None
    role: str = "assistant"
    origin: str | None = None
    id: str | None = None
    model: str | None = None
    request: str | None = None
    calls: tuple[str, ...] = ()
    results: tuple[tuple[int, JSON], ...] = ()
    removed: frozenset[str] = frozenset()
    attachment: str | None = None


NOTHING = Gist("nothing")


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


def light(gist: Gist) -> Gist:
    """``gist`` without what the row says."""
    return gist if gist.said is None else replace(gist, said=None)


def _answer(line: Line, number: int) -> Gist:
    message = line.message or {}
    blocks = message.get("content")
    request = line.request_ref
    if message.get("model") == "<synthetic>" or line.is_api_error_message:
        why = "synthetic answer"
        made = said(line, number)
        return Gist("nothing", why, request=request) if made is None else _spoken("synthetic", made, why, request)
    if not blocks or not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return Gist("nothing", "answer without content", request=request)
    calls = [
        part.id
        for block in blocks
        if block.get("type") == "tool_use" and isinstance(part := read_block(block), ToolCall)
    ]
    return Gist(
        "response", id=text(message.get("id")), model=text(message.get("model")), request=request, calls=tuple(calls)
    )


def _user(line: Line, number: int) -> Gist:
    if line.is_visible_in_transcript_only and not line.is_compact_summary:
        return Gist("nothing", "user row never sent")
    content = (line.message or {}).get("content")
    blocks = content if isinstance(content, list) else []
    results = tuple([(place, block.get("tool_use_id")) for place, block in enumerate(blocks) if is_result(block)])
    if results and not any(isinstance(block, dict) and not is_result(block) for block in blocks):
        return Gist("nothing", results=results)
    if (made := said(line, number)) is None:
        return Gist("nothing", "user row without content", results=results)
    return _spoken("user", made, results=results)


def _attached(line: Line, number: int) -> Gist:
    attachment = line.told or Attachment()
    kind = attachment.type
    if rendered(line) is not None:
        made = said(line, number)
        return NOTHING if made is None else _spoken("user", made)
    if kind in UNSENT or (kind == "hook_success" and not _is_told(attachment)):
        return Gist("nothing", sys.intern(f"attachment never sent: {kind}"))
    return Gist("mark", attachment=kind)


def _system(line: Line) -> Gist:
    match line.subtype:
        case "compact_boundary":
            return Gist("compaction")
        case "microcompact_boundary":
            ids = (line.microcompact_metadata or {}).get("compactedToolIds")
            listed = ids if isinstance(ids, list) else ()
            return Gist("mark", removed=frozenset(item for item in listed if isinstance(item, str)))
        case subtype:
            return Gist("nothing", sys.intern(f"system: {subtype or 'notice'}"))


def _is_told(attachment: Attachment) -> bool:
    """Whether what a hook printed goes to the model: only at the start of a session and with a prompt."""
    return bool(attachment.content) and attachment.hook_event in ("SessionStart", "UserPromptSubmit")


def _spoken(
    kind: Literal["synthetic", "user"],
    made: Told,
    why: str | None = None,
    request: str | None = None,
    results: tuple[tuple[int, JSON], ...] = (),
) -> Gist:
    return Gist(kind, why, made, made.message.role, made.message.origin, request=request, results=results)


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
