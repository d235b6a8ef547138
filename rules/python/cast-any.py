import typing
from typing import Any, cast

import sqlalchemy as sa


# ruleid: cast-any
@typing.no_type_check
def positives(row, config):
    # ruleid: cast-any
    name = cast(Any, row).name
    # ruleid: cast-any
    value = typing.cast("Any", config)
    # ruleid: cast-any
    return name, cast(typing.Any, value)


def negatives(row: Any, config: dict[str, Any], column):
    # ok: cast-any
    name = cast(str, row)
    # ok: cast-any
    value = cast("dict[str, Any]", config)
    # ok: cast-any
    number = sa.cast(column, sa.Integer)
    # ok: cast-any
    ray = config.cast(Any)
    # cast(Any, row)
    # ok: cast-any
    return name, value, number, ray, "cast(Any, row)"
