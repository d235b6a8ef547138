"""The work on a part whose logs need not be read: its stored changes are checked by other rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
from msgspec.structs import replace

from replay.check.batch import Batch
from replay.languages import judgeable
from replay.records import Rule
from replay.scale import index, stages
from replay.scale.clock import Clock, peak
from replay.scale.index import Manifest
from replay.scale.judging import Waiting, verdicts_on
from replay.scale.plan import Plan
from replay.scale.stages import Place, Row


def recheck(plan: Plan, stored: Manifest) -> Manifest:
    """Check the stored changes of a part by the rules that are new to it, or not the same as they were.

    The findings of the other rules stay. Logs that are stale are left out: they must be read again.
    """
    folder = Path(plan.folder)
    clock = Clock()
    fresh = tuple(rule for rule in plan.rules if stored.rules.get(rule.id) != plan.hashes[rule.id])
    stays = [rule for rule, value in plan.hashes.items() if stored.rules.get(rule) == value]
    out: dict[str, list[Row]] = {"findings": [], "unjudged": []}
    seen: set[tuple[str, str, str]] = set()
    for batch in _stored(folder, stored, fresh) if fresh else ():
        clock.to("check")
        verdicts = verdicts_on(batch, plan.rules)
        clock.to("rest")
        for one, verdict in zip(batch, verdicts, strict=True):
            out["findings"] += stages.findings(one.place, verdict.found, seen=seen)
            out["unjudged"] += ((*one.place, rule) for rule in verdict.unjudged)
    counts = dict(stored.rows)
    clock.to("write")
    # Cut short from here on, rows of these rules may be there or not. No rule has an empty hash: they are judged again.
    unsure = dict.fromkeys((*stored.rules, *plan.hashes), "") | {rule: plan.hashes[rule] for rule in stays}
    index.commit(folder, replace(stored, rules=unsure))
    for table, rows in out.items():
        place = index.place(folder, table, stored.part)
        old = pl.read_parquet(place).filter(pl.col("rule").is_in(stays))
        new = pl.DataFrame(rows, schema=old.schema, orient="row")
        made = pl.concat([old, new])
        if table == "findings":
            made = made.sort("file", "transcript", "turn", "rule", "number", maintain_order=True)
            count = pl.int_range(pl.len(), dtype=pl.Int32).over("file", "transcript", "turn")
            made = made.with_columns(count.alias("number"))
        else:
            made = made.sort("file", "transcript", "turn", "rule")
        index.write(made, place, folder / index.STAGING)
        counts[table] = len(made)
    manifest = replace(stored, rules=plan.hashes, rows=counts, seconds=clock.rounded(), peak=peak())
    index.commit(folder, manifest)
    return manifest


def _stored(folder: Path, manifest: Manifest, rules: tuple[Rule, ...]) -> Iterator[list[Waiting]]:
    """The turns of a part that ``rules`` can judge, in batches, with the texts that were kept."""
    wanted = judgeable(rules)
    clean = [one.log.name for one in manifest.logs if not one.stale]
    rows = (
        pl.read_parquet(index.place(folder, "changes", manifest.part))
        .filter(pl.col("file").is_in(clean), pl.col("status") == "applied", pl.col("language").is_not_null())
        .filter(pl.col("language").is_in(list(wanted)).any().over("file", "transcript", "turn"))
    )
    waiting: Batch[tuple[Place, list[dict[str, Any]]]] = Batch()
    for place, group in groupby(
        rows.iter_rows(named=True), key=lambda row: Place(row["file"], row["transcript"], row["turn"])
    ):
        made = list(group)
        size = sum((row["before_bytes"] or 0) + (row["after_bytes"] or 0) for row in made)
        if waiting.add((place, made), len(made), size):
            yield _filled(folder, manifest, waiting.take(), rules)
    yield _filled(folder, manifest, waiting.take(), rules)


def _filled(
    folder: Path, manifest: Manifest, batch: list[tuple[Place, list[dict[str, Any]]]], rules: tuple[Rule, ...]
) -> list[Waiting]:
    keys = {row[name] for _, rows in batch for row in rows for name in ("before", "after") if row[name]}
    texts: dict[str, str] = {}
    for file in index.texts(folder, manifest):
        texts.update(pl.scan_parquet(file).filter(pl.col("key").is_in(list(keys))).collect().iter_rows())
    return [Waiting(place, tuple(stages.stored(row, texts) for row in rows), rules) for place, rows in batch]
