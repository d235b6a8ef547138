"""The events of a streamed Messages response, put together: https://docs.anthropic.com/en/api/messages-streaming."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from replay.records import JSON

_APPENDED = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


class Assembly:
    """Takes events one by one; ``body`` is the message so far, ``ended`` whether its last event came."""

    def __init__(self) -> None:
        self.ended = False
        self._message: dict[str, JSON] | None = None
        self._blocks: dict[int, dict[str, JSON]] = {}
        self._cited: dict[int, list[JSON]] = {}
        self._pieces: defaultdict[tuple[int, str], list[str]] = defaultdict(list)

    def take(self, event: dict[str, JSON]) -> None:
        """One more event; what is not known is passed over, as the API asks of its clients."""
        match event:
            case {"type": "message_start", "message": dict(message)}:
                self._message = dict(message)
            case {"type": "content_block_start", "index": int(index), "content_block": dict(block)}:
                self._blocks[index] = dict(block)
            case {"type": "content_block_delta", "index": int(index), "delta": dict(delta)} if index in self._blocks:
                self._extend(index, delta)
            case {"type": "message_delta", "delta": dict(delta)} if self._message is not None:
                self._message.update({key: value for key, value in delta.items() if value is not None})
                self._count(event.get("usage"))
                if isinstance(managed := event.get("context_management"), dict):
                    self._message["context_management"] = managed
            case {"type": "message_stop"}:
                self.ended = True

    def body(self) -> dict[str, JSON] | None:
        """The message as an unstreamed response has it; None where it never started."""
        if self._message is None:
            return None
        for (index, key), pieces in self._pieces.items():
            self._put(self._blocks[index], key, "".join(pieces))
        self._pieces.clear()
        begun = self._message.get("content")
        return {**self._message, "content": [self._blocks[index] for index in sorted(self._blocks)] or begun or []}

    def _extend(self, index: int, delta: dict[str, JSON]) -> None:
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._pieces[index, "input"].append(piece)
            case {"type": "citations_delta", "citation": citation}:
                if index not in self._cited:
                    before = self._blocks[index].get("citations")
                    self._blocks[index]["citations"] = self._cited[index] = (
                        [*before] if isinstance(before, list) else []
                    )
                self._cited[index].append(citation)
            case {"type": str(kind)}:
                known = _APPENDED.get(kind)
                for key, value in delta.items():
                    if isinstance(value, str) and key == (known or key) and key != "type":
                        self._pieces[index, key].append(value)
                    elif key != "type" and value is not None:
                        self._blocks[index][key] = value

    def _count(self, usage: JSON) -> None:
        if isinstance(usage, dict) and self._message is not None:
            before = self._message.get("usage")
            counts = {key: value for key, value in usage.items() if value is not None}
            self._message["usage"] = {**(before if isinstance(before, dict) else {}), **counts}

    @staticmethod
    def _put(block: dict[str, JSON], key: str, text: str) -> None:
        if key != "input":
            before = block.get(key)
            block[key] = (before if isinstance(before, str) else "") + text
        elif text.strip():
            try:
                block[key] = msgspec.json.decode(text)
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                block[key] = text
