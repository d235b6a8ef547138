"""The programming languages we know: names, file suffixes, fence words, comments and grammars, as one table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePosixPath

from replay.records import Record, Rule


class Language(Record, frozen=True):
    """One language. ``grammar`` is ``module`` or ``module:function`` (default ``language``) of a tree-sitter wheel."""

    name: str
    grammar: str
    suffixes: tuple[str, ...]
    fences: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    comment: str = "//"
    semgrep: str | None = None


TABLE: tuple[Language, ...] = (
    Language(
        "python",
        "tree_sitter_python",
        (".py", ".pyi", ".pyw"),
        ("py", "python3"),
        ("python", "python3"),
        (),
        "#",
        "python",
    ),
    Language(
        "javascript",
        "tree_sitter_javascript",
        (".js", ".jsx", ".mjs", ".cjs"),
        ("js", "jsx", "node"),
        ("node",),
        (),
        "//",
        "js",
    ),
    Language(
        "typescript",
        "tree_sitter_typescript:language_typescript",
        (".ts", ".mts", ".cts"),
        ("ts",),
        ("ts-node", "deno", "tsx"),
        (),
        "//",
        "ts",
    ),
    Language("tsx", "tree_sitter_typescript:language_tsx", (".tsx",), (), (), (), "//", "ts"),
    Language("go", "tree_sitter_go", (".go",), ("golang",), (), (), "//", "go"),
    Language("rust", "tree_sitter_rust", (".rs",), ("rs",), (), (), "//", "rust"),
    Language("java", "tree_sitter_java", (".java",), (), (), (), "//", "java"),
    Language(
        "ruby",
        "tree_sitter_ruby",
        (".rb", ".rake", ".gemspec"),
        ("rb",),
        ("ruby",),
        ("Rakefile", "Gemfile"),
        "#",
        "ruby",
    ),
    Language("csharp", "tree_sitter_c_sharp", (".cs",), ("cs", "c#"), (), (), "//", "csharp"),
    Language("php", "tree_sitter_php:language_php", (".php",), (), ("php",), (), "//", "php"),
    Language("kotlin", "tree_sitter_kotlin", (".kt", ".kts"), ("kt",), (), (), "//", "kotlin"),
    Language("swift", "tree_sitter_swift", (".swift",), (), (), (), "//", "swift"),
    Language("elixir", "tree_sitter_elixir", (".ex", ".exs"), (), (), (), "#"),
    Language("c", "tree_sitter_c", (".c", ".h"), (), (), (), "//", "c"),
    Language(
        "cpp", "tree_sitter_cpp", (".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx"), ("c++", "cxx"), (), (), "//", "cpp"
    ),
    Language(
        "bash",
        "tree_sitter_bash",
        (".sh", ".bash", ".zsh"),
        ("sh", "shell", "zsh", "console"),
        ("bash", "sh", "zsh", "dash"),
        (),
        "#",
        "bash",
    ),
    Language("scala", "tree_sitter_scala", (".scala", ".sc"), (), (), (), "//", "scala"),
    Language("lua", "tree_sitter_lua", (".lua",), (), ("lua",), (), "--", "lua"),
    Language("json", "tree_sitter_json", (".json",), (), (), (), "//", "json"),
    Language("yaml", "tree_sitter_yaml", (".yaml", ".yml"), ("yml",), (), (), "#", "yaml"),
    Language("toml", "tree_sitter_toml", (".toml",), (), (), (), "#"),
    Language("html", "tree_sitter_html", (".html", ".htm"), (), (), (), "<!--", "html"),
    Language("css", "tree_sitter_css", (".css",), (), (), (), "/*"),
    Language("markdown", "tree_sitter_markdown", (".md", ".markdown"), ("md",), (), (), "<!--"),
    # No wheel of their own is pinned: one that is installed is used, else the bundle of the extra [more-languages].
    Language("perl", "tree_sitter_perl", (".pl", ".pm"), ("pl",), ("perl",), (), "#"),
    Language("haskell", "tree_sitter_haskell", (".hs",), ("hs",), ("runhaskell",), (), "--"),
    Language("ocaml", "tree_sitter_ocaml", (".ml",), ("ml",), ("ocaml",), (), "(*", "ocaml"),
    Language("julia", "tree_sitter_julia", (".jl",), ("jl",), ("julia",), (), "#", "julia"),
    Language("r", "tree_sitter_r", (".r",), (), ("Rscript",), (), "#", "r"),
    Language("erlang", "tree_sitter_erlang", (".erl", ".hrl"), ("erl",), ("escript",), (), "%"),
    Language("sql", "tree_sitter_sql", (".sql",), (), (), (), "--"),
    Language("hcl", "tree_sitter_hcl", (".tf", ".hcl"), ("terraform", "tf"), (), (), "#", "terraform"),
    Language("objc", "tree_sitter_objc", (".m",), ("objective-c",), (), (), "//"),
    Language(
        "dockerfile", "tree_sitter_dockerfile", (), ("docker",), (), ("Dockerfile", "Containerfile"), "#", "dockerfile"
    ),
)

BY_NAME: dict[str, Language] = {language.name: language for language in TABLE}
SUFFIX: dict[str, str] = {language.name: language.suffixes[0] for language in TABLE if language.suffixes}
"""The first suffix of each language that has one: that of a file that is named after its language."""
_BY_SUFFIX = {suffix: language.name for language in TABLE for suffix in language.suffixes}
_BY_FILENAME = {name: language.name for language in TABLE for name in language.filenames}
_BY_FENCE = {word: language.name for language in TABLE for word in (language.name, *language.fences)}
_BY_INTERPRETER = {word: language.name for language in TABLE for word in language.interpreters}
_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?([A-Za-z_+-]+)")


def judgeable(rules: Iterable[Rule]) -> frozenset[str]:
    """The languages that some rule can judge."""
    return frozenset(name for rule in rules for name in rule.languages if name in BY_NAME)


def of_path(path: str, text: str | None = None) -> str | None:
    """The language of a file by its name, else by the shebang of ``text``; None where neither tells."""
    found = _of_name(path)
    if found is None and text is not None and (match := _SHEBANG.match(text)):
        found = _BY_INTERPRETER.get(match[1])
    return found


@lru_cache(maxsize=1024)
def _of_name(path: str) -> str | None:
    name = PurePosixPath(path.replace("\\", "/")).name
    return _BY_FILENAME.get(name) or _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())


def of_fence(word: str) -> str | None:
    """The language of a Markdown fence's info word (``py``, ``tsx``, ``shell`` …); None for prose and unknown words."""
    return _BY_FENCE.get(word.strip().lower())
