"""A transcript of one thread: the pool, a turn for each response with the ranges it was sent, fidelity and ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from replay import prefix
from replay.importers.claude_code import pool, thread, units
from replay.importers.claude_code.captured import Places, Request, Requests, is_main
from replay.importers.claude_code.rows import Row
from replay.importers.claude_code.units import Unit
from replay.records import Fidelity, Ledger, Message, Setup, Source, ToolResult, Transcript, Turn

UNKNOWN = ("system prompt", "tool schemas", "sampling parameters")
SENT = "every message matches its recorded hash and the whole request its digest"
HASHED = "every message matches its recorded hash; no digest of the whole request was recorded"
_GRADES = ("exact", "full", "partial", "text")
State = tuple[pool.Ranges, frozenset[str]]


@dataclass(frozen=True)
class Part:
    """What one thread brings to its transcript: its rows, its requests, the parents of all rows of the file."""

    rows: Sequence[Row]
    requests: Sequence[Row]
    parents: dict[str, str | None]


def transcript(part: Part, source: Source, *, lines: int, dropped: Counter[str], repaired: int = 0) -> Transcript:
    """The transcript of ``part``. ``lines`` and ``dropped`` are what the file holds beyond the thread's own rows."""
    requests = [row for row in part.requests if row.type == "api-request"]
    main = [row for row in requests if is_main(row)] or requests
    kept = {row.id for row in main}
    side = frozenset(row.id for row in requests if row.id is not None and row.id not in kept)
    talk = thread.build(part.rows, part.parents, side=side)
    work = _Work(talk, part.requests, kept)
    turns = work.turns()
    ledger = Ledger(
        rows=len(part.rows) + len(part.requests) + lines,
        dropped=dict(sorted(_plus(dropped, talk.dropped, _lost(talk, requests, work, side)).items())),
        repaired=repaired,
        unanswered=sum(call not in unit.results for unit in talk.units for call in unit.calls),
        notes=tuple(_notes(talk, part.rows)),
    )
    fidelity, summed = _summed(turns, work.fidelities, captured=bool(main))
    made = Transcript(
        id="",
        source=source,
        setups=tuple(work.setups),
        messages=work.store.messages.settled(),
        turns=summed,
        fidelity=fidelity,
        ledger=ledger,
    )
    return replace(made, id=prefix.identify(made))


class _Work:
    def __init__(self, talk: thread.Thread, rows: Sequence[Row], kept: set[str | None]) -> None:
        self._talk = talk
        self.store = pool.Pool(hashed=bool(rows))
        if any(unit.rows and unit.rows[0].held is None for unit in talk.units):
            self.store.spill()
        self._places = Places(self.store)
        self._requests = Requests(rows, talk if rows else thread.Thread(), self.store, self._places)
        self._rows = [row for row in rows if row.type == "api-request" and row.id in kept]
        self.setups: list[Setup] = []
        self.fidelities: list[Fidelity] = []
        self._grades: dict[frozenset[str], Fidelity] = {}

    def turns(self) -> list[Turn]:
        """A turn for each response, in order, its fidelity among the ``fidelities``.

        Afterwards what no request holds is in the store, too.
        """
        made: list[Turn] = []
        waiting = iter(self._rows)
        row = next(waiting, None)
        for unit in self._talk.units:
            while row is not None and row.line < unit.line:
                self._requests.rebuild(row)
                row = next(waiting, None)
            if unit.kind == "response":
                request = self._requests.known.get(unit.request or "")
                made.append(self._from_request(unit, request) if request else self._from_tree(unit))
            elif not self._rows:
                self._state(unit)
        self._rest()
        return made

    def holds(self, unit: Unit) -> bool:
        """Whether the message of ``unit`` is in the store."""
        return self._places.has(unit)

    # --- one turn -----------------------------------------------------------------------------------------------

    def _from_request(self, unit: Unit, request: Request) -> Turn:
        self.fidelities.append(_proved(request))
        return Turn(
            message=self._places.message(unit),
            prefix=request.ranges,
            setup=self._setup(request.setup),
            cache=request.cache,
            request=unit.request,
        )

    def _from_tree(self, unit: Unit) -> Turn:
        ranges, missing = self._before(unit)
        if thread.CUT in unit.missing or not ranges:
            missing |= {thread.CUT}
        self._state(unit)
        self.fidelities.append(self._partial(missing))
        return Turn(
            message=self._places.message(unit),
            prefix=ranges,
            setup=self._setup(Setup(api="anthropic", model=unit.model)),
            request=unit.request,
        )

    def _partial(self, missing: frozenset[str]) -> Fidelity:
        if missing not in self._grades:
            self._grades[missing] = Fidelity("partial", missing=(*UNKNOWN, *sorted(missing)))
        return self._grades[missing]

    def _setup(self, setup: Setup) -> int:
        for index, known in enumerate(self.setups):
            if known is setup or known == setup:
                return index
        self.setups.append(setup)
        return len(self.setups) - 1

    # --- the tree -------------------------------------------------------------------------------------------------

    def _before(self, unit: Unit) -> State:
        return self._state(unit.parent) if unit.parent is not None else ((), frozenset())

    def _state(self, unit: Unit) -> State:
        """What had been said when ``unit`` was over, and what of it is not known."""
        if unit.after is not None:
            return unit.after
        chain: list[Unit] = []
        state: State = ((), frozenset())
        for above in units.path(unit):
            if above.after is not None:
                state = above.after
                break
            chain.append(above)
        for above in reversed(chain):
            state = above.after = self._step(above, state)
        return state

    def _step(self, unit: Unit, state: State) -> State:
        ranges, missing = state
        if unit.kind != "mark":
            ranges = pool.extend(ranges, self._places.message(unit))
            if unit.kind == "response" and (index := self._places.answer(unit)) is not None:
                ranges = pool.extend(ranges, index)
        if unit.removed:
            ranges, missing = self._without(ranges, unit.removed), missing | {thread.REMOVED}
        return ranges, missing | unit.missing if unit.missing else missing

    def _without(self, ranges: pool.Ranges, calls: frozenset[str]) -> pool.Ranges:
        """``ranges`` with the results of ``calls`` emptied, in copies put at the end of the pool.

        All from the first emptied message to the last is copied, so that the ranges stay few.
        """
        places = [place for place, index in enumerate(pool.since(ranges, 0)) if self._has(index, calls)]
        if not places:
            return ranges
        made = pool.first(ranges, places[0])
        for place, index in enumerate(pool.since(ranges, places[0]), places[0]):
            if place <= places[-1]:
                index = self.store.add(_emptied(self.store.messages[index], calls))
            made = pool.extend(made, index)
        return made

    def _has(self, index: int, calls: frozenset[str]) -> bool:
        message = self.store.messages[index]
        return message.origin == "tool" and any(
            isinstance(part, ToolResult) and part.call in calls and bool(part.parts) for part in message.parts
        )

    def _rest(self) -> None:
        """Puts what followed the last request into the pool: results, prompts that were never answered."""
        if not self._rows:
            return
        held = {part.call for message in self.store.messages for part in message.parts if isinstance(part, ToolResult)}
        last = max((row.line for row in self._rows), default=0)
        for unit in self._talk.units:
            if unit.kind == "response" and any(call not in held for call in unit.results):
                self._places.answer(unit)
            elif unit.kind == "user" and unit.line > last:
                self._places.message(unit)


def _emptied(message: Message, calls: frozenset[str]) -> Message:
    """``message`` with nothing in the results of ``calls``."""
    parts = tuple(
        ToolResult(part.call, is_error=part.is_error) if isinstance(part, ToolResult) and part.call in calls else part
        for part in message.parts
    )
    return message if parts == message.parts else replace(message, parts=parts, wire=None)


def _proved(request: Request) -> Fidelity:
    if request.wrong:
        count = pool.length(request.ranges)
        proof = f"{len(request.wrong)} of {count} messages do not match their recorded hashes"
        missing = () if request.shaped else UNKNOWN[:2]
        return Fidelity("partial", missing=(*missing, "messages as sent"), proof=proof)
    if not request.shaped:
        return Fidelity("partial", missing=UNKNOWN[:2], proof="every message matches its recorded hash")
    if request.whole is False:
        return Fidelity("full", proof="every message matches its recorded hash, the whole request not its digest")
    return Fidelity("exact", proof=SENT if request.whole else HASHED)


def _summed(turns: list[Turn], given: list[Fidelity], *, captured: bool) -> tuple[Fidelity, tuple[Turn, ...]]:
    """The fidelity of the transcript, the lowest of its turns, and the turns with theirs where it differs."""
    if not given:
        return Fidelity("partial", missing=UNKNOWN), tuple(turns)
    if all(one is given[0] or one == given[0] for one in given):
        return given[0], tuple(turns)
    grade = max((one.grade for one in given), key=_GRADES.index)
    missing = dict.fromkeys(item for one in given for item in one.missing)
    exact = sum(one.grade == "exact" for one in given)
    proof = f"{exact} of {len(given)} requests are proved by the recorded hashes" if captured else None
    whole = Fidelity(grade, missing=tuple(missing), proof=proof)
    paired = zip(turns, given, strict=True)
    return whole, tuple(turn if own == whole else replace(turn, fidelity=own) for turn, own in paired)


def _plus(*counts: Counter[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return +total


def _lost(talk: thread.Thread, requests: Sequence[Row], work: _Work, side: frozenset[str]) -> Counter[str]:
    answered = {unit.request for unit in talk.units if unit.request is not None}
    lost = Counter({f"attachment without its text: {kind}": count for kind, count in talk.attachments.items()})
    lost["synthetic answer"] = -sum(work.holds(unit) for unit in talk.synthetic)
    for row in requests:
        if row.id in side:
            lost[f"request of another kind: {row.query_source}"] += 1
        elif row.id not in answered:
            lost["request without an answer"] += 1
    return lost


def _notes(talk: thread.Thread, rows: Sequence[Row]) -> list[str]:
    notes = []
    sessions = {row.session_id for row in rows if row.session_id is not None}
    roots = sum(unit.parent is None and unit.kind == "user" for unit in talk.units)
    if len(sessions) > 1:
        notes.append(f"the rows name {len(sessions)} sessions: {', '.join(sorted(sessions))}")
    if talk.cut:
        notes.append(f"rows that continue something outside the file: {talk.cut}")
    if talk.compactions:
        notes.append(f"compactions: {talk.compactions} (what follows one starts at its summary)")
    if (forks := thread.forks(talk)) > 0:
        notes.append(f"edited or rewound prompts: {forks} (each branch has its own prefix)")
    if roots - talk.compactions > 1:
        notes.append(f"beginnings: {roots} (each starts with an empty context)")
    return notes
