"""Tables of modules: each is where the table says, and is imported when it is looked up."""

from __future__ import annotations

import importlib
import json

import pytest

from replay import importers, report, signals
from replay.modules import Modules


@pytest.mark.parametrize(
    "modules",
    [importers.FORMATS, signals.SIGNALS, report.FORMATS, report.RUN_FORMATS],
    ids=["importers", "signals", "reports", "reports of runs"],
)
def test_every_module_of_a_table_is_there_under_its_name(modules: Modules) -> None:
    """No place is mistyped: each module is looked up, and lies where the table says."""
    assert [modules[name].__name__ for name in modules] == [
        f"{modules.package}.{modules.places[name]}" for name in modules
    ]


def test_a_signal_goes_by_its_own_name() -> None:
    assert [module.NAME for module in signals.SIGNALS.values()] == list(signals.SIGNALS)


def test_modules_that_were_imported_before_come_first() -> None:
    both = Modules("xml", {"dom": "dom"}).after({"json": json})
    assert list(both) == ["json", "dom"]
    assert (both["json"], both["dom"]) == (json, importlib.import_module("xml.dom"))
    assert "sax" not in both
    with pytest.raises(KeyError):
        both["sax"]
