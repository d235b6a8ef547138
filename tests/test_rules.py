"""Rule packs: what loads, what is refused and where, what the scaffold writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from replay import queries, rules
from replay.engines import examples
from replay.errors import UserError

PAGE = """---
message: The call is forbidden.
category: example
languages: [python]
tags: [calls]
---

## What it does

Finds it.

## Why is this bad?

```python
## not a heading
```

## What is allowed

All else.

## Instead

Nothing.
"""
QUERY = '((call function: (identifier) @name) @match\n  (#eq? @name "forbidden"))\n'
EXAMPLE = """# ruleid: no-call
forbidden()
x = 1
# ruleid: no-call
forbidden(1)
# ok: no-call
allowed()
# ok: no-call
# forbidden()
"""
SEMGREP = """rules:
  - id: no-call
    languages: [python]
    severity: WARNING
    message: m
    pattern: forbidden(...)
"""

Pack = Callable[..., Path]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Writes a pack `mine` with one rule; a text of None leaves the file out."""

    def write(**files: str | None) -> Path:
        folder = tmp_path / "packs"
        (folder / "mine").mkdir(parents=True, exist_ok=True)
        for suffix, text in ({"scm": QUERY, "md": PAGE, "py": EXAMPLE} | files).items():
            if text is not None:
                (folder / "mine" / f"no-call.{suffix}").write_text(text, encoding="utf-8")
        return folder

    return write


def test_a_rule_is_its_three_files(pack: Pack) -> None:
    """A rule's record holds what detector and page say, and its hash."""
    (rule,) = rules.load([pack()], select=["mine/no-call"])
    assert (rule.id, rule.engine, rule.languages) == ("mine/no-call", "treesitter", ("python",))
    assert (rule.message, rule.category, rule.tags) == ("The call is forbidden.", "example", ("calls",))
    assert rule.detector == QUERY
    assert rule.doc.startswith("## What it does")
    assert rule.hash == rules.fingerprint("treesitter", ["python"], QUERY)


def test_the_hash_follows_what_decides_findings_only(pack: Pack) -> None:
    """Page text leaves the hash alone; detector, engine and languages change it."""
    (first,) = rules.load([pack()], select=["mine/*"])
    (reworded,) = rules.load([pack(md=PAGE.replace("Finds it", "Sees it"))], select=["mine/*"])
    assert reworded.hash == first.hash
    hashes = {
        rules.fingerprint("treesitter", ["python"], "a"),
        rules.fingerprint("treesitter", ["python"], "b"),
        rules.fingerprint("semgrep", ["python"], "a"),
        rules.fingerprint("treesitter", ["ruby"], "a"),
    }
    assert len(hashes) == 4


def test_a_folder_may_be_a_pack_itself(pack: Pack) -> None:
    """A folder that holds detectors is a pack named after it."""
    assert [rule.id for rule in rules.load([pack() / "mine"], select=["mine/*"])] == ["mine/no-call"]


def test_one_folder_given_twice_is_no_clash(pack: Pack) -> None:
    """The same file reached two ways is one rule."""
    folder = pack()
    assert len(rules.load([folder, folder / "mine"], select=["mine/*"])) == 1


def test_two_rules_with_one_id_are_refused(pack: Pack, tmp_path: Path) -> None:
    """An id names one rule: the second file is named in the error."""
    folder = pack()
    other = tmp_path / "other" / "mine"
    other.mkdir(parents=True)
    for suffix, text in (("scm", QUERY), ("md", PAGE)):
        (other / f"no-call.{suffix}").write_text(text)
    with pytest.raises(UserError, match=r"other/mine/no-call\.scm: rule mine/no-call is already at"):
        rules.load([folder, other.parent])


REFUSED = [
    pytest.param(
        {"scm": "(call\n  (nonsense) @match)\n"}, r"no-call\.scm:2: .*not compile for python", id="unknown node"
    ),
    pytest.param(
        {"scm": "(call) @match\n(pass_statement"}, r"no-call\.scm:2: .*unexpected EOF", id="an open parenthesis"
    ),
    pytest.param(
        {"scm": "(call) @match\n\n(pass_statement) @p\n"}, r"no-call\.scm:3: .*@match", id="no match captured"
    ),
    pytest.param({"scm": "; only words\n"}, r"no-call\.scm:1: .*no pattern", id="an empty query"),
    pytest.param(
        {"scm": '((call) @match\n (#has-ancester? @match "block"))'},
        r"no-call\.scm:2: unknown predicate #has-ancester\?",
        id="a mistyped predicate",
    ),
    pytest.param(
        {"scm": '((identifier) @match (#not-any-of? @match "a" "b"))'}, "always true", id="not-any-of with two strings"
    ),
    pytest.param(
        {"scm": '((call) @match (#has-ancestor? @match "try_stmt"))'}, "no grammar of python", id="a mistyped type"
    ),
    pytest.param({"scm": "((call) @match (#has-ancestor? @match))"}, "at least one argument", id="too few arguments"),
    pytest.param({"scm": '((call) @match (#only? "pass"))'}, "wants a capture", id="no capture in a predicate"),
    pytest.param({"md": None}, r"no page beside it: add no-call\.md", id="no page"),
    pytest.param({"scm": None}, r"no-call\.md: no detector beside it", id="no detector"),
    pytest.param({"md": "# Title\n"}, r"no-call\.md:1: begins without front matter", id="no front matter"),
    pytest.param({"md": PAGE.replace("tags:", "tag:")}, r"no-call\.md:5: .*did you mean tags\?", id="a mistyped field"),
    pytest.param({"md": PAGE.replace("[python]", "python")}, r"no-call\.md:4: languages must be a list", id="no list"),
    pytest.param(
        {"md": PAGE.replace("[python]", "[pyhton]")}, r"no-call\.md:4: .*did you mean python", id="a language"
    ),
    pytest.param(
        {"md": PAGE.replace("tags:", "severity: eror\ntags:")}, r"no-call\.md:5: .*did you mean error", id="a severity"
    ),
    pytest.param(
        {"md": PAGE.replace("tags:", "profile: stritc\ntags:")}, r"no-call\.md:5: .*did you mean strict", id="a profile"
    ),
    pytest.param({"md": PAGE.replace("[python]", "[python")}, r"no-call\.md:\d: not YAML", id="broken front matter"),
    pytest.param({"md": PAGE.replace("message: The", "msg: The")}, r"no-call\.md:2: .*message", id="no message"),
    pytest.param({"md": PAGE.replace("## Instead", "## Else")}, r"no-call\.md:8: the headings must be", id="a heading"),
    pytest.param(
        {"md": PAGE.replace("All else.\n", "")}, r"no-call\.md:18: nothing stands under", id="an empty section"
    ),
    pytest.param(
        {"yaml": SEMGREP, "scm": None, "md": PAGE.replace("[python]", "[go]")}, "page names go", id="languages"
    ),
    pytest.param(
        {"yaml": SEMGREP.replace("id: no-call", "id: other"), "scm": None}, r"yaml:2: .*stem", id="another id"
    ),
    pytest.param({"yaml": "rules: []\n", "scm": None}, "exactly one rule", id="no semgrep rule"),
    pytest.param({"yaml": "rules: [\n", "scm": None}, "not YAML", id="broken YAML"),
    pytest.param({"yaml": SEMGREP}, "already at", id="two detectors"),
]


@pytest.mark.parametrize(("files", "message"), REFUSED)
def test_a_faulty_rule_is_refused_with_its_place(pack: Pack, files: dict[str, str | None], message: str) -> None:
    """Each fault of a rule's files is one sentence with the file, mostly the line, and what to do."""
    with pytest.raises(UserError, match=message):
        rules.load([pack(**files)], select=["mine/*"])


def test_a_missing_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    """A pack folder that holds no rule is a mistake, not an empty pack."""
    with pytest.raises(UserError, match="no such folder"):
        rules.load([tmp_path / "nowhere"])
    with pytest.raises(UserError, match="holds no rule"):
        rules.load([tmp_path])


def test_a_selector_that_matches_nothing_names_the_nearest(pack: Pack) -> None:
    """A mistyped id, and an id without its pack, get the id that was meant."""
    loaded = rules.load([pack()], select=["mine/*"])
    assert rules.select(loaded, ["mine/no-*"]) == loaded
    for wrong in ("mine/no-cal", "no-call"):
        with pytest.raises(UserError, match=r"did you mean mine/no-call\?"):
            rules.select(loaded, [wrong])


def test_the_default_profile_leaves_strict_rules_out_unless_they_are_named(pack: Pack) -> None:
    """A glob means the rules of the profile, a full id its rule in any; a glob left with nothing is refused."""
    loaded = rules.load([pack(md=PAGE.replace("tags:", "profile: strict\ntags:"))], select=["mine/*", "python/noqa"])
    assert [rule.id for rule in rules.of_profile(loaded, "strict")] == ["mine/no-call", "python/noqa"]
    assert [rule.id for rule in rules.of_profile(loaded, "default", named=["python/*"])] == ["python/noqa"]
    assert rules.of_profile(loaded, "default", named=["mine/no-call"]) == loaded
    with pytest.raises(UserError, match="only rules of the profile strict"):
        rules.of_profile(loaded, "default", named=["mine/*"])


def test_examples_say_on_which_lines_a_match_must_start(pack: Pack) -> None:
    """Annotations point at the line below; stacked ones at the first line that is none."""
    block = "/* ok: no-call */\nallowed()\n{/* ok: no-call */}\nx()\n"
    folder = pack(js=f"// ok: other\n// ruleid: no-call\nforbidden()\n{block}")
    javascript, python = rules.examples(folder / "mine" / "no-call.scm")
    assert (python.language, python.bad, python.good) == ("python", (2, 5), (7, 9))
    assert (javascript.language, javascript.bad, javascript.good) == ("javascript", (3,), (5, 7))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("x = 1\n", "no line is annotated", id="no annotation"),
        pytest.param("# ruleid: no-call\n\nforbidden()\n", r"py:1: .*empty line", id="above an empty line"),
        pytest.param("x()\n# ok: no-call", r"py:2: .*no line", id="at the end"),
    ],
)
def test_an_annotation_must_point_at_a_line(pack: Pack, text: str, message: str) -> None:
    """An example whose annotations announce nothing is refused."""
    with pytest.raises(UserError, match=message):
        rules.examples(pack(py=text) / "mine" / "no-call")


def test_an_example_fails_both_ways(pack: Pack) -> None:
    """A match that was announced and is missing, and one that was not announced, are told by their lines."""
    folder = pack(py=EXAMPLE.replace("forbidden(1)", "allowed(1)") + "forbidden(2)\n")
    (result,) = examples.run(rules.load([folder], select=["mine/*"]), packs=[folder])
    assert (result.rule, result.missed, result.unexpected, result.passed) == ("mine/no-call", (5,), (10,), False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("# ruleid: no-call\nforbidden()\n# ok: no-call\nx()\n", "fewer than two", id="one of each"),
        pytest.param("# ruleid: no-call\nforbidden()\n# ruleid: no-call\nforbidden()\n", "both", id="no good line"),
    ],
)
def test_a_rule_needs_two_examples_of_each_kind(pack: Pack, text: str, message: str) -> None:
    """Too few examples are refused, in every language of the rule."""
    folder = pack(py=text)
    with pytest.raises(UserError, match=message):
        examples.run(rules.load([folder], select=["mine/*"]), packs=[folder])


@pytest.mark.parametrize("engine", ["treesitter", "semgrep"])
@pytest.mark.parametrize("language", ["python", "typescript", "go"])
def test_a_new_rule_passes_its_examples(tmp_path: Path, language: str, engine: str) -> None:
    """What the scaffold writes is a complete rule that works."""
    written = rules.new(tmp_path, "mine/first-try", language=language, engine=engine)
    assert [path.is_file() for path in written] == [True] * 3
    loaded = rules.load([tmp_path], select=["mine/first-try"])
    assert [result.passed for result in examples.run(loaded, packs=[tmp_path])] == [True]


def test_the_scaffold_overwrites_nothing(tmp_path: Path) -> None:
    """A rule that is there, a bad id and an unknown language are refused before anything is written."""
    rules.new(tmp_path, "mine/one", language="python")
    for rule, language, message in (
        ("mine/one", "python", "already there"),
        ("one", "python", "PACK/ID"),
        ("../mine/two", "python", "PACK/ID"),
        ("mine/two", "cobol", "no first example"),
    ):
        with pytest.raises(UserError, match=message):
            rules.new(tmp_path, rule, language=language)
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["one.md", "one.py", "one.scm"]


@pytest.mark.parametrize("rule", sorted(rules.find()))
def test_every_rule_of_ours_has_three_examples_of_each_kind(rule: str) -> None:
    """At least three places where it must match and three near misses where it must not."""
    found = rules.examples(rules.find()[rule])
    marked = [*found, *(example.before for example in found if example.before)]
    assert sum(len(example.bad) for example in marked) >= 3
    assert sum(len(example.good) for example in marked) >= 3


def test_every_query_of_ours_is_right_for_each_of_its_languages() -> None:
    """They are taken for right when they are loaded, so that it is here that they are compiled."""
    stems = rules.find()
    for rule in rules.load():
        if rule.engine == "treesitter":
            queries.validate(rule.detector, rule.languages, path=stems[rule.id])


def test_a_query_of_a_pack_of_ones_own_is_compiled_once(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was right is noted in the home, if there is one; what is wrong is refused each time, right before or not."""
    home = tmp_path / "home"
    monkeypatch.setenv("REPLAY_HOME", str(home))
    monkeypatch.delenv("REPLAY_NO_CACHE", raising=False)
    folder = pack()
    rules.load([folder], select=["mine/*"])
    assert not home.exists()
    home.mkdir()
    rules.load([folder], select=["mine/*"])
    (noted,) = (home / "validated.txt").read_text().split()
    rules.load([folder], select=["mine/*"])
    assert (home / "validated.txt").read_text().split() == [noted]
    pack(scm="(call\n  (nonsense) @match)\n")
    for _ in range(2):
        with pytest.raises(UserError, match=r"no-call\.scm:2: .*not compile for python"):
            rules.load([folder], select=["mine/*"])
    pack(md=PAGE.replace("[python]", "[python, go]"))
    with pytest.raises(UserError, match="not compile for go"):
        rules.load([folder], select=["mine/*"])
    assert (home / "validated.txt").read_text().split() == [noted]


def test_every_rule_of_ours_does_what_its_examples_say() -> None:
    """All annotated examples of the built-in packs hold, through both engines, in one batch."""
    wrong = [result for result in examples.run(rules.load()) if not result.passed]
    assert not wrong
