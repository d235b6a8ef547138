"""The sub-agents of a chat: what it shows of each, as a transcript of its own."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from replay.importers import loose
from replay.importers.copilot_chat import shown
from replay.importers.lines import Count
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Setup, Source, Text, Transcript

_GRADE = Fidelity("text", missing=("system prompt", "tool schemas", "tool arguments", "tool results"))


def read(requests: list[dict[str, JSON]], source: Source) -> Iterator[Transcript]:
    """The sub-agents that ``requests`` show parts of, in the order in which they begin."""
    parts: dict[str, list[dict[str, JSON]]] = {}
    starts: dict[str, dict[str, JSON]] = {}
    for request in requests:
        response = request.get("response")
        for part in loose.objects(loose.mapping(response).get("value", response)):
            if (key := shown.owner(part)) is not None:
                parts.setdefault(key, []).append(part)
            match part:
                case {"toolCallId": str(call), "toolSpecificData": {"kind": "subagent"}}:
                    starts.setdefault(call, loose.mapping(part["toolSpecificData"]))
    for key, own in parts.items():
        start = starts.get(key, {})
        session = Session(Count(rows=len(own)))
        setup = Setup(model=loose.text(start.get("modelName")))
        if prompt := loose.text(start.get("prompt")):
            session.say(Message("user", (Text(prompt),), origin="client"))
        for said, answered in shown.read(own, session):
            session.answer(Message("assistant", tuple(said), model=setup.model, origin="model"), setup)
            if answered:
                session.say(Message("tool", tuple(answered), origin="tool"))
        if result := loose.text(start.get("result")):
            session.answer(Message("assistant", (Text(result),), model=setup.model, origin="model"), setup)
        if session.turns:
            name = loose.text(start.get("agentName"))
            agent = f"{source.agent} ({name})" if name else source.agent
            about = replace(source, session=f"{source.session or ''}/{key}", parent=source.session, agent=agent)
            yield session.transcript(about, _GRADE)
