"""OpenHands completion logs: one file a call, the request and what came back.

Where the model had to be spoken to in text, ``messages`` and ``raw_response`` are that text, and ``raw_messages`` and
``response`` say the same in tool calls: those are read, so that the calls are found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from replay.importers import conversation, document, lines, litellm, peek, views
from replay.importers.fault import ImportFault
from replay.importers.loose import mapping, moment, objects, text
from replay.importers.session import Session, digest
from replay.records import JSON, Fidelity, Source, Transcript
from replay.wire import openai_chat
from replay.wire.notes import WireError

NAME = "openhands_log"
_SIGNS = {"kwargs", "context_window", "latency_sec"}
_NAMED = re.compile(r".+-\d{9,}\.\d+.*\.json")
_NOT_SENT = frozenset({"tools", "messages", "model", "extra_body", "extra_headers", "stream"})


def sniff(head: bytes, name: str) -> bool:
    """Whether the file is an object with a request and what a log adds to it.

    Of messages longer than ``head`` no more is seen: there the file's name, which ends in the time, decides.
    """
    values = peek.values(head, 1)
    row = mapping(values[0] if values else None)
    if not isinstance(row.get("messages"), list):
        return False
    if row.keys() & _SIGNS and "model" not in row:
        return True
    return row.keys() == {"messages"} and _NAMED.fullmatch(name) is not None


def read(path: Path) -> Iterator[Transcript]:
    """The one call in ``path`` as a transcript of one turn. Raises ImportFault where the file holds no whole call.

    ``source.session`` is the same for the calls of one model that begin with the same prompt and first message.
    """
    session = Session(lines.Count())
    row = mapping(document.load(path, session.count))
    in_text = isinstance(row.get("raw_messages"), list)
    answer = litellm.response(row.get("response"))
    if answer is None:
        raise ImportFault("holds no answer of a model", path=path)
    try:
        asked = openai_chat.read_request(_body(row, answer.model, in_text=in_text))
    except WireError as error:
        raise ImportFault(f"holds no request: {error}", path=path) from error
    for message in asked.messages:
        session.say(replace(message, lines=(1, 1)))
    if not answer.parts:
        raise ImportFault("holds an answer in which nothing is said", path=path)
    time = moment(row.get("timestamp")) or answer.time
    session.answer(replace(answer, time=time, lines=(1, 1)), asked.setup)
    if mapping(row.get("kwargs")).get("extra_body") is not None:
        session.count.notes["what the client told its own proxy (extra_body) is left out of the parameters"] = None
    known = ("system prompt", "tool schemas", "parameters")
    if in_text:
        grade = Fidelity("full", recovered=known, inferred=("tool calls from text",))
    else:
        grade = Fidelity("exact", recovered=known, proof="captured request")
    begun = hashlib.sha256(conversation.key(asked) + (asked.setup.model or "").encode()).hexdigest()[:32]
    source = Source(NAME, path.name, sha256=digest(path), session=begun, agent="openhands")
    yield views.unanswered(session.transcript(source, grade))


def _body(row: dict[str, JSON], model: str | None, *, in_text: bool) -> dict[str, JSON]:
    told = mapping(row.get("kwargs"))
    tools = row.get("tools") or told.get("tools")
    body: dict[str, Any] = {name: value for name, value in told.items() if name not in _NOT_SENT}
    if in_text:
        # The stop word ends a call that is written as text; where tools are offered it would cut nothing or too much.
        body.pop("stop", None)
    if (named := text(told.get("model")) or model) is not None:
        body["model"] = named
    if tools:
        body["tools"] = list(objects(tools))
    body["messages"] = row.get("raw_messages") if in_text else row.get("messages")
    return body
