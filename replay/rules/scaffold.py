"""The first files of a new rule: a complete small rule that passes its examples, to be edited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from replay import grammars
from replay.errors import UserError
from replay.languages import BY_NAME
from replay.rules.packs import STEM
from replay.rules.page import HEADINGS

_FIRST_LINES = {"php": "<?php"}
_AROUND = {
    "c": "void {0}(void) {{ {1}; }}",
    "cpp": "void {0}() {{ {1}; }}",
    "csharp": "class {0} {{ void Run() {{ {1}; }} }}",
    "go": "func {0}() {{ {1} }}",
    "java": "class {0} {{ void run() {{ {1}; }} }}",
    "javascript": "{1};",
    "kotlin": "fun {0}() {{ {1} }}",
    "php": "{1};",
    "rust": "fn {0}() {{ {1}; }}",
    "scala": "object {0} {{ {1} }}",
    "tsx": "{1};",
    "typescript": "{1};",
}
_PLAIN = frozenset({"python", "ruby", "swift", "elixir", "lua", "bash"})
_NAMES = ("simple_identifier", "identifier", "word", "name")
_SECTIONS = (
    "Finds each call of `forbidden`.",
    "It stands here as an example of a call that should not be written.",
    "Any other call, and the name in a comment or a string.",
    "Call `allowed`.",
)


def new(folder: Path, rule: str, *, language: str, engine: str = "treesitter") -> list[Path]:
    """Write detector, page and examples of ``rule`` (``pack/id``) below ``folder``; returns the paths written.

    They are a working rule against calls of ``forbidden``. Raises UserError for a bad name, a language without a
    first example, or files that are already there.
    """
    stem = _stem(rule)
    if language not in _AROUND.keys() | _PLAIN:
        known = ", ".join(sorted(_AROUND.keys() | _PLAIN))
        raise UserError(f"no first example for {language!r}: choose one of {known}, or copy a rule")
    if engine == "semgrep" and BY_NAME[language].semgrep is None:
        raise UserError(f"semgrep does not read {language}: use --engine treesitter")
    files = {
        ".scm" if engine == "treesitter" else ".yaml": _query(language)
        if engine == "treesitter"
        else _pattern(stem, language),
        ".md": _page(language),
        BY_NAME[language].suffixes[0]: _example(stem, language),
    }
    return _write(folder, rule, files)


def drafted(folder: Path, rule: str, *, language: str, query: str, found: str, example: str) -> list[Path]:
    """Write a rule of a query that was drafted: its page shows the code ``found``, ``example`` is annotated.

    Raises UserError for a bad name or files that are already there.
    """
    _stem(rule)
    fence = "```"
    sections = (
        f"Finds code like this:\n\n{fence}{language}\n{found}\n{fence}",
        "Say here what goes wrong with it, and for whom.",
        "Say here which near misses are left alone on purpose. The examples marked `ok:` are.",
        "Say here what to write in its place.",
    )
    head = f"---\nmessage: Say in one sentence what is wrong.\ncategory: example\nlanguages: [{language}]\n---\n"
    page = head + "".join(f"\n## {name}\n\n{text}\n" for name, text in zip(HEADINGS, sections, strict=True))
    return _write(folder, rule, {".scm": query, ".md": page, BY_NAME[language].suffixes[0]: example})


def _stem(rule: str) -> str:
    pack, _, stem = rule.partition("/")
    if not STEM.fullmatch(pack) or not STEM.fullmatch(stem):
        raise UserError(f"{rule!r} is no rule id: write PACK/ID in lower case letters, digits and dashes")
    return stem


def _write(folder: Path, rule: str, files: Mapping[str, str]) -> list[Path]:
    paths = {folder / f"{rule}{suffix}": text for suffix, text in files.items()}
    for path in paths:
        if path.exists():
            raise UserError("is already there: choose another id", path=path)
    (folder / rule).parent.mkdir(parents=True, exist_ok=True)
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return list(paths)


def _query(language: str) -> str:
    grammar = grammars.grammar(language)
    kind = next(name for name in _NAMES if grammar.id_for_node_kind(name, True) is not None)  # noqa: FBT003 - the binding takes no keyword
    return f'(({kind}) @match\n  (#eq? @match "forbidden"))\n'


def _pattern(stem: str, language: str) -> str:
    pattern = "forbidden ..." if language == "bash" else "forbidden(...)"
    return (
        f"rules:\n  - id: {stem}\n    languages: [{BY_NAME[language].semgrep}]\n    severity: WARNING\n"
        f"    message: The call is forbidden.\n    pattern: {pattern}\n"
    )


def _page(language: str) -> str:
    head = f"---\nmessage: The call is forbidden.\ncategory: example\nlanguages: [{language}]\n---\n"
    return head + "".join(f"\n## {name}\n\n{text}\n" for name, text in zip(HEADINGS, _SECTIONS, strict=True))


def _example(stem: str, language: str) -> str:
    mark = BY_NAME[language].comment
    around = _AROUND.get(language, "{1}")
    call = "forbidden {}" if language == "bash" else "forbidden({})"
    lines = [_FIRST_LINES[language]] if language in _FIRST_LINES else []
    lines += [f"{mark} ruleid: {stem}", around.format("First", call.format(""))]
    lines += [f"{mark} ruleid: {stem}", around.format("Second", call.format("1"))]
    lines += [f"{mark} ok: {stem}", around.format("Third", call.format("").replace("forbidden", "allowed"))]
    lines += [f"{mark} ok: {stem}", f"{mark} {call.format('')}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"
