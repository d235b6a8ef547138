"""Command output as agents put it before the model: what they trim, say of the exit code, and add around it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from replay.lookahead.ground import Ground
from replay.lookahead.reading import Printed
from replay.lookahead.replies import Reply
from replay.lookahead.stretch import Hidden
from replay.records import ToolCall
from replay.workspace import calls
from replay.workspace.effects import seen_text

Frame = Callable[[ToolCall, Printed, Ground, str | None], Reply]
"""From a call and what it printed to its answer; the last argument is an answer that the session's tool gave."""

_CODEX_HEAD = re.compile(
    r"(?:(?P<chunk>Chunk ID: )[^\n]*\n)?(?P<early>Exit code: -?\d+\n)?Wall time: (?P<time>[^\n]*)\n"
    r"(?P<late>Process exited with code -?\d+\n)?(?P<tokens>Original token count: \d+\n)?Output:\n"
)
_OPENHANDS_TAIL = re.compile(
    r"(?P<places>(?:\n\[(?:Current working directory|Python interpreter)[^\n]*\])*)"
    r"\n\[(?P<words>The command completed|Command finished) with exit code -?\d+(?P<dot>\.?)\]\s*\Z"
)
_COPILOT_TAIL = re.compile(
    r"\n?<(?P<shell>shellId: (?P<number>\d+) completed with |exited with )exit code (-?\d+)>\s*\Z"
)
_SWE_TAIL = re.compile(r"\n\(Open file: [^\n]*\)\r?\n\(Current directory: [^\n]*\)\r?\nbash-\$\s*\Z")


def framed(call: ToolCall, printed: Printed, ground: Ground) -> Reply:
    """The answer to a command. Raises Hidden where the way of the agent is not known, or cuts so long an output."""
    example = next((seen_text(result) for _, result in ground.shown(call.name) if not _is_odd(seen_text(result))), None)
    for recognised, frame in _BY_ANSWER:
        if example is not None and recognised.search(example):
            return frame(call, printed, ground, example)
    named = _BY_TOOL.get(call.name) or _BY_AGENT.get(ground.agent)
    if named is None:
        raise Hidden(f"how {call.name} answers is not known")
    return named(call, printed, ground, example)


def _is_odd(text: str) -> bool:
    """An answer that is none of a command that ran: refused by the user, still running."""
    return not text or text.startswith(("<tool_use_error>", "The user doesn't want", "Command running in background"))


def _out(printed: Printed, most: int) -> str:
    """The output as it was printed, where it is short enough to be shown whole."""
    return _short(printed.out.text(), most)


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise Hidden("more output than the agent shows at once")
    return text


def _trimmed(printed: Printed, most: int) -> str:
    """The output without the newline that may end it."""
    return _short("\n".join(printed.out.known()), most).rstrip()


# --- agents ------------------------------------------------------------------------------------------------


def _claude(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    text = re.sub(r"\A(?:[^\S\n]*\n)+", "", _trimmed(printed, 30_000))
    if printed.code:
        if not text or not _version_from(ground.version, 2, 0, 0):
            raise Hidden("how this version answers a command that fails is not known")
        return Reply(f"Exit code {printed.code}\n{text}", is_error=True)
    if not text:
        shown = {seen_text(result) for _, result in ground.shown(call.name)}
        said = "(Bash completed with no output)"
        if said not in shown and "" not in shown:
            raise Hidden("how this version answers a command without output is not known")
        return Reply(said if said in shown else "", is_error=False)
    return Reply(text, is_error=False)


def _version_from(version: str, *least: int) -> bool:
    numbers = tuple(int(number) for number in re.findall(r"\d{1,6}", version)[:3])
    return len(numbers) == 3 and numbers >= least


def _codex(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    given = calls.arguments(call).get("max_output_tokens")
    tokens = given if isinstance(given, int) and given > 0 else 10_000
    text = _out(printed, 4 * tokens)
    if printed.code:
        # What is missing is said on error output, which the terminal mixes in.
        text = _out(printed, 4 * tokens)
    count = -(-len(text.encode(errors="replace")) // 4)
    head = _CODEX_HEAD.match(example or "")
    lines = []
    if head is None or head["chunk"]:
        lines.append(
            f"Chunk ID: {hashlib.sha256(repr((call.arguments, text)).encode(errors='replace')).hexdigest()[:6]}"
        )
    if head is not None and head["early"]:
        lines.append(f"Exit code: {printed.code}")
    lines.append("Wall time: 0.0000 seconds" if head is None or head["late"] else "Wall time: 0 seconds")
    if head is None or head["late"]:
        lines.append(f"Process exited with code {printed.code}")
    if head is None or head["tokens"]:
        lines.append(f"Original token count: {count}")
    return Reply("\n".join([*lines, "Output:", text]))


def _json(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    told = {"output": _out(printed, 10_000), "metadata": {"exit_code": printed.code, "duration_seconds": 0.0}}
    return Reply(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _mini(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    text = _out(printed, 10_000)
    if printed.code or not text:
        return Reply(f"<returncode>{printed.code}</returncode>\n<output>\n{text}</output>")
    return Reply(f"<returncode>0</returncode>\n<output>\n{text}</output>")


def _openhands(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    tail = _OPENHANDS_TAIL.search(example or "")
    if tail is None:
        raise Hidden("how this version tells the exit code is not known")
    text = _trimmed(printed, 30_000)
    told = f"[{tail['words']} with exit code {printed.code}{tail['dot']}]"
    return Reply(f"{text}{tail['places']}\n{told}")


def _copilot(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    tail = _COPILOT_TAIL.search(example or "")
    number = int(tail["number"]) + 1 if tail is not None and tail["number"] else 0
    shell = "exited with " if tail is not None and not tail["number"] else f"shellId: {number} completed with "
    return Reply(f"{_trimmed(printed, 30_000)}\n<{shell}exit code {printed.code}>")


def _swe(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    tail = _SWE_TAIL.search(example or "")
    head = "OBSERVATION:\n" if example is not None and example.startswith("OBSERVATION:\n") else ""
    text = _trimmed(printed, 100_000)
    if not text and tail is None:
        raise Hidden("how the agent answers a command without output is not known")
    body = text if example is None or "\r\n" not in example else text.replace("\n", "\r\n")
    return Reply(f"{head}{body}{tail[0] if tail is not None else ''}")


def _pi(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    text = _out(printed, 50_000)
    if printed.code:
        return Reply(f"{text}\n\nCommand exited with code {printed.code}".lstrip("\n"), is_error=True)
    return Reply(text or "(no output)", is_error=False)


def _plain(call: ToolCall, printed: Printed, ground: Ground, example: str | None) -> Reply:  # noqa: ARG001 - one signature
    if printed.code:
        raise Hidden("how the agent answers a command that fails is not known")
    return Reply(_out(printed, 16_000))


_BY_ANSWER: tuple[tuple[re.Pattern[str], Frame], ...] = (
    (re.compile(r"\A(?:Chunk ID: [^\n]*\n)?(?:Exit code: -?\d+\n)?Wall time: "), _codex),
    (re.compile(r'\A\{"output":'), _json),
    (re.compile(r"\A<returncode>"), _mini),
    (_OPENHANDS_TAIL, _openhands),
    (_COPILOT_TAIL, _copilot),
    (_SWE_TAIL, _swe),
    (re.compile(r"\AOBSERVATION:\n"), _swe),
)
_BY_TOOL: dict[str, Frame] = {"Bash": _claude, "exec_command": _codex, "shell_command": _codex}
_BY_AGENT: dict[str, Frame] = {
    "pi": _pi,
    "mini_swe": _mini,
    "mini-swe-agent": _mini,
    "inspect": _plain,
    "opencode": _plain,
    "copilot": _copilot,
}
