"""The result for a pull-request comment: the verdict first, the details folded; nothing in it can break the page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from replay.records import Result
from replay.report import content
from replay.report.content import Grid

LIMIT = 20_000


def render(result: Result) -> str:
    """GitHub-flavoured Markdown, ending in a newline.

    Names, sentences and diffs come from transcripts and configuration files: they are escaped, so that they show as
    they are and cannot make headings, links, mentions, HTML or table cells. All diffs together are cut at 20,000
    characters (a comment may have 65,536).
    """
    return "\n".join(_lines(result)).rstrip() + "\n"


def _lines(result: Result) -> Iterator[str]:
    yield f"### {escape(content.headline(result))}"
    yield ""
    for one, sentence in content.sentences(result, primary=True):
        yield f"**{escape(one.arm)}** against {escape(one.baseline)}, {escape(one.rule)}: {escape(sentence)}"
        yield ""
    if result.partial:
        yield "**Partial:** some trials are missing or ended in errors."
        yield ""
    primary = result.rules[0]
    yield from _table(content.arms(result, primary))
    if grid := content.comparisons(result, primary=True):
        yield from _table(grid)
    yield from _list("What must not get worse", content.guards(result))
    yield from _list("Stopping", result.stopping)
    yield from _list("Left out, and why", result.left_out)
    if len(result.rules) > 1:
        yield from _folded("Other rules (screened only)", _others(result))
    for arm, diff in _cut(result.edits):
        yield from _folded(f"What {in_html(arm)} changes in the prompt", fenced(diff, "diff"))
    lines = [
        content.models(result),
        content.fidelity(result),
        *content.notes(result),
        *content.usage(result),
        content.noise(result),
    ]
    if known := [line for line in lines if line]:
        yield from _folded("Prefixes, notes and usage", (f"- {escape(line)}" for line in known))
    yield "Next:"
    yield ""
    yield from fenced(content.next_command(result))


def _others(result: Result) -> Iterator[str]:
    if grid := content.comparisons(result, primary=False):
        yield from _table(grid)
    for selector in result.rules[1:]:
        yield escape(selector)
        yield ""
        yield from _table(content.arms(result, selector))
    for one, sentence in content.sentences(result, primary=False):
        yield f"- {escape(one.arm)} on {escape(one.rule)}: {escape(sentence)}"


def _table(grid: Grid) -> Iterator[str]:
    yield _row(grid.header)
    yield _row_of(":--" if index in grid.left else "--:" for index in range(len(grid.header)))
    for row in grid.rows:
        yield _row(row)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return _row_of(map(escape, cells))


def _row_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    items = [f"- {escape(line)}" for line in lines]
    if items:
        yield f"{title}:"
        yield ""
        yield from items
        yield ""


def _folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _cut(edits: dict[str, str]) -> Iterator[tuple[str, str]]:
    left = LIMIT
    for arm, diff in edits.items():
        if diff:
            shown = diff if len(diff) <= left else f"{diff[:left]}\n… cut: {len(diff) - left} more characters"
            left = max(0, left - len(diff))
            yield arm, shown


def fenced(words: str, kind: str = "") -> Iterator[str]:
    """A code block that ``words`` cannot close: its fence is longer than any run of backticks in them."""
    longest = max((len(run) for run in re.findall("`+", words)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{kind}"
    # a lone carriage return would end a line in Markdown, and with it hide what follows from the reader of the source
    for line in words.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        yield "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)
    yield fence


def in_html(words: str) -> str:
    """Text inside an HTML block, where Markdown is not read: entities, no control characters, no mention or link."""
    return re.sub("[@#:]|www", "\\g<0>\u2060", html.escape(_one_line(words), quote=False))


def _one_line(words: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(words.split()))


def escape(words: str) -> str:
    """Text that shows as it is: one line, no control characters, Markdown and HTML inert, no mention or link made.

    Marks that mean something anywhere are backslash-escaped (CommonMark §2.4), and those that open a block at the
    start; ``<``, ``>`` and ``&`` are entities. A word joiner after ``@`` and before the digits of ``#1`` keeps GitHub
    from making mentions and issue links; bare addresses are not linked.
    """
    line = _one_line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line)
    line = re.sub(r"^([#+=-]|\d+(?=[.)]))", _opening, line)
    line = re.sub(r":(?=\S)|(?<=www)\.", r"\\\g<0>", line, flags=re.IGNORECASE)
    return re.sub(r"@|#(?=\d)", "\\g<0>\u2060", line)


def _opening(found: re.Match[str]) -> str:
    return f"{found[0]}\u2060" if found[0].isdigit() else f"\\{found[0]}"
