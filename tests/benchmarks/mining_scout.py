"""inspect_scout as a user would run it, where it is installed: ``python mining_scout.py FOLDER PLACE PROCESSES``.

Reads the Claude Code logs in FOLDER into a database below PLACE, then greps with a scanner of pure Python what ``replay
mine`` looks at: what the model said and the arguments of its calls.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from typing import Any

from inspect_scout import Result, Transcript, scan, scanner, transcripts_db, transcripts_from
from inspect_scout.sources import claude_code

PATTERN = re.compile(r"except( Exception)?:\s*pass|# type: ignore|as any|\|\| true")


def texts(message: Any) -> Iterator[str]:
    """What an answer says and writes."""
    yield message.text
    for call in message.tool_calls or ():
        yield from (value for value in call.arguments.values() if isinstance(value, str))


@scanner(messages=["assistant"])
def grep() -> Any:
    """Counts what the pattern finds."""

    async def execute(transcript: Transcript) -> Result:
        return Result(value=sum(len(PATTERN.findall(text)) for one in transcript.messages for text in texts(one)))

    return execute


async def load(folder: str, place: str) -> None:
    """The logs as a database, which scanning needs."""
    async with transcripts_db(place) as database:
        await database.insert(claude_code(path=folder))


if __name__ == "__main__":
    logs, place, processes = sys.argv[1:]
    asyncio.run(load(logs, f"{place}/db"))
    done = scan(
        [grep()],
        transcripts=transcripts_from(f"{place}/db"),
        scans=f"{place}/scans",
        display="none",
        max_processes=int(processes),
    )
    sys.exit(not done.complete)
