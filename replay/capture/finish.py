"""The log of a capture as transcripts: native files, one a conversation, side calls in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from replay import redact
from replay.errors import UserError
from replay.importers import capture, native
from replay.records import Transcript
from replay.store import slug

MAIN, SIDE = "transcripts", "side"


class Made(NamedTuple):
    """The files written: the main conversations, and those that the agent held beside them."""

    main: tuple[Path, ...] = ()
    side: tuple[Path, ...] = ()


def transcripts(log: Path) -> Made:
    """Write the conversations of ``log`` beside it, in ``transcripts`` and ``side``; nothing for a log without any."""
    written: dict[str, list[Path]] = {MAIN: [], SIDE: []}
    try:
        for transcript in capture.read(log):
            kind = SIDE if transcript.source.parent is not None else MAIN
            path = log.parent / kind / f"{_name(transcript)}.jsonl"
            native.write(redact.transcript(transcript), path)
            written[kind].append(path)
    except capture.Empty:
        return Made()
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror or error}", path=log.parent) from error
    return Made(tuple(written[MAIN]), tuple(written[SIDE]))


def _name(transcript: Transcript) -> str:
    agent = transcript.source.agent or "agent"
    return slug(f"{agent}-{(transcript.source.session or transcript.id)[:8]}-{transcript.id}")
