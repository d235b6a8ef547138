"""Tables of modules, each imported when it is wanted: most commands need few of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType


class Modules(Mapping[str, ModuleType]):
    """Modules by name, in the order given; one is imported when it is first looked up.

    ``places`` says where in ``package`` each lies. Those in ``before`` come first, and are imported already.
    """

    def __init__(
        self, package: str, places: Mapping[str, str], *, before: Mapping[str, ModuleType] | None = None
    ) -> None:
        self.package = package
        self.places = dict(places)
        self._imported = dict(before or {})
        self._names = (*self._imported, *self.places)

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self._imported:
            self._imported[name] = importlib.import_module(f"{self.package}.{self.places[name]}")
        return self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._imported or name in self.places

    def after(self, before: Mapping[str, ModuleType]) -> Modules:
        """The same modules after those of ``before``."""
        return Modules(self.package, self.places, before=before)
