"""Requests of the Gemini API (``generateContent``, ``streamGenerateContent``) and their answers, as they were recorded.

Format: https://ai.google.dev/api/generate-content. The API gives calls no ids and some clients make up their own for
the next request, so calls are numbered as they stand in the contents; of a signature both base64 alphabets are one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from replay.importers.conversation import Exchange
from replay.importers.gemini import contents, parts
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects, text
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Part, Prefix, Reasoning, Text, ToolResult, Usage
from replay.wire.counts import tokens
from replay.wire.notes import WireError

FIDELITY = Fidelity(
    "full", ("system prompt", "tool schemas", "context messages"), proof="captured request, in replay's own form"
)
_METHOD = re.compile(r"/models/([^/:?]+):(?:streamG|g)enerateContent")
_KNOWN = {"contents", "systemInstruction", "system_instruction", "tools", "model"}
_DECLARED = {"functionDeclarations", "function_declarations"}
_DATA = re.compile(r"^data:[ ]?(\{.*)$", re.MULTILINE)


def is_request(url: str) -> bool:
    """Whether a request to ``url`` asks a model for an answer."""
    return _METHOD.search(url) is not None


def exchange(given: dict[str, JSON], line: int, dropped: Counter[str]) -> Exchange:
    """The exchange in ``given``: ``url``, ``request.body``, ``response`` and ``time``.

    A response that gives no answer is counted in ``dropped``. Raises ``WireError`` where the body holds no contents.
    """
    body = _json(mapping(given["request"]).get("body"))
    if not isinstance(body, dict) or not isinstance(body.get("contents"), list | dict | str):
        raise WireError("a body without contents")
    told = _listed(body["contents"])
    numbers = _Numbers()
    count = Count()
    session = Session(count)
    messages = tuple(_messages(told, session, numbers))
    dropped.update(count.dropped)
    if not messages:
        raise WireError("contents that say nothing")
    named = _METHOD.search(str(given["url"]))
    setup = contents.setup({**body, "model": text(body.get("model")) or (named[1] if named else None)})
    params = {key: value for key, value in body.items() if key not in _KNOWN}
    if other := [one for one in objects(body.get("tools")) if not one.keys() & _DECLARED]:
        params["tools"] = other
    answer = _answer(given.get("response"), session, numbers, dropped)
    setup = replace(setup, system=setup.system or (), tools=setup.tools or (), params=params)
    prefix = Prefix(setup, messages)
    return Exchange(line, prefix, answer, text(given.get("time")), FIDELITY)


class _Numbers:
    """Calls by their place in the contents, and which of them wait for a result."""

    def __init__(self) -> None:
        self._made = 0
        self._ids: dict[str, str] = {}
        self._open: defaultdict[str, deque[str]] = defaultdict(deque)

    def part(self, part: JSON) -> JSON:
        """``part`` with the id that its call is known by, and its signature in the one alphabet."""
        if not isinstance(part, dict):
            return part
        sign = text(part.get("thoughtSignature"))
        made = part if sign is None else {**part, "thoughtSignature": sign.replace("-", "+").replace("_", "/")}
        match part:
            case {"functionCall": dict(call)}:
                self._made += 1
                new = f"call_{self._made}"
                if (old := text(call.get("id"))) is not None:
                    self._ids[old] = new
                self._open[str(call.get("name"))].append(new)
                return {**made, "functionCall": {**call, "id": new}}
            case {"functionResponse": dict(result)}:
                waiting = self._open[str(result.get("name"))]
                known = self._ids.get(text(result.get("id")) or "") or (waiting[0] if waiting else None)
                if known is not None and known in waiting:
                    waiting.remove(known)
                return {**made, "functionResponse": {**result, "id": known or result.get("id")}}
        return made


def _messages(told: list[JSON], session: Session, numbers: _Numbers) -> Iterator[Message]:
    for item in told:
        content = {"role": "user", "parts": [{"text": item}]} if isinstance(item, str) else mapping(item)
        made = _parts(content.get("parts"), session, numbers)
        role = content.get("role")
        if not made:
            session.drop("content without parts")
        elif role == "model":
            yield Message("assistant", made, origin="model")
        else:
            results = all(isinstance(part, ToolResult) for part in made)
            yield Message("tool" if results else "user", made, origin="tool" if results else None)


def _parts(told: JSON, session: Session, numbers: _Numbers) -> tuple[Part, ...]:
    return tuple(part for item in _listed(told) for part in parts.read(numbers.part(item), session))


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _json(value: JSON) -> JSON:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise WireError("a body that is no JSON") from error


# --- answers -----------------------------------------------------------------------------------------------


def _answer(response: JSON, session: Session, numbers: _Numbers, dropped: Counter[str]) -> Message | None:
    """The answer in one response, or in the pieces of a streamed one."""
    if response is None:
        return None
    try:
        pieces = [mapping(one) for one in _pieces(response)]
    except WireError:
        dropped["response that is no JSON"] += 1
        return None
    made: list[Part] = []
    stop = model = name = None
    usage: Usage | None = None
    for piece in pieces:
        candidate = next(iter(objects(piece.get("candidates"))), {})
        for part in _parts(mapping(candidate.get("content")).get("parts"), session, numbers):
            _join(made, part)
        stop = text(candidate.get("finishReason")) or stop
        model, name = text(piece.get("modelVersion")) or model, text(piece.get("responseId")) or name
        usage = _usage(piece.get("usageMetadata")) or usage
    if not made:
        failed = any("error" in piece for piece in pieces)
        dropped["response that is an error" if failed else "response that holds no message"] += 1
        return None
    return Message("assistant", tuple(made), id=name, model=model, stop=stop, usage=usage, origin="model")


def _pieces(response: JSON) -> list[JSON]:
    if isinstance(response, str) and (found := _DATA.findall(response)):
        return [_json(one) for one in found]
    return _listed(_json(response))


def _join(made: list[Part], part: Part) -> None:
    """Adds ``part``; text of the same kind goes on where the last piece ended."""
    match made[-1] if made else None, part:
        case Text(before), Text(more):
            made[-1] = Text(before + more)
        case Reasoning(text=before, signature=None), Reasoning(text=more, signature=sign) if more:
            made[-1] = Reasoning(before + more, signature=sign)
        case _:
            made.append(part)


def _usage(counts: JSON) -> Usage | None:
    """The prompt counts its cached part, the candidates do not count thoughts."""
    if not isinstance(counts, dict):
        return None
    cached, thoughts = tokens(counts, "cachedContentTokenCount"), tokens(counts, "thoughtsTokenCount")
    return Usage(
        input=max(0, tokens(counts, "promptTokenCount") - cached),
        cache_read=cached,
        output=tokens(counts, "candidatesTokenCount") + thoughts,
        reasoning=thoughts,
    )
