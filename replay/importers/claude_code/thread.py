"""The tree of a session: rows grouped into responses, prompts and marks, each hanging under the one before it.

Rows are chained by ``parentUuid``, but a response is spread over several rows and the results of parallel calls hang
under different ones of them; so the tree is built of whole responses, and results are attached by ``tool_use_id``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from replay.importers.claude_code import units
from replay.importers.claude_code.gist import NOTHING, Answer, Compaction, Gist, Mark, Speech
from replay.importers.claude_code.rows import Row
from replay.importers.claude_code.units import Unit
from replay.records import JSON

CUT = "earlier messages"
ATTACHMENT = "attachment text"
PLACE = "place of attachments"
REMOVED = "text of removed results"
UNANSWERED = "result of an interrupted call"


@dataclass
class Thread:
    """The units of one conversation in file order, and what of its rows was left out."""

    units: list[Unit] = field(default_factory=list)
    synthetic: list[Unit] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    attachments: Counter[str] = field(default_factory=Counter)
    compactions: int = 0
    cut: int = 0


def build(rows: Iterable[Row], parents: dict[str, str | None], *, side: frozenset[str] = frozenset()) -> Thread:
    """The thread of ``rows``. ``parents`` holds the parent of every row of the file.

    Answers to the requests ``side`` are left out: they are not of this conversation.
    """
    return _Builder(parents, side).build(rows)


class _Builder:
    def __init__(self, parents: dict[str, str | None], side: frozenset[str]) -> None:
        self._parents, self._side = parents, side
        self._thread = Thread()
        self._responses: dict[str, Unit] = {}
        self._owner: dict[str, Unit] = {}
        self._calls: dict[str, Unit] = {}
        self._results: list[tuple[Row, int, JSON]] = []
        self._climbed: dict[str, tuple[Unit | None, bool]] = {}

    def build(self, rows: Iterable[Row]) -> Thread:
        for row in rows:
            told, row.gist = row.gist, NOTHING
            self._place(row, told)
        for unit in self._responses.values():
            units.finish(unit)
            for call in unit.calls:
                self._calls[call] = unit
        for row, place, call in self._results:
            self._attach(row, place, call)
        self._results.clear()
        self._climbed.clear()
        for unit in self._thread.units:
            unit.parent, cut = self._climb(unit.under)
            if cut:
                self._thread.cut += 1
                unit.missing |= {CUT}
            left = [call for call in unit.calls if call not in unit.results]
            if left:
                unit.missing |= {UNANSWERED}
        return self._thread

    # --- one row ---------------------------------------------------------------------------------------------

    def _place(self, row: Row, told: Gist) -> None:
        if told.request in self._side:
            self._thread.dropped["answer to a side request"] += 1
            return
        if told.why is not None:
            self._thread.dropped[told.why] += 1
        for place, call in told.results:
            self._results.append((row, place, call))
        match told:
            case Answer():
                key = told.id or row.uuid or f"line {row.line}"
                unit = self._responses.get(key)
                if unit is None:
                    unit = self._responses[key] = Unit("response", row.line, row.parent_uuid, model=told.model)
                    self._thread.units.append(unit)
                unit.rows.append(row)
                unit.calls += told.calls
                unit.request = told.request or unit.request
                self._own(row, unit)
            case Speech():
                unit = Unit("user", row.line, row.parent_uuid, [row], told.said, told.role, told.origin)
                if row.type == "assistant":
                    self._thread.synthetic.append(unit)
                else:
                    unit.missing = frozenset({PLACE}) if row.type == "attachment" else frozenset()
                    self._hang(row, unit)
            case Mark():
                unit = Unit("mark", row.line, row.parent_uuid, removed=told.removed)
                if told.attachment is not None:
                    unit.missing = frozenset({ATTACHMENT})
                    self._thread.attachments[told.attachment] += 1
                self._hang(row, unit)
            case Compaction():
                self._thread.compactions += 1
                if row.uuid is not None:
                    self._parents[row.uuid] = None

    # --- the whole --------------------------------------------------------------------------------------------

    def _hang(self, row: Row, unit: Unit) -> None:
        self._thread.units.append(unit)
        self._own(row, unit)

    def _own(self, row: Row, unit: Unit) -> None:
        if row.uuid is not None:
            self._owner[row.uuid] = unit

    def _attach(self, row: Row, place: int, call: JSON) -> None:
        above, _ = self._climb(row.parent_uuid)
        unit = above if above is not None and call in above.calls else self._calls.get(str(call))
        if unit is None:
            self._thread.dropped["result without its call"] += 1
        elif call in unit.results:
            self._thread.dropped["second result of a call"] += 1
        else:
            if isinstance(unit.results, dict):
                unit.results[str(call)] = row, place
            else:
                unit.results = {str(call): (row, place)}
            if row.uuid is not None and row.uuid not in self._owner:
                self._owner[row.uuid] = unit

    def _climb(self, uuid: str | None) -> tuple[Unit | None, bool]:
        """The unit that row ``uuid`` belongs to or hangs under, and whether its chain leaves the file."""
        passed: list[str] = []
        walked: set[str] = set()
        found: tuple[Unit | None, bool] = (None, False)
        while uuid is not None and uuid not in walked:
            if uuid in self._owner:
                found = self._owner[uuid], False
                break
            if uuid in self._climbed:
                found = self._climbed[uuid]
                break
            if uuid not in self._parents:
                found = None, True
                break
            passed.append(uuid)
            walked.add(uuid)
            uuid = self._parents[uuid]
        self._climbed.update((item, found) for item in passed)
        return found


def forks(thread: Thread) -> int:
    """How many prompts stand beside another one under the same parent: edited or rewound prompts."""
    typed: defaultdict[int, int] = defaultdict(int)
    for unit in thread.units:
        if unit.kind == "user" and unit.origin == "typed":
            typed[id(unit.parent)] += unit.parent is not None
    return sum(count - 1 for count in typed.values() if count > 1)
