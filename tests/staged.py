"""Case sets made by hand for whole runs: one session a source, completions played by the scripted sampler."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

COMPLETIONS: dict[str, Any] = {
    "bad": "try:\n    charge(card)\nexcept Exception:\n    pass\n",
    "good": "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n",
    "ignored": "charge(card)  # type: ignore\n",
    "words": None,
}

OTHERS = {"baseline": "", "again": "    replicate: 1\n"}


def play(violations: int, draws: int) -> list[str]:
    """So many bad completions, the rest good."""
    return ["bad"] * violations + ["good"] * (draws - violations)


def write(
    folder: Path,
    sources: int,
    plays: Callable[[int], dict[str, Sequence[str]]],
    *,
    draws: int = 4,
    extra: str = "",
    arms: Sequence[str] = ("baseline", "edited"),
) -> Path:
    """An experiment in ``folder``: session ``i`` has one case, under which arm A plays ``plays(i)[A]`` in turn.

    The arm `again` repeats the baseline, any other one but the baseline has an edit. ``extra`` are further lines of
    replay.yaml.
    """
    folder.mkdir(parents=True)
    script: dict[str, dict[str, Any]] = {}
    for index in range(sources):
        slug = f"case{index:02}"
        request = {
            "model": "m",
            "max_tokens": 100,
            "system": "You write code.",
            "messages": [{"role": "user", "content": f"Write pay{index}.py."}],
        }
        response = {
            "id": f"msg_{index}",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [_write(COMPLETIONS["bad"])],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        (folder / f"{slug}.jsonl").write_text(json.dumps({"request": request, "response": response}) + "\n")
        text = f'source = "session{index:02}"\n[[case]]\nturn = 0\nrules = ["*/swallowed-*"]\n'
        (folder / f"{slug}.toml").write_text(text)
        script[f"{slug}@0"] = {arm: list(names) for arm, names in plays(index).items()}
    lines = {
        name: {"text": "Done."} if code is None else {"tool_calls": [{"name": "Write", "arguments": _arguments(code)}]}
        for name, code in COMPLETIONS.items()
    }
    # JSON is YAML
    (folder / "plays.yaml").write_text(json.dumps({"version": 1, "completions": lines, "play": script}))
    entries = "".join(
        f"  {arm}:\n    model: scripted/plays.yaml\n" + OTHERS.get(arm, f"    edits: [{{append: Be {arm}.}}]\n")
        for arm in arms
    )
    (folder / "replay.yaml").write_text(
        f'version: 1\nname: {folder.name}\nrules: ["*/swallowed-*"]\ndraws: {draws}\n{extra}arms:\n{entries}'
    )
    return folder


def _arguments(code: str) -> dict[str, str]:
    return {"file_path": "/home/dev/pay.py", "content": code}


def _write(code: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": _arguments(code)}
