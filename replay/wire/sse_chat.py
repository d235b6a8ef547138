"""The chunks of a streamed chat completion, put together: https://platform.openai.com/docs/api-reference/chat-streaming.

Servers that speak the same API add fields (``reasoning_content``, ``reasoning_details``) and leave out others (the
``index`` of a tool call); both are allowed for.
"""

from __future__ import annotations

from typing import Any

from replay.records import JSON

_TOP = ("id", "created", "model", "system_fingerprint", "service_tier", "provider")


class _Growing:
    """An object of which pieces come: texts are appended, lists extended, other values replaced."""

    def __init__(self) -> None:
        self._fixed: dict[str, JSON] = {}
        self._texts: dict[str, list[str]] = {}
        self._lists: dict[str, list[JSON]] = {}

    def take(self, piece: dict[str, JSON]) -> None:
        for key, value in piece.items():
            match value:
                case str():
                    self._texts.setdefault(key, []).append(value)
                case list():
                    self._lists.setdefault(key, []).extend(value)
                case None:
                    self._fixed.setdefault(key, None)
                case _:
                    self._fixed[key] = value

    def grown(self) -> dict[str, JSON]:
        return {**self._fixed, **{key: "".join(pieces) for key, pieces in self._texts.items()}, **self._lists}


class _Call:
    """One tool call: id, type and name as first given, the argument text as it grows."""

    def __init__(self) -> None:
        self.head: dict[str, JSON] = {}
        self._named: dict[str, str] = {}
        self._pieces: dict[str, list[str]] = {}

    def take(self, piece: dict[str, JSON]) -> None:
        self.head.update({key: piece[key] for key in ("id", "type") if piece.get(key) and key not in self.head})
        for kind, told in (("function", "arguments"), ("custom", "input")):
            if isinstance(inner := piece.get(kind), dict):
                if isinstance(name := inner.get("name"), str) and name != self._named.get(kind):
                    self._named[kind] = self._named.get(kind, "") + name
                if isinstance(text := inner.get(told), str):
                    self._pieces.setdefault(kind, []).append(text)
                else:
                    self._pieces.setdefault(kind, [])

    def grown(self) -> dict[str, JSON]:
        made = {"type": "function", **self.head}
        for kind, pieces in self._pieces.items():
            told = "input" if kind == "custom" else "arguments"
            made[kind] = {"name": self._named.get(kind, ""), told: "".join(pieces)}
        return made


class _Choice:
    """One of the completion's choices."""

    def __init__(self) -> None:
        self.finish: JSON = None
        self._message = _Growing()
        self._role: JSON = "assistant"
        self._calls: dict[Any, _Call] = {}
        self._last: Any = None
        self._legacy = _Growing()
        self._has_legacy = False

    def take(self, choice: dict[str, JSON]) -> None:
        delta = choice.get("delta", choice.get("message"))
        if isinstance(delta, dict):
            rest = {key: value for key, value in delta.items() if key not in ("role", "tool_calls", "function_call")}
            self._message.take(rest)
            self._role = delta.get("role") or self._role
            if isinstance(calls := delta.get("tool_calls"), list):
                for call in calls:
                    if isinstance(call, dict):
                        self._call(call)
            if isinstance(legacy := delta.get("function_call"), dict):
                self._has_legacy = True
                self._legacy.take(legacy)
        self.finish = choice.get("finish_reason") or self.finish

    def grown(self, index: int) -> dict[str, JSON]:
        message = {"role": self._role, "content": None, **self._message.grown()}
        if self._calls:
            message["tool_calls"] = [call.grown() for call in self._calls.values()]
        if self._has_legacy:
            message["function_call"] = self._legacy.grown()
        return {"index": index, "message": message, "finish_reason": self.finish}

    def _call(self, piece: dict[str, JSON]) -> None:
        place = piece.get("index")
        if not isinstance(place, int):
            key = piece.get("id")
            place = key if isinstance(key, str) and key else self._last if self._last is not None else 0
        self._last = place
        self._calls.setdefault(place, _Call()).take(piece)


class Assembly:
    """Takes chunks one by one; ``body`` is the completion so far, ``ended`` whether a choice gave its finish reason."""

    def __init__(self) -> None:
        self._top: dict[str, JSON] = {}
        self._choices: dict[int, _Choice] = {}

    def take(self, chunk: dict[str, JSON]) -> None:
        """One more chunk."""
        self._top.update({key: chunk[key] for key in _TOP if chunk.get(key) and key not in self._top})
        if isinstance(usage := chunk.get("usage"), dict):
            self._top["usage"] = usage
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                index = choice.get("index")
                place = index if isinstance(index, int) else 0
                self._choices.setdefault(place, _Choice()).take(choice)

    @property
    def ended(self) -> bool:
        """Whether every choice gave the reason it stopped."""
        return bool(self._choices) and all(choice.finish for choice in self._choices.values())

    def body(self) -> dict[str, JSON] | None:
        """The completion as an unstreamed response has it; None where no choice ever came."""
        if not self._choices:
            return None
        choices = [self._choices[index].grown(index) for index in sorted(self._choices)]
        return {**self._top, "object": "chat.completion", "choices": choices}
