"""A rule drafted from examples: what is proposed tells bad from good, and what cannot be told apart is said."""

import json
from pathlib import Path

import pytest
from commands import Command

from replay import draft, engines
from replay.draft import Sample
from replay.engines import Source
from replay.errors import UserError
from replay.records import Rule

BAD_PY = "import requests\n\ndef fetch(url):\n    return requests.get(url).json()\n"
OTHER_PY = "def load(address, token):\n    r = requests.get(address, headers={'a': token})\n    return r.text\n"
GOOD_PY = "import requests\n\ndef fetch(url):\n    return requests.get(url, timeout=5).json()\n"
BAD_JS = "async function save(order) {\n  try {\n    await put(order);\n  } catch (error) {\n  }\n}\n"
OTHER_JS = "const load = async () => {\n  try { return await read(); } catch { }\n};\n"
GOOD_JS = (
    "async function save(order) {\n  try {\n    await put(order);\n  } catch (error) {\n    throw error;\n  }\n}\n"
)

PAIRS = [
    pytest.param("python", [BAD_PY, OTHER_PY], [GOOD_PY], id="a keyword argument is missing"),
    pytest.param("javascript", [BAD_JS, OTHER_JS], [GOOD_JS], id="a block is empty"),
    pytest.param(
        "go",
        ["package a\nfunc f() error {\n\tif err != nil {\n\t}\n\treturn nil\n}\n"],
        ["package a\nfunc f() error {\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n"],
        id="an error is looked at and dropped",
    ),
    pytest.param("bash", ["curl -k https://example.org\n"], ["curl https://example.org\n"], id="an option is there"),
    pytest.param("rust", ["fn f() { a().unwrap(); }\n"], ["fn f() { a()?; }\n"], id="another call is made"),
    pytest.param("ruby", ["x = y rescue nil\n"], ["x = y\n"], id="a form"),
    pytest.param("java", ["class A { @Ignore void t() {}}"], ["class A { @Test void t() {}}"], id="an annotation"),
]


def _samples(kind: str, texts: list[str]) -> list[Sample]:
    return [Sample(f"{kind}{number}", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(("language", "bad", "good"), PAIRS)
def test_a_draft_matches_each_bad_example_and_no_good_one(language: str, bad: list[str], good: list[str]) -> None:
    """What is claimed of a query holds when the rule engine runs it."""
    found = draft.draft(language, _samples("bad", bad), _samples("good", good))
    assert found
    for one in found:
        rule = Rule(id="a/b", engine="treesitter", languages=(language,), message="", category="", detector=one.query)
        reports = engines.match([rule], [Source(language, text) for text in (*bad, *good)])
        assert [bool(report.matches) for report in reports] == [True] * len(bad) + [False] * len(good)
        assert {place.name for place in one.places} == {f"bad{number}" for number in range(len(bad))}


def test_names_that_an_example_gives_itself_are_not_in_the_query() -> None:
    """Parameters, variables and functions of the examples say nothing of other code."""
    for one in draft.draft("python", _samples("bad", [BAD_PY]), _samples("good", [GOOD_PY])):
        assert not {"url", "fetch"} & set(one.query.replace('"', " ").split())


def test_comments_are_no_part_of_the_difference() -> None:
    """A bad example that differs from the good one by a comment only cannot be told from it."""
    assert draft.draft("python", _samples("bad", ["f(1)  # a\n"]), _samples("good", ["f(1)\n"])) == ()


@pytest.mark.parametrize("good", [BAD_PY, BAD_PY + OTHER_PY])
def test_what_cannot_be_told_apart_is_not_drafted(good: str) -> None:
    """A good example that holds the whole bad one leaves no query."""
    assert draft.draft("python", _samples("bad", [BAD_PY]), _samples("good", [good])) == ()


def test_an_example_that_does_not_parse_is_refused_with_its_line() -> None:
    """A broken example would teach its breakage."""
    with pytest.raises(UserError, match=r"good0:2: is no python"):
        draft.draft("python", _samples("bad", [BAD_PY]), _samples("good", ["x = 1\ndef f(:\n"]))


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The examples as files."""
    texts = {"bad.js": BAD_JS, "other.js": OTHER_JS, "good.js": GOOD_JS, "fine.js": "a();\n", "x.py": BAD_PY}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in texts}


def test_the_command_prints_the_query_and_what_it_matched(replay: Command, files: dict[str, Path]) -> None:
    """One JSON object for the best query, with its places."""
    code, out, _ = replay(
        "rules", "draft", "--bad", files["bad.js"], "--bad", files["other.js"], "--good", files["good.js"], "--json"
    )
    row = json.loads(out)
    assert code == 0
    assert "catch_clause" in row["query"]
    assert [(Path(place["name"]).name, place["line"]) for place in row["places"]] == [("bad.js", 4), ("other.js", 2)]


def test_what_is_missing_from_the_bad_examples_is_said_by_name(replay: Command, tmp_path: Path) -> None:
    """The only difference is a keyword that the good example gives: the query asks for its absence, in that call."""
    names = {"bad.py": BAD_PY, "other.py": OTHER_PY, "good.py": GOOD_PY}
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_text(names[path.name])
    _, out, _ = replay("rules", "draft", "--bad", paths[0], "--bad", paths[1], "--good", paths[2], "--json")
    query = json.loads(out)["query"]
    assert '(#not-uses? @match "timeout")' in query
    assert '"get"' in query


def test_the_command_says_that_it_cannot(replay: Command, files: dict[str, Path]) -> None:
    """Exit code 1 and a sentence."""
    code, out, err = replay("rules", "draft", "--bad", files["bad.js"], "--good", files["bad.js"])
    assert (code, out) == (1, "")
    assert "no query tells them apart" in err


def test_a_written_draft_is_a_rule_that_passes_its_examples(
    replay: Command, files: dict[str, Path], tmp_path: Path
) -> None:
    """Detector, page and annotated examples are made of the examples given."""
    bad = ("--bad", files["bad.js"], "--bad", files["other.js"])
    good = ("--good", files["good.js"], "--good", files["fine.js"])
    code, _, err = replay("rules", "draft", *bad, *good, "--write", tmp_path / "packs" / "mine" / "empty-catch")
    assert (code, err) == (0, "")
    assert replay("rules", "test", "--pack", tmp_path / "packs", "mine/empty-catch")[0] == 0
    code, _, err = replay("rules", "draft", *bad, *good, "--write", tmp_path / "packs" / "mine" / "empty-catch")
    assert code == 2
    assert "already there" in err


def test_examples_in_two_languages_are_refused(replay: Command, files: dict[str, Path]) -> None:
    """A query is of one grammar."""
    code, _, err = replay("rules", "draft", "--bad", files["bad.js"], "--good", files["x.py"])
    assert code == 2
    assert "several languages" in err
