"""A server for tests that speaks Chat Completions with ``n``, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import loopback

PROMPT, CACHED = 1000, 400


@dataclass
class Chat:
    """What the server was asked (``asked``), and how many choices each request was given (``given``).

    ``gives`` says of how many are asked for how many come; an int from 400 on is a status instead.
    """

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    gives: Callable[[int], int] = lambda wanted: wanted
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def numbers(self) -> list[int]:
        """The ``n`` of each request, in order."""
        return [body.get("n", 1) for body in self.asked]


@contextmanager
def chat() -> Iterator[Chat]:
    """The server on a free port of the loopback interface. Choice number k of a request has k + 1 words."""
    kept = Chat()

    class Handler(loopback.Handler):
        def answer(self, body: bytes) -> None:
            asked = json.loads(body)
            with kept.lock:
                kept.asked.append(asked)
                given = kept.gives(asked.get("n", 1))
                kept.given += [given] if given < 400 else []
            status = given if given >= 400 else 200
            told = {"error": {"message": "no", "code": None}} if status != 200 else answered(given)
            self.say(status, json.dumps(told).encode())

    with loopback.serving(Handler) as url:
        kept.url = f"{url}/v1"
        yield kept


def answered(count: int) -> dict[str, Any]:
    """A response with ``count`` choices, billed 10 tokens and 3 of reasoning for each."""
    choices = [
        {"index": at, "finish_reason": "stop", "message": {"role": "assistant", "content": "word " * (at + 1)}}
        for at in range(count)
    ]
    usage = {
        "prompt_tokens": PROMPT,
        "completion_tokens": 10 * count,
        "total_tokens": PROMPT + 10 * count,
        "prompt_tokens_details": {"cached_tokens": CACHED},
        "completion_tokens_details": {"reasoning_tokens": 3 * count},
    }
    return {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}
