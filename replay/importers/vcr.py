"""Recorded HTTP sessions (VCR): go-vcr YAML, the YAML and JSON of Python's and Ruby's VCR, and pydantic-ai's variant.

An interaction has a ``request`` (``url`` or ``uri``, ``body`` or ``parsed_body``) and a ``response`` (``body``, there a
text, ``{"string": …}`` or ``{"base64_string": …}``, or ``parsed_body``). Requests to the Anthropic, Chat Completions,
Responses and Gemini APIs become transcripts, those of one conversation one; what else was recorded is counted. Headers
are never kept. Fidelity is exact, of the Gemini API full: replay does not speak it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from replay.importers import cassette, conversation, exchanges, google, lines, loose, views
from replay.importers.conversation import Exchange
from replay.importers.fault import ImportFault
from replay.importers.session import digest
from replay.records import JSON, Ledger, Source, Transcript
from replay.wire.notes import WireError

NAME = "vcr"
_LIST = re.compile(r"^(?:http_)?interactions:\s*(?:#.*)?$", re.MULTILINE)
_REQUEST = re.compile(r"^[ -]+request:", re.MULTILINE)
_JSON = re.compile(
    rb'\s*\{(?:\s*"(?:version|recorded_with)"\s*:\s*(?:\d+|"[^"]*")\s*,)?\s*"(?:http_)?interactions"\s*:\s*\['
)
_FETCHED = re.compile(r"/responses/(resp_\w+)(?:\?|$)")
_PENDING = ("queued", "in_progress")


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` opens a list of interactions, in YAML with a request in it."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _JSON.match(head):
        return True
    if head.startswith(b"{") or b"interactions" not in head:
        return False
    text = head.decode("utf-8", "replace")
    listed = _LIST.search(text)
    return listed is not None and _REQUEST.search(text, listed.end()) is not None


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path``, in the order they begin.

    Raises ImportFault where no interaction is a request to a model. The first transcript's ledger has the counts.
    """
    count = lines.Count()
    told: list[Exchange] = []
    pending: dict[str, int] = {}
    for number, value in _interactions(path, count):
        try:
            given = _given(value)
            if (found := _FETCHED.search(str(given["url"]))) and found[1] in pending:
                at = pending.pop(found[1])
                given["request"] = {"model": "", "input": ""}
                told[at] = replace(told[at], answer=exchanges.read(given, number, count.dropped).answer)
                continue
            reader = google.exchange if google.is_request(str(given["url"])) else exchanges.read
            exchange = reader(given, number, count.dropped)
        except WireError as error:
            count.dropped[f"interaction that is no request to a model: {error}"] += 1
            continue
        if exchange.answer is not None and exchange.answer.stop in _PENDING and not exchange.answer.parts:
            pending[exchange.answer.id or ""] = len(told)
            exchange = replace(exchange, answer=None)
        told.append(exchange)
    if not told:
        why = "; ".join(count.dropped) or "no interaction"
        apis = "Anthropic, Chat Completions, Responses or Gemini API"
        raise ImportFault(f"holds no request of the {apis} ({why})", path=path)
    yield from _transcripts(told, Source(NAME, path.name, sha256=digest(path)), count.ledger())


def _transcripts(told: list[Exchange], source: Source, ledger: Ledger) -> Iterator[Transcript]:
    found: dict[bytes, conversation.Conversation] = {}
    for exchange in told:
        found.setdefault(conversation.key(exchange.prefix), conversation.Conversation()).add(exchange)
    for one in found.values():
        yield views.unanswered(one.transcript(source, ledger))
        ledger = Ledger()


def _interactions(path: Path, count: lines.Count) -> Iterator[tuple[int, JSON]]:
    with path.open("rb") as file:
        is_json = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if not is_json:
        yield from cassette.interactions(path, count)
        return
    for number, value in lines.concatenated(path, count):
        for key in ("interactions", "http_interactions"):
            yield from ((number, item) for item in loose.objects(loose.mapping(value).get(key)))


def _given(value: JSON) -> dict[str, JSON]:
    """The interaction as ``exchanges.read`` wants it."""
    request, response = (loose.mapping(loose.mapping(value).get(key)) for key in ("request", "response"))
    url = loose.text(request.get("url")) or loose.text(request.get("uri")) or ""
    if request.get("method", "POST") == "POST":
        body = _body(request)
        if body in (None, "", {}):
            raise WireError("no body")
        if ("generativelanguage" in url or "aiplatform" in url) and not google.is_request(url):
            raise WireError("of the Google API, but asking no model")
    elif _FETCHED.search(url):
        body = None
    else:
        raise WireError(f"a {request['method']}" if isinstance(request.get("method"), str) else "no method")
    answer = _body(response)
    time = loose.mapping(value).get("recorded_at")
    return {"request": {"body": body}, "response": None if answer in (None, "") else answer, "url": url, "time": time}


def _body(half: dict[str, JSON]) -> JSON:
    if "parsed_body" in half:
        return half["parsed_body"]
    match half.get("body"):
        case {"string": body}:
            return exchanges.plain(body)
        case {"base64_string": str(coded)}:
            try:
                return exchanges.plain(base64.b64decode(coded))
            except (binascii.Error, ValueError) as error:
                raise WireError("a body that is no base64") from error
        case body:
            return exchanges.plain(body)
