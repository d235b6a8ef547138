"""What trials would write, on the files as their draws knew them."""

from __future__ import annotations

from collections.abc import Mapping

from replay import workspace
from replay.lookahead.ground import Ground
from replay.lookahead.hindsight import ground
from replay.records import Case, Change, Transcript, Trial
from replay.workspace.files import Absent, Files, Known, Partial


class Written:
    """What each trial would write. Trials of one case one after the other share its files, which are rebuilt once."""

    def __init__(self, transcripts: Mapping[str, Transcript]) -> None:
        self._transcripts = transcripts
        self._case = ""
        self._files: dict[bool, Files] = {}

    def of(self, trial: Trial, case: Case) -> tuple[Change, ...]:
        """The changes of all the trial's turns; of one that looked ahead, on what it may have been shown."""
        if trial.completion is None:
            return ()
        if case.id != self._case:
            self._case, self._files = case.id, {}
        ahead = bool(trial.earlier)
        if ahead not in self._files:
            self._files[ahead] = before(self._transcripts[case.transcript], case.turn, ahead=ahead)
        return workspace.changes(trial.parts, self._files[ahead])


def before(transcript: Transcript, turn: int, *, ahead: bool) -> Files:
    """The files before ``turn``; ``ahead``: with what a draw that looks ahead may be shown of them."""
    files = workspace.before(transcript, turn)
    return _with(files, ground(transcript, turn)) if ahead else files


def _with(files: Files, found: Ground) -> Files:
    known = ((path, state) for path, state in found.files.items() if isinstance(state, Known | Partial | Absent))
    return files.put({path: state for path, state in known if files[path] is not state})
