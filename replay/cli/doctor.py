"""``replay doctor``: what is installed, what works, and what to do about the rest."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import click

from replay import engines, grammars, prices
from replay.cli.cache import megabytes
from replay.cli.common import emit, json_option, printable
from replay.engines import Source, semgrep
from replay.errors import AnalyserError, UserError
from replay.importers.homes import homes, told
from replay.languages import BY_NAME
from replay.records import Rule
from replay.rules import packs
from replay.store import Cache, home
from replay.words import plural

OLDEST_PYTHON = (3, 11)
ROOM = 200_000_000  # bytes free in the home below which a run may not fit
OLD_PRICES = 120  # days
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY")
ADDRESSES = ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL")
OURS = "transcript-replay"
PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Found(NamedTuple):
    """One thing that was looked at. A ``problem`` keeps something from working, a ``note`` only limits it."""

    what: str
    status: Literal["ok", "note", "problem"]
    detail: str
    remedy: str | None = None


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what is installed and what works: packages, grammars, rules, engines, keys (by name), caches, the disk.

    Every rule that comes with replay is read and compiled, each engine is run once, without a network. Each problem has
    its remedy. Exits with 2 where there is a problem.
    """
    found: list[Found] = []
    for one in examined():
        found.append(one)
        if not as_json:
            mark = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}[one.status]
            click.echo(printable(f"{mark} {one.what}: {one.detail}" + (f"; {one.remedy}" if one.remedy else "")))
    problems = sum(one.status == "problem" for one in found)
    if as_json:
        emit({"ok": not problems, "problems": problems, "found": [one._asdict() for one in found]})
    else:
        click.echo("all is well" if not problems else f"{plural(problems, 'problem')}: see the remedies above")
    context.exit(2 if problems else 0)


def examined() -> Iterator[Found]:
    """Everything that is looked at, one by one."""
    yield _python()
    yield _packages()
    yield from _extras()
    yield _grammars()
    read: list[Rule] = []
    yield _rules(read)
    yield from _engines(read)
    yield from _keys()
    yield _sessions()
    yield from _places()
    yield _prices()


def _sessions() -> Found:
    """Where agents keep their sessions, which `replay mine` reads if no path is given."""
    found = homes(os.environ, home=Path.home(), here=Path())
    if not found:
        return Found("sessions", "note", "none where agents keep them", "give `replay mine` the folder of their logs")
    return Found("sessions", "ok", told(found))


def _python() -> Found:
    version = platform.python_version()
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Found("python", "problem", version, f"use Python {wanted} or newer")
    return Found("python", "ok", f"{version}, {sys.executable}")


def _packages() -> Found:
    """Ours, and what it needs: each installed, at any version that pip let in."""
    names = [_name(line) for line in metadata.requires(OURS) or () if "extra ==" not in line]
    versions = {name: _version(name) for name in names}
    # a requirement for other Pythons only is not expected here
    marked = {_name(line) for line in metadata.requires(OURS) or () if ";" in line}
    missing = [name for name, version in versions.items() if version is None and name not in marked]
    if missing:
        return Found("packages", "problem", f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    told = ("anthropic", "openai", "semgrep", "tree-sitter", "polars", "numpy", "scipy")
    shown = ", ".join(f"{name} {versions[name]}" for name in told if versions.get(name))
    return Found("packages", "ok", f"replay {_version(OURS)}; {shown}")


def _extras() -> Iterator[Found]:
    """What is installed only if one wants it."""
    by_extra: dict[str, list[str]] = {}
    for line in metadata.requires(OURS) or ():
        requirement, _, marker = line.partition(";")
        _, _, rest = marker.partition("extra ==")
        if (extra := rest.strip(" '\"").split("'")[0].split('"')[0]) and extra != "dev":
            by_extra.setdefault(extra, []).append(_name(requirement))
    for extra, names in sorted(by_extra.items()):
        missing = [name for name in names if _version(name) is None]
        if missing:
            remedy = f"pip install '{OURS}[{extra}]' if you want it"
            yield Found(f"extra {extra}", "note", f"without {', '.join(missing)}", remedy)
        else:
            yield Found(f"extra {extra}", "ok", ", ".join(f"{name} {_version(name)}" for name in names))


def _grammars() -> Found:
    good, missing, broken = 0, [], []
    for language in BY_NAME:
        try:
            grammars.grammar(language)
            good += 1
        except AnalyserError:
            missing.append(language)
        except (ValueError, AttributeError, OSError) as error:  # a wheel of another ABI, or a broken one
            broken.append(f"{language} ({error})")
    if broken:
        return Found("grammars", "problem", f"broken: {', '.join(broken)}", "reinstall their wheels")
    if missing:
        remedy = f"code in these is not judged; pip install '{OURS}[more-languages]' has some, on Python 3.12 or older"
        return Found("grammars", "note", f"{good} load, there is none for {', '.join(missing)}", remedy)
    return Found("grammars", "ok", f"all {good} load")


def _rules(read: list[Rule]) -> Found:
    """Every rule that ships, read and compiled; ``read`` gets those that are good."""
    bad = []
    for name, path in packs.find().items():
        try:
            read.append(packs.read(path, name, trusted=True))
        except (UserError, AnalyserError) as error:
            bad.append(f"{name}: {error}")
    if bad:
        return Found("rules", "problem", "; ".join(bad), f"reinstall {OURS}, or the grammar that a rule misses")
    counts = {engine: sum(rule.engine == engine for rule in read) for engine in engines.ENGINES}
    told = ", ".join(f"{count} {engine}" for engine, count in counts.items() if count)
    return Found("rules", "ok", f"all {len(read)} compile: {told}")


def _engines(read: Iterable[Rule]) -> Iterator[Found]:
    """Each engine run once on a line of code, as in a check."""
    by_engine: dict[str, Rule] = {}
    for rule in read:
        by_engine.setdefault(rule.engine, rule)
    for name, rule in by_engine.items():
        what = f"engine {name}"
        try:
            with _no_network():
                version = semgrep.version() if name == "semgrep" else ""
                (report,) = engines.match([rule], [Source(rule.languages[0], "\n")])
        except AnalyserError as error:
            yield Found(what, "problem", str(error), "see docs/rules.md; REPLAY_SEMGREP names another semgrep")
            continue
        if report.failed:
            yield Found(what, "problem", "; ".join(report.failed.values()), "reinstall it")
        else:
            path = f" {version}, {semgrep.binary()}, works without a network" if name == "semgrep" else ""
            yield Found(what, "ok", f"runs{path}")


@contextlib.contextmanager
def _no_network() -> Iterator[None]:
    """Sends what a child process would ask of the network to a port where nobody listens."""
    before = {name: os.environ.get(name) for name in PROXIES}
    os.environ.update(dict.fromkeys(PROXIES, "http://127.0.0.1:9"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _keys() -> Iterator[Found]:
    there = [name for name in KEYS if os.environ.get(name)]
    if there:
        yield Found("keys", "ok", f"set: {', '.join(there)} (values are never shown or kept)")
    else:
        remedy = "set ANTHROPIC_API_KEY or OPENAI_API_KEY to sample; everything else works without"
        yield Found("keys", "note", "none is set", remedy)
    for name in ADDRESSES:
        if address := os.environ.get(name):
            parts = urlsplit(address)
            if parts.scheme in {"http", "https"} and parts.hostname:
                yield Found(name, "ok", f"requests go to {parts.hostname}")
            else:
                yield Found(name, "problem", "it is no address", "want one that begins with http:// or https://")


def _places() -> Iterator[Found]:
    place = home()
    standing = next(one for one in (place, *place.absolute().parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=standing) as file:
            file.write(b"x")
    except OSError as error:
        yield Found("home", "problem", f"{place}: cannot be written ({error.strerror})", "set REPLAY_HOME to a folder")
    else:
        free = shutil.disk_usage(standing).free
        told = f"{place}{'' if place.exists() else ' (not made yet)'}, {megabytes(free)} free"
        tight = free < ROOM
        yield Found("home", "problem" if tight else "ok", told, "free some space" if tight else None)
    yield _cache(place / "cache.sqlite")
    runs = [one for one in (place / "runs").glob("*/run.sqlite") if one.is_file()]
    yield Found("runs", "ok", f"{plural(len(runs), 'run')}, {megabytes(sum(map(_size, runs)))}")


def _cache(file: Path) -> Found:
    if not file.is_file():
        return Found("cache", "ok", "none yet")
    try:
        with Cache.open(file) as cache:
            count = cache.stats()["answers"]
    except UserError as error:
        return Found("cache", "problem", str(error), "move it away: runs keep what they use")
    return Found("cache", "ok", f"{plural(count, 'answer')}, {megabytes(_size(file))}")


def _prices() -> Found:
    own = home() / "prices.yaml"
    try:
        book = prices.load(*([own] if own.is_file() else []))
    except UserError as error:
        return Found("prices", "problem", str(error), "see docs/cost.md")
    newest = max(entry.as_of for entry in book.entries.values())
    told = f"of {plural(len(book.entries), 'model')}, the newest as of {newest}" + (
        f", with {own}" if own.is_file() else ""
    )
    old = (datetime.now(UTC).date() - date.fromisoformat(newest)).days > OLD_PRICES
    return Found(
        "prices", "note" if old else "ok", told, "check them, and write yours into .replay/prices.yaml" if old else None
    )


def _name(requirement: str) -> str:
    """The distribution that a requirement is about."""
    end = next((i for i, char in enumerate(requirement) if char in " <>=!~;["), len(requirement))
    return requirement[:end]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _size(file: Path) -> int:
    return sum(one.stat().st_size for one in file.parent.glob(file.name + "*") if one.is_file())
