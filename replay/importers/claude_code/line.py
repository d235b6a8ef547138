"""One line of a session log: typed, tolerant of what it does not know, its big parts bytes until they are asked for."""

from __future__ import annotations

import json

import msgspec

from replay.importers.lines import BLANK
from replay.records import JSON

NOTHING = msgspec.Raw(b"")


class Attachment(msgspec.Struct, rename="camel"):
    """The part of an attachment that says what it is."""

    type: str = "unknown"
    hook_event: str | None = None
    content: JSON = None


class Line(msgspec.Struct, rename="camel"):
    """The fields of a row that matter here. What a row does not have is None."""

    type: str
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    timestamp: str | None = None
    cwd: str | None = None
    version: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    message: dict[str, JSON] | None = None
    tool_use_result: JSON = None
    content: JSON = None
    hooked: str | None = msgspec.field(name="toolUseID", default=None)
    request_ref: str | None = None
    subtype: str | None = None
    microcompact_metadata: dict[str, JSON] | None = None
    attachment: msgspec.Raw = NOTHING
    rendered: JSON = None
    rendered_role: str | None = None
    data: msgspec.Raw = NOTHING
    told: Attachment | None = None
    inner: Progress | None = None
    id: str | None = None
    hash: str | None = None
    query_source: str | None = None
    shape_hash: str | None = None
    shape: dict[str, JSON] | None = None
    params: dict[str, JSON] | None = None
    base: str | None = None
    keep: int = 0
    tail: list[str] | None = None
    cache_control: list[JSON] | None = None
    request_digest: str | None = None


class Progress(msgspec.Struct, rename="camel"):
    """The part of a progress row that says what it is; of a sub-agent's message also that message, as a row."""

    type: str = "unknown"
    agent_id: str | None = None
    message: Line | None = None


_DECODER = msgspec.json.Decoder(Line)


def is_heard(line: Line) -> bool:
    """Whether the progress in ``line``, once opened, holds what a sub-agent said."""
    told = line.inner
    return told is not None and told.type == "agent_progress" and told.message is not None


def _inner(line: Line) -> Progress | None:
    try:
        return msgspec.json.decode(line.data, type=Progress)
    except (msgspec.MsgspecError, RecursionError):
        return None


def opened(line: Line) -> None:
    """Reads what ``line`` still holds as bytes, so that they can be let go."""
    if line.type == "attachment":
        try:
            line.told = msgspec.json.decode(line.attachment, type=Attachment)
        except (msgspec.MsgspecError, RecursionError):
            line.told = Attachment()
    elif line.type == "progress" and line.inner is None:
        line.inner = _inner(line)
    line.attachment = line.data = NOTHING
    line.content = None


def decode(data: bytes, number: int) -> tuple[Line | None, bool]:
    """The fields of line ``number`` (1-based), and whether bytes of it that are no UTF-8 had to be replaced.

    None for a blank line. Raises msgspec.ValidationError for JSON that is no row, ValueError or RecursionError for what
    is no JSON.
    """
    if (line := _plain(data)) is not None:
        return line, False
    data = data.removeprefix(b"\xef\xbb\xbf").strip(BLANK) if number == 1 else data.strip(BLANK)
    if not data:
        return None, False
    if (line := _plain(data)) is not None:
        return line, False
    text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
    return _DECODER.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")), True


def _plain(data: bytes) -> Line | None:
    """The fields of a line of UTF-8; None for what is no JSON, or no UTF-8."""
    try:
        line = _DECODER.decode(data)
        if (line.attachment is not NOTHING or line.data is not NOTHING) and not data.isascii():
            bytes(line.attachment).decode()
            bytes(line.data).decode()
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return line
