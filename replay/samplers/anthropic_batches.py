"""Anthropic's Message Batches: https://docs.anthropic.com/en/api/creating-message-batches.

A batch has no place for a name of ours. One whose id was lost is known by its time and number of requests, and proved
by the custom ids in its results, which are request keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from replay.samplers import faults
from replay.samplers.batches import CANCELED, EXPIRED, Item, State
from replay.samplers.protocol import Fault

MOST_REQUESTS = 100_000
MOST_BYTES = 256_000_000
PATH = "/v1/messages/batches"
SKEW = 300.0  # seconds by which the provider's clock and ours may differ
PAGES = 20


async def submit(client: Any, items: Sequence[Item], *, path: str, tag: str, headers: dict[str, str]) -> str:  # noqa: ANN401, ARG001 - one signature for all providers
    """Hand over ``items``, each body byte for byte."""
    parts = (b'{"custom_id":"' + key.encode() + b'","params":' + body + b"}" for key, body in items)
    made = await _call(client, "post", PATH, content=b'{"requests":[' + b",".join(parts) + b"]}", headers=headers)
    return str(made["id"])


async def find(client: Any, *, tag: str, requests: int, since: float, known: frozenset[str]) -> str | None:  # noqa: ANN401, ARG001 - one signature for all providers
    """The newest batch of so many requests made since then; None where there is none."""
    after = ""
    for _ in range(PAGES):
        page = await _call(client, "get", f"{PATH}?limit=100{after}")
        for one in page["data"]:
            made = datetime.fromisoformat(one["created_at"]).timestamp()
            if made >= since - SKEW and one["id"] not in known and sum(one["request_counts"].values()) == requests:
                return str(one["id"])
        if not page.get("has_more") or not page["data"]:
            return None
        after = f"&after_id={page['last_id']}"
    return None


async def state(client: Any, batch: str) -> State:  # noqa: ANN401 - the client of an SDK
    """How the batch is doing."""
    told = await _call(client, "get", f"{PATH}/{batch}")
    counts = told["request_counts"]
    total = sum(counts.values())
    return State(batch, told["processing_status"] == "ended", total - counts.get("processing", 0), total)


async def results(client: Any, batch: str) -> AsyncIterator[tuple[str, bytes | Fault]]:  # noqa: ANN401 - the client of an SDK
    """By custom id the message's JSON, or why there is none."""
    for line in (await _read(client, "get", f"{PATH}/{batch}/results")).splitlines():
        if line.strip():
            row = msgspec.json.decode(line, type=_Row)
            yield row.custom_id, _outcome(row.result)


async def cancel(client: Any, batch: str) -> None:  # noqa: ANN401 - the client of an SDK
    """Ask that what is not done yet be left."""
    await _call(client, "post", f"{PATH}/{batch}/cancel", content=b"")


class _Result(msgspec.Struct):
    type: str
    message: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


class _Row(msgspec.Struct):
    custom_id: str
    result: _Result


def _outcome(result: _Result) -> bytes | Fault:
    match result.type:
        case "succeeded":
            return bytes(result.message)
        case "expired":
            return EXPIRED
        case "canceled":
            return CANCELED
        case _:
            return faults.told(result.error)


async def _call(client: Any, verb: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - the provider's own JSON
    return msgspec.json.decode(await _read(client, verb, path, **options))


async def _read(
    client: Any,  # noqa: ANN401 - the client of an SDK
    verb: str,
    path: str,
    *,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    from anthropic import AsyncAPIResponse

    body = {} if content is None else {"content": content}
    options = {"headers": headers} if headers else {}
    response = await getattr(client, verb)(path, cast_to=AsyncAPIResponse[Any], options=options, **body)
    data: bytes = await response.read()
    return data
