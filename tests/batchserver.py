"""A server for tests that speaks both providers' batch endpoints, and keeps what it was handed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import loopback

USAGE = {"input_tokens": 10, "output_tokens": 5}


@dataclass
class Provider:
    """What the server was handed: ``batches`` of custom ids by batch id, in order; ``answered`` counts paid requests.

    ``outcomes`` are taken by custom id, one at a time: ``expired``, ``errored``; what has none is answered.
    ``mute`` counts batches that are made while the connection breaks before their id is told. ``ended`` says whether
    batches are done. ``says`` makes a content block of an Anthropic body; without it, the text is the custom id.
    """

    url: str = ""
    batches: dict[str, list[str]] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)
    results: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    mute: int = 0
    ended: bool = True
    says: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    down: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def take(self, ids: list[str]) -> str:
        """A new batch."""
        with self.lock:
            name = f"batch_{len(self.batches)}"
            self.batches[name] = ids
            return name

    def done(self, name: str) -> list[tuple[str, str]]:
        """Custom id and outcome of each request, decided once, in another order than they were handed over."""
        with self.lock:
            if name not in self.results:
                told = []
                for one in reversed(self.batches[name]):
                    planned = self.outcomes.get(one)
                    outcome = "canceled" if name in self.canceled else planned.pop(0) if planned else "succeeded"
                    told.append((one, outcome))
                    self.answered += [one] if outcome == "succeeded" else []
                self.results[name] = told
            return self.results[name]


@contextmanager
def provider() -> Iterator[Provider]:
    """The server on a free port of the loopback interface."""
    kept = Provider()

    class Handler(loopback.Handler):
        def answer(self, body: bytes) -> None:
            if kept.down:
                self.close_connection = True
                return
            told = _answer(kept, self.command, self.path.partition("?")[0], body)
            if told is None:  # the batch is made, and nobody is told
                self.close_connection = True
                self.connection.close()
                return
            self.say(200, told if isinstance(told, bytes) else json.dumps(told).encode())

    with loopback.serving(Handler) as kept.url:
        yield kept


def _answer(kept: Provider, verb: str, path: str, body: bytes) -> Any:
    with kept.lock:
        if path.startswith("/v1/messages/batches"):
            return _anthropic(kept, verb, path.split("/")[4:], body)
        if path == "/v1/files":
            name = f"file_{len(kept.files)}"
            kept.files[name] = body
            return {"id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "f", "purpose": "batch",
                    "status": "processed"}  # fmt: skip
        if path.startswith("/v1/files/"):
            return kept.files[path.split("/")[3]]
        return _openai(kept, verb, path.split("/")[3:], body)


def _made(kept: Provider, name: str, view: dict[str, Any]) -> Any:
    if kept.mute:
        kept.mute -= 1
        return None
    return view


def _anthropic(kept: Provider, verb: str, parts: list[str], body: bytes) -> Any:
    if verb == "POST" and not parts:
        requests = json.loads(body)["requests"]
        kept.bodies |= {one["custom_id"]: one["params"] for one in requests}
        name = kept.take([one["custom_id"] for one in requests])
        return _made(kept, name, _anthropic_view(kept, name))
    if not parts:
        views = [_anthropic_view(kept, name) for name in reversed(kept.batches)]
        return {"data": views, "has_more": False, "first_id": None, "last_id": None}
    if parts[1:] == ["cancel"]:
        kept.canceled.add(parts[0])
    if parts[1:] == ["results"]:
        rows = [{"custom_id": key, "result": _anthropic_result(kept, key, how)} for key, how in kept.done(parts[0])]
        return "\n".join(map(json.dumps, rows)).encode()
    return _anthropic_view(kept, parts[0])


def _anthropic_view(kept: Provider, name: str) -> dict[str, Any]:
    ended = kept.ended or name in kept.canceled
    count = len(kept.batches[name])
    counts = {"processing": 0 if ended else count, "succeeded": count if ended else 0, "errored": 0, "canceled": 0,
              "expired": 0}  # fmt: skip
    return {"id": name, "type": "message_batch", "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts, "created_at": "2100-01-01T00:00:00Z"}  # fmt: skip


def _anthropic_result(kept: Provider, key: str, how: str) -> dict[str, Any]:
    if how == "errored":
        return {"type": "errored", "error": {"type": "error", "error": {"type": "api_error", "message": "sorry"}}}
    if how != "succeeded":
        return {"type": how}
    content = kept.says(kept.bodies[key]) if kept.says else {"type": "text", "text": key}
    message = {"id": f"msg_{key[:8]}", "type": "message", "role": "assistant", "model": "m",
               "content": [content], "stop_reason": "end_turn", "stop_sequence": None,
               "usage": {**USAGE, "service_tier": "batch"}}  # fmt: skip
    return {"type": "succeeded", "message": message}


def _openai(kept: Provider, verb: str, parts: list[str], body: bytes) -> Any:
    if verb == "POST" and not parts:
        told = json.loads(body)
        upload = kept.files[told["input_file_id"]]
        rows = [json.loads(line) for line in re.findall(rb'^\{"custom_id".*$', upload, re.MULTILINE)]
        kept.bodies |= {row["custom_id"]: row for row in rows}
        name = kept.take([row["custom_id"] for row in rows])
        kept.metadata[name] = told["metadata"]
        return _made(kept, name, _openai_view(kept, name))
    if not parts:
        views = [_openai_view(kept, name) for name in reversed(kept.batches)]
        return {"object": "list", "data": views, "has_more": False, "first_id": None, "last_id": None}
    if parts[1:] == ["cancel"]:
        kept.canceled.add(parts[0])
    return _openai_view(kept, parts[0])


def _openai_view(kept: Provider, name: str) -> dict[str, Any]:
    ended = kept.ended or name in kept.canceled
    files: dict[str, str | None] = {"output_file_id": None, "error_file_id": None}
    if ended:
        rows = [_openai_row(key, how) for key, how in kept.done(name)]
        for file, good in (("output_file_id", True), ("error_file_id", False)):
            lines = [json.dumps(row) for row in rows if (row["response"] is not None) is good]
            files[file] = f"{name}_{file}"
            kept.files[f"{name}_{file}"] = "\n".join(lines).encode()
    count = len(kept.batches[name])
    return {"id": name, "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "f",
            "completion_window": "24h", "status": "completed" if ended else "in_progress", "created_at": 0,
            "request_counts": {"total": count, "completed": count if ended else 0, "failed": 0},
            "metadata": kept.metadata.get(name), **files}  # fmt: skip


def _openai_row(key: str, how: str) -> dict[str, Any]:
    if how != "succeeded":
        code = {"expired": "batch_expired", "canceled": "batch_cancelled"}.get(how, "server_error")
        return {"id": "r", "custom_id": key, "response": None, "error": {"code": code, "message": "sorry"}}
    body = {"id": f"c_{key[:8]}", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": key}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}  # fmt: skip
    return {
        "id": "r",
        "custom_id": key,
        "response": {"status_code": 200, "request_id": "q", "body": body},
        "error": None,
    }
