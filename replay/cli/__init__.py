"""The command line: one verb a module, each calling one function; exit codes and the words for errors live here."""

from __future__ import annotations

import difflib
import importlib
import os
import signal
import sys
from typing import NamedTuple

import click

from replay.errors import FULL, AnalyserError, PartialResultError, UserError

EXIT_FINDING = 1
EXIT_ERROR = 2
EXIT_PARTIAL = 3
EXIT_INTERRUPT = 130


class Verb(NamedTuple):
    """A module of this package, the name of the command in it too, and what stands beside it in the list of verbs."""

    module: str
    about: str


VERBS = {
    "import": Verb("import_", "Read transcripts of any known format and keep them."),
    "capture": Verb("capture", "Run COMMAND, an agent, behind a recording proxy."),
    "mine": Verb("mine", "List the turns whose code introduces a finding."),
    "show": Verb("show", "Show the end of a case's prefix, the recorded completion and its findings."),
    "check": Verb("check", "Report the findings in code files, folders of code, or transcripts."),
    "plan": Verb("plan", "Say what `replay run` would send and cost."),
    "run": Verb("run", "Sample, check, score and compare."),
    "report": Verb("report", "Print the result of RUN."),
    "view": Verb("view", "Show runs in the browser."),
    "compare": Verb("compare", "Print every quantity of RUN's comparisons by name."),
    "power": Verb("power", "Say what change so many cases and draws can show."),
    "rules": Verb("rules", "List, test, measure and write rules."),
    "prompts": Verb("prompts", "Keep the system prompts and tools of agents, and see which are kept."),
    "workspace": Verb("workspace", "Look at the files that transcripts let us rebuild."),
    "batches": Verb("batches", "List the batches that `replay run --batch` left with a provider."),
    "cache": Verb("cache", "Look after the answers that are kept."),
    "doctor": Verb("doctor", "Say what is installed and what works."),
}
"""In the order of a user's way through them."""


class Verbs(click.Group):
    """Imports a verb when it is asked for, not to list it: to import all of them takes ten times as long as any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's own
        """All verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above, click's
        """The verb of that name, None where there is none."""
        if (verb := VERBS.get(cmd_name)) is None:
            return None
        found = getattr(importlib.import_module(f"replay.cli.{verb.module}"), verb.module)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of verbs."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.about) for name, verb in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but a word that is no verb is told the nearest one, or all."""
        if not ctx.resilient_parsing and args and args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(VERBS)}"
            raise UserError(f"no such command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "REPLAY"})
@click.version_option(package_name="transcript-replay", prog_name="replay")
def group() -> None:
    """Find out whether a prompt edit removes a bad habit from a coding agent.

    Exit codes: 0 all is well, 1 a finding or a regression, 2 a fault of the input or of a rule engine, 3 some trials
    are missing, 130 Ctrl-C.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; every fault of the input is one sentence on stderr, never a traceback."""
    code = _code(sys.argv[1:] if arguments is None else arguments)
    if code == EXIT_INTERRUPT and arguments is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more Ctrl-C while Python ends would be told in tracebacks
    sys.exit(code)


def _code(arguments: list[str]) -> int:
    try:
        with group.make_context("replay", arguments) as context:
            group.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return _flushed(stop.exit_code)
    except (UserError, AnalyserError) as error:
        return _said(error, EXIT_ERROR)
    except PartialResultError as error:
        return _said(error, EXIT_PARTIAL)
    except click.ClickException as error:
        error.show()
        return EXIT_ERROR
    except (KeyboardInterrupt, click.Abort):
        return _said("interrupted; what had finished is kept", EXIT_INTERRUPT)
    except OSError as error:
        return _output_failed(error)
    return 0


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as error:
        return _output_failed(error)
    return code


def _output_failed(error: OSError) -> int:
    """A reader of our output that has gone (head, less) is no fault; any other is said."""
    if isinstance(error, BrokenPipeError):
        # Nobody reads stdout any more: point it elsewhere, so that the flush at exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    place = f"{error.filename}: " if error.filename else ""
    more = ": free some space and give the same command again" if error.errno in FULL else ""
    return _said(f"{place}{error.strerror or error}{more}", EXIT_ERROR)


def _said(what: object, code: int) -> int:
    click.echo("".join(c if c.isprintable() else "\ufffd" for c in f"replay: {what}"), err=True)
    return code
