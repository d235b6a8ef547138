"""How a table is declared: its columns with type and meaning, its key, and what it refers to. Docs and tests follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

Kind = pl.DataType | type[pl.DataType]
TIME = pl.Datetime("us", "UTC")


class Column(NamedTuple):
    """One column. Where ``null`` is given, it says what an empty cell means; the others have none."""

    name: str
    dtype: Kind
    about: str
    null: str = ""


class Table(NamedTuple):
    """One table. ``row`` is what a row stands for, ``key`` the columns that name one.

    ``refers`` says of which table some columns hold the key, in the order of that key; where they are empty, of none.
    """

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    refers: dict[tuple[str, ...], str] = {}  # noqa: RUF012 - nobody changes it

    @property
    def schema(self) -> dict[str, Kind]:
        """The type of each column, in order."""
        return {column.name: column.dtype for column in self.columns}


def by_name(*tables: Table) -> dict[str, Table]:
    """The tables under their names, in order."""
    return {table.name: table for table in tables}


def page(tables: Iterable[Table]) -> str:
    """The tables as Markdown, a section each."""
    return "\n".join(line for table in tables for line in _section(table))


def _section(table: Table) -> list[str]:
    joins = "; ".join(f"{_code(columns)} → `{other}`" for columns, other in table.refers.items())
    return [
        f"### `{table.name}`",
        "",
        f"A row is {table.row}. Key: {_code(table.key)}.{f' Joins: {joins}.' if joins else ''}",
        "",
        "| column | type | meaning | empty |",
        "|---|---|---|---|",
        *(f"| `{one.name}` | {_type(one.dtype)} | {one.about} | {one.null or '–'} |" for one in table.columns),
        "",
    ]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _type(kind: Kind) -> str:
    return str(kind).replace("time_unit=", "").replace("time_zone=", "").replace("'", "")
