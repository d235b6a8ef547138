"""The log of a capture: one JSON value a line, each message once, no secret, on the disk before the next is written.

The first line is a header. ``{"item": ID, "value": …}`` holds a message, a tool or a block of a system prompt;
``{"exchange": N, "request": …, "lists": …, "response": …}`` is one request with its answer, where ``lists`` tells what
its lists hold: ``{"messages": {"like": M, "keep": K, "items": [ID, …]}}`` are the first K of exchange M and then those.
``importers.capture`` reads it. ``partial`` in place of ``response`` is an answer that did not reach its end.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from itertools import takewhile
from operator import eq
from pathlib import Path
from typing import Any

import msgspec

from replay import redact
from replay.capture.seen import Seen, inflated
from replay.errors import UserError
from replay.records import JSON
from replay.store import now
from replay.wire import sse
from replay.wire.notes import WireError

VERSION = 1
LISTS = ("system", "tools", "messages", "input")
KEPT = {
    *("user-agent", "anthropic-beta", "anthropic-version", "openai-beta", "x-app", "originator", "content-encoding"),
    *("session_id", "session-id", "x-claude-code-session-id", "x-session-affinity", "x-opencode-session"),
    *("x-claude-code-agent-id", "x-claude-code-parent-agent-id", "x-parent-session-id", "x-openai-subagent"),
}
_SECRET = {"authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "proxy-authorization"}
_Raw = dict[str, msgspec.Raw]


class Log:
    """The file ``path``, appended to; not for several threads at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._items: dict[bytes, tuple[str, int]] = {}
        self._last: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self._redacted: dict[str, int] = {}
        self.exchanges = 0
        self._write([{"replay_capture": VERSION, "time": now()}])

    def add(self, seen: Seen) -> None:
        """Write one exchange, whatever its end. Raises ``OSError`` where the disk refuses it."""
        self.exchanges += 1
        secrets = [value for name, value in seen.headers if name.lower() in _SECRET]
        secrets = [word for value in secrets for word in (value, value.rpartition(" ")[2]) if len(word) >= 8]
        lines: list[JSON] = []
        clean = _Redaction(secrets)
        line: dict[str, JSON] = {
            "exchange": self.exchanges,
            "time": seen.time,
            "method": seen.method,
            "url": clean(seen.path),
            "headers": {name.lower(): clean(value) for name, value in seen.headers if name.lower() in KEPT},
        }
        line |= {"upstream": clean(seen.upstream)} if seen.upstream else {}
        errors = [seen.error] if seen.error else []
        clean.count = 0
        try:
            data = inflated(seen.body, seen.header("content-encoding"))
            try:
                line["request"], line["lists"] = self._request(data, clean, lines)
            except (msgspec.DecodeError, UnicodeDecodeError):
                line["request"], line["lists"] = self._request(_repaired(data), clean, lines)
                line["repaired"] = True
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            errors.append(f"a request that is no JSON object: {error}")
        response, whole, why = _response(seen)
        errors += [why] if why else []
        asked, clean.count = clean.count, 0
        if response is not None:
            line["response" if whole else "partial"] = clean(response)  # an agent may hang up right behind its end
        body = response if isinstance(response, dict) else {}
        line["model"] = body.get("model", (line.get("request") or {}).get("model"))
        line |= {"usage": body.get("usage"), "status": seen.status}
        line |= {"first_byte": _rounded(seen.first_byte), "seconds": _rounded(seen.seconds)}
        line |= {"redacted": {"request": asked, "response": clean.count}} if asked or clean.count else {}
        line |= {"error": clean("; ".join(errors))} if errors else {}
        self._write([*lines, line])

    def close(self) -> None:
        """Nothing more will come."""
        os.close(self._file)

    def _request(self, data: bytes, clean: _Redaction, lines: list[JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
        raw: _Raw = msgspec.json.decode(data, type=_Raw)
        request: dict[str, JSON] = {}
        lists: dict[str, JSON] = {}
        for key, value in raw.items():
            if key in LISTS and bytes(value).lstrip().startswith(b"["):
                items = [
                    self._item(bytes(one), clean, lines) for one in msgspec.json.decode(value, type=list[msgspec.Raw])
                ]
                request[key], lists[key] = [], self._told(key, items)
            else:
                request[key] = clean(msgspec.json.decode(value))
        return request, lists

    def _item(self, raw: bytes, clean: _Redaction, lines: list[JSON]) -> str:
        digest = hashlib.sha256(raw).digest()
        if digest not in self._items:
            before = clean.count
            value = clean(msgspec.json.decode(raw))
            name = hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:20]
            count, clean.count = clean.count - before, before
            if name not in self._redacted:
                lines.append({"item": name, "value": value, **({"redacted": count} if count else {})})
            self._redacted[name] = max(count, self._redacted.get(name, 0))
            self._items[digest] = name, count
        name, count = self._items[digest]
        clean.count += count
        return name

    def _told(self, key: str, items: list[str]) -> dict[str, JSON]:
        place = (key, items[0] if items else "")
        number, before = self._last.get(place, (0, []))
        keep = sum(1 for _ in takewhile(bool, map(eq, before, items)))
        self._last[place] = self.exchanges, items
        return {"like": number, "keep": keep, "items": items[keep:]} if keep else {"items": items}

    def _write(self, lines: Sequence[JSON]) -> None:
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)


class _Redaction:
    """Values without secrets: those that ``redact`` knows, and the very ones that came as credentials."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets
        self.count = 0

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        for secret in self._secrets:
            text = msgspec.json.encode(value).decode()
            quoted = msgspec.json.encode(secret).decode()[1:-1]
            if found := text.count(quoted):
                self.count += found
                value = msgspec.json.decode(text.replace(quoted, "[REDACTED:credential]"))
        clean, count = redact.value(value)
        self.count += count
        return clean


class Writer:
    """A thread that adds to a ``Log`` what ``put`` hands it: redaction and the disk keep no stream waiting."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._log = Log(path)
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror or error}", path=path) from error
        self._path = path
        self._queue: queue.SimpleQueue[Seen | None] = queue.SimpleQueue()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="capture log")
        self._thread.start()

    def put(self, seen: Seen) -> None:
        """Hand over an exchange that is over; never blocks."""
        self._queue.put(seen)

    def close(self) -> int:
        """Wait until all is written; the number of exchanges. Raises UserError where the disk refused some."""
        self._queue.put(None)
        self._thread.join()
        self._log.close()
        match self._failed:
            case None:
                pass
            case OSError() as error:
                raise UserError(f"not all was recorded: {error.strerror or error}", path=self._path) from error
            case error:
                raise error
        return self._log.exchanges

    def _work(self) -> None:
        for seen in self._taken():
            try:
                self._log.add(seen)
            except Exception as error:  # noqa: BLE001 - raised by close(); the exchanges after it are still recorded
                self._failed = self._failed or error

    def _taken(self) -> Iterator[Seen]:
        while (seen := self._queue.get()) is not None:
            yield seen


def _repaired(data: bytes) -> bytes:
    """``data`` with lone surrogates, which JavaScript writes, and bytes that are no UTF-8 as U+FFFD.

    Raises ``ValueError`` where it is no JSON all the same.
    """
    text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _response(seen: Seen) -> tuple[JSON, bool, str | None]:
    """The body assembled where it streamed, whether it is whole, and what is wrong with it."""
    received = b"".join(seen.received)
    if not received:
        return None, False, None
    try:
        text = inflated(received, seen.encoding).decode("utf-8", "replace")
    except ValueError as error:
        return None, False, f"a response that cannot be read: {error}"
    try:
        if sse.looks_streamed(text):
            told = sse.assemble(text)
            return told.body, told.whole, None if told.whole else "a stream without its end"
        return msgspec.json.decode(text), True, None
    except WireError as error:
        return None, False, str(error)
    except (msgspec.MsgspecError, RecursionError):
        return text[:10_000], False, "a response that is neither JSON nor a stream of events"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
