"""The list of prices: which model has which rates, as of when, said by whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from replay.errors import UserError
from replay.records import Arm, Listed, Price, Record

SHIPPED = Path(__file__).with_name("prices.yaml")
FREE = frozenset({"recorded", "scripted"})
_SAME = {"openai-responses": "openai"}  # another endpoint, one price list
_DRESS = re.compile(  # what may follow a listed name without being another model
    r"(?:[-@:](?:\d{4}-\d\d-\d\d|\d{6,8}|latest|preview|exp|beta|v\d+|codex|chat))*"
)


class _File(Record, frozen=True):
    """A price file."""

    version: Literal[1]
    as_of: date
    models: dict[str, Listed]
    source: str = ""


@dataclass(frozen=True)
class Book:
    """Prices by ``provider/NAME``; of each, where it is from."""

    entries: Mapping[str, Price]

    def price(self, model: str) -> Price | None:
        """The price of an arm's ``model``, None where no entry is about it.

        The longest entry that begins the name counts, where what follows it only dates or dresses the same model
        (``-20250929``, ``-latest``, ``-codex``): `gpt-5` says nothing about `gpt-5-pro`. What is played back
        (``recorded``, ``scripted/…``) costs nothing.
        """
        provider, _, name = model.partition("/")
        if provider in FREE:
            return Price(model, provider, Listed(0, 0, batch=1), "", "no model takes part")
        wanted = f"{_SAME.get(provider, provider)}/{name}"
        known = [entry for entry in self.entries if wanted.startswith(entry) and _DRESS.fullmatch(wanted[len(entry) :])]
        if not known:
            return None
        return msgspec.structs.replace(self.entries[max(known, key=len)], model=model)

    def of(self, arms: tuple[Arm, ...]) -> dict[str, Price | None]:
        """The price of each arm, by name."""
        return {arm.name: self.price(arm.model) for arm in arms}


def load(*own: Path) -> Book:
    """The prices that come with replay with those of the files ``own`` over them, the last one topmost.

    Raises UserError for a file that cannot be read or is no price file.
    """
    entries: dict[str, Price] = {}
    for file in (SHIPPED, *own):
        found = _read(file)
        source = found.source or str(file)
        for name, listed in found.models.items():
            entries[name] = Price(name, name, listed, found.as_of.isoformat(), source)
    return Book(entries)


def _read(file: Path) -> _File:
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=_File)
    except OSError as error:
        raise UserError(f"the prices cannot be read ({error.strerror or error})", path=file) from error
    except msgspec.DecodeError as error:
        what = str(error).replace("\n", " ")
        raise UserError(
            f"no price file: {what}; see docs/cost.md for what one looks like",
            path=file,
        ) from error
