"""The runs that are served, by an id that no path can be made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from replay.errors import UserError
from replay.records import JSON
from replay.store import RUN_FILE, home, slug
from replay.view.shown import Shown


class Shelf:
    """The runs in ``folders``, or all of the home's where none is given, those that are begun later included."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._given = tuple(folders)
        self._busy = Lock()
        self._open: dict[str, Shown] = {}
        self._places: dict[str, Path] = {}

    def places(self) -> dict[str, Path]:
        """The folders by id, as they are now."""
        with self._busy:
            found = self._given or tuple(sorted(path.parent for path in (home() / "runs").glob(f"*/{RUN_FILE}")))
            known = set(self._places.values())
            for folder in (folder for folder in found if folder not in known):
                name, number = slug(folder.resolve().name), 2
                while name in self._places:
                    name, number = f"{slug(folder.resolve().name)}-{number}", number + 1
                self._places[name] = folder
            return {name: folder for name, folder in self._places.items() if folder in found}

    def run(self, name: str) -> Shown:
        """The run with this id. Raises KeyError where there is none, UserError where it cannot be read."""
        folder = self.places()[name]
        with self._busy:
            if name not in self._open:
                self._open[name] = Shown(folder)
            return self._open[name]

    def summaries(self) -> list[dict[str, JSON]]:
        """What the list of runs shows, the one that changed last first; one that cannot be read says why."""
        return sorted(map(self._summary, self.places()), key=lambda one: str(one["changed"]), reverse=True)

    def _summary(self, name: str) -> dict[str, JSON]:
        changed = _changed(self._places[name])
        try:
            return {"id": name, "changed": changed, **self.run(name).summary()}
        except UserError as error:
            return {"id": name, "changed": changed, "label": name, "fault": str(error)}

    def close(self) -> None:
        """Close all files."""
        for one in self._open.values():
            one.close()


def _changed(folder: Path) -> str:
    # whoever looks at a run may make an empty write-ahead log beside it
    files = (folder / RUN_FILE, folder / f"{RUN_FILE}-wal")
    times = [state.st_mtime for state in (path.stat() for path in files if path.exists()) if state.st_size]
    return datetime.fromtimestamp(max(times, default=0), UTC).isoformat(timespec="seconds")
