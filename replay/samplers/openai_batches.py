"""OpenAI's Batch API: https://platform.openai.com/docs/api-reference/batch.

The requests are uploaded as a file, the batch is made of it. Our tag is in the batch's metadata, so one whose id was
lost is found for certain.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from replay.samplers import faults
from replay.samplers.batches import CANCELED, EXPIRED, Item, State
from replay.samplers.protocol import Fault

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
PAGES = 20
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_CODES = {"batch_expired": EXPIRED, "batch_cancelled": CANCELED, "batch_canceled": CANCELED}


async def submit(client: Any, items: Sequence[Item], *, path: str, tag: str, headers: dict[str, str]) -> str:  # noqa: ANN401, ARG001 - one signature for all providers
    """Upload ``items`` and make a batch of them for the endpoint ``path``."""
    head = b'","method":"POST","url":"' + path.encode() + b'","body":'
    lines = (b'{"custom_id":"' + key.encode() + head + body + b"}\n" for key, body in items)
    file = await client.files.create(file=(f"replay-{tag}.jsonl", b"".join(lines)), purpose="batch")
    made = await client.batches.create(
        input_file_id=file.id, endpoint=path, completion_window="24h", metadata={"replay": tag}
    )
    return str(made.id)


async def find(client: Any, *, tag: str, requests: int, since: float, known: frozenset[str]) -> str | None:  # noqa: ANN401, ARG001 - one signature for all providers
    """The batch with our tag; None where there is none."""
    pages = 0
    page = await client.batches.list(limit=100)
    while True:
        for one in page.data:
            if (one.metadata or {}).get("replay") == tag:
                return str(one.id)
        pages += 1
        if pages == PAGES or not page.has_next_page():
            return None
        page = await page.get_next_page()


async def state(client: Any, batch: str) -> State:  # noqa: ANN401 - the client of an SDK
    """How the batch is doing."""
    told = await client.batches.retrieve(batch)
    counts = told.request_counts
    done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
    errors = (told.errors.data if told.errors else None) or []
    why = "; ".join(str(error.message) for error in errors[:3]) if told.status == "failed" else ""
    return State(batch, told.status in _ENDED, done, total, why or ("failed" if told.status == "failed" else ""))


async def results(client: Any, batch: str) -> AsyncIterator[tuple[str, bytes | Fault]]:  # noqa: ANN401 - the client of an SDK
    """By custom id the response's JSON, or why there is none; requests that are in neither file were not processed."""
    told = await client.batches.retrieve(batch)
    for file in (told.output_file_id, told.error_file_id):
        if file is None:
            continue
        content = await client.files.content(file)
        for line in content.content.splitlines():
            if line.strip():
                row = msgspec.json.decode(line, type=_Row)
                yield row.custom_id, _outcome(row)


async def cancel(client: Any, batch: str) -> None:  # noqa: ANN401 - the client of an SDK
    """Ask that what is not done yet be left."""
    await client.batches.cancel(batch)


class _Response(msgspec.Struct):
    status_code: int
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Row(msgspec.Struct):
    custom_id: str
    response: _Response | None = None
    error: dict[str, Any] | None = None


def _outcome(row: _Row) -> bytes | Fault:
    if row.response is not None and row.response.status_code == 200:
        return bytes(row.response.body)
    if row.response is not None:
        return faults.told(msgspec.json.decode(row.response.body), row.response.status_code)
    error = row.error or {}
    return _CODES.get(str(error.get("code"))) or faults.told({"error": error})
