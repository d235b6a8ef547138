"""System prompts and tool definitions kept by agent and version, for transcripts of the same that do not hold them.

They come from captures (``replay prompts add``) and lie in ``.replay/prompts``, one file an agent and version. A prompt
holds what its agent put there about its own session (folder, date): it is marked as supplied, never as seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from replay import redact, supply
from replay.errors import UserError
from replay.records import JSON, Part, Record, Setup, Text, Tool, Transcript, decode, encode
from replay.store import home, slug
from replay.wire import anthropic_blocks, openai_items, openai_parts

_BILLING = "x-anthropic-billing-header"


class Entry(Record, frozen=True):
    """What the agent ``agent`` in ``version`` sends around the messages; ``transcript`` is the one it is from."""

    agent: str
    version: str
    setup: Setup
    transcript: str


def folder() -> Path:
    """Where the entries lie."""
    return home() / "prompts"


def add(transcript: Transcript) -> Entry | None:
    """Keep what ``transcript`` shows of its agent's prompt and tools; None where it does not show both, or no version.

    An entry of the same agent and version is replaced. Secrets are redacted.
    """
    source = transcript.source
    whole = [setup for setup in transcript.setups if setup.system is not None and setup.tools]
    if not whole or source.agent is None or source.version is None or source.parent is not None:
        return None
    system = tuple(p for p in whole[0].system or () if not (isinstance(p, Text) and p.text.startswith(_BILLING)))
    kept = Setup(whole[0].api, whole[0].model, system, whole[0].system_form, whole[0].tools)
    clean, _ = redact.value(kept)
    entry = Entry(source.agent, source.version, clean, transcript.id)
    path = _path(entry.agent, entry.version)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(entry))
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror or error}", path=path) from error
    return entry


def entries() -> Iterator[Entry]:
    """What is kept, in order of agent and version. Raises UserError for a file that is no entry."""
    for path in sorted(folder().glob("*.json")):
        yield _read(path)


def given(transcript: Transcript) -> supply.Given | None:
    """What is kept of the transcript's own agent and version; None where nothing is."""
    source = transcript.source
    if source.agent is None or source.version is None or not (path := _path(source.agent, source.version)).is_file():
        return None
    entry = _read(path)
    origin = f"from a capture of {entry.agent} {entry.version}"
    return supply.Given(origin, entry.setup.system or None, entry.setup.tools, entry.setup.system_form)


def from_files(system: Path | None, tools: Path | None) -> supply.Given:
    """What two files of the user's hold: a text (or a JSON list of blocks), and a JSON list of tool definitions.

    The definitions may be in the form of any of the three APIs. Raises UserError where a file holds none.
    """
    origin = f"from {' and '.join(path.name for path in (system, tools) if path is not None)}"
    return supply.Given(
        origin, None if system is None else _system(system), None if tools is None else tuple(_tools(tools))
    )


def filled(transcript: Transcript, explicit: supply.Given | None = None) -> Transcript:
    """``transcript`` with what it lacks: as given explicitly, then from what is kept of its agent and version."""
    if explicit is not None:
        transcript = supply.fill(transcript, explicit)
    kept = given(transcript)
    return transcript if kept is None else supply.fill(transcript, kept)


def _path(agent: str, version: str) -> Path:
    return folder() / f"{slug(agent).lower()}-{slug(version)}.json"


def _read(path: Path) -> Entry:
    try:
        return decode(path.read_bytes(), Entry)
    except (OSError, msgspec.MsgspecError) as error:
        raise UserError(f"no kept prompt: {error}: delete it and add it again", path=path) from error


def _system(path: Path) -> tuple[Part, ...]:
    text = _text(path)
    try:
        value: JSON = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        value = None
    match value:
        case [dict(), *_] if all(isinstance(block, dict) and "type" in block for block in value):
            return tuple(
                anthropic_blocks.read_system({k: v for k, v in b.items() if k != "cache_control"}) for b in value
            )
        case _:
            return (Text(text),)


def _tools(path: Path) -> Iterator[Tool]:
    try:
        value: JSON = msgspec.json.decode(_text(path))
    except msgspec.MsgspecError as error:
        raise UserError(f"not JSON: {error}: give a list of tool definitions", path=path) from error
    if isinstance(value, dict):
        value = value.get("tools")
    if not isinstance(value, list) or not value:
        raise UserError("no list of tool definitions", path=path)
    for number, item in enumerate(value, start=1):
        match item:
            case {"input_schema": dict(), "name": str()}:
                read = anthropic_blocks.read_tool(item)
            case {"function": {"name": str()}}:
                read = openai_parts.read_tool(item)
            case {"parameters": dict(), "name": str()}:
                read = openai_items.read_tool(item)
            case _:
                raise UserError(f"tool {number} has no `name` with `input_schema` or `parameters`", path=path)
        yield Tool(read.name, read.description, read.schema)  # without what only the one API has: any may be sent it


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot be read: {error}", path=path) from error
