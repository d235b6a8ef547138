"""What all records have in common: strict on input, one way to JSON and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from replay import display

JSON = Any


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records: immutable, strict on input, silent about defaults on output."""

    def _repr_html_(self) -> str:
        """The record in a notebook."""
        return display.record(self)


T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=tuple)
_IN_ORDER = msgspec.json.Encoder(enc_hook=tuple)


def encode(record: Record | Sequence[Record] | dict[str, JSON]) -> bytes:
    """JSON bytes of a record: UTF-8, no spaces, keys in a fixed order, defaults left out, NaN as null."""
    return _ENCODER.encode(record)


def encode_in_order(record: Record) -> bytes:
    """As ``encode``, with the keys of JSON objects in the order they have.

    A model reads the keys of a schema or of its own earlier arguments in the order in which they were sent.
    """
    return _IN_ORDER.encode(record)


def decode(data: bytes | str, kind: type[T]) -> T:
    """The record in ``data``. Raises ``msgspec.ValidationError`` (with the path) or ``msgspec.DecodeError``."""
    return msgspec.json.decode(data, type=kind)
