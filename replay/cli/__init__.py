"""The command line: one verb a module, each calling one function; exit codes and the words for errors live here."""

from __future__ import annotations

import os
import sys

import click

from replay.cli import check, compare, import_, mine, power, report, rules, run, show, workspace
from replay.errors import AnalyserError, PartialResultError, UserError

EXIT_FINDING = 1
EXIT_ERROR = 2
EXIT_PARTIAL = 3
EXIT_INTERRUPT = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "REPLAY"})
@click.version_option(package_name="transcript-replay", prog_name="replay")
def group() -> None:
    """Find out whether a prompt edit removes a bad habit from a coding agent.

    Exit codes: 0 all is well, 1 a finding or a regression, 2 a fault of the input or of a rule engine, 3 some trials
    are missing, 130 Ctrl-C.
    """


for verb in (
    import_.import_,
    run.run,
    report.report,
    compare.compare,
    power.power,
    mine.mine,
    show.show,
    check.check,
    rules.rules,
    workspace.workspace,
):
    group.add_command(verb)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; every fault of the input is one sentence on stderr, never a traceback."""
    try:
        code = group.main(args=arguments, prog_name="replay", standalone_mode=False)
    except (UserError, AnalyserError) as error:
        click.echo(f"replay: {error}", err=True)
        code = EXIT_ERROR
    except PartialResultError as error:
        click.echo(f"replay: {error}", err=True)
        code = EXIT_PARTIAL
    except click.ClickException as error:
        error.show()
        code = EXIT_ERROR
    except (KeyboardInterrupt, click.Abort):
        click.echo("replay: interrupted; what had finished is kept", err=True)
        code = EXIT_INTERRUPT
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: point stdout elsewhere so that the exit flush is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
