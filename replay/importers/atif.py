"""Harbor's Agent Trajectory Interchange Format (ATIF), versions 1.0 to 1.8: read here, written by ``atif_steps``.

Format: https://harborframework.com/docs/trajectory-format (RFC 0001 of Harbor). A step of the agent holds its answer,
its calls and what came back for them. The system prompt is there where the agent's adapter wrote it as a first step.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from replay import prefix
from replay.importers import atif_steps, chat, document, peek, session
from replay.importers.agents import named
from replay.importers.atif_steps import EXTRA
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects, text
from replay.importers.rounds import paired
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Setup, Source, Text, Transcript
from replay.wire import openai_parts

NAME = "atif"
VERSION = "ATIF-v1.7"
_MADE = Fidelity("partial", inferred=("an answer put together of several calls of the model",))


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` begins an object (or a list of them) that names a version of the format."""
    return any(
        isinstance(version := row.get("schema_version"), str) and version.upper().startswith("ATIF-")
        for row in peek.rows(head, 1)
    )


def read(path: Path) -> Iterator[Transcript]:
    """The trajectory in ``path``, then those of the sub-agents that it holds.

    Raises ImportFault where no trajectory has a step that is a message.
    """
    count = Count()
    found = document.load(path, count, mend=True)
    digest = session.digest(path)
    outer = list(objects(found)) if isinstance(found, list) else [mapping(found)]
    waiting: list[tuple[dict[str, JSON], str | None]] = [(item, None) for item in reversed(outer)]
    some = False
    while waiting:
        whole, parent = waiting.pop()
        agent = mapping(whole.get("agent"))
        name = text(whole.get("trajectory_id")) or text(whole.get("session_id"))
        source = Source(
            NAME,
            path.name,
            sha256=digest,
            session=name,
            parent=parent,
            agent=named(agent.get("name")),
            version=text(agent.get("version")),
        )
        waiting.extend((item, name) for item in reversed(list(objects(whole.get("subagent_trajectories")))))
        told = _told(whole, source, count)
        if told is not None:
            yield told
            some, count = True, Count(damaged=count.damaged)
    if not some:
        raise ImportFault("holds no step of an ATIF trajectory", path=path)


def write(transcript: Transcript, path: Path) -> tuple[str, ...]:
    """Write ``transcript`` as one trajectory (ATIF-v1.7) to ``path`` in one step; notes say what other readers lose.

    What the format has no place for goes into ``extra``, so that ``read`` gives the same transcript back.
    """
    body, notes = _body(transcript)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return notes


# --- reading -----------------------------------------------------------------------------------------------


def _told(whole: dict[str, JSON], source: Source, count: Count) -> Transcript | None:
    told = Session(count)
    steps = list(objects(whole.get("steps")))
    same = _restored(whole, steps, count)
    if same is not None:
        return same
    agent = mapping(whole.get("agent"))
    model = text(agent.get("model_name"))
    opening = next((at for at, step in enumerate(steps) if step.get("source") != "system"), len(steps))
    system = tuple(part for step in steps[:opening] for message in atif_steps.messages(step) for part in message.parts)
    calls = any(next(objects(step.get("tool_calls")), None) is not None for step in steps)
    tools = chat.tools(agent.get("tool_definitions")) or (None if calls else ())
    setup = chat.prompt(Setup(model=model, tools=tools), system or None)
    copied = 0
    for step in steps[opening:]:
        if _is_note(step):
            told.drop("system step after the prompt: a note of the agent")
            if mapping(mapping(step.get("extra")).get("context_management")).get("boundary") == "replace":
                told.view.reset(())
            continue
        messages = atif_steps.messages(step)
        if not messages:
            told.drop("step without a known source or content")
        copied += _tell(told, paired(messages, told.calls, told.drop), setup, step)
    if not told.messages:
        return None
    if copied:
        count.notes[f"{copied} answers copied from another trajectory, or made without the model, are no turns"] = None
    missing = (*(() if system else ("system prompt",)), *(() if tools is not None else ("tool schemas",)))
    recovered = (*(("system prompt",) if system else ()), *(("tool schemas",) if tools else ()))
    grade = Fidelity("partial" if missing else "full", recovered=recovered, missing=missing)
    return told.transcript(source, grade)


def _is_note(step: dict[str, JSON]) -> bool:
    own = mapping(mapping(step.get("extra")).get(EXTRA))
    return step.get("source") == "system" and not own


def _tell(told: Session, messages: Iterable[Message], setup: Setup, step: dict[str, JSON]) -> int:
    """Tells a step; 1 where it is an answer that this trajectory's model did not give."""
    asked = step.get("llm_call_count")
    given = step.get("is_copied_context") is not True and asked != 0
    copied = 0
    for message in messages:
        if message.role != "assistant" or not given:
            told.say(message)
            copied += message.role == "assistant"
            continue
        under = setup if message.model is None else replace(setup, model=message.model)
        told.answer(message, under, _MADE if isinstance(asked, int) and asked > 1 else None)
    return copied


def _restored(whole: dict[str, JSON], steps: list[dict[str, JSON]], count: Count) -> Transcript | None:
    """The transcript that ``write`` was given; None where the file is not its work, or was edited since."""
    kept = mapping(whole.get("extra")).get(EXTRA)
    if kept is None:
        return None
    try:
        own = [step for step in steps if "setup" not in mapping(mapping(step.get("extra")).get(EXTRA))]
        pool = tuple(message for step in own for message in atif_steps.messages(step))
        made = msgspec.convert({"messages": (), **mapping(kept)}, Transcript)
    except msgspec.ValidationError:
        count.notes["what replay kept of the transcript is damaged: told as other readers would"] = None
        return None
    made = made if "messages" in kept else replace(made, messages=pool)
    if prefix.identify(made) != made.id or not _is_sound(made):
        count.notes["edited since it was written: told as other readers would"] = None
        return None
    return made


def _is_sound(made: Transcript) -> bool:
    size = len(made.messages)
    return all(
        0 <= turn.message < size
        and 0 <= turn.setup < len(made.setups)
        and all(0 <= start <= stop <= size for start, stop in turn.prefix)
        for turn in made.turns
    )


# --- writing -----------------------------------------------------------------------------------------------


def _body(transcript: Transcript) -> tuple[dict[str, JSON], tuple[str, ...]]:
    source, setup = transcript.source, transcript.setups[0] if transcript.setups else Setup()
    notes: list[str] = []
    steps = [*_opening(setup), *atif_steps.steps(transcript.messages)]
    used = [message.usage for message in transcript.messages if message.usage is not None]
    agent: dict[str, JSON] = {"name": source.agent or source.format, "version": source.version or "unknown"}
    if setup.model is not None:
        agent["model_name"] = setup.model
    if setup.tools:
        agent["tool_definitions"] = [openai_parts.write_tool(replace(tool, wire=None)) for tool in setup.tools]
    kept: dict[str, JSON] = msgspec.to_builtins(replace(transcript, messages=()))
    kept.pop("messages", None)
    told = tuple(message for step in steps[len(_opening(setup)) :] for message in atif_steps.messages(step))
    if told != transcript.messages:
        kept["messages"] = msgspec.to_builtins(tuple(transcript.messages))
    if len(transcript.setups) > 1:
        notes.append("further system prompts, tools or settings are kept for replay only")
    if any(turn.prefix not in ((), ((0, turn.message),)) for turn in transcript.turns):
        notes.append("compactions and branches are kept for replay only: the steps stand in one line")
    body: dict[str, JSON] = {
        "schema_version": VERSION,
        "session_id": source.session or transcript.id,
        "trajectory_id": transcript.id,
        "agent": agent,
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": {
            "total_prompt_tokens": sum(usage.input + usage.cache_read + usage.cache_write for usage in used),
            "total_completion_tokens": sum(usage.output for usage in used),
            "total_cached_tokens": sum(usage.cache_read for usage in used),
            "total_steps": len(steps),
        },
        "extra": {EXTRA: kept},
    }
    return body, tuple(notes)


def _opening(setup: Setup) -> list[dict[str, JSON]]:
    """The step that holds the system prompt, where there is one."""
    said = "\n\n".join(part.text for part in setup.system or () if isinstance(part, Text))
    return [{"source": "system", "message": said, "extra": {EXTRA: {"setup": 0}}}] if setup.system else []
