"""Provider-side prompt caches used on purpose: where a request is marked, and which requests share which beginnings.

Anthropic keeps what stands before a ``cache_control`` mark, at most four of them, from some thousand tokens on, for
five minutes after its last use (https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching); a write costs a
quarter more, a read a tenth. OpenAI keeps beginnings of 1,024 tokens and more by itself, and sends requests with one
``prompt_cache_key`` to one place (https://platform.openai.com/docs/guides/prompt-caching). A mark changes what is paid
and not what is answered, so marks are no part of a request's key in our own cache.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from replay.records import JSON, CacheMark
from replay.wire import marks
from replay.wire.notes import Notes

MOST = 4
OPENAI_LEAST = 1024
CHARACTERS = 4  # a token, roughly: only to tell what is too short
_LEAST = (
    (re.compile(r"opus-4-[5-9]|haiku-4-[5-9]|opus-[5-9]|haiku-[5-9]|mythos"), 4096),
    (re.compile("haiku-3"), 2048),
)
_UNMARKED = frozenset({"thinking", "redacted_thinking"})
_OFFICIAL = ("", "https://api.openai.com", "https://api.openai.com/v1")

_IN_STEPS = frozenset({"tools", "system", "instructions", "messages", "input"})
_APIS = frozenset({"anthropic", "openai-chat", "openai-responses"})

Path = tuple[str | int, ...]


class Step(NamedTuple):
    """A piece of a request in the order in which providers keep it: its place, tokens up to its end, and a digest.

    Two requests have the same digest exactly where all before and in the piece is the same.
    """

    path: Path
    tokens: int
    digest: str
    markable: bool


@dataclass(frozen=True)
class Arranged:
    """A body ready to be sent, and the digests of the beginnings that it writes to a cache or reads, shortest first."""

    body: dict[str, JSON]
    shares: tuple[str, ...]


def official(endpoint: str) -> bool:
    """Whether requests to ``endpoint`` go to OpenAI's own API."""
    return endpoint.rstrip("/") in _OFFICIAL


def least(model: str) -> int:
    """The tokens from which on Anthropic keeps a beginning for ``model``."""
    return next((tokens for pattern, tokens in _LEAST if pattern.search(model)), 1024)


def bare(body: dict[str, JSON]) -> dict[str, JSON]:
    """``body`` without cache marks: what decides its answer. It shares with ``body`` whatever has none.

    A mark makes a block of a text, so a text that is the only block is written as the text it is.
    """
    lifted = _lifted(body)[0]
    kept: dict[str, JSON] = {}
    if (system := _folded(lifted.get("system"))) is not lifted.get("system"):
        kept["system"] = system
    if isinstance(messages := lifted.get("messages"), list):
        folded = [_unblocked(message) for message in messages]
        if any(new is not old for new, old in zip(folded, messages, strict=True)):
            kept["messages"] = folded
    return {**lifted, **kept} if kept else lifted


def steps(api: str, endpoint: str, body: dict[str, JSON]) -> tuple[Step, ...]:
    """The pieces of a bare ``body``: tools, system prompt, then the blocks (Anthropic) or messages.

    None for an API that we do not know, or a body that holds other things where these should be.
    """
    if api not in _APIS or ("messages" in body and "input" in body) or ("system" in body and "instructions" in body):
        return ()
    return tuple(_steps(api, endpoint, body))


def digest(body: dict[str, JSON], own: Sequence[Step]) -> bytes:
    """What a bare ``body`` says, in 32 bytes: the pieces that are ``own`` steps, and whatever else is in it."""
    rest = {name: value for name, value in body.items() if name not in _IN_STEPS} if own else body
    last = own[-1].digest if own else ""
    return hashlib.blake2b(msgspec.json.encode([last, rest]), digest_size=32).digest()


def arrange(
    api: str,
    body: dict[str, JSON],
    own: Sequence[Step],
    others: Iterable[Sequence[Step]],
    *,
    endpoint: str,
    repeats: bool,
    early: bool,
) -> Arranged:
    """``body`` marked where a cache can serve what is sent again.

    ``own`` are its steps, ``others`` those of requests of the same case under other arms. ``repeats`` says that the
    whole is sent more than once, ``early`` that tools and system prompt are part of further requests. Marks that are in
    ``body`` stay, and count.
    """
    if not own:
        return Arranged(body, ())
    shared = {length for other in others if (length := _common(own, other))}
    wanted = [len(own) - 1] if repeats else []
    wanted += sorted((length - 1 for length in shared), reverse=True)
    wanted += _early_ends(own) if early else []
    if api == "anthropic":
        return _anthropic(body, own, wanted)
    kept = sorted({place for place in wanted if own[place].tokens >= OPENAI_LEAST})
    shares = tuple(own[place].digest for place in kept)
    if api in {"openai-chat", "openai-responses"} and shares and official(endpoint):
        body = {**body, "prompt_cache_key": body.get("prompt_cache_key") or shares[0][:32]}
    return Arranged(body, shares)


def _anthropic(body: dict[str, JSON], own: Sequence[Step], wanted: Iterable[int]) -> Arranged:
    places = {step.path: place for place, step in enumerate(own)}
    there = _lifted(body)[1]
    at = [places[mark.path[:4]] for mark in there if mark.path[:4] in places]
    automatic = isinstance(body.get("cache_control"), dict)
    taken = set(at) | ({len(own) - 1} if automatic else set())
    room = MOST - len(there) - automatic
    shortest = least(str(body.get("model")))
    added: list[CacheMark] = []
    for place in wanted:
        step = own[place]
        if len(added) < room and place not in taken and step.markable and step.tokens >= shortest:
            taken.add(place)
            # an entry that lives for an hour must not stand after one that lives for minutes
            later = [mark.control for mark, where in zip(there, at, strict=False) if where > place]
            hour = next((control for control in later if control.get("ttl") == "1h"), None)
            added.append(CacheMark(step.path, {"type": "ephemeral", "ttl": "1h"} if hour else {"type": "ephemeral"}))
    shares = tuple(own[place].digest for place in sorted(taken) if own[place].tokens >= shortest)
    return Arranged(marks.put(body, tuple(added), Notes()), shares)


def _common(one: Sequence[Step], other: Sequence[Step]) -> int:
    """How many steps two requests begin with in common."""
    length = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours.digest != theirs.digest:
            break
        length += 1
    return length


def _early_ends(own: Sequence[Step]) -> list[int]:
    """The last step of the system prompt and the last tool."""
    ends = {step.path[0]: place for place, step in enumerate(own) if step.path[0] in {"system", "tools"}}
    return [ends[name] for name in ("system", "tools") if name in ends]


def _lifted(body: dict[str, JSON]) -> tuple[dict[str, JSON], list[CacheMark]]:
    """``body`` without its marks, and they."""
    found: list[CacheMark] = []
    changed: dict[str, Any] = {}
    for name in ("tools", "system", "messages", "input"):
        if isinstance(items := body.get(name), list):
            before = len(found)
            lifted = [marks.lift(item, (name, index), found) for index, item in enumerate(items)]
            if len(found) > before:
                changed[name] = lifted
    if not changed and "cache_control" not in body and "prompt_cache_key" not in body:
        return body, found
    kept = {**body, **changed}
    kept.pop("cache_control", None)
    kept.pop("prompt_cache_key", None)
    return kept, found


def _unblocked(message: JSON) -> JSON:
    if not isinstance(message, dict) or (content := _folded(message.get("content"))) is message.get("content"):
        return message
    return {**message, "content": content}


def _folded(content: JSON) -> JSON:
    match content:
        case [{"type": "text", "text": str(text), **others}] if not others:
            return text
        case _:
            return content


def _steps(api: str, endpoint: str, body: dict[str, JSON]) -> Iterator[Step]:
    hashed = hashlib.blake2b(msgspec.json.encode([api, endpoint, body.get("model")]), digest_size=32)
    size = 0
    settled = False
    for path, piece, markable in _pieces(api, body):
        if path[0] in {"messages", "input"} and not settled:
            settled = True  # these change how messages are kept, and not how tools and system prompt are
            hashed.update(msgspec.json.encode([body.get("tool_choice"), body.get("thinking"), body.get("reasoning")]))
        data = msgspec.json.encode(piece)
        hashed.update(data)
        size += len(data)
        yield Step(path, size // CHARACTERS, hashed.copy().hexdigest(), markable)


def _pieces(api: str, body: dict[str, JSON]) -> Iterator[tuple[Path, JSON, bool]]:
    for index, tool in enumerate(body.get("tools") or ()):
        yield ("tools", index), tool, True
    system = body.get("system", body.get("instructions"))
    for index, block in enumerate(system if isinstance(system, list) else [system] if system else []):
        yield ("system", index), block, bool(block)
    said = body.get("messages", body.get("input"))
    name = "messages" if "messages" in body else "input"
    for index, message in enumerate(said if isinstance(said, list) else [said] if said else []):
        if api != "anthropic":
            yield (name, index), message, False
            continue
        content = message["content"]
        for number, block in enumerate(content if isinstance(content, list) else [content]):
            markable = bool(block) if isinstance(block, str) else _markable(block)
            yield (name, index, "content", number), [message["role"], block], markable


def _markable(block: dict[str, JSON]) -> bool:
    return block.get("type") not in _UNMARKED and block.get("text") != ""
