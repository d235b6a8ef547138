"""Completions written by hand and played in order: a case set that runs without a key, and says so.

``scripted/FILE`` names a YAML file::

    version: 1
    completions:            # by name
      good: {text: "…", tool_calls: [{name: Write, arguments: {…}}], reasoning: "…", stop: tool_calls}
      look: {tool_calls: [{name: Read, arguments: {…}}], then: [{seen: "def f(", say: good}, {say: bad}]}
    play:                   # case, arm: what draw 0, 1, … is, over and over
      some-case@3: {baseline: [bad, good], kind: [good]}

Where a draw looks ahead, ``then`` is what comes once the calls are answered: the first whose ``seen`` is in them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from replay.errors import UserError
from replay.records import (
    JSON,
    Completion,
    Exchange,
    Part,
    Reasoning,
    Record,
    Request,
    Text,
    ToolCall,
    ToolResult,
)
from replay.samplers.played import close, connect, fault, send, want_key
from replay.samplers.protocol import MalformedResponse, Outgoing

__all__ = ["API", "body", "close", "connect", "fault", "parse", "send", "want_key"]

API: str = "scripted"


class Call(Record, frozen=True):
    """A tool call of a written completion."""

    name: str
    arguments: dict[str, JSON] = msgspec.field(default_factory=dict)


class Reaction(Record, frozen=True):
    """What to ``say`` next, by name, to answers that hold ``seen``; to any without it."""

    say: str
    seen: str | None = None


class Line(Record, frozen=True):
    """One written completion; without ``stop`` it ends in its tool calls, or simply ends. ``then`` follows answers."""

    text: str | None = None
    tool_calls: tuple[Call, ...] = ()
    reasoning: str | None = None
    stop: Literal["end", "tool_calls", "length", "refusal", "content_filter", "other"] | None = None
    then: tuple[Reaction, ...] = ()


class Script(Record, frozen=True):
    """The file: completions by name, and for each case and arm the names to play."""

    version: Literal[1]
    completions: dict[str, Line]
    play: dict[str, dict[str, tuple[str, ...]]]


def body(request: Request) -> Outgoing:
    """The completion that this draw plays. Raises UserError, with the file, where the script has none for it."""
    path = Path(request.arm.model.partition("/")[2])
    try:
        script = _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise UserError(f"the script cannot be read: {error.strerror or error}", path=path) from error
    case, arm = request.case.id, request.arm.name
    if case not in script.play:
        raise UserError(f"`play` has no case `{case}`", path=path)
    names = script.play[case].get(arm, ())
    if not names:
        raise UserError(f"`play` has nothing for arm `{arm}` of case `{case}`", path=path)
    line = script.completions[names[request.draw % len(names)]]
    for turn in request.earlier:
        line = _next(script, line, turn)
    told = {"scripted": msgspec.to_builtins(line), "case": case, "arm": arm, "draw": request.draw}
    if request.earlier:
        told["turn"] = len(request.earlier)
    return Outgoing(told, varies=True)


def _next(script: Script, line: Line, turn: Exchange) -> Line:
    """What follows ``line``; where nothing is written for the answers, it simply ends."""
    results = [part for message in turn.answers for part in message.parts]
    inner = [part for result in results if isinstance(result, ToolResult) for part in result.parts]
    seen = "\n".join(part.text for part in (*results, *inner) if isinstance(part, Text))
    for reaction in line.then:
        if reaction.seen is None or reaction.seen in seen:
            return script.completions[reaction.say]
    return Line(text="")


def parse(response: JSON) -> Completion:
    """The written completion as if a model named ``scripted`` had said it; it costs no tokens."""
    try:
        line = msgspec.convert(response["scripted"], Line)
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise MalformedResponse(f"not a scripted completion: {error}") from error
    said: list[Part] = [Reasoning(line.reasoning)] if line.reasoning is not None else []
    said += [Text(line.text)] if line.text is not None else []
    turn = f"{response['turn']}_" if "turn" in response else ""
    said += [ToolCall(f"scripted_{turn}{i}", call.name, call.arguments) for i, call in enumerate(line.tool_calls, 1)]
    stop = line.stop or ("tool_calls" if line.tool_calls else "end")
    return Completion(tuple(said), stop, model=API, response=response)


@lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> Script:  # noqa: ARG001 - a file changed since is another file
    try:
        loaded: Any = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are safe ones
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UserError(f"not YAML: {error.problem}", path=path, line=line) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"not YAML: {error}", path=path) from error
    try:
        script = msgspec.convert(loaded, Script)
    except msgspec.ValidationError as error:
        raise UserError(f"not a script: {error}", path=path) from error
    for case, arms in script.play.items():
        for arm, names in arms.items():
            for name in names:
                if name not in script.completions:
                    raise UserError(f"`play.{case}.{arm}` names no completion `{name}`", path=path)
    for name, written in script.completions.items():
        for reaction in written.then:
            if reaction.say not in script.completions:
                raise UserError(f"`completions.{name}.then` names no completion `{reaction.say}`", path=path)
    return script
