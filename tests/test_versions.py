"""Versions: ranges as their ecosystems define them, what files tell, and rules that apply or do not."""

from pathlib import Path

import pytest

from replay import cases, importers, rules, versions
from replay.errors import UserError
from replay.experiment import scored
from replay.records import Case, Completion, Rule, Trial
from replay.versions.manifests import found_in
from replay.versions.ranges import meets, parse

INSIDE = [
    # PEP 440: packaging.python.org/en/latest/specifications/version-specifiers
    ("~=2.2", "2.9", "3.0"),
    ("~=1.4.5", "1.4.9", "1.5"),
    ("==3.1.*", "3.1.7", "3.2"),
    ("==1.1", "1.1.0", "1.1.1"),
    (">=1.24,<2", "1.26.4", "2.0.0"),
    ("<2", "1.9", "2.0.0rc1"),
    (">=2.0", "2.0", "2.0rc1"),
    (">1.7", "1.7.1", "1.7.0"),
    ("<=1.7", "1.7", "1.7.1"),
    ("!=1.5", "1.6", None),
    # github.com/npm/node-semver
    ("^1.2.3", "1.9.9", "2.0.0"),
    ("^0.2.3", "0.2.9", "0.3.0"),
    ("^0.0.3", "0.0.3", "0.0.4"),
    ("~1.2.3", "1.2.9", "1.3.0"),
    ("~1", "1.9.9", "2.0.0"),
    ("1.2.x", "1.2.9", "1.3.0"),
    ("18.x", "18.19.0", "19.0.0"),
    ("*", "7.0.0", None),
    ("1.2.3 - 2.3.4", "2.3.4", "2.3.5"),
    ("1.2.3 - 2.3", "2.3.9", "2.4.0"),
    ("<1.0.0 || >=2.3.1 <2.4.5", "2.4.4", "1.5.0"),
    (">=1.2.7 <1.3.0", "1.2.99", "1.3.0"),
    # guides.rubygems.org/patterns
    ("~> 2.2", "2.9", "3.0"),
    ("~> 2.2.0", "2.2.9", "2.3"),
    (">= 7.0, < 8", "7.1.2", "8.0"),
    ("v1.2.3", "1.2.3", "1.2.4"),
    ("latest", "9.9", None),
    ("1.10", "1.10", "1.9"),
]


@pytest.mark.parametrize(("written", "inside", "outside"), INSIDE, ids=[row[0] for row in INSIDE])
def test_a_range_holds_what_its_ecosystem_says(written: str, inside: str, outside: str | None) -> None:
    """One version inside and one outside of each way to write a range."""
    assert meets(parse(written), parse(inside))
    assert outside is None or not meets(parse(written), parse(outside))


FILES = [
    (
        "requirements-dev.txt",
        "-r base.txt\nNumPy[extra]==2.1.0 \\\n    --hash=sha256:4a3b\nflask>=2,<3 ; python_version > '3.8'\nrich\n",
        {"pypi:numpy": "==2.1.0", "pypi:flask": ">=2,<3"},
    ),
    (
        "app/pyproject.toml",
        '[project]\nrequires-python = ">=3.11"\ndependencies = ["numpy>=2.0", "Django_Rest~=3.1"]\n'
        '[project.optional-dependencies]\nx = ["httpx<1"]\n[dependency-groups]\ndev = ["pytest>=8"]\n',
        {
            "pypi:numpy": ">=2.0",
            "pypi:django-rest": "~=3.1",
            "pypi:httpx": "<1",
            "pypi:pytest": ">=8",
            "pypi:python": ">=3.11",
        },
    ),
    (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.9"\npandas = {version = "^2.2", extras = ["x"]}\n',
        {"pypi:python": "^3.9", "pypi:pandas": "^2.2"},
    ),
    (
        "uv.lock",
        '[[package]]\nname = "numpy"\nversion = "2.1.3"\n[[package]]\nname = "own"\nsource = {editable = "."}\n',
        {"pypi:numpy": "2.1.3"},
    ),
    ("Pipfile.lock", '{"default": {"flask": {"version": "==2.0.1"}}, "develop": {}}', {"pypi:flask": "==2.0.1"}),
    (
        "package.json",
        '{"engines": {"node": ">=18"}, "dependencies": {"react": "^18.2.0", "own": "workspace:*", "x": "latest"}}',
        {"npm:react": "^18.2.0", "npm:node": ">=18"},
    ),
    (
        "package-lock.json",
        '{"packages": {"": {"version": "1.0.0"}, "node_modules/@types/node": {"version": "20.1.0"}, '
        '"node_modules/a/node_modules/react": {"version": "17.0.0"}}}',
        {"npm:@types/node": "20.1.0"},
    ),
    (
        "yarn.lock",
        '# yarn\n\nreact@^18.0.0, react@^18.2.0:\n  version "18.2.0"\n\n"@babel/core@npm:^7.0.0":\n  version: 7.1.2\n',
        {"npm:react": "18.2.0", "npm:@babel/core": "7.1.2"},
    ),
    (
        "pnpm-lock.yaml",
        "packages:\n\n  /react@18.2.0:\n    resolution: {}\n  '@babel/core@7.1.2(x@1.0.0)':\n    resolution: {}\n",
        {"npm:react": "18.2.0", "npm:@babel/core": "7.1.2"},
    ),
    (
        "go.mod",
        "module x\n\ngo 1.21\n\nrequire (\n\tgithub.com/a/b v1.2.3 // indirect\n)\nrequire golang.org/x/net v0.1.0\n",
        {"go:github.com/a/b": "1.2.3", "go:golang.org/x/net": "0.1.0", "go:go": ">=1.21"},
    ),
    ("Gemfile", 'source "x"\ngem "rails", "~> 7.0", ">= 7.0.2"\ngem "rack"\n', {"gem:rails": "~> 7.0,>= 7.0.2"}),
    ("Gemfile.lock", "GEM\n  specs:\n    rails (7.1.2)\n      actionpack (= 7.1.2)\n", {"gem:rails": "7.1.2"}),
    (
        "Cargo.toml",
        '[dependencies]\nserde = "1.0"\ntokio = {version = "~1.2"}\n',
        {"cargo:serde": "^1.0", "cargo:tokio": "~1.2"},
    ),
    (".nvmrc", "v18\n", {"npm:node": "18.x"}),
    (".python-version", "3.11\n", {"pypi:python": "3.11.*"}),
    ("package.json", "{broken", {}),
    ("notes.txt", "numpy==2.1\n", {}),
]


@pytest.mark.parametrize(("path", "text", "expected"), FILES, ids=[f"{n} {row[0]}" for n, row in enumerate(FILES)])
def test_files_tell_versions(path: str, text: str, expected: dict[str, str]) -> None:
    """Each kind of manifest and lock file gives its packages and versions as written; a broken one gives none."""
    assert {one.package: one.versions for one in found_in(path, text)} == expected


def rule(package: str, about: str, *languages: str) -> Rule:
    """A rule about those versions of a package."""
    return Rule("p/r", "treesitter", languages or ("python",), "m", "c", "q", package=package, versions=about)


APPLIES = [
    pytest.param([], {}, True, id="unknown version"),
    pytest.param([("requirements.txt", "numpy==1.26.4")], {}, False, id="pinned below"),
    pytest.param([("requirements.txt", "numpy==2.1")], {}, True, id="pinned within"),
    pytest.param([("requirements.txt", "numpy>=1.24")], {}, True, id="a range that reaches it"),
    pytest.param([("requirements.txt", "numpy<2")], {}, False, id="a range that does not"),
    pytest.param(
        [("requirements.txt", "numpy>=1.24"), ("uv.lock", '[[package]]\nname = "numpy"\nversion = "1.26"')],
        {},
        False,
        id="a lock beats a manifest",
    ),
    pytest.param(
        [("a/requirements.txt", "numpy<2"), ("b/requirements.txt", "numpy>=2")], {}, True, id="one of two parts"
    ),
    pytest.param([("requirements.txt", "numpy<2")], {"NumPy": "2.1"}, True, id="what is given beats files"),
    pytest.param([], {"numpy": "1.26"}, False, id="given below"),
    pytest.param([("package.json", '{"dependencies": {"numpy": "1.0.0"}}')], {}, True, id="another ecosystem"),
]


@pytest.mark.parametrize(("files", "given", "expected"), APPLIES)
def test_a_rule_applies_where_its_versions_may_be(
    files: list[tuple[str, str]],
    given: dict[str, str],
    expected: bool,  # noqa: FBT001
) -> None:
    """A rule about numpy 2 counts unless numpy is known to be another."""
    assert versions.applies(rule("NumPy", ">=2.0"), versions.of(files, given=given)) is expected


def test_a_rule_without_a_package_always_applies() -> None:
    """Most rules are about a language."""
    assert versions.applies(rule("", ""), versions.of([], given={"numpy": "1"}))


PAGE = """---
message: m
category: c
languages: [python]
{}
---
## What it does
a
## Why is this bad?
a
## What is allowed
a
## Instead
a
"""


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("package: numpy", r"one\.md:5: package and versions are two texts"),
        ("versions: '>=2'", r"one\.md:5: package and versions are two texts"),
        ("package: numpy\nversions: 2.0", r"one\.md:6: package and versions are two texts"),
        ("package: numpy\nversions: 'two'", r"one\.md:6: versions: 'two' is no range"),
    ],
)
def test_front_matter_that_says_no_versions_is_refused(tmp_path: Path, fields: str, why: str) -> None:
    """Package and versions go together and must be understood."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "one.md").write_text(PAGE.format(fields))
    (tmp_path / "own" / "one.scm").write_text("(pass_statement) @match\n")
    with pytest.raises(UserError, match=why):
        rules.load([tmp_path], select=["own/*"])


def test_front_matter_makes_a_rule_about_versions(tmp_path: Path) -> None:
    """Package and versions reach the rule."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "one.md").write_text(PAGE.format("package: numpy\nversions: '>=2.0'"))
    (tmp_path / "own" / "one.scm").write_text("(pass_statement) @match\n")
    (one,) = rules.load([tmp_path], select=["own/*"])
    assert (one.package, one.versions) == ("numpy", ">=2.0")


# --- in a case ---------------------------------------------------------------------------------------------

ALIAS = "import numpy as np\n\nx = np.product([1])\n"


def numpy_2(folder: Path) -> Rule:
    """A rule about numpy 2."""
    (folder / "own").mkdir()
    (folder / "own" / "one.md").write_text(PAGE.format("package: numpy\nversions: '>=2.0'"))
    (folder / "own" / "one.scm").write_text('((attribute) @match (#eq? @match "np.product"))\n')
    (one,) = rules.load([folder], select=["own/*"])
    return one


@pytest.mark.parametrize(("pinned", "outcome"), [("1.26.4", "no_code"), ("2.1.0", "violation")])
def test_a_rule_about_other_versions_does_not_count(claude_log, tmp_path: Path, pinned: str, outcome: str) -> None:
    """What the transcript's files say of numpy decides whether the rule counts, in mining and in scoring."""
    one = numpy_2(tmp_path)
    log = claude_log(
        ("Write", {"file_path": "/home/dev/shop/requirements.txt", "content": f"numpy=={pinned}\n"}, "File created"),
        ("Write", {"file_path": "/home/dev/shop/a.py", "content": ALIAS}, "File created successfully"),
    )
    (transcript,) = importers.read(log)
    found = list(cases.mine([log], [one], tally=cases.Mined()))
    assert [hit.turn for hit in found] == ([] if outcome == "no_code" else [1])
    case = Case("c@1", transcript.id, 1, ("own/*",), "s", transcript.fidelity)
    parts = transcript.messages[transcript.turns[1].message].parts
    trial = Trial("c@1", "a", 0, "k", Completion(parts, "tool_calls"))
    known = {transcript.id: transcript}
    (plain,) = scored([trial], [case], known, [one], ["own/*"], [one])
    (given,) = scored([trial], [case], known, [one], ["own/*"], [one], versions={"numpy": "2.2"})
    assert (plain.outcome, given.outcome) == (outcome, "violation")
