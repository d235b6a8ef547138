"""The tables of a scan (``replay mine --to``) as lazy polars frames."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from replay.errors import UserError
from replay.tables import TABLES


class Mined(NamedTuple):
    """One scan; ``replay.tables`` says what the columns are. Nothing is read before ``collect``."""

    turns: pl.LazyFrame
    changes: pl.LazyFrame
    findings: pl.LazyFrame
    unjudged: pl.LazyFrame
    signals: pl.LazyFrame
    texts: pl.LazyFrame


def mined(folder: Path | str) -> Mined:
    """The tables in ``folder``. Raises UserError where no scan has been."""
    place = Path(folder)
    if not (place / "parts").is_dir():
        raise UserError("no mined tables here: `replay mine PATH --to FOLDER` makes them", path=place)
    return Mined(**{name: _table(place, name) for name in TABLES})


def _table(folder: Path, name: str) -> pl.LazyFrame:
    files = sorted((folder / name).glob("*.parquet"))
    found = pl.scan_parquet(files) if files else pl.LazyFrame(schema=TABLES[name].schema)
    return found.unique("key") if name == "texts" else found
