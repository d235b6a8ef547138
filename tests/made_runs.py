"""Runs made without sampling, of any size: sessions of a shop's code, completions good, bad and hostile, all judged."""

from __future__ import annotations

import random
from pathlib import Path

from msgspec.structs import replace

from replay import experiment
from replay.prefix import identify
from replay.records import (
    Append,
    Arm,
    Case,
    Completion,
    Experiment,
    Fidelity,
    Message,
    Part,
    Reasoning,
    Result,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Trial,
    TrialError,
    Turn,
    Usage,
)
from replay.store import Run

HOSTILE = (
    '</script><img src=x onerror="window.pwned=1"><svg onload="window.pwned=2">'
    "<!--<script>window.pwned=3</script>"
    "[click](javascript:window.pwned=4) https://evil.example/beacon.png {{script}} \u202egnp.exe \u0007 &lt;"
)
BAD = "    try:\n        charge(order)\n    except Exception:\n        pass\n"
GOOD = "    try:\n        charge(order)\n    except CardError as error:\n        raise PaymentFailed from error\n"
SILENT = "    charge(order)  # type: ignore\n"


def run(
    folder: Path,
    *,
    cases: int = 6,
    draws: int = 4,
    arms: int = 2,
    length: int = 4,
    noise: str = "",
    seed: int = 0,
) -> tuple[Run, Result]:
    """A judged run in ``folder``: ``cases`` sessions of ``length`` rounds each, ``draws`` draws under each arm.

    Arm i writes the bad code with a probability that falls with i. ``noise`` is put into every text of a transcript and
    of a completion, into notes and paths.
    """
    chance = random.Random(seed)
    store = Run.open(folder, create=True)
    store._pragma("synchronous=OFF")  # thousands of commits, and nothing to lose
    names = [f"arm-{number}" if number else "baseline" for number in range(arms)]
    made = [_session(number, length, noise, chance) for number in range(cases)]
    store.put_transcripts(transcript for transcript, _ in made)
    store.put_cases(case for _, case in made)
    question = Experiment(
        name=f"made{noise}"[:200],
        cases=("made",),
        arms=tuple(
            Arm(name, "anthropic/claude-test", edits=(Append(f"Be careful. {noise}"),) if name != "baseline" else ())
            for name in names
        ),
        baseline="baseline",
        rules=("python/swallowed-exception",),
        guard=("python/type-ignore*",),
        draws=draws,
    )
    store.put_meta("experiment", question)
    store.put_meta("edits", dict.fromkeys(names[1:], f"--- a\n+++ b\n+Be careful. {noise}\n"))
    for _, case in made:
        for number, name in enumerate(names):
            for draw in range(draws):
                store.put_trial(_trial(case, name, draw, 0.75 / (1 + 2 * number), noise, chance))
    return store, experiment.judge(store)


def _session(number: int, length: int, noise: str, chance: random.Random) -> tuple[Transcript, Case]:
    messages = [Message("user", (Text(f"Please take payments in module {number}. {noise}"),), origin="typed")]
    path = f"/srv/shop/pay{number}.py"
    for step in range(length):
        call = f"toolu_{number}_{step}"
        body = _code(number, step, chance)
        asked = path if step == length - 1 else f"/srv/shop/mod{step}.py"
        messages.append(
            Message(
                "assistant",
                (Text(f"I look at {asked}. {noise}"), ToolCall(call, "Read", {"file_path": asked})),
                model="claude-test",
            )
        )
        numbered = "".join(f"{line:6}\u2192{text}\n" for line, text in enumerate(body.splitlines(), 1))
        messages.append(
            Message("user", (ToolResult(call, (Text(numbered + noise if step < length - 1 else numbered),)),))
        )
    last = _edit_call(BAD, number)
    messages.append(Message("assistant", (Text("Done."), last), model="claude-test"))
    setup = Setup(
        api="anthropic",
        model="claude-test",
        system=(Text(f"You are a careful engineer. {noise}"),),
        tools=(Tool("Read", f"Reads a file. {noise}"), Tool("Edit", "Edits a file.")),
    )
    whole = Transcript(
        id="",
        source=Source("made", f"session-{number}.jsonl"),
        setups=(setup,),
        messages=tuple(messages),
        turns=tuple(
            Turn(index, ((0, index),)) for index, message in enumerate(messages) if message.role == "assistant"
        ),
        fidelity=Fidelity("exact"),
    )
    transcript = replace(whole, id=identify(whole))
    slug = f"session-{number:04}"
    case = Case(
        f"{slug}@{length}",
        transcript.id,
        length,
        ("python/*",),
        f"source-{number // 2:04}",
        Fidelity("exact"),
        note=noise,
    )
    return transcript, case


def _code(number: int, step: int, chance: random.Random) -> str:
    lines = [f'"""Module {number} of the shop, part {step}."""', "", "from shop import charge", ""]
    for index in range(30):
        word = chance.choice(["total", "discount", "invoice", "refund", "basket", "voucher", "ledger"])
        lines += [f"def {word}_{index}(order):", f"    return order.{word} * {chance.randint(1, 99)}", ""]
    lines += ["def pay(order):", "    charge(order)", ""]
    return "\n".join(lines) + "\n"


def _edit_call(code: str, number: int) -> ToolCall:
    arguments = {"file_path": f"/srv/shop/pay{number}.py", "old_string": "    charge(order)\n", "new_string": code}
    return ToolCall(f"toolu_e{number}", "Edit", arguments)


def _trial(case: Case, arm: str, draw: int, bad: float, noise: str, chance: random.Random) -> Trial:
    number = int(case.id.split("@")[0].rsplit("-", 1)[1])
    roll = chance.random()
    key = f"{case.id}/{arm}/{draw}"
    if roll > 0.985:
        return Trial(case.id, arm, draw, key, error=TrialError("timeout", f"took too long {noise}"))
    comment = f"    # {chance.choice(['the card may be refused', 'payment', 'see the ledger'])} {draw}\n"
    code = BAD if roll < bad else SILENT if roll > 0.93 else GOOD
    parts: tuple[Part, ...] = (
        Reasoning(f"The order must be paid. {noise} " + "Let me think it through. " * chance.randint(1, 30)),
        Text(f"I take the payment and mind what can go wrong. {noise}"),
        _edit_call(comment + code, number),
    )
    if roll > 0.965:
        parts = parts[:2]
    return Trial(
        case.id,
        arm,
        draw,
        key,
        Completion(
            parts, "tool_calls", "claude-test", Usage(input=900, cache_read=4000, output=chance.randint(80, 900))
        ),
        notes=(f"reasoning was dropped {noise}",) if noise else (),
        on_policy=True,
        seconds=chance.uniform(1, 20),
    )
