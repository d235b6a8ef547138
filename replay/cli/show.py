"""``replay show``: what a case is made of, down to the bytes that would be sent."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Any

import click
import msgspec

from replay import cases, check, config, packaged, prefix, prompts, rules, samplers, supply, workspace
from replay.cli import requests, trials
from replay.cli.common import emit, json_option, opened, printable, system_option, tools_option
from replay.engines import kept_file
from replay.errors import UserError
from replay.prompts import book
from replay.records import (
    Api,
    Case,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Request,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
)

TAIL = 3  # messages of the prefix that are shown unless --all
WIDTH = 2_000  # characters of one part that are shown unless --all


@click.command()
@click.argument("case")
@click.option(
    "--request",
    "arm",
    metavar="[ARM]",
    is_flag=False,
    flag_value="",
    help="Print the exact request body of this arm, or of a FILE's turn as rebuilt, and nothing else.",
)
@click.option("--turn", type=click.IntRange(0), help="With a FILE: which of its turns, from 0.")
@click.option(
    "--transcript",
    "wanted",
    metavar="ID",
    help="With a FILE of several: which, by its session or the beginning of its id; by default the longest.",
)
@click.option(
    "--api", type=click.Choice(list(requests.CODECS)), help="With a FILE: for this API, not the recorded one."
)
@system_option
@tools_option
@click.option(
    "--experiment", type=click.Path(path_type=Path), help="The experiment that has ARM; by default the case's folder."
)
@click.option("--run", "run_name", metavar="RUN", help="Show what the arms of this run did in the case.")
@click.option("--arm", "shown_arm", metavar="ARM", help="With --run: the completion of this arm, as file diffs.")
@click.option("--draw", type=click.IntRange(0), default=0, show_default=True, help="With --arm: which of its draws.")
@click.option("--all", "everything", is_flag=True, help="Show the whole prefix, nothing shortened.")
@json_option
def show(
    case: str,
    arm: str | None,
    turn: int | None,
    wanted: str | None,
    api: Api | None,
    system: Path | None,
    tools: Path | None,
    experiment: Path | None,
    run_name: str | None,
    shown_arm: str | None,
    draw: int,
    everything: bool,
    as_json: bool,
) -> None:
    """Show the end of a case's prefix, the recorded completion and its findings.

    CASE is SLUG@TURN, or FOLDER/SLUG@TURN, as `replay mine --write` prints it. With --run, also what the arms of a run
    did there, and with --arm the code of one of their completions. A FILE in place of CASE holds transcripts: what
    is known of their turns' requests, with --turn N what happened there, and with --request its body as rebuilt.
    """
    if Path(case).is_file():
        if run_name is not None or shown_arm is not None or experiment is not None:
            raise UserError("--run, --arm and --experiment are for a case, not a transcript file")
        given = book.from_files(system, tools) if system or tools else None
        _show_file(Path(case), given, wanted, turn=turn, api=api, body=arm, everything=everything, as_json=as_json)
        return
    if turn is not None or wanted is not None or api is not None or system or tools:
        raise UserError("--turn, --transcript, --api, --system and --tools are for a transcript file")
    if shown_arm is not None and run_name is None:
        raise UserError("--arm needs --run RUN: whose completion is to be shown")
    if arm == "":
        raise UserError("--request needs the name of an ARM, where a case is shown")
    if run_name is not None:
        with opened(run_name) as run:
            found, transcript = trials.case_of(run, case)
            if shown_arm is not None:
                trials.print_trial(run, found, transcript, shown_arm, draw)
            else:
                _print(found, transcript, everything=everything)
                trials.print_outcomes(run, found)
        return
    roots = [Path(), Path("transcripts"), Path(".replay/cases"), packaged.folder("transcripts")]
    found, transcript = cases.find(case, [root for root in roots if root.is_dir()])
    if arm is not None:
        folder = experiment or _home_of(case, roots)
        click.echo(msgspec.json.encode(_body(found, transcript, arm, folder)).decode())
        return
    if as_json:
        emit(
            {
                "case": found,
                "prefix": prefix.prefix(transcript, found.turn),
                "recorded": prefix.completion(transcript, found.turn),
            }
        )
        return
    _print(found, transcript, everything=everything)


def _show_file(
    file: Path,
    given: supply.Given | None,
    wanted: str | None,
    *,
    turn: int | None,
    api: Api | None,
    body: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    if body:
        raise UserError(f"a transcript file has no arm {body!r}: give --turn N --request")
    read = requests.transcripts(file)
    if not any(one.turns for one in read):
        raise UserError("no model answers in it, so no request is known", path=file)
    if body is None and turn is None:
        for one in read if wanted is None else [requests.chosen(read, wanted, file)]:
            told = requests.emit_transcript if as_json else requests.print_transcript
            told(book.filled(one, given), one.id)
        return
    if turn is None:
        raise UserError("--request needs --turn N with a transcript file", path=file)
    chosen = requests.chosen(read, wanted, file)
    transcript = book.filled(chosen, given)
    if body is not None:
        click.echo(requests.printed(requests.body(transcript, turn, api)))
    elif as_json:
        emit({"prefix": prefix.prefix(transcript, turn), "recorded": prefix.completion(transcript, turn)})
    else:
        if len(read) > 1:
            click.echo(f"transcript {chosen.id}, one of {len(read)} in the file")
        requests.print_turn(transcript, turn)
        _print_turn(transcript, turn, everything=everything)


def _home_of(name: str, roots: list[Path]) -> Path:
    """The folder with the case whose experiment file names the arms."""
    folder, _, short = name.rpartition("/")
    slug = short.rpartition("@")[0]
    places = [Path(folder)] if folder else [place for root in roots for place in (root, *sorted(root.glob("*/")))]
    for place in places:
        if (place / f"{slug}.toml").is_file() and (place / "replay.yaml").is_file():
            return place
    raise UserError("no replay.yaml beside this case: say which experiment has the arm with --experiment FILE")


def _body(case: Case, transcript: Transcript, name: str, experiment: Path) -> dict[str, Any]:
    arms = {arm.name: arm for arm in config.load(experiment).arms}
    if name not in arms:
        raise UserError(f"unknown arm {name!r}: known are {', '.join(arms)}", path=experiment)
    arm = arms[name]
    original = supply.supplied(prefix.prefix(transcript, case.turn), transcript)
    edited = prompts.apply(original, arm.edits, case=case.id)
    request = Request(case, arm, 0, edited, prefix.completion(transcript, case.turn))
    return samplers.for_arm(arm).body(request).body


def _print(case: Case, transcript: Transcript, *, everything: bool) -> None:
    fidelity = case.fidelity
    source = transcript.source
    click.echo(_safe(f"case {case.id}: turn {case.turn} of {len(transcript.turns)} of {source.name} ({source.format})"))
    click.echo(f"rules at stake: {', '.join(case.rules)}")
    if case.note:
        click.echo(_safe(f"note: {case.note}"))
    if case.primed:
        click.echo(f"primed: {case.primed} findings of these rules are in the prefix already")
    if case.stands_for > 1:
        click.echo(f"stands for {case.stands_for} mined turns that are nearly the same")
    click.echo(_safe(f"fidelity: {requests.described(fidelity)}"))
    if (gap := requests.tokens(transcript, case.turn)) is not None:
        click.echo(gap)
    _print_turn(transcript, case.turn, everything=everything)


def _print_turn(transcript: Transcript, at: int, *, everything: bool) -> None:
    """The end of what the model read, what it said, and what that introduced."""
    messages = prefix.prefix(transcript, at).messages
    shown = messages if everything else messages[-TAIL:]
    if len(shown) < len(messages):
        click.echo(f"\n… {len(messages) - len(shown)} earlier messages (--all shows them)")
    for message in shown:
        _print_message(message, everything=everything)
    click.echo("\n=== recorded completion ===")
    _print_message(prefix.completion(transcript, at), everything=True)
    click.echo("\n=== what it introduced ===")
    written = [changes for turn, changes in workspace.recorded(transcript) if turn == at]
    chosen = rules.load()
    for change in (one for changes in written for one in changes):
        if change.status != "applied":
            click.echo(_safe(f"{change.path}: not judged: {change.status.replace('_', ' ')}: {change.why}"))
    found = [
        finding for checked in check.introduced(written, chosen, cache=kept_file()) for finding in checked.findings
    ]
    for finding in found:
        click.echo(_safe(f"{finding.path}:{finding.line}: {finding.rule}\n    {finding.text}"))
    if not found:
        click.echo("nothing")


def _print_message(message: Message, *, everything: bool) -> None:
    click.echo(f"\n--- {message.role}" + (f" ({message.model})" if message.model else ""))
    for part in message.parts:
        text = _safe(_describe(part))
        if not everything and len(text) > WIDTH:
            text = f"{text[:WIDTH]} … {len(text) - WIDTH} more characters"
        click.echo(text)


def _describe(part: Part) -> str:
    match part:
        case Text(text=text):
            return text
        case Reasoning(text=text):
            return f"[thinking] {text or '(hidden)'}"
        case ToolCall(name=name, arguments=arguments):
            if isinstance(arguments, str):
                return f"[call {name}]\n{arguments}"
            return "\n".join([f"[call {name}]", *(_argument(key, value) for key, value in arguments.items())])
        case ToolResult(parts=parts, is_error=is_error):
            inner = "\n".join(_describe(one) for one in parts)
            return f"[result{', error' if is_error else ''}]\n{inner}"
        case Image(media_type=kind):
            return f"[image {kind or ''}]"
        case Opaque(body=body):
            return f"[{body.get('type', 'block')}]"


def _argument(name: str, value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"  {name}:\n{indent(text.rstrip(), '    ')}" if "\n" in text else f"  {name}: {text}"


def _safe(text: str) -> str:
    return printable(text, keep="\n\t")
