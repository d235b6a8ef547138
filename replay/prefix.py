"""What the model had been sent before a turn, and the identity of a transcript."""

from __future__ import annotations

import hashlib
from itertools import chain

from replay.records import Fidelity, Message, Prefix, Transcript, encode


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
