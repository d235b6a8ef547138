"""ATIF: steps into messages, and any transcript there and back."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from replay import importers, prefix
from replay.importers import ImportFault, atif
from replay.records import (
    Fidelity,
    Image,
    Ledger,
    Message,
    Opaque,
    Reasoning,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
    Usage,
)

SCHEMA = {"type": "object", "properties": {"cmd": {"type": "string"}}}
DEFINITION = {"type": "function", "function": {"name": "bash", "description": "runs", "parameters": SCHEMA}}


def trajectory(*steps, version="ATIF-v1.5", agent=None, **more):
    agent = {"name": "openhands", "version": "1.1.0", "model_name": "gpt-x", **(agent or {})}
    numbered = [{"step_id": number, **step} for number, step in enumerate(steps, 1)]
    return {"schema_version": version, "session_id": "s-1", "agent": agent, "steps": numbered, **more}


def step(source, message, **more):
    return {"source": source, "message": message, **more}


def call(key, name="bash", **arguments):
    return {"tool_call_id": key, "function_name": name, "arguments": arguments}


def save(path: Path, value) -> Path:
    path.write_text(json.dumps(value, indent=2))
    return path


def only(path: Path):
    assert importers.identify(path) == "atif"
    (told,) = importers.read(path)
    return told


def test_a_step_is_an_answer_its_calls_and_their_results(tmp_path):
    """Leading system steps are the prompt, tool definitions the tools; usage leaves out what a cache gave."""
    told = only(
        save(
            tmp_path / "t.json",
            trajectory(
                step("system", "You are an agent."),
                step("user", "go", timestamp="2026-01-01T00:00:00Z"),
                step("system", "Added workspace context"),
                step(
                    "agent",
                    "looking",
                    reasoning_content="hm",
                    model_name="gpt-x-1",
                    tool_calls=[call("c1", cmd="ls"), call("c2", cmd="pwd")],
                    observation={
                        "results": [
                            {"source_call_id": "c2", "content": "/app"},
                            {"source_call_id": "c1", "content": [{"type": "text", "text": "a.py"}]},
                        ]
                    },
                    metrics={"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 60, "cost_usd": 0.1},
                ),
                agent={"tool_definitions": [DEFINITION]},
            ),
        )
    )
    assert told.setups[0].system == (Text("You are an agent."),)
    assert told.setups[0].tools == (Tool("bash", "runs", SCHEMA),)
    assert told.setups[0].model == "gpt-x-1"
    assert [message.role for message in told.messages] == ["user", "assistant", "tool"]
    assert told.messages[1].parts == (
        Reasoning("hm"),
        Text("looking"),
        ToolCall("c1", "bash", {"cmd": "ls"}),
        ToolCall("c2", "bash", {"cmd": "pwd"}),
    )
    assert told.messages[1].usage == Usage(input=40, cache_read=60, output=5)
    assert told.messages[2].parts == (
        ToolResult("c1", (Text("a.py"),), form="blocks"),
        ToolResult("c2", (Text("/app"),)),
    )
    assert told.turns == (Turn(1, ((0, 1),)),)
    assert told.fidelity == Fidelity("full", recovered=("system prompt", "tool schemas"))
    assert told.ledger.dropped == {"system step after the prompt: a note of the agent": 1}
    assert (told.source.session, told.source.agent, told.source.version) == ("s-1", "openhands", "1.1.0")


def test_an_observation_without_calls_is_the_next_prompt(tmp_path):
    """terminus-2 answers in text and is told the screen as user text; it needs no tools."""
    told = only(
        save(
            tmp_path / "t.json",
            trajectory(
                step("user", "Task"),
                step("agent", "{}", observation={"results": [{"content": "root# "}]}),
                step("agent", "{}"),
                version="ATIF-v1.7",
            ),
        )
    )
    assert [message.role for message in told.messages] == ["user", "assistant", "user", "assistant"]
    assert (told.messages[2].parts, told.messages[2].origin) == ((Text("root# "),), "tool")
    assert told.setups[0].tools == ()
    assert told.fidelity == Fidelity("partial", missing=("system prompt",))


def test_compaction_copies_and_calls_without_a_model_are_told_apart(tmp_path):
    """After a replacing compaction the prefix begins anew; a copied answer is no turn, a merged one is partial."""
    boundary = {"context_management": {"type": "compaction", "boundary": "replace"}}
    told = only(
        save(
            tmp_path / "t.json",
            trajectory(
                step("user", "go"),
                step("agent", "one"),
                step("system", "summarised", extra=boundary),
                step("agent", "one", is_copied_context=True),
                step("user", "on"),
                step("agent", "two", llm_call_count=3),
                step("agent", "", llm_call_count=0, tool_calls=[call("c1")]),
            ),
        )
    )
    assert [(turn.message, turn.prefix) for turn in told.turns] == [(1, ((0, 1),)), (4, ((2, 4),))]
    assert told.turns[1].fidelity.inferred == ("an answer put together of several calls of the model",)
    assert told.ledger.notes == ("2 answers copied from another trajectory, or made without the model, are no turns",)
    assert told.ledger.unanswered == 1


def test_sub_agents_are_transcripts_of_their_own(tmp_path):
    """Embedded trajectories follow the one that holds them and name it."""
    inner = trajectory(step("user", "sub"), step("agent", "done"), version="ATIF-v1.7", trajectory_id="t-2")
    outer = trajectory(step("user", "go"), step("agent", "done"), subagent_trajectories=[inner], trajectory_id="t-1")
    first, second = importers.read(save(tmp_path / "t.json", outer))
    assert (first.source.session, first.source.parent) == ("t-1", None)
    assert (second.source.session, second.source.parent) == ("t-2", "t-1")


def test_what_is_no_trajectory_is_refused(tmp_path):
    """Steps that are none leave nothing to tell."""
    with pytest.raises(ImportFault, match="no step"):
        importers.read(save(tmp_path / "t.json", {"schema_version": "ATIF-v1.5", "steps": [None, {}, {"source": "x"}]}))


# --- there and back ------------------------------------------------------------------------------------------


def made(*messages, **more):
    turns = tuple(
        Turn(at, ((0, at),) if at else ()) for at, message in enumerate(messages) if message.role == "assistant"
    )
    told = Transcript(
        "",
        Source("claude_code", "s.jsonl", session="s-1", agent="Claude Code"),
        (Setup(),),
        messages,
        turns,
        Fidelity("partial"),
    )
    told = replace(told, **more)
    return replace(told, id=prefix.identify(told))


def there_and_back(told, tmp_path):
    path = tmp_path / "out" / "trajectory.json"
    notes = atif.write(told, path)
    assert importers.identify(path) == "atif"
    (back,) = importers.read(path)
    return json.loads(path.read_text()), notes, back


RICH = (
    Message(
        "user", (Text("go"), Image("image/png", "AAAA")), origin="typed", lines=(1, 1), time="2026-01-01T00:00:00Z"
    ),
    Message(
        "assistant",
        (
            Reasoning("hm", signature="sig"),
            Text("a"),
            ToolCall("c1", "bash", {"cmd": "ls"}),
            Text("b"),
            ToolCall("c2", "x", "raw"),
        ),
        id="m1",
        model="claude-x",
        stop="tool_use",
        usage=Usage(input=1, cache_read=2, cache_write=3, output=4, reasoning=5),
        origin="model",
    ),
    Message(
        "tool",
        (
            ToolResult("c1", (Text("a.py"),), is_error=False, detail={"file": "a.py"}),
            ToolResult("c2", (), form="blocks"),
        ),
        origin="tool",
    ),
    Message("developer", (Opaque("anthropic", {"type": "document"}),)),
    Message("user", (ToolResult("gone", (Text("orphan"),)), Text("and"))),
    Message("assistant", (Text("done"),), origin="model", form="string", proof="verified", wire={"x": 1}),
)


def test_any_transcript_comes_back_as_it_was(tmp_path):
    """Signatures, error flags, details, order of parts, odd roles, setups and views: nothing is lost."""
    setups = (
        Setup("anthropic", "claude-x", (Text("be brief"), Text("be kind")), "blocks", (Tool("bash", None, SCHEMA),)),
        Setup(),
    )
    told = made(
        *RICH,
        setups=setups,
        turns=(Turn(1, ((0, 1),)), Turn(5, ((0, 1), (3, 5)), setup=1)),
        ledger=Ledger(rows=9, dropped={"x": 1}, notes=("n",)),
    )
    body, notes, back = there_and_back(told, tmp_path)
    assert back == told
    assert notes == (
        "further system prompts, tools or settings are kept for replay only",
        "compactions and branches are kept for replay only: the steps stand in one line",
    )
    assert body["schema_version"] == "ATIF-v1.7"


def test_other_readers_find_the_session_in_plain_steps(tmp_path):
    """Numbered steps; results in the step of their calls; prompt, tools, model and tokens where the format has them."""
    setup = Setup("anthropic", "claude-x", (Text("be brief"),), tools=(Tool("bash", "runs", SCHEMA),))
    body, _, _ = there_and_back(made(*RICH[:3], setups=(setup,)), tmp_path)
    assert [(item["step_id"], item["source"]) for item in body["steps"]] == [(1, "system"), (2, "user"), (3, "agent")]
    assert body["steps"][0]["message"] == "be brief"
    answer = body["steps"][2]
    assert answer["message"] == "a\n\nb"
    assert answer["reasoning_content"] == "hm"
    assert answer["tool_calls"] == [call("c1", cmd="ls"), call("c2", name="x", input="raw")]
    results = [(result["source_call_id"], result["content"]) for result in answer["observation"]["results"]]
    assert results == [("c1", "a.py"), ("c2", "")]
    assert answer["metrics"]["prompt_tokens"] == 6
    assert answer["metrics"]["cached_tokens"] == 2
    assert body["agent"]["tool_definitions"] == [DEFINITION]
    assert (body["agent"]["name"], body["agent"]["model_name"]) == ("Claude Code", "claude-x")
    totals = body["final_metrics"]
    assert (totals["total_prompt_tokens"], totals["total_completion_tokens"], totals["total_steps"]) == (6, 4, 3)


def test_an_edited_file_is_read_as_others_would(tmp_path):
    """What was kept for replay counts only as long as it fits the steps."""
    path = tmp_path / "t.json"
    atif.write(made(*RICH[:3]), path)
    body = json.loads(path.read_text())
    body["steps"][0]["message"] = "stop"
    (told,) = importers.read(save(path, body))
    assert told.source.format == "atif"
    assert told.messages[0].parts[0] == Text("stop")
    assert "edited since it was written: told as other readers would" in told.ledger.notes
    body["extra"]["transcript_replay"]["turns"] = 3
    (told,) = importers.read(save(path, body))
    assert told.source.format == "atif"


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    """The file is replaced in one step or not at all."""
    path = tmp_path / "t.json"
    atif.write(made(*RICH[:3]), path)
    old = path.read_bytes()

    def fail(self, target):
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        atif.write(made(*RICH), path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.shared
def test_shared_trajectories_agree_with_a_plain_walk(shared):
    """Agent steps are turns, calls and results those of the steps; and each file comes back from a rewrite."""
    paths = sorted((shared / "transcripts" / "atif").iterdir())
    assert len(paths) == 2
    for path in paths:
        value = json.loads(path.read_text())
        (told,) = atif.read(path)
        agent = [item for item in value["steps"] if item["source"] == "agent"]
        assert len(told.turns) == len(agent)
        calls = [made["tool_call_id"] for item in agent for made in item.get("tool_calls", [])]
        assert [p.id for m in told.messages for p in m.parts if isinstance(p, ToolCall)] == calls
        given = [r for item in agent for r in item.get("observation", {}).get("results", []) if "source_call_id" in r]
        assert sum(isinstance(p, ToolResult) for m in told.messages for p in m.parts) == len(given)
        assert told.ledger.unanswered == len(calls) - len(given)


@pytest.mark.shared
def test_transcripts_of_other_formats_come_back_too(shared, tmp_path):
    """Sessions of every format in the collection, the smaller ones: written and read, they are equal."""
    told = 0
    for path in importers.find([shared / "transcripts"]):
        if path.stat().st_size > 60_000:
            continue
        try:
            found = importers.read(path)[:3]
        except ImportFault:
            continue
        for transcript in found:
            _, _, back = there_and_back(transcript, tmp_path)
            assert back == transcript
            told += 1
    assert told > 40
