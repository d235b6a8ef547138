"""What the model had been sent before a turn, and the identity of a transcript."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain

import msgspec

from replay.records import Fidelity, Message, Prefix, Text, ToolResult, Transcript, encode


def identify(transcript: Transcript) -> str:
    """16 hex digits of the SHA-256 over setups, messages and turns: equal content has equal id, wherever it lies."""
    digest = hashlib.sha256(encode(transcript.setups))
    for index, message in enumerate(transcript.messages):
        digest.update(b"," if index else b"[")
        digest.update(encode(message))
    digest.update(b"]" if transcript.messages else b"[]")
    digest.update(encode(transcript.turns))
    return digest.hexdigest()[:16]


def prefix(transcript: Transcript, turn: int) -> Prefix:
    """The request of ``turn`` (0-based) without its answer: setup, messages and cache marks, in wire order."""
    view = transcript.turns[turn]
    messages = tuple(chain.from_iterable(transcript.messages[start:stop] for start, stop in view.prefix))
    return Prefix(setup=transcript.setups[view.setup], messages=messages, cache=view.cache)


def completion(transcript: Transcript, turn: int) -> Message:
    """What the recorded model answered at ``turn``."""
    return transcript.messages[transcript.turns[turn].message]


def fidelity(transcript: Transcript, turn: int) -> Fidelity:
    """The grade of the prefix at ``turn``."""
    return transcript.turns[turn].fidelity or transcript.fidelity


# --- the same answer in several transcripts ----------------------------------------------------------------

_ENCODER = msgspec.json.Encoder()
_PRIME = (1 << 127) - 1
_BASE = 0x5F3B_8C1D_9E27_A465_D013_7BF2_4C69_8EA1


def answers(transcript: Transcript) -> Iterator[str]:
    """For each turn, 16 hex digits of what was said before it and of the answer: forks of a session share them.

    What a copy may tell otherwise is left out: lines, times, setup, what the client noted. The answer's own id counts.
    A polynomial over digests of messages (Karp and Rabin) gives any prefix in time linear in the number of its ranges.
    """
    said: list[bytes] = []
    sums = [0]
    names: dict[int, str] = {}
    for index, message in enumerate(transcript.messages):
        said.append(_said(message))
        sums.append((sums[-1] * _BASE + int.from_bytes(said[-1])) % _PRIME)
        if message.id is not None:
            names[index] = message.id
    for turn in transcript.turns:
        before = length = 0
        for start, stop in turn.prefix:
            power = pow(_BASE, stop - start, _PRIME) if start or before else 0
            before = (before * power + sums[stop] - sums[start] * power) % _PRIME
            length += stop - start
        whole = msgspec.json.encode((length, str(before), said[turn.message], names.get(turn.message)))
        yield hashlib.sha256(whole).hexdigest()[:16]


def _said(message: Message) -> bytes:
    """16 bytes of what was told in a message; of results, which are most of a log, their calls and lengths."""
    told = [_shape(part) if isinstance(part, ToolResult) else part for part in message.parts]
    return hashlib.blake2b(_ENCODER.encode((message.role, told)), digest_size=16).digest()


def _shape(result: ToolResult) -> tuple[str, bool | None, list[int]]:
    return result.call, result.is_error, [len(part.text) if isinstance(part, Text) else -1 for part in result.parts]
