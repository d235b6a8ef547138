"""Precision and recall of rules, counted on fixtures that say where a rule must match."""

from replay.measure.annotated import Found, find
from replay.measure.fixtures import Fixture, read
from replay.measure.labelled import Labelled, labelled
from replay.measure.scoring import Measured, Row, measure

__all__ = ["Fixture", "Found", "Labelled", "Measured", "Row", "find", "labelled", "measure", "read"]
