"""The experiment's file: ``replay.yaml`` in, ``Experiment`` out, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from replay import versions
from replay.config.located import Located, Where, fields, unknown
from replay.config.shape import ArmEntry, Edit, ExperimentFile, File, MemoryText, Substitution
from replay.errors import UserError
from replay.records import JSON, Append, Arm, Experiment, Memory, Prepend, PromptEdit, Replace, Substitute

__all__ = ["load", "override", "schema"]

NAME = "replay.yaml"
SCREEN = "screen"
PROVIDERS = ("anthropic", "openai", "openai-responses", "scripted")
_MODEL = re.compile(r"recorded|[a-z][a-z0-9_-]*/\S.*")


def load(path: Path) -> Experiment:
    """The experiment in the file ``path``, or in the ``replay.yaml`` of the folder ``path``.

    Folders and files named in it are resolved against its own folder. Raises UserError with path and line of what is
    wrong: no YAML, a key unknown or there twice, a value of the wrong kind, a file that is not there, a bad model, a
    baseline that is no arm or replays the recording.
    """
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        raise UserError("no such file: an experiment is a replay.yaml, or a folder with one", path=file)
    source = Located(file)
    if not isinstance(source.value, dict):
        raise source.error("want a mapping that begins with `version: 1`")
    if source.value.get("version") != 1:
        raise source.error("want `version: 1`", "version")
    arms = _entries(source)
    shape = source.convert(source.value, ExperimentFile)
    base = file.resolve().parent
    experiment = Experiment(
        name=shape.name or base.name,
        cases=_folders(shape.cases, base),
        arms=tuple(_arm(source, base, name, entry) for name, entry in arms.items()),
        baseline=shape.baseline or next(iter(arms)),
        rules=(shape.rules,) if isinstance(shape.rules, str) else tuple(shape.rules),
        draws=shape.draws,
        packs=_folders(shape.packs, base),
        concurrency=shape.concurrency,
        timeout=shape.timeout,
        guard=(shape.guard,) if isinstance(shape.guard, str) else tuple(shape.guard),
        guard_margin=shape.guard_margin,
        stop=shape.stop,
        looks=shape.looks,
        seed=shape.seed,
        screen=shape.screen,
        lookahead=shape.lookahead,
        versions=_versions(source, shape.versions),
        profile=shape.profile,
        max_usd=shape.max_usd,
        max_requests=shape.max_requests,
        prices=_file(source, base, shape.prices),
        prompt_cache=shape.prompt_cache,
        file=str(file.resolve()),
    )
    _refuse_clashes(source, experiment)
    return _with_baseline(source, experiment)


def override(
    experiment: Experiment,
    *,
    model: str | None = None,
    draws: int | None = None,
    concurrency: int | None = None,
    arms: Sequence[str] | None = None,
    profile: Literal["default", "strict"] | None = None,
    max_usd: float | None = None,
    max_requests: int | None = None,
    prices: Path | None = None,
) -> Experiment:
    """The experiment as the command line's options change it.

    ``model`` replaces that of every arm but the recorded ones; ``arms`` are the ones to keep, beside the baseline.
    Raises UserError for a bad model or an unknown arm.
    """
    kept = experiment.arms
    if arms is not None:
        names = [arm.name for arm in kept]
        for name in arms:
            if name not in names:
                raise UserError(unknown("arm", name, names))
        kept = tuple(arm for arm in kept if arm.name in {experiment.baseline, *arms})
    if model is not None:
        if why := "the baseline cannot be the recording" if model == "recorded" else _bad_model(model):
            raise UserError(f"--model {model}: {why}")
        new = _located_model(model, Path.cwd())
        kept = tuple(arm if arm.model == "recorded" else replace(arm, model=new) for arm in kept)
    return replace(
        experiment,
        arms=kept,
        draws=experiment.draws if draws is None else draws,
        concurrency=experiment.concurrency if concurrency is None else concurrency,
        profile=experiment.profile if profile is None else profile,
        max_usd=experiment.max_usd if max_usd is None else max_usd,
        max_requests=experiment.max_requests if max_requests is None else max_requests,
        prices=experiment.prices if prices is None else str(prices),
    )


def schema() -> dict[str, JSON]:
    """The JSON schema of ``replay.yaml``, generated from the types that read it."""
    made = msgspec.json.schema(ExperimentFile)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": NAME, **made}


# --- arms --------------------------------------------------------------------------------------------------


def _entries(source: Located) -> dict[str, ArmEntry]:
    """The arms, each converted by itself: a complaint from inside a mapping does not say under which key."""
    raw = source.value.get("arms")
    if not isinstance(raw, dict) or not raw:
        raise source.error("`arms` must name at least one arm, such as `baseline: {model: anthropic/NAME}`", "arms")
    return {name: source.convert(entry, ArmEntry, "arms", name) for name, entry in raw.items()}


def _arm(source: Located, base: Path, name: str, entry: ArmEntry) -> Arm:
    if why := _bad_model(entry.model):
        raise source.error(f"model {entry.model!r}: {why}", "arms", name, "model")
    model = _located_model(entry.model, base)
    provider, _, file = model.partition("/")
    if provider == "scripted" and not Path(file).is_file():
        raise source.error(f"{file}: no such file", "arms", name, "model")
    if entry.base_url is not None and not re.match(r"https?://[^/]", entry.base_url):
        raise source.error("base_url: want an address that begins with http:// or https://", "arms", name, "base_url")
    edits = tuple(_edit(source, base, edit, ("arms", name, "edits", number)) for number, edit in enumerate(entry.edits))
    return Arm(name, model, edits, entry.params, entry.reasoning, entry.base_url, entry.replicate, entry.choices)


def _bad_model(model: str) -> str | None:
    if not _MODEL.fullmatch(model):
        known = ", ".join(f"{name}/{'FILE' if name == 'scripted' else '…'}" for name in PROVIDERS)
        return f"want PROVIDER/NAME ({known}) or recorded"
    provider = model.partition("/")[0]
    return None if model == "recorded" or provider in PROVIDERS else unknown("provider", provider, list(PROVIDERS))


def _located_model(model: str, base: Path) -> str:
    """The model, the file of a scripted one made absolute."""
    provider, _, name = model.partition("/")
    return f"scripted/{(base / name).resolve()}" if provider == "scripted" else model


def _versions(source: Located, given: dict[str, str]) -> dict[str, str]:
    for package, text in given.items():
        if not text.strip() or versions.unread(text):
            raise source.error(f"{text!r} is no version, nor a range of them", "versions", package)
    return given


def _file(source: Located, base: Path, name: str | None) -> str | None:
    if name is None:
        return None
    if not (file := (base / name).resolve()).is_file():
        raise source.error(f"{file}: no such file", "prices")
    return str(file)


def _with_baseline(source: Located, experiment: Experiment) -> Experiment:
    models = {arm.name: arm.model for arm in experiment.arms}
    if experiment.baseline not in models:
        raise source.error(unknown("arm", experiment.baseline, list(models)), "baseline")
    if models[experiment.baseline] == "recorded":
        at = ("baseline",) if "baseline" in source.value else ("arms", experiment.baseline, "model")
        why = "cases are cut where the recorded model failed, so its rate is 1 by selection"
        raise source.error(f"the baseline cannot be `recorded`: {why}; name another arm as `baseline`", *at)
    return experiment


def _refuse_clashes(source: Located, experiment: Experiment) -> None:
    if both := [selector for selector in experiment.guard if selector in experiment.rules]:
        raise source.error(f"{both[0]} is among the `rules` already, which are compared anyway", "guard")
    if experiment.screen and any(arm.name == SCREEN for arm in experiment.arms):
        raise source.error(f"an arm cannot be named `{SCREEN}`: the draws that screen the cases are", "arms", SCREEN)


# --- edits -------------------------------------------------------------------------------------------------


def _edit(source: Located, base: Path, edit: Edit, at: Where) -> PromptEdit:
    given = [(key, value) for key, value in msgspec.structs.asdict(edit).items() if value is not None]
    if len(given) != 1:
        raise source.error(f"an edit has exactly one of {', '.join(fields(Edit))}", *at)
    at = (*at, given[0][0])
    match given[0]:
        case "append", value:
            return Append(_block(source, base, value, at))
        case "prepend", value:
            return Prepend(_block(source, base, value, at))
        case "replace", value:
            return Replace(_block(source, base, value, at))
        case "memory", MemoryText(file=None, text=str(text), path=path):
            return Memory(_block(source, base, text, at), path)
        case "memory", MemoryText(file=str(file), text=None, path=path):
            return Memory(_block(source, base, File(file), at), path)
        case "memory", MemoryText():
            raise source.error("memory: want `file` or `text`, one of the two", *at)
        case "memory", value:
            return Memory(_block(source, base, value, at))
        case _, Substitution(find=find, with_=new, in_=where, times=times):
            if not find:
                raise source.error("substitute: `find` is empty", *at, "find")
            return Substitute(find, _text(source, base, new, (*at, "with")), where, times)
        case key, _:
            raise TypeError(f"no edit {key}")


def _block(source: Located, base: Path, given: str | File, at: Where) -> str:
    """Text that stands by itself: without the line ends around it, and not empty."""
    text = _text(source, base, given, at).strip("\n")
    if not text.strip():
        raise source.error(f"{at[-1]}: the text is empty", *at)
    return text


def _text(source: Located, base: Path, given: str | File, at: Where) -> str:
    match given:
        case str():
            return given
        case File(file=name):
            try:
                return (base / name).read_text(encoding="utf-8")
            except OSError as error:
                raise source.error(f"{name}: cannot be read: {error.strerror}", *at, "file") from error
            except UnicodeDecodeError as error:
                raise source.error(f"{name}: not UTF-8 text", *at, "file") from error


def _folders(given: str | Sequence[str], base: Path) -> tuple[str, ...]:
    return tuple(str((base / one).resolve()) for one in ([given] if isinstance(given, str) else given))
