"""Aider: the requests it logged (``.aider.llm.history``) and the chat it kept for people (``.chat.history.md``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from replay.importers.aider import chat_history, llm_history
from replay.records import Transcript

NAME = "aider"
_REQUESTS = re.compile(rb"\s*(?:TO LLM|LLM RESPONSE) \d{4}-\d\d-\d\dT")
_STARTED = re.compile(rb"^# aider chat started at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s*$", re.MULTILINE)
_HEADING = re.compile(rb"^# ", re.MULTILINE)
_LOOKED = 64 * 1024


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` begins with a logged request, or its first heading is the start of a chat."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    return _REQUESTS.match(head) is not None or _is_chat(head)


def read(path: Path) -> Iterator[Transcript]:
    """One transcript for a log of requests; one a session, in file order, for a chat.

    Raises ImportFault where no model answers.
    """
    with path.open("rb") as file:
        head = file.read(_LOOKED).removeprefix(b"\xef\xbb\xbf").lstrip(b"\0")
    yield from (llm_history if _REQUESTS.match(head) else chat_history).read(path, NAME)


def _is_chat(head: bytes) -> bool:
    started, heading = _STARTED.search(head), _HEADING.search(head)
    return started is not None and heading is not None and started.start() == heading.start()
