"""What the commands of a command line do to files, one after the other, as far as their text tells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from replay import languages
from replay.workspace import commands, programs, sed
from replay.workspace.dialects import apply_patch, diffs
from replay.workspace.effects import (
    Effect,
    Effects,
    Loss,
    Mark,
    Said,
    after,
    applied,
    deleted,
    failed,
    fragment,
    reason,
    said,
    unknown,
)
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, State, Unknown
from replay.workspace.script import Simple
from replay.workspace.sheet import Sheet

NAME = "shell"
STDIN, ARGUMENT = "<stdin>", "<string>"
FOLDER = "folder"
_PATCHERS = frozenset({"apply_patch", "applypatch"})
_ELSEWHERE = "a relative path in a shell whose folder is not known"


@dataclass(slots=True)
class Shell:
    """The state of a shell between commands: the files, and its ``folder`` (None: not known)."""

    files: Files
    folder: str | None

    def place(self, path: str) -> tuple[str, bool]:
        """``path`` as it stands in the files, and whether that is certain."""
        if path.startswith("/") or re.match(r"[A-Za-z]:[\\/]", path):
            return self.files.name(path), True
        if self.folder is None or path.startswith("~"):
            return self.files.name(path), False
        return self.files.name(posixpath.join(self.folder, path)), True

    def task(self, name: str | None) -> str | None:
        """The command that a task of the project in this folder stands for, where its manager has printed it."""
        return None if name is None else self.files.marks.get(task_mark(self.folder, name))

    def script(self, path: str) -> str | None:
        """The text of a script, where it is known."""
        name, sure = self.place(path)
        state = self.files[name]
        return state.text if sure and isinstance(state, Known) else None


def task_mark(folder: str | None, name: str) -> str:
    """The name of the mark that keeps the command of a task."""
    return f"task {name} in {folder or '?'}"


def effects(simples: Sequence[Simple], files: Files, folder: str | None) -> Effects:
    """The effects of ``simples``, run in ``folder`` (None: not known); a mark tells where the shell is afterwards."""
    shell = Shell(files, folder)
    made: list[Effect | Loss | Said | Mark] = []
    for simple in simples:
        step = list(_step(simple, shell))
        made += step
        shell.files = after(shell.files, step)
    if shell.folder != folder:
        made.append(Mark(FOLDER, shell.folder or ""))
    return made


def _step(simple: Simple, shell: Shell) -> Iterator[Effect | Loss | Said | Mark]:
    words = simple.words
    program = programs.base(words[0]) if words and words[0] is not None else ""
    if program in {"cd", "pushd", "popd"}:
        moved(simple, shell)
        return
    yield from _scripts(simple, program)
    known = _known(simple, program, shell) if simple.sure and not simple.computed else None
    if known is not None:
        yield from known
        return
    script = shell.task(programs.task(words))
    if script is not None and (found := commands.touched(script)).all is None:
        yield from touched(found, shell)
        return
    if simple.nodes:
        yield from touched(commands.touched_by(simple.nodes, scripts=shell.script), shell)
    else:
        yield from touched(commands.touched_by_words([words, *simple.pipe], scripts=shell.script), shell)


def moved(simple: Simple, shell: Shell) -> None:
    """Takes the shell to where a ``cd`` sends it; to a folder that is not known where that is not told."""
    target = simple.words[1] if len(simple.words) == 2 else None
    if simple.words[0] != "cd" or target is None or target.startswith(("~", "-")) or not simple.sure:
        shell.folder = None
    elif target.startswith("/"):
        shell.folder = posixpath.normpath(target)
    elif shell.folder is not None:
        shell.folder = posixpath.normpath(posixpath.join(shell.folder, target))


# --- scripts -----------------------------------------------------------------------------------------------


def _scripts(simple: Simple, program: str) -> Iterator[Said]:
    """A script fed to an interpreter, or given it as an argument of several lines: code that becomes no file."""
    inner, _ = programs.unwrapped(simple.words)
    name = programs.base(inner[0]) if inner and inner[0] is not None else program
    language = _script_language(name)
    if language is None:
        return
    rest = inner[1:]
    named = [word for word in rest if word is None or not word.startswith("-") or word == "-"]
    if simple.here is not None and simple.here.strip() and named in ([], ["-"]):
        yield said(STDIN, language, simple.here, dialect=NAME)
    for flag in ("-c", "-e"):
        text = rest[rest.index(flag) + 1] if flag in rest[:-1] else None
        # One line looks something up; several are a program.
        if text is not None and "\n" in text.strip() and language != "bash":
            yield said(ARGUMENT, language, text, dialect=NAME)


@lru_cache(maxsize=256)
def _script_language(program: str) -> str | None:
    return languages.of_path("script", f"#!{program}")


# --- commands whose text tells what they write -------------------------------------------------------------


def _known(simple: Simple, program: str, shell: Shell) -> Effects | None:
    words = simple.words
    if None in words or not words:
        return None
    targets = [target for operator, target in simple.redirects if not operator.startswith("2")]
    match program:
        case "cat" | "tee" | "echo" | "printf":
            return _printed(simple, program, shell)
        case _ if program in _PATCHERS and not targets:
            text = simple.here if simple.here is not None else words[1] if len(words) == 2 else None
            return None if text is None else _patched(text, shell)
        case "git" | "patch" if simple.here is not None and not targets:
            return _diffed(simple, program, shell)
        case "sed" if not simple.pipe and not targets:
            edit = sed.in_place(words[1:])
            return None if edit is None else [one for path in edit.paths for one in _substituted(path, edit, shell)]
        case "rm" if not simple.pipe and not targets:
            return _removed([word for word in words[1:] if word is not None], shell)
    return None


def _printed(simple: Simple, program: str, shell: Shell) -> Effects | None:
    """``cat``, ``echo``, ``printf`` with a redirect, ``tee``, or one of them piped into ``tee``."""
    arguments = [word for word in simple.words[1:] if word is not None]
    stages = [(program, arguments), *((stage[0] or "", [word or "\0" for word in stage[1:]]) for stage in simple.pipe)]
    if program == "tee":
        text: str | None = simple.here
    elif program == "cat":
        text = simple.here if arguments in ([], ["-"]) else None
    else:
        text = None if simple.here is not None else echoed(program, arguments)
    if text is None or len(stages) > 2:
        return None
    writes = [(target, operator) for operator, target in simple.redirects if not operator.startswith("2")]
    last, rest = stages[-1]
    if last == "tee":
        append = [word for word in rest if word in {"-a", "--append"}]
        named = [word for word in rest if not word.startswith("-")]
        writes = [(target, operator) for target, operator in writes if target != "/dev/null"]
        writes += [(path, ">>" if append else ">") for path in named]
        if len(named) + len(append) != len(rest):
            return None
    elif len(stages) > 1:
        return None
    if not writes or any(target is None or commands.is_glob(target) or "\0" in target for target, _ in writes):
        return None
    if not {operator for _, operator in writes} <= {">", ">|", ">>"}:
        return None
    made: list[Effect | Loss | Said | Mark] = []
    for target, operator in writes:
        if target is not None and not target.startswith("/dev/"):
            made += _written(target, text, shell, append=operator == ">>")
    return made


def echoed(program: str, arguments: list[str]) -> str | None:
    """What ``echo`` or ``printf`` prints; None where that takes more than copying its arguments."""
    if program == "echo":
        end = "\n"
        if arguments[:1] == ["-n"]:
            arguments, end = arguments[1:], ""
        joined = " ".join(arguments)
        options = bool(arguments) and re.fullmatch(r"-[neE]+", arguments[0]) is not None
        return None if "\\" in joined or options else joined + end
    form, *rest = arguments or [""]
    if form in {"%s", "%s\\n"} and len(rest) == 1:
        return rest[0] + ("\n" if form.endswith("n") else "")
    plain = form.replace("\\n", "\n")
    return None if rest or "%" in form or "\\" in plain else plain


def _written(path: str, text: str, shell: Shell, *, append: bool) -> Effects:
    name, sure = shell.place(path)
    state = shell.files[name]
    made: Effect
    if not sure and state is not NEVER_SEEN:
        made = unknown(name, _ELSEWHERE, dialect=NAME, state=Unknown(_ELSEWHERE) if append else Known(text))
    else:
        made = _appended(name, state, text) if append else _overwritten(name, state, text)
        if not sure:
            made = Effect(made.path, Unknown(_ELSEWHERE), made.change)
    # The same file may be known by another name.
    return (Loss("a shell command wrote it", (path,)), made)


def _overwritten(name: str, state: State, text: str) -> Effect:
    match state:
        case Known(before):
            return applied(name, before, text, dialect=NAME)
        case Absent():
            return applied(name, None, text, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return fragment(name, text, dialect=NAME, state=Known(text))
        case _:
            return unknown(name, reason(state), dialect=NAME, state=Known(text))


def _appended(name: str, state: State, text: str) -> Effect:
    match state:
        case Known(before):
            return applied(name, before, before + text, dialect=NAME)
        case Absent():
            return applied(name, None, text, dialect=NAME)
        case _:
            return fragment(name, text, dialect=NAME)


def _substituted(path: str, edit: sed.InPlace, shell: Shell) -> Effects:
    name, sure = shell.place(path)
    if not sure or commands.is_glob(path):
        return touched(commands.Touched(paths=[path], authored=[] if commands.is_glob(path) else [path]), shell)
    state = shell.files[name]
    alias = Loss("a shell command wrote it", (path,))
    if isinstance(state, Absent):
        return (failed(name, state, "the file does not exist", dialect=NAME),)
    if not isinstance(state, Known | Partial):
        return (alias, unknown(name, reason(state), dialect=NAME))
    sheet = Sheet(state)
    try:
        texts = list(_edited(sheet, edit))
    except sed.TooHard as doubt:
        return (alias, unknown(name, str(doubt), dialect=NAME))
    if texts == ["\n".join(lines) for lines in sheet.runs]:
        return ()
    return (alias, *sheet.effects(name, texts, dialect=NAME))


def _edited(sheet: Sheet, edit: sed.InPlace) -> Iterator[str]:
    counted = any(command.first is not None for command in edit.commands)
    end = sheet.end()
    for run, lines in enumerate(sheet.runs):
        ends = lines[-1] == "" and end is not None and end.run == run
        body = lines[:-1] if ends else lines
        total = len(body) if sheet.whole else None
        if counted and sheet.firsts[run] != 1 and not sheet.whole and any(one.verb == "d" for one in edit.commands):
            total = None
        made = sed.applied(body, edit.commands, first=sheet.firsts[run], total=total)
        yield "\n".join([*made, *([""] if ends else [])])


def _patched(text: str, shell: Shell) -> Effects:
    folder = shell.folder
    if folder is None and not all(path.startswith("/") for path in apply_patch.named(text)):
        return [unknown(shell.files.name(path), _ELSEWHERE, dialect=NAME) for path in apply_patch.named(text)]
    return apply_patch.applied_patch(text, shell.files, folder=folder)


def _diffed(simple: Simple, program: str, shell: Shell) -> Effects | None:
    """``git apply`` and ``patch`` reading a diff from a here-document."""
    words = [word for word in simple.words if word is not None]
    text = simple.here or ""
    if program == "git":
        rest = words[1:]
        if rest[:1] != ["apply"] or {"--check", "--stat", "--numstat", "--summary", "-R", "--reverse"} & set(rest):
            return None
        strip = 0
    else:
        levels = [word for word in words[1:] if re.fullmatch(r"-p\d|--strip=\d", word)]
        if {"-R", "--reverse", "--dry-run"} & set(words) or any(not word.startswith("-") for word in words[1:]):
            return None
        strip = max(int(levels[0][-1]) - 1, 0) if levels else 0
    if shell.folder is None:
        return None
    return diffs.applied_diff(text, shell.files, folder=shell.folder, strip=strip)


def _removed(arguments: list[str], shell: Shell) -> Effects | None:
    options = "".join(word for word in arguments if word.startswith("-"))
    paths = [word for word in arguments if not word.startswith("-")]
    if "r" in options.lower() or any(commands.is_glob(path) for path in paths):
        return None
    made: list[Effect | Loss | Said | Mark] = []
    for path in paths:
        name, sure = shell.place(path)
        state = shell.files[name]
        made.append(Loss("a shell command removed it", (path,)))
        if sure and isinstance(state, Known):
            made.append(deleted(name, state.text, dialect=NAME))
        elif sure:
            made.append(Effect(name, Absent()))
    return made


# --- all others --------------------------------------------------------------------------------------------


def touched(found: commands.Touched, shell: Shell) -> Effects:
    """The effects of what a command may write; code that it writes in a way we cannot tell is an unknown change."""
    made: list[Effect | Loss | Said | Mark] = []
    if found.all is not None:
        made.append(Loss(found.all))
    if found.paths:
        made.append(Loss("a shell command wrote it", tuple(found.paths)))
        for path in found.paths:
            name, _ = shell.place(path)
            if not commands.is_glob(path) and shell.files[name] is NEVER_SEEN:
                made.append(Effect(name, Unknown(f"a shell command wrote {path}")))
    made += [
        unknown(shell.place(path)[0], f"a shell command writes {path}", dialect=NAME)
        for path in dict.fromkeys(found.authored)
        if languages.of_path(path) is not None
    ]
    for path, text in found.documents.items():
        made += _written(path, text, shell, append=False)
    return made
