"""The events of a streamed response of the Responses API, put together.

Format: https://platform.openai.com/docs/api-reference/responses-streaming. The last event repeats the whole response;
where it does not come, or comes without output, the output is put together from the events before it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from replay.records import JSON

_LAST = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_ITEM = {
    "response.function_call_arguments.delta": "arguments",
    "response.mcp_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
    "response.code_interpreter_call_code.delta": "code",
}
_CONTENT = {
    "response.output_text.delta": ("content", "content_index", "output_text", "text"),
    "response.refusal.delta": ("content", "content_index", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "content_index", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "summary_text", "text"),
}


class Assembly:
    """Takes events one by one; ``body`` is the response so far, ``ended`` whether it was said to be over."""

    def __init__(self) -> None:
        self.ended = False
        self._response: dict[str, JSON] | None = None
        self._items: dict[int, dict[str, JSON]] = {}
        self._done: set[int] = set()
        self._fields: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        self._blocks: defaultdict[tuple[int, str, int], list[str]] = defaultdict(list)

    def take(self, event: dict[str, JSON]) -> None:
        """One more event; what is not known is passed over."""
        kind: Any = event.get("type")
        match event:
            case {"response": dict(response)}:
                self._response = response
                self.ended = self.ended or kind in _LAST
            case {"type": "response.output_item.added", "output_index": int(index), "item": dict(item)}:
                self._items.setdefault(index, item)
            case {"type": "response.output_item.done", "output_index": int(index), "item": dict(item)}:
                self._items[index] = item
                self._done.add(index)
            case {"output_index": int(index), "delta": str(piece)} if kind in _ITEM:
                self._fields[index, _ITEM[kind]].append(piece)
            case {"output_index": int(index), "delta": str(piece)} if kind in _CONTENT:
                place = event.get(_CONTENT[kind][1])
                self._blocks[index, kind, place if isinstance(place, int) else 0].append(piece)

    def body(self) -> dict[str, JSON] | None:
        """The response as it comes unstreamed; None where nothing of it came."""
        if self._response is None and not self._items:
            return None
        base = {"object": "response", "status": "in_progress", **(self._response or {})}
        if isinstance(output := base.get("output"), list) and output:
            return base
        return {**base, "output": self._output()}

    def _output(self) -> list[JSON]:
        grown = {index: dict(item) for index, item in self._items.items()}
        for (index, key), pieces in self._fields.items():
            if index in grown and index not in self._done:
                grown[index][key] = "".join(pieces)
        for (index, kind, _), pieces in sorted(self._blocks.items(), key=lambda entry: entry[0][2]):
            if index in grown and index not in self._done:
                holder, _, block, key = _CONTENT[kind]
                before = grown[index].get(holder)
                text = {"type": block, key: "".join(pieces)}
                grown[index][holder] = [*(before if isinstance(before, list) else ()), text]
        return [grown[index] for index in sorted(grown)]
