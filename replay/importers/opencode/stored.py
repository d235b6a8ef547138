"""What an opencode file holds: exports, or the storage's sessions, messages and parts, joined by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from replay.importers import lines
from replay.importers.opencode.values import created
from replay.importers.session import DAMAGED
from replay.records import JSON

_SESSION = ("projectID", "slug", "directory")

Held = tuple[dict[str, JSON], Sequence[tuple[dict[str, JSON], list[JSON]]]]
"""The info of a session and its messages in order, each with its parts."""


def is_export(value: dict[str, JSON]) -> bool:
    """Whether ``value`` is what ``opencode export`` prints: a session with its messages."""
    info = value.get("info")
    return isinstance(info, dict) and any(isinstance(info.get(key), str) for key in _SESSION)


def kind_of(value: dict[str, JSON]) -> str | None:
    """What a value of the storage is: ``session``, ``message``, ``part``, or None."""
    match value:
        case {"sessionID": str(), "messageID": str(), "type": str()}:
            return "part"
        case {"sessionID": str(), "role": "user" | "assistant", "time": dict()}:
            return "message"
        case {"projectID": str(), "directory": str(), "time": dict()}:
            return "session"
        case _:
            return None


@dataclass
class Stored:
    """The values of a file, joined by their ids."""

    count: lines.Count
    exports: list[tuple[dict[str, JSON], list[JSON]]] = field(default_factory=list)
    infos: dict[str, dict[str, JSON]] = field(default_factory=dict)
    messages: dict[str, list[tuple[dict[str, JSON], list[JSON] | None]]] = field(default_factory=dict)
    parts: dict[str, list[JSON]] = field(default_factory=dict)

    def add(self, value: JSON) -> None:
        """One more value of the file."""
        match value:
            case {"info": dict(info), "messages": list(messages)} if is_export(value):
                self.exports.append((info, messages))
            case {"info": dict(info), "parts": list(parts)} if kind_of(info) == "message":
                self.messages.setdefault(str(info["sessionID"]), []).append((info, parts))
            case dict() if (kind := kind_of(value)) is not None:
                self._value(kind, value)
            case list() if value and all(
                isinstance(item, dict) and ("info" in item or kind_of(item)) for item in value
            ):
                for item in value:
                    self.add(item)
            case _:
                self.count.dropped["value that is no session, message or part"] += 1

    def _value(self, kind: str, value: dict[str, Any]) -> None:
        match kind:
            case "session":
                self.infos[str(value.get("id"))] = value
            case "message":
                self.messages.setdefault(value["sessionID"], []).append((value, None))
            case _:
                self.parts.setdefault(value["messageID"], []).append(value)

    def sessions(self) -> Iterator[Held]:
        """The sessions: their info, and their messages in order, each with its parts."""
        for info, told in self.exports:
            yield info, list(self._exported(told))
        for name, messages in self.messages.items():
            messages.sort(key=lambda told: (created(told[0]), str(told[0].get("id"))))
            yield (
                self.infos.get(name, {"id": name}),
                [(m, self._parts(m) if parts is None else parts) for m, parts in messages],
            )
        for left in self.parts.values():
            self.count.dropped["part without its message"] += len(left)

    def _exported(self, told: list[JSON]) -> Iterator[tuple[dict[str, JSON], list[JSON]]]:
        for message in told:
            match message:
                case {"info": dict(info)}:
                    parts = message.get("parts")
                    yield info, parts if isinstance(parts, list) else []
                case _:
                    self.count.dropped["message of an unknown shape"] += 1

    def _parts(self, info: dict[str, JSON]) -> list[JSON]:
        """The parts of a message by their ids, which grow with time; as they stand where an id was blacked out."""
        parts = self.parts.pop(str(info.get("id")), [])
        names = [str(part.get("id")) if isinstance(part, dict) else DAMAGED for part in parts]
        if any(DAMAGED in name for name in names):
            return parts
        return [parts[at] for at in sorted(range(len(parts)), key=names.__getitem__)]
