"""What the programs of a command line write, by their names and arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from replay.workspace import inline
from replay.workspace import program_names as names

Words = Sequence[str | None]
EVERYTHING: list[str] = []


_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_OPENERS = frozenset({*names.WRAPPERS, *(program for program, _ in names.LAUNCHERS), *_SHELLS, "eval"})


def unwrapped(words: Words) -> tuple[list[str | None], str | None]:
    """The words of the program that really runs, without ``sudo``, ``npx``, ``uv run`` … before it.

    The second value is the script, where the program is a shell with ``-c`` or an ``eval``; one that holds an
    expansion is a script that parses as no known program.
    """
    rest = list(words)
    while rest and rest[0] is not None:
        name = base(rest[0])
        if name not in _OPENERS and not name.startswith("python"):
            break
        if name in names.WRAPPERS:
            rest = _options_off(rest[1:])[names.WRAPPERS[name] :]
            while name in {"sudo", "env"} and rest and rest[0] is not None and "=" in rest[0]:
                rest = rest[1:]
        elif (name, rest[1] if len(rest) > 1 else None) in names.LAUNCHERS:
            rest = _options_off(rest[2:])
        elif re.fullmatch(r"python[\d.]*", name) and len(rest) > 2 and rest[1] == "-m":
            rest = rest[2:]
        elif name in _SHELLS and len(rest) > 2 and re.fullmatch(r"-\w*c", rest[1] or ""):
            return rest, rest[2] if rest[2] is not None else "unknown-script"
        elif name == "eval":
            plain = [word for word in rest[1:] if word is not None]
            return rest, " ".join(plain) if len(plain) == len(rest) - 1 else "unknown-script"
        else:
            break
    return rest, None


def writes(
    words: Words, *, feed: str | None = None, scripts: Callable[[str], str | None] | None = None
) -> list[str] | None:
    """What a program writes: None for no file that an agent edits, paths or globs, or EVERYTHING (empty).

    ``words`` are name and arguments, None for one that holds an expansion; ``feed`` is the here-document it reads;
    ``scripts`` gives the text of a script that an interpreter runs, where it is known.
    """
    if not words:
        return None
    if words[0] is None:
        return EVERYTHING
    name = base(words[0])
    rest = list(words[1:])
    options = [word for word in rest if word is not None and word.startswith("-")]
    if rest in (["--version"], ["-h"], ["-v"], ["-V"], ["version"], ["help"]) or "--help" in options:
        return None
    if name == "tmux" and rest and rest[0] in names.TMUX_READS:
        return None
    if name in names.FORMATTERS:
        return _formatted(name, rest, options)
    if name in names.EDITORS:
        return operands(rest) or None
    if name in names.MOVERS:
        if name in {"cp", "install", "ln"} and not {"-t", "--target-directory"} & set(options):
            last = rest[-1] if rest else None
            return EVERYTHING if last is None or last.startswith("-") else [last]
        return operands(rest)
    if name in names.READS:
        return None
    if name in {"sort", "xxd"}:
        writing = {"-o", "-r", "--output"} & set(options)
        return operands(rest) if writing else None
    if name == "git":
        return _git(rest)
    if name == "ruff":
        return _ruff(rest, options)
    if name in {"go", "cargo", "mix", "terraform"}:
        return _built(name, rest, options)
    if name in names.MANIFESTS or name in names.TASK_RUNNERS:
        return _managed(name, rest, options)
    if names.INTERPRETERS.fullmatch(name):
        return _interpreted(rest, feed, scripts)
    if name in _TRANSFERS:
        return _TRANSFERS[name](rest, options)
    if name in names.RUNS:
        updates = name not in names.TALKS and any(names.UPDATES.match(option) for option in options)
        return EVERYTHING if updates else None
    if names.OWN_TESTS.search(name):
        return EVERYTHING if any(map(names.UPDATES.match, options)) else None
    verbs = _options_off(rest)
    reads = bool(verbs) and verbs[0] in names.READING_VERBS and not any(map(names.UPDATES.match, options))
    return None if reads and "/" not in name else EVERYTHING


def authors(words: Words) -> bool:
    """Whether the text that the program writes is on its command line, or in the script that it runs."""
    if not words or words[0] is None:
        return False
    name = base(words[0])
    return name in {"sed", "perl", "tee", "awk", "gawk"} or names.INTERPRETERS.fullmatch(name) is not None


def task(words: Words) -> str | None:
    """The task of a project that ``npm run`` and its like start, if it is named plainly and without options."""
    if names.NODE_MANAGERS.isdisjoint(words):
        return None
    plain, _ = unwrapped(words)
    match [word for word in plain if word is not None and not word.startswith("-")]:
        case [str(name), "run" | "run-script", str(task)] if name in names.NODE_MANAGERS:
            return task
        case [str(name), "test" | "start" as task] if name in names.NODE_MANAGERS:
            return task
    return None


# --- families ----------------------------------------------------------------------------------------------


def _formatted(name: str, rest: Words, options: Sequence[str]) -> list[str] | None:
    needs = names.FORMATTERS[name]
    if needs is not None and not any(needs.match(option) for option in options):
        return _streamed(name, rest)
    if needs is None and any(names.CHECKS.match(option) for option in options):
        return None
    named = operands(rest)
    return named[1:] if name in {"sed", "perl", "awk", "gawk"} and named else named


def _streamed(name: str, rest: Words) -> list[str] | None:
    script = next((word for word in rest if word is not None and not word.startswith("-")), "")
    match name:
        case "sed":
            return EVERYTHING if re.search(r"(?:^|[;/}\d$])w\s+\S", script) else None
        case "awk" | "gawk":
            return EVERYTHING if re.search(r"system\(|print[^;}]{0,200}>\s*[\"\w$]", script) else None
        case "perl":
            return _interpreted(rest, None)
    return None


def _git(words: Words) -> list[str] | None:
    rest = _options_off(words)
    if not rest:
        return None
    verb, tail = rest[0], rest[1:]
    flags = {word for word in tail if word is not None and word.startswith("-")}
    match verb:
        case "stash" | "worktree" | "submodule" | "bisect" | "lfs":
            reads = {"list", "show", "status", "log", "ls-files", "prune"} | ({"add"} if verb == "worktree" else set())
            return None if tail and tail[0] in reads else EVERYTHING
        case "checkout" | "restore" if "--" in tail:
            return operands(tail[tail.index("--") + 1 :])
        case "checkout" | "switch":
            creates = bool(flags & {"-b", "-c", "-B", "--create"})
            if not flags and verb == "checkout" and tail and all(map(_is_path, tail)):
                return operands(tail)
            return None if creates and None not in tail and len(operands(tail)) == 1 else EVERYTHING
        case "restore":
            return None if "--staged" in flags and "--worktree" not in flags else operands(tail)
        case "reset":
            return EVERYTHING if flags & {"--hard", "--merge", "--keep"} else None
        case "rm":
            return None if "--cached" in flags else operands(tail)
        case "mv":
            return operands(tail)
        case "init" if not operands(tail):
            return None
        case str() if verb in names.GIT_READS:
            return None
    return EVERYTHING


def _is_path(word: str | None) -> bool:
    """Whether a word is rather a file than a branch: it ends like a source file."""
    return word is not None and re.fullmatch(r"[^\s*]*\.[a-z]{1,4}", word) is not None


def _ruff(words: Words, options: Sequence[str]) -> list[str] | None:
    rest = _options_off(words)
    if {"--check", "--diff"} & set(options):
        return None
    fixes = any(option.startswith("--fix") or option == "--unsafe-fixes" for option in options)
    return operands(rest[1:]) if fixes or (rest and rest[0] == "format") else None


def _built(name: str, words: Words, options: Sequence[str]) -> list[str] | None:
    rest = _options_off(words)
    verb = rest[0] if rest else ""
    if verb in {"fmt", "fix", "generate", "format", "init", "new", None}:
        return None if {"--check", "-check"} & set(options) else EVERYTHING
    if verb in {"add", "remove", "update", "get", "mod", "install", "work", "upgrade", "rm"}:
        return names.MANIFESTS.get(name, EVERYTHING)
    updates = verb in {"test", "clippy", "vet"} and any(names.UPDATES.match(option) for option in options)
    return EVERYTHING if updates else None


def _managed(name: str, words: Words, options: Sequence[str]) -> list[str] | None:
    rest = _options_off(words)
    verb = rest[0] if rest else ("install" if name in names.NODE_MANAGERS | {"bundle"} else "")
    if verb in {"run", "run-script", "r", "exec"} and name in names.NODE_MANAGERS | names.TASK_RUNNERS:
        rest = _options_off(rest[1:])
        verb = rest[0] if rest else None
    elif name in names.NODE_MANAGERS and verb in names.NODE_READS:
        updates = "fix" in rest or any(names.UPDATES.match(option) for option in options)
        return EVERYTHING if updates else None
    elif name in names.MANIFESTS and (name not in names.NODE_MANAGERS or verb in names.NODE_INSTALLS):
        return names.MANIFESTS[name]
    if verb is None or names.TASKS.search(verb):
        return EVERYTHING
    return EVERYTHING if any(names.UPDATES.match(word) for word in rest[1:] if word is not None) else None


def _interpreted(rest: Words, feed: str | None, scripts: Callable[[str], str | None] | None = None) -> list[str] | None:
    for flag in ("-c", "-e", "-p", "--eval", "--print"):
        if flag in rest:
            script = rest[rest.index(flag) + 1 :][:1]
            found = script[0] if script else None
            return EVERYTHING if found is None else inline.writes(found)
    named = None if None in rest else operands(rest)
    if feed is not None and named in ([], ["-"]):
        return inline.writes(feed)
    text = scripts(named[0]) if scripts is not None and named else None
    return EVERYTHING if text is None else inline.writes(text)


# --- transfers ---------------------------------------------------------------------------------------------


def _find(rest: Words, _: Sequence[str]) -> list[str] | None:
    for index, word in enumerate(rest):
        if word in {"-exec", "-execdir"}:
            inner, script = unwrapped(rest[index + 1 :])
            if script is not None or writes(inner) is not None:
                return EVERYTHING
        elif word in {"-ok", "-okdir", "-delete", "-fprint", "-fprintf", "-fls"}:
            return EVERYTHING
    return None


def _curl(rest: Words, options: Sequence[str]) -> list[str] | None:
    for index, word in enumerate(rest):
        if word in {"-o", "--output"}:
            target = rest[index + 1] if index + 1 < len(rest) else None
            return EVERYTHING if target is None else None if target == "/dev/null" else [target]
    return EVERYTHING if {"-O", "--remote-name", "-OL", "-LO"} & set(options) else None


def _tar(rest: Words, _: Sequence[str]) -> list[str] | None:
    flags = rest[0] if rest and rest[0] is not None else ""
    return EVERYTHING if "x" in flags or None in rest else None


def _to_output(rest: Words, options: Sequence[str]) -> list[str] | None:  # noqa: ARG001 - one signature for all
    return None if {"-qO-", "-O-", "--spider", "-l", "-p", "-v"} & set(options) else EVERYTHING


_TRANSFERS = {"find": _find, "curl": _curl, "tar": _tar, "wget": _to_output, "unzip": _to_output}


# --- words -------------------------------------------------------------------------------------------------


def operands(words: Words) -> list[str]:
    """The words that are no options; EVERYTHING where one holds an expansion."""
    plain = [word for word in words if word is not None]
    return [word for word in plain if not word.startswith("-")] if len(plain) == len(words) else EVERYTHING


@lru_cache(maxsize=1024)
def base(word: str) -> str:
    """The name of a program without its folder; a program in the folder at hand keeps ``./``."""
    path = word.replace("\\", "/").rstrip("/")
    name = path.rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd")
    own = path.startswith((".", "scripts/", "bin/", "tools/")) and not re.search(r"node_modules/\.bin/|venv/bin/", path)
    return path if own and name not in {"gradlew", "mvnw"} else name


def _options_off(words: Words) -> list[str | None]:
    index = 0
    while index < len(words):
        word = words[index]
        if word is None or not word.startswith("-"):
            break
        index += 2 if word in names.VALUED else 1
    return list(words[index:])
