"""mini-swe-agent trajectories (``.traj.json``): one bash command a turn in a fenced block, or tool calls since v2.

Formats: a bare list of messages (before 1.0), ``mini-swe-agent-1`` and ``mini-swe-agent-1.1``
(https://mini-swe-agent.com/latest/usage/output_files/). Prompt and results are as the model saw them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from replay.importers import chat, document, peek, session
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import mapping, moment, objects, text
from replay.importers.rounds import paired
from replay.importers.session import Session
from replay.records import JSON, Api, Fidelity, Message, Reasoning, Setup, Source, ToolCall, ToolResult, Transcript
from replay.wire import openai_responses
from replay.wire.notes import WireError

NAME = "mini_swe"
_SIGNS = ("mswea", "mini_swe", "nano_swe", "exactly one action", "exactly one bash code block")


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` says that it is such a trajectory, or is a list of messages that begins with its prompt."""
    found = peek.values(head, 1)
    match found:
        case [{"trajectory_format": str(form)}]:
            return form.startswith("mini-swe-agent")
        case [{"info": {"mini_version": _}}]:
            return True
        case [{"info": {"config": {"agent_type": str(kind)}}}]:
            return kind.startswith("minisweagent.")
        case [[{"role": "system", "content": str(system)}, {"role": "user", "content": str(user)}, *_]]:
            return any(sign in f"{system}\n{user}".lower() for sign in _SIGNS)
        case _:
            return False


def read(path: Path) -> Iterator[Transcript]:
    """The one transcript in ``path``. Raises ImportFault where it holds no message."""
    count = Count()
    found = document.load(path, count, mend=True)
    whole = {"messages": found} if isinstance(found, list) else mapping(found)
    info = mapping(whole.get("info"))
    config = mapping(info.get("config"))
    model = mapping(config.get("model"))
    told = Session(count)
    messages = [
        message
        for item in (whole["messages"] if isinstance(whole.get("messages"), list) else ())
        if (message := _read(item, told)) is not None
    ]
    if not messages:
        raise ImportFault("holds no message of a mini-swe-agent trajectory", path=path)
    calls = any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    responses = any(_is_response(item) for item in objects(whole.get("messages")))
    api: Api = "openai-responses" if responses else "openai-chat"
    name = text(model.get("model_name"))
    system, rest = chat.opening(messages)
    setup = Setup(api, name, tools=None if calls else (), params=mapping(model.get("model_kwargs")))
    setup = chat.prompt(setup, system)
    rest = [replace(said, model=said.model or name) if said.role == "assistant" else said for said in rest]
    chat.tell(told, paired(rest, told.calls, told.drop), setup)
    missing = (() if system else ("system prompt",)) + (("tool schemas",) if calls else ())
    fidelity = Fidelity(
        "partial" if missing else "full", recovered=("system prompt",) if system else (), missing=missing
    )
    source = Source(
        NAME,
        path.name,
        sha256=session.digest(path),
        session=text(whole.get("instance_id")),
        agent="mini-swe-agent",
        version=text(info.get("mini_version")),
        cwd=text(mapping(config.get("environment")).get("cwd")),
    )
    yield told.transcript(source, fidelity)


def _read(item: JSON, told: Session) -> Message | None:
    if not isinstance(item, dict):
        told.drop("message that is no object")
        return None
    extra = mapping(item.get("extra"))
    if _is_response(item):
        return _response(item, told)
    if item.get("type") == "function_call_output":
        part = chat.result(text(item.get("call_id")) or "", item.get("output"), detail=_detail(extra))
        return Message("tool", (part,), time=moment(extra.get("timestamp")), origin="tool")
    if item.get("role") == "exit":
        told.drop("exit message, which the model did not see")
        return None
    message = chat.read(item)
    if message is None:
        told.drop("message without a known role or content")
        return None
    if extra.get("interrupt_type") == "FormatError" and mapping(extra.get("response")):
        told.drop("answer that the agent could not parse and did not keep")
    message = replace(message, time=message.time or moment(extra.get("timestamp")))
    if message.role != "assistant":
        parts = tuple(
            replace(part, detail=_detail(extra)) if isinstance(part, ToolResult) else part for part in message.parts
        )
        return replace(message, parts=parts)
    response = mapping(extra.get("response"))
    message = chat.answered(message, response)
    if not any(isinstance(part, Reasoning) for part in message.parts):
        said = mapping(next(objects(response.get("choices")), {}).get("message"))
        message = replace(message, parts=(*chat.thoughts(said), *message.parts))
    return message


def _detail(extra: dict[str, JSON]) -> JSON:
    return {key: extra[key] for key in ("returncode", "exception_info") if extra.get(key) not in (None, "")} or None


def _is_response(item: JSON) -> bool:
    return isinstance(item, dict) and (item.get("object") == "response" or isinstance(item.get("output"), list))


def _response(item: dict[str, JSON], told: Session) -> Message | None:
    """The answer in the JSON of the Responses API, which v2 keeps as it is."""
    try:
        answer = openai_responses.read_response({"object": "response", **item})
    except WireError:
        told.drop("response that holds no message")
        return None
    extra = mapping(item.get("extra"))
    return replace(answer, time=moment(item.get("created_at")) or moment(extra.get("timestamp")))
