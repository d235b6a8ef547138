"""Fixtures for all tests: the collection of real transcripts, where it lies beside the checkout."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Command
from hypothesis import HealthCheck, settings

from replay.cli import main

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no failure

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real transcripts and tools beside the checkout; the test is skipped where it is absent."""
    if not (SHARED / "transcripts").is_dir():
        pytest.skip("no shared collection beside this checkout")
    return SHARED


@pytest.fixture
def claude_log(tmp_path: Path) -> Callable[..., Path]:
    """Writes a Claude Code session log: a prompt, then one assistant row and one result row for each tool call."""

    def write(*calls: tuple[str, dict[str, Any], str], name: str = "session.jsonl", session: str = "s-1") -> Path:
        common = {"sessionId": session, "cwd": "/home/dev/shop", "version": "2.1.0", "isSidechain": False}
        rows: list[dict[str, Any]] = [
            {"type": "user", "uuid": "u-0", "parentUuid": None, "message": {"role": "user", "content": "Please help."}}
        ]
        for number, (tool, arguments, result) in enumerate(calls, start=1):
            call = {"type": "tool_use", "id": f"toolu_{number:02}", "name": tool, "input": arguments}
            answer = {"type": "tool_result", "tool_use_id": call["id"], "content": result}
            message = {
                "id": f"msg_{session}_{number:02}",  # no two sessions have an answer in common
                "type": "message",
                "role": "assistant",
                "model": "claude-sonnet-4-5",
                "content": [call],
                "stop_reason": "tool_use",
                "usage": {"input_tokens": 10, "output_tokens": 5},
            }
            parent = rows[-1]["uuid"]
            rows.append({"type": "assistant", "uuid": f"a-{number}", "parentUuid": parent, "message": message})
            back = {"role": "user", "content": [answer]}
            rows.append({"type": "user", "uuid": f"u-{number}", "parentUuid": f"a-{number}", "message": back})
        lines = [json.dumps(common | {"timestamp": f"2026-01-01T00:00:{i:02}Z"} | row) for i, row in enumerate(rows)]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs a command line in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright; skipped where either is missing, unless ``REPLAY_BROWSER`` is ``required``.

    Playwright keeps an event loop running in its thread, in which no other test could start one: so it ends with its
    module, whose tests stay together (mark them ``xdist_group``).
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    why = None if found else f"none of {', '.join(names)} is installed"
    try:
        import axe_playwright_python  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ImportError:
        why = "playwright or axe-playwright-python is not installed"
    if why and os.environ.get("REPLAY_BROWSER") == "required":
        pytest.fail(f"this run must not do without a browser: {why}")
    if why:
        pytest.skip(why)
    with sync_playwright() as playwright:
        # a container's root cannot have Chromium's sandbox; the pages are our own
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()
