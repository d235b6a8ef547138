"""What a command line of reading programs prints, told from the files that are known. Parsed, never run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from replay.lookahead import searching
from replay.lookahead.readers import only_reads
from replay.lookahead.stretch import Hidden, Stretch, of_state, of_text
from replay.workspace import commands, script, steps
from replay.workspace.files import Absent, Files
from replay.workspace.script import Simple

_LOST_ERRORS = re.compile(r"2>|&>")


class Ran(Exception):  # noqa: N818 - no error: the command does more than read
    """The command does more than read."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command line printed, and its exit code."""

    out: Stretch
    code: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a command line runs: the files, the folder it starts in, and whether its tools are those of macOS."""

    files: Files
    folder: str | None
    mac: bool = False


def printed(line: str, machine: Machine) -> Printed:
    """What ``line`` prints. Raises Ran where it does more than read, Hidden where the answer is not known."""
    if not only_reads(line):
        raise Ran(line)
    shell = steps.Shell(machine.files, machine.folder)
    outs: list[Stretch] = []
    code = 0
    for simple in script.read(line) or ():
        if not simple.sure and code == 0:
            continue
        if simple.sure and code:
            raise Hidden("what follows a command that fails")
        if simple.words[:1] == ["cd"]:
            steps.moved(simple, shell)
            continue
        made = _one(simple, shell, line, machine)
        code = made.code
        outs.append(made.out)
    return Printed(_joined(outs), code)


def _joined(outs: Sequence[Stretch]) -> Stretch:
    whole = [out for out in outs if out.lines or out.open]
    if len(whole) <= 1:
        return whole[0] if whole else Stretch(())
    *before, last = whole
    if all(out.ended for out in before):
        lines = tuple(line for out in before for line in out.known()) + last.known()
        return Stretch(lines, last.ended)
    return of_text("".join(out.text() for out in whole))


def _one(simple: Simple, shell: steps.Shell, line: str, machine: Machine) -> Printed:
    if simple.here is not None or simple.computed or simple.redirects:
        raise Hidden("a redirect in a command that reads")
    if None in simple.words or any(None in stage for stage in simple.pipe):
        raise Hidden("what an expansion in the command stands for is not known")
    made = _stage([word for word in simple.words if word is not None], None, shell, line, machine)
    for stage in simple.pipe:
        made = _stage([word for word in stage if word is not None], made.out, shell, line, machine)
    return made


def _stage(words: list[str], given: Stretch | None, shell: steps.Shell, line: str, machine: Machine) -> Printed:
    name, rest = words[0].rsplit("/", 1)[-1], words[1:]
    match name:
        case "echo" | "printf" if given is None:
            text = steps.echoed(name, rest)
            if text is None or any(commands.is_glob(word) for word in rest):
                raise Hidden(f"what {name} makes of its arguments")
            return Printed(of_text(text))
        case "true" | ":":
            return Printed(Stretch(()))
        case "pwd" if given is None and not rest and shell.folder and shell.folder.startswith("/"):
            return Printed(of_text(f"{shell.folder}\n"))
        case "cat" | "nl" | "head" | "tail" | "sed" | "wc":
            return _filtered(name, rest, given, shell, line, machine)
        case "grep" | "egrep" | "fgrep" | "rg":
            return _searched(name, rest, given, shell)
    raise Hidden(f"what {name} shows is not known")


# --- sources -----------------------------------------------------------------------------------------------


def _file(path: str, shell: steps.Shell) -> Stretch:
    if commands.is_glob(path):
        raise Hidden("which files a pattern names is not known")
    name, sure = shell.place(path)
    if not sure:
        raise Hidden(f"where {path} lies is not known")
    try:
        return of_state(shell.files[name])
    except Hidden as why:
        raise Hidden(f"{path}: {why}") from None


def _is_missing(path: str, shell: steps.Shell) -> bool:
    name, sure = shell.place(path)
    return sure and isinstance(shell.files[name], Absent)


def _filtered(
    name: str, rest: list[str], given: Stretch | None, shell: steps.Shell, line: str, machine: Machine
) -> Printed:
    options, operands = _split(name, rest)
    if given is not None and operands:
        raise Hidden("a command that reads both a pipe and files")
    if len(operands) == 1 and _is_missing(operands[0], shell):
        return _missing(name, operands[0], line, machine)
    if name == "cat" and len(operands) > 1 and not options:
        return Printed(of_text("".join(_file(path, shell).text() for path in operands)))
    if len(operands) != (given is None):
        raise Hidden(f"{name} of several files")
    source = given if given is not None else _file(operands[0], shell)
    if name == "wc":
        return Printed(_counted(source, options, operands, mac=machine.mac))
    return Printed(_cut(name, options, source))


def _missing(name: str, path: str, line: str, machine: Machine) -> Printed:
    if _LOST_ERRORS.search(line):
        raise Hidden("the error of a missing file goes elsewhere")
    said = {
        "cat": f"cat: {path}: No such file or directory",
        "sed": f"sed: {path}: No such file or directory"
        if machine.mac
        else f"sed: can't read {path}: No such file or directory",
    }
    if not machine.mac:
        said["head"] = f"head: cannot open '{path}' for reading: No such file or directory"
        said["tail"] = f"tail: cannot open '{path}' for reading: No such file or directory"
    if name not in said:
        raise Hidden(f"what {name} says of a missing file")
    return Printed(of_text(said[name] + "\n"), 2 if name == "sed" and not machine.mac else 1)


def _split(name: str, rest: list[str]) -> tuple[list[str], list[str]]:
    """Options (with their values behind them) and operands; the script of ``sed`` counts as an option."""
    options: list[str] = []
    operands: list[str] = []
    words = iter(rest)
    for word in words:
        if word == "-":
            continue
        if word.startswith("-") or (name == "tail" and word.startswith("+")):
            options.append(word)
            if word in {"-n", "-c", "-b", "-e", "-w", "-s"} and name in {"head", "tail", "nl"}:
                options.append(next(words, ""))
        elif name == "sed" and options[-1:] != ["\0"] and "\0" not in options:
            options += ["\0", word]
        else:
            operands.append(word)
    return options, operands


# --- filters -----------------------------------------------------------------------------------------------


def _cut(name: str, options: list[str], source: Stretch) -> Stretch:
    joined = " ".join(option for option in options if option != "\0")
    match name:
        case "cat" if not joined:
            return source
        case "cat" if joined in {"-n", "--number"}:
            return source.each(lambda number, line: f"{number:6}\t{line}")
        case "nl" if joined in {"-ba", "-b a"}:
            return source.each(lambda number, line: f"{number:6}\t{line}")
        case "head" if told := re.fullmatch(r"(?:-n ?|-)?(\d{1,9})?", joined):
            if joined and told[1] is None:
                raise Hidden("an option of head that is not followed here")
            return source.cut(1, int(told[1] or 10))
        case "tail" if told := re.fullmatch(r"(?:-n ?\+|\+)(\d{1,9})", joined):
            return source.cut(int(told[1]), None)
        case "tail" if told := re.fullmatch(r"(?:-n ?-?|-)?(\d{1,9})?", joined):
            if joined and told[1] is None:
                raise Hidden("an option of tail that is not followed here")
            return source.tail(int(told[1] or 10))
        case "sed" if told := re.fullmatch(r"-n(?: -e)? (.+)", joined):
            return _picked(told[1], source)
    raise Hidden(f"options of {name} that are not followed here")


def _picked(text: str, source: Stretch) -> Stretch:
    """``sed -n`` with commands that print lines by number."""
    made: list[Stretch] = []
    reached = 0
    for command in re.split(r"[;\n]", text.strip().strip(";")):
        if re.fullmatch(r"\s*\d+q\s*", command) and made:
            continue
        told = re.fullmatch(r"\s*(\d{1,9}|\$)(?:\s*,\s*(\d{1,9}|\$))?\s*p\s*", command)
        if told is None:
            raise Hidden("a script of sed that is not followed here")
        if told[1] == "$":
            made.append(source.tail(1))
            reached = len(source.lines)
            continue
        first = int(told[1])
        last = None if told[2] == "$" else int(told[2] or first)
        if last is not None and last < first:
            last = first
        if first <= reached or first == 0:
            raise Hidden("a script of sed that prints lines more than once")
        reached = len(source.lines) if last is None else last
        made.append(source.cut(first, last))
    if len(made) == 1:
        return made[0]
    lines = tuple(line for part in made for line in part.lines)
    return Stretch(lines, made[-1].ended if made and made[-1].lines else True)


def _counted(source: Stretch, options: list[str], operands: list[str], *, mac: bool) -> Stretch:
    if options not in (["-l"], ["--lines"]):
        raise Hidden("options of wc that are not followed here")
    count = len(source.known())
    if count and source.ended is None:
        raise Hidden("whether the file ends in a newline is not known")
    number = count if source.ended or not count else count - 1
    shown = f"{number:8}" if mac else str(number)
    return of_text(" ".join([shown, *operands]) + "\n")


def _searched(name: str, rest: list[str], given: Stretch | None, shell: steps.Shell) -> Printed:
    search = searching.command(name, rest)
    if search is None:
        raise Hidden(f"options or a pattern of {name} that are not followed here")
    if given is not None:
        if search.paths not in ((), ("-",)):
            raise Hidden("a command that reads both a pipe and files")
        return _found([("", given)], search)
    if not search.paths or search.recursive or (name == "rg" and len(search.paths) > 1):
        raise Hidden("a search through files that are not all known")
    if any(_is_missing(path, shell) for path in search.paths):
        raise Hidden("a search in a file that does not exist")
    return _found([(path, _file(path, shell)) for path in search.paths], search)


def _found(sources: Sequence[tuple[str, Stretch]], search: searching.Search) -> Printed:
    named = search.named if search.named is not None else len(sources) > 1
    lines: list[str] = []
    for path, source in sources:
        lines += searching.printed(search, source.known(), path if named else None, go_on=bool(lines))
    if search.quiet:
        raise Hidden("a search that prints nothing")
    hit = any(searching.hits(search, source.known()) for _, source in sources)
    return Printed(Stretch(tuple(lines)), 0 if hit else 1)


def machine(files: Files, folder: str | None) -> Machine:
    """The machine that ``files`` lie on: macOS where homes lie in ``/Users``."""
    return Machine(files, folder, mac=(files.cwd or folder or "").startswith("/Users/"))
