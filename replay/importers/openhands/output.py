"""OpenHands evaluation output: one instance a line, each with the history of its agent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from replay.importers import ledgers, lines, peek
from replay.importers.fault import ImportFault
from replay.importers.loose import mapping, text
from replay.importers.openhands import event
from replay.importers.openhands.history import History
from replay.importers.session import digest
from replay.records import JSON, Source, Transcript

NAME = "openhands_output"
_SETTINGS = {"temperature": "temperature", "top_p": "top_p", "max_output_tokens": "max_tokens"}
_BESIDE = {"instruction", "metadata", "test_result", "git_patch", "metrics", "issue"}


def sniff(head: bytes, name: str) -> bool:
    """Whether the first row is an instance with a history, or begins like one that is longer than ``head``."""
    row = next(iter(peek.rows(head, 1)), {})
    if not row.keys() & {"instance_id", "issue"} or not row.keys() & _BESIDE:
        return False
    if "history" not in row:
        return isinstance(row.get("instruction"), str) or "git_patch" in mapping(row.get("test_result"))
    return all(isinstance(item, dict | list) for item in row["history"] or ()) if _is_list(row["history"]) else False


def read(path: Path) -> Iterator[Transcript]:
    """A transcript for each instance, in file order.

    Raises ImportFault where none has a history. Instances without one are counted in the ledger of the transcript
    that follows, or of the last one.
    """
    reading = lines.Count()
    sha256 = digest(path)
    last: Transcript | None = None
    for line, value in _values(path, reading):
        row = mapping(value)
        if not _is_list(row.get("history")) or not row["history"]:
            reading.dropped["instance without a history" if row else "value that is no instance"] += 1
            continue
        told = _instance(row, line, Source(NAME, path.name, sha256=sha256, agent="openhands"), ledgers.taken(reading))
        if told is None:
            reading.dropped["history in which nothing is said"] += 1
            continue
        if last is not None:
            yield last
        last = told
    if last is None:
        raise ImportFault("holds no instance with a history", path=path)
    yield ledgers.added(last, reading)


def _values(path: Path, reading: lines.Count) -> Iterator[tuple[int, JSON]]:
    """The values on the lines; where there are none, what is whole of a first line that is cut off."""
    found = False
    for line, value in lines.values(path, reading):
        found = True
        yield line, value
    if not found:
        ledgers.taken(reading)
        yield from lines.concatenated(path, reading)


def _instance(row: dict[str, JSON], line: int, source: Source, count: lines.Count) -> Transcript | None:
    config = mapping(mapping(row.get("metadata")).get("llm_config"))
    params = {ours: config[theirs] for theirs, ours in _SETTINGS.items() if config.get(theirs) is not None}
    history = History(count, model=text(config.get("model")), params=params)
    for item in event.flat(row["history"]):
        history.add(item, line)
    issue = mapping(row.get("issue"))
    name = text(row.get("instance_id")) or (f"{issue.get('repo')}#{issue.get('number')}" if issue else None)
    return history.transcript(replace(source, session=name, version=history.version, cwd=history.cwd))


def _is_list(value: JSON) -> bool:
    return isinstance(value, list)
