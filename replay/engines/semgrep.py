"""Semgrep as one process over a flat folder of deduplicated files, its silent failures made loud."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from replay import workers
from replay.engines import trees, treesitter
from replay.engines.protocol import Match, Report, Source, cleaned, crash
from replay.engines.scopes import Scopes
from replay.errors import AnalyserError
from replay.languages import BY_NAME
from replay.records import Rule

FLAGS = (
    *("--metrics", "off", "--disable-version-check", "--json", "--quiet", "--no-git-ignore", "--no-rewrite-rule-ids"),
    *("--disable-nosem", "--max-target-bytes", "0", "-j", "1"),
)
"""Without the first three a scan stalls for 100 s offline; without the rest, files and findings silently go missing."""

_SYNTAX = 3
_WORTH = 400  # files that take twice as long as a process takes to start
_INSTALL = "install it with `pip install semgrep`, or name a binary in REPLAY_SEMGREP"


class _Place(msgspec.Struct):
    offset: int


class _Span(msgspec.Struct):
    start: _Place
    end: _Place


class _Result(msgspec.Struct):
    check_id: str
    path: str
    start: _Place
    end: _Place


class _Error(msgspec.Struct):
    code: int = 0
    level: str = "error"
    type: str | list[Any] = ""
    rule_id: str | None = None
    message: str | None = None
    long_msg: str | None = None
    path: str | None = None
    spans: list[_Span] | None = None

    @property
    def kind(self) -> str:
        return str(self.type if isinstance(self.type, str) else self.type[0]).lower()


class _Paths(msgspec.Struct):
    scanned: list[str]


class _Output(msgspec.Struct):
    """What semgrep prints under ``--json``; offsets are bytes. Its ``extra.lines`` says only "requires login"."""

    results: list[_Result]
    errors: list[_Error]
    paths: _Paths


class _Target(msgspec.Struct):
    name: str
    data: bytes
    language: str
    rules: dict[str, Rule]


def match(
    rules: Sequence[Rule],
    sources: Sequence[Source],
    *,
    timeout: float = 10.0,
    batch_timeout: float | None = None,
    mode: Sequence[str] = ("--experimental",),
    jobs: int | None = 1,
) -> list[Report]:
    """One report for each source; ``timeout`` is seconds a rule and file, ``batch_timeout`` seconds in all.

    ``mode`` ``()`` is the slower plain semgrep. ``jobs`` processes at once, None: all cores, share the sources where
    each gets enough for its start to pay (semgrep's own ``-j 2`` gains nothing). No process is started where no rule
    has a source in its language. Raises AnalyserError where semgrep is missing, crashes, runs out of the batch time or
    refuses a rule.
    """
    names = {f"r{number}": rule for number, rule in enumerate(rules)}
    by_language = {
        language: {name: rule for name, rule in names.items() if language in rule.languages} for language, _ in sources
    }
    targets: dict[Source, _Target] = {}
    for source in sources:
        if by_language[source.language] and source not in targets:
            data = cleaned(source.text)
            suffix = BY_NAME[source.language].suffixes[0]
            name = f"aa/{hashlib.sha256(data).hexdigest()}{suffix}"
            targets[source] = _Target(name, data, source.language, by_language[source.language])
    if not targets:
        return [Report() for _ in sources]
    shares = _shares(list(targets.values()), jobs or workers.cores())
    limit = batch_timeout or 120.0 + timeout + 0.05 * len(targets)
    with ThreadPoolExecutor(len(shares)) as pool:
        outputs = list(pool.map(lambda share: _scan(names, share, timeout=timeout, limit=limit, mode=mode), shares))
    reports: dict[str, Report] = {}
    for output, share in zip(outputs, shares, strict=True):
        reports |= _reports(output, names, share, timeout)
    return [reports[targets[source].name] if source in targets else Report() for source in sources]


def _shares(targets: Sequence[_Target], jobs: int) -> list[Sequence[_Target]]:
    """The targets dealt out to as many processes as pay, each of about as many bytes."""
    count = max(1, min(jobs, len(targets) // _WORTH))
    by_size = sorted(targets, key=lambda one: -len(one.data))
    return [by_size[first::count] for first in range(count)]


# --- the process -------------------------------------------------------------------------------------------


def binary() -> str:
    """The semgrep to run: ``REPLAY_SEMGREP``, else the one beside this Python, else on PATH. Raises AnalyserError."""
    if named := os.environ.get("REPLAY_SEMGREP"):
        if found := shutil.which(named):
            return found
        raise AnalyserError(f"semgrep: REPLAY_SEMGREP names {named!r}, which is no program")
    beside = str(Path(sys.executable).parent)
    if found := shutil.which("semgrep", path=beside) or shutil.which("semgrep"):
        return found
    raise AnalyserError(f"semgrep is not installed: {_INSTALL}")


def version() -> str:
    """The version that ``binary()`` says it is. Raises AnalyserError."""
    return _version(binary())


@lru_cache(maxsize=8)
def _version(program: str) -> str:
    with tempfile.TemporaryDirectory(prefix="replay-semgrep-") as folder:
        # Plain `semgrep --version` waits 98 s for the network when offline.
        code, out, err = _call([program, "--experimental", "--version"], Path(folder), 60.0)
    if code or not out.strip():
        raise crash("semgrep", f"`{program} --version` ended with {code}: {_tail(err)}")
    return out.decode(errors="replace").split()[-1]


def _scan(
    names: dict[str, Rule], targets: Sequence[_Target], *, timeout: float, limit: float, mode: Sequence[str]
) -> _Output:
    program = binary()
    with tempfile.TemporaryDirectory(prefix="replay-semgrep-") as place:
        folder = Path(place)
        (folder / "files" / "aa").mkdir(parents=True)
        for target in targets:
            (folder / "files" / target.name).write_bytes(target.data)
        config = {"rules": [yaml.safe_load(rule.detector)["rules"][0] | {"id": name} for name, rule in names.items()]}
        (folder / "rules.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        seconds = str(max(1, round(timeout)))
        command = [program, "scan", *mode, "--config", "rules.yaml", *FLAGS, "--timeout", seconds, "files"]
        code, out, err = _call(command, folder, limit)
    try:
        output = msgspec.json.decode(out.decode("utf-8", "replace"), type=_Output)
    except msgspec.DecodeError as error:
        raise crash("semgrep", f"ended with {code} and no result: {_tail(err) or _tail(out)}") from error
    if code not in (0, 1):
        raise crash("semgrep", f"ended with {code}: {_complaint(output.errors, names) or _tail(err)}")
    return output


def _call(command: Sequence[str], folder: Path, limit: float) -> tuple[int, bytes, bytes]:
    environment = os.environ | {
        "SEMGREP_SETTINGS_FILE": str(folder / "settings.yml"),
        "SEMGREP_LOG_FILE": str(folder / "semgrep.log"),
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
    }
    if not os.access(environment.get("HOME", ""), os.W_OK):
        environment["HOME"] = str(folder)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise crash("semgrep", f"{command[0]} does not start ({error.strerror}): {_INSTALL}") from error
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise crash("semgrep", f"not done after {limit:.0f} s: give it fewer files, or a longer timeout") from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return process.returncode, out, err


def _tail(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())[-400:]


def _complaint(errors: Iterable[_Error], names: dict[str, Rule]) -> str:
    said = []
    for error in errors:
        what = " ".join((error.message or error.long_msg or error.kind).split())
        if error.rule_id in names:
            what = f"rule {names[error.rule_id].id} is refused: {what.replace(f'rule {error.rule_id}', 'it', 1)}"
        said.append(what)
    return "; ".join(dict.fromkeys(said))


# --- the output --------------------------------------------------------------------------------------------


def _reports(output: _Output, names: dict[str, Rule], sent: Iterable[_Target], timeout: float) -> dict[str, Report]:
    targets = {target.name: target for target in sent}
    reports = {name: Report() for name in targets}
    for name in targets.keys() - {_name(path) for path in output.paths.scanned}:
        reports[name].failed = dict.fromkeys((rule.id for rule in targets[name].rules.values()), "semgrep skipped it")
    for error in output.errors:
        _note(error, names, targets, reports)
    places: dict[str, set[tuple[str, int, int]]] = {}
    for result in output.results:
        place = (names[result.check_id].id, result.start.offset, result.end.offset)
        places.setdefault(_name(result.path), set()).add(place)
    for name, found in places.items():
        target = targets[name]
        wanted = {rule.id for rule in target.rules.values()} - reports[name].failed.keys()
        reports[name].matches = _matches(target, [place for place in sorted(found) if place[0] in wanted], timeout)
    return reports


def _name(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def _note(error: _Error, names: dict[str, Rule], targets: dict[str, _Target], reports: dict[str, Report]) -> None:
    target = targets.get(_name(error.path)) if error.path else None
    if target is None:
        if error.level == "error" or error.rule_id:
            raise crash("semgrep", _complaint([error], names))
        return  # a warning about neither a file nor a rule: scanned paths are compared anyway
    report = reports[target.name]
    about = [names[error.rule_id]] if error.rule_id in names else list(target.rules.values())
    for rule in about:
        if error.code == _SYNTAX and error.spans:
            ranges = tuple((span.start.offset, span.end.offset) for span in error.spans)
            report.unread[rule.id] = report.unread.get(rule.id, ()) + ranges
        else:
            report.failed[rule.id] = f"semgrep: {error.kind}"


def _matches(target: _Target, places: Sequence[tuple[str, int, int]], timeout: float) -> tuple[Match, ...]:
    tree = trees.parse(target.language, target.data, timeout=timeout) if places else None
    scopes = Scopes(tree) if tree else None
    breaks = [found.start() for found in re.finditer(b"\n", target.data)] if places else []
    found = []
    for rule, start, end in places:
        text = target.data[start:end].decode("utf-8", "replace")
        key, scope = (
            treesitter.locate(tree, scopes, target.data, start, end)
            if tree and scopes
            else (" ".join(text.split()), "")
        )
        line, last = (bisect_right(breaks, offset - 1) + 1 for offset in (start, max(start, end - 1)))
        found.append(Match(rule, line, last, start, end, text, key, scope))
    return tuple(found)


def versions(rules: Sequence[Rule]) -> dict[str, str]:
    """The version of semgrep, and of the grammars that give its findings their names. Raises AnalyserError."""
    return {"semgrep": version()} | treesitter.versions(rules)
