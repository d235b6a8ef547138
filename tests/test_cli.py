"""The command line: the promised output and exit codes, and one sentence for each kind of bad input."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import staged
from chatserver import chat
from commands import Command

from replay.engines import treesitter

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "transcripts" / "swallowed-exceptions"
SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"


def write_call(path: str, content: str) -> tuple[str, dict[str, Any], str]:
    return ("Write", {"file_path": path, "content": content}, f"File created successfully at: {path}")


# --- mine ---


def test_mine_prints_a_line_a_finding_and_a_summary(replay: Command, claude_log: Callable[..., Path]) -> None:
    """`mine --json` keeps its contract: turn, path, rule, line and snippet of each finding, then the counts."""
    log = claude_log(write_call("/home/dev/shop/ok.py", CLEAN), write_call("/home/dev/shop/pay.py", SWALLOW))
    code, out, _ = replay("mine", log, "--json", "--rule", "python/swallowed-exception")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == 2
    finding, summary = rows[0], rows[1]["summary"]
    assert {key: finding[key] for key in ("turn", "path", "rule", "line")} == {
        "turn": 1,
        "path": "/home/dev/shop/pay.py",
        "rule": "python/swallowed-exception",
        "line": 3,
    }
    assert finding["snippet"].startswith("except Exception:")
    expected = {"files": 1, "unreadable": [], "turns": 2, "changes": 2, "judged": 2, "unknown": 0}
    assert {key: summary[key] for key in expected} == expected
    assert summary["findings"] == {"python/swallowed-exception": 1}


@pytest.mark.parametrize("words", [("mine", "--to"), ("mine", "--write"), ("import", "--to")], ids=" ".join)
@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_file_where_a_folder_is_wanted_is_told_so(
    replay: Command, claude_log: Callable[..., Path], tmp_path: Path, words: tuple[str, str], place: str
) -> None:
    """Whichever command makes the folder, and before anything is read."""
    (tmp_path / "taken").write_text("mine\n")
    code, _, err = replay(words[0], claude_log(write_call("/a.py", CLEAN)), words[1], place)
    assert code == 2
    assert re.fullmatch(rf"replay: {place}: a file is in its way: give a folder for the \w+\n", err)
    assert (tmp_path / "taken").read_text() == "mine\n"


def test_a_report_without_a_folder_is_told_before_anything_is_sent(replay: Command, tmp_path: Path) -> None:
    """Not after an hour of sampling: no run is begun."""
    code, out, err = replay("run", EXAMPLE, "--report", tmp_path / "gone" / "report.html")
    assert (code, out) == (2, "")
    assert err == f"replay: {tmp_path / 'gone'}: no such folder: make it, or name another file\n"
    assert not (tmp_path / ".replay").exists()


def test_show_says_how_to_name_a_case_of_a_folder(replay: Command) -> None:
    """The folder alone is no case: the error has names that can be typed."""
    code, _, err = replay("show", EXAMPLE)
    assert code == 2
    name = re.search(r"give FOLDER/SLUG@TURN, such as (\S+@\d+)", err)
    assert name
    assert replay("show", name[1])[0] == 0


def test_show_of_a_log_without_an_answer_says_so(replay: Command, claude_log: Callable[..., Path]) -> None:
    """A log that was cut off after the prompt prints no empty page."""
    log = claude_log()
    assert replay("show", log) == (2, "", f"replay: {log}: no model answers in it, so no request is known\n")


def test_mine_names_what_it_cannot_read_and_goes_on(
    replay: Command, claude_log: Callable[..., Path], tmp_path: Path
) -> None:
    """Empty, binary and foreign files are counted and named; the session beside them is still mined."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "noise.jsonl").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "other.jsonl").write_text('{"neither": "a session"}\n')
    code, out, _ = replay("mine", tmp_path, "--json", "--rule", "python/swallowed-exception")
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert code == 0
    assert summary["findings"] == {"python/swallowed-exception": 1}
    assert {Path(one["file"]).name for one in summary["unreadable"]} == {"empty.jsonl", "noise.jsonl", "other.jsonl"}
    assert all(one["why"] for one in summary["unreadable"])
    assert log.name == "session.jsonl"


def test_mine_keeps_what_stands_before_a_truncated_line(replay: Command, claude_log: Callable[..., Path]) -> None:
    """A session whose last line was cut is mined up to there, and the line is counted."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    with log.open("a") as file:
        file.write('{"type": "assistant", "message": {"content": [{"type": "te')
    code, out, _ = replay("mine", log, "--json", "--rule", "python/swallowed-exception")
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert code == 0
    assert summary["findings"] == {"python/swallowed-exception": 1}
    assert sum(summary["dropped"].values()) == 1


def test_mine_of_a_session_without_tool_calls_finds_nothing(replay: Command, claude_log: Callable[..., Path]) -> None:
    """A transcript without any tool call is no error."""
    code, out, _ = replay("mine", claude_log(), "--json")
    assert code == 0
    assert json.loads(out)["summary"]["changes"] == 0


def test_a_huge_line_is_read_not_feared(replay: Command, claude_log: Callable[..., Path]) -> None:
    """A 60 MB line does not stop the mining of its session."""
    huge = "x = 1\n" * 10_000_000
    log = claude_log(("Bash", {"command": "git diff"}, huge), write_call("/home/dev/shop/pay.py", SWALLOW))
    code, out, _ = replay("mine", log, "--json", "--rule", "python/swallowed-exception")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["summary"]["findings"] == {"python/swallowed-exception": 1}


@pytest.mark.parametrize("verb", ["mine", "import"])
def test_a_folder_without_a_log_is_no_success(replay: Command, tmp_path: Path, verb: str) -> None:
    """A mistyped folder that happens to be there must not read as "no finding"."""
    (tmp_path / "empty").mkdir()
    code, out, err = replay(verb, tmp_path / "empty")
    assert (code, out) == (2, "")
    assert "give the folder in which an agent keeps its sessions" in err


def test_a_mistyped_pack_in_a_glob_is_told_as_a_glob(replay: Command, tmp_path: Path) -> None:
    """Who writes `pyton/*` means `python/*`, not one rule of it."""
    (tmp_path / "a.py").write_text("x = 1\n")
    code, _, err = replay("check", "--rule", "pyton/*", tmp_path / "a.py")
    assert (code, err) == (2, "replay: no rule matches 'pyton/*': did you mean python/*?\n")


def test_a_broken_code_file_is_told_as_such(replay: Command, tmp_path: Path) -> None:
    """`check` knows of no edit."""
    (tmp_path / "a.py").write_text("x = (\n")
    code, _, err = replay("check", tmp_path / "a.py")
    assert code == 2
    assert err.endswith("could not be judged: the text has syntax errors\n")


def test_mined_cases_can_be_shown_and_run(replay: Command, claude_log: Callable[..., Path], tmp_path: Path) -> None:
    """From a log to a case set to its last message: `mine --write`, then `show` of the case it names."""
    log = claude_log(write_call("/home/dev/shop/ok.py", CLEAN), write_call("/home/dev/shop/pay.py", SWALLOW))
    code, out, _ = replay("mine", log, "--rule", "python/swallowed-exception", "--write", tmp_path / "set")
    assert code == 0
    assert "1 case written" in out
    case = re.search(r"replay show (\S+)", out)[1]
    code, out, _ = replay("show", case)
    assert code == 0
    assert "except Exception:" in out
    assert "python/swallowed-exception" in out


def test_secrets_are_redacted_before_a_case_is_written(
    replay: Command, claude_log: Callable[..., Path], tmp_path: Path
) -> None:
    """No key of the log reaches the case set."""
    key = "sk-ant-api03-" + "Ab1_" * 23 + "AA"
    log = claude_log(("Bash", {"command": "env"}, f"KEY={key}"), write_call("/home/dev/shop/pay.py", SWALLOW))
    replay("mine", log, "--rule", "python/swallowed-exception", "--write", tmp_path / "set")
    texts = [file.read_text() for file in (tmp_path / "set").iterdir()]
    assert len(texts) == 3
    assert not any(key in text for text in texts)
    assert any("[REDACTED:" in text for text in texts)


def test_mining_again_keeps_what_a_person_wrote(
    replay: Command, claude_log: Callable[..., Path], tmp_path: Path
) -> None:
    """A second `mine --write` into the same folder leaves edited descriptions and the experiment alone."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    replay("mine", log, "--rule", "python/swallowed-exception", "--write", tmp_path / "set")
    for file in (*(tmp_path / "set").glob("*.toml"), tmp_path / "set" / "replay.yaml"):
        file.write_text(file.read_text() + "\n# mine\n")
    replay("mine", log, "--rule", "python/swallowed-exception", "--write", tmp_path / "set")
    assert sum("# mine" in file.read_text() for file in (tmp_path / "set").iterdir()) == 2


def test_a_mined_set_has_an_experiment_to_begin_with(
    replay: Command, claude_log: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sketch names the recorded model and is valid: the run gets as far as the missing key."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    replay("mine", log, "--rule", "python/swallowed-exception", "--write", tmp_path / "set")
    code, _, err = replay("run", tmp_path / "set")
    assert code == 2
    assert "ANTHROPIC_API_KEY" in err
    assert "anthropic/claude-sonnet-4-5" in err


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("mien", "did you mean mine?"), ("chekc", "did you mean check?"), ("xyzzy", "there are import, ")],
)
def test_a_mistyped_verb_is_told_the_nearest(replay: Command, typed: str, hint: str) -> None:
    """One sentence, exit code 2; where none is near, all are named."""
    code, out, err = replay(typed)
    assert (code, out) == (2, "")
    assert err.startswith(f"replay: no such command '{typed}': {hint}")


# --- check ---


def test_code_on_standard_input_is_read_in_the_language_it_parses_as(tmp_path: Path) -> None:
    """JavaScript on standard input is no Python: the empty catch is found."""
    command = [sys.executable, "-m", "replay", "check", "-", "--json", "--rule", "*/swallowed-exception"]
    done = subprocess.run(command, input=b"try { f() } catch (e) {}\n", capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["rule"] == "javascript/swallowed-exception"


def test_a_file_that_no_rule_covers_is_no_pass(replay: Command, tmp_path: Path) -> None:
    """Asked to check a file in a language without rules, the command says so instead of finding nothing."""
    (tmp_path / "a.toml").write_text("x = 1\n")
    code, _, err = replay("check", tmp_path / "a.toml")
    assert code == 2
    assert "no rule covers toml" in err


def test_names_that_are_not_text_are_read_all_the_same(replay: Command, claude_log: Callable[..., Path]) -> None:
    """A file name in bytes that are not UTF-8 reaches neither a traceback nor the terminal raw."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    odd = log.rename(log.with_name(b"\xff\xfe.jsonl".decode("utf-8", "surrogateescape")))
    for command in ("mine", "import"):
        code, out, err = replay(command, odd, "--json")
        assert code == 0, err
        assert json.loads(out.splitlines()[0])["file"] == str(odd)


def test_check_is_a_linter(replay: Command, tmp_path: Path) -> None:
    """Findings of a file come one a line with path, rule, line, end line and text; the exit code is 1."""
    file = tmp_path / "pay.py"
    file.write_text(SWALLOW)
    code, out, _ = replay("check", file, "--json", "--rule", "python/swallowed-exception")
    row = json.loads(out)
    assert code == 1
    assert (row["path"], row["rule"], row["line"], row["end_line"]) == (str(file), "python/swallowed-exception", 3, 4)
    assert row["text"].startswith("except Exception:")


def test_check_knows_two_profiles(replay: Command, tmp_path: Path) -> None:
    """What many teams write on purpose is found under strict, or where its rule is named in full."""
    code = tmp_path / "api.ts"
    code.write_text("export function send(body: any): void {}\n")
    assert replay("check", code)[0] == 0
    strict, out, _ = replay("check", "--profile", "strict", code)
    assert strict == 1
    assert "typescript/any-annotation" in out
    assert replay("check", "--rule", "typescript/any-annotation", code)[0] == 1
    refused, _, why = replay("check", "--rule", "*/any-annotation", code)
    assert refused == 2
    assert "--profile strict" in why


def test_check_names_a_file_that_it_cannot_judge_after_the_findings_of_the_others(
    replay: Command, tmp_path: Path
) -> None:
    """`replay check *` with a README among the code: the code is judged, the README named, and the exit code is 2."""
    (tmp_path / "README.md").write_text("Words.\n")
    (tmp_path / "pay.py").write_text(SWALLOW)
    code, out, err = replay("check", "README.md", "pay.py", "--rule", "python/swallowed-exception")
    assert code == 2
    assert out.startswith("pay.py:3: python/swallowed-exception")
    assert err.splitlines()[-1].startswith("replay: README.md: ")


def test_check_judges_all_other_files_where_a_rule_fails_on_one(
    replay: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings first, then each file that could not be judged with the reason; exit code 2."""
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "wide.scm").write_text("(module (pass_statement) @match (pass_statement) @b)\n")
    parts = ("What it does", "Why is this bad?", "What is allowed", "Instead")
    page = "---\nlanguages: [python]\nmessage: m\ncategory: c\nseverity: error\n---\n"
    (pack / "wide.md").write_text(page + "\n".join(f"## {part}\n\nWords.\n" for part in parts))
    for name in ("a.py", "c.py"):
        (tmp_path / name).write_text("pass\npass\n")
    (tmp_path / "b.py").write_text("pass\n" * 200)
    monkeypatch.setattr(treesitter, "MATCH_LIMIT", 64)
    files = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    command = ["check", *files, "--pack", pack, "--rule", "pack/wide", "--jobs", "1"]
    code, out, err = replay(*command)
    assert code == 2
    assert [line.partition(":")[0] for line in out.splitlines()] == [str(files[0]), str(files[2])]
    assert err.splitlines()[-1].startswith(f"replay: {files[1]}: pack/wide could not be judged: ")
    code, out, _ = replay(*command, "--json")
    *rows, last = map(json.loads, out.splitlines())
    assert code == 2
    assert [row["path"] for row in rows] == [str(files[0]), str(files[2])]
    assert [one["path"] for one in last["unjudged"]] == [str(files[1])]


def test_one_of_a_thing_is_counted_in_the_singular(replay: Command, claude_log: Callable[..., Path]) -> None:
    """`1 transcript`, not `1 transcripts`, in what check, mine and import say."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    told = [replay(verb, log) for verb in ("check", "mine", "import")]
    words = "\n".join(out + err for _, out, err in told)
    assert "in 1 transcript\n" in words
    assert "1 file, 1 transcript, 1 turn with 1 change: 1 judged" in words
    assert "1 file imported to" in words
    assert not re.search(r"\b1 \w+s\b", re.sub(r"\d[.\d]* s\b", "", words)), words


def test_check_of_a_folder_without_code_is_no_pass(replay: Command, tmp_path: Path) -> None:
    """A folder mistyped in CI must not pass for ever: exit code 2 and a sentence, unless another path has code."""
    for name in ("empty", "prose", "code"):
        (tmp_path / name).mkdir()
    (tmp_path / "prose" / "a.md").write_text("# A\n")
    (tmp_path / "code" / "a.py").write_text("a = 1\n")
    why = "nothing to check: no file here is code in a language with rules, or a transcript in a known format"
    assert replay("check", "empty") == (2, "", f"replay: empty: {why}\n")
    assert replay("check", "empty", "prose", "--json") == (2, "", f"replay: empty, prose: {why}\n")
    assert replay("check", "prose", "code")[0] == 0


def test_check_of_clean_code_is_silent(replay: Command, tmp_path: Path) -> None:
    """No finding: nothing on stdout, exit code 0."""
    (tmp_path / "pay.py").write_text(CLEAN)
    assert replay("check", tmp_path, "--rule", "python/swallowed-exception")[:2] == (0, "")


def test_check_of_a_transcript_reports_what_its_turns_introduced(
    replay: Command, claude_log: Callable[..., Path]
) -> None:
    """A transcript is no code file: its turns are judged."""
    log = claude_log(write_call("/home/dev/shop/pay.py", SWALLOW))
    code, out, _ = replay("check", log, "--json", "--rule", "python/swallowed-exception")
    assert code == 1
    assert json.loads(out)["line"] == 3


# --- run, report, show ---


@pytest.fixture(scope="module")
def example_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The README's command, run once as a user would, with no key in the environment."""
    place = tmp_path_factory.mktemp("run")
    command = [sys.executable, "-m", "replay", "run", str(EXAMPLE), "--json"]
    done = subprocess.run(
        command,
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(place), "PYTHONPATH": str(EXAMPLE.parents[1])},
    )
    return place, done


def test_the_example_runs_without_key_or_network(
    example_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """The README's example ends well and keeps the JSON contract."""
    _, done = example_run
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) >= {"arms", "comparisons", "fidelity", "usage"}
    assert set(result["arms"]) == {"baseline", "careful"}
    for arm in result["arms"].values():
        assert set(arm) >= {"trials", "outcomes", "rate", "low", "high"}
        assert sum(arm["outcomes"].values()) == arm["trials"]
        judged = arm["outcomes"]["clean"] + arm["outcomes"]["violation"]
        assert 0 <= arm["low"] <= arm["rate"] <= arm["high"] <= 1
        assert judged < arm["trials"]
    (comparison,) = result["comparisons"]
    keys = {"baseline", "arm", "rule", "difference", "low", "high", "p", "verdict", "cases", "clusters"}
    assert set(comparison) >= keys
    assert comparison["verdict"] == "reduced"
    assert comparison["clusters"] >= 12


def test_a_second_run_sends_nothing_and_says_the_same(
    example_run: tuple[Path, subprocess.CompletedProcess[str]], replay: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again adds no trial and gives the same result; so does `report`, and `report --rescore`."""
    place, done = example_run
    monkeypatch.chdir(place)
    first = json.loads(done.stdout)
    for command in (
        ("run", EXAMPLE),
        ("report", "swallowed-exceptions"),
        ("report", "swallowed-exceptions", "--rescore"),
    ):
        code, out, _ = replay_at(place, *command, "--json")
        assert code == 0
        assert json.loads(out) == first


def replay_at(place: Path, *arguments: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "replay", *map(str, arguments)], cwd=place, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_the_last_line_of_a_run_works_when_pasted(
    example_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """`next: replay show CASE --run RUN` shows the case and what each arm did there; its last line the code."""
    place, _ = example_run
    _, out, _ = replay_at(place, "report", "swallowed-exceptions")
    words = out.strip().splitlines()[-1].removeprefix("next: replay ").split()
    code, out, _ = replay_at(place, *words)
    assert code == 0
    assert "=== what the arms did ===" in out
    words = out.strip().splitlines()[-1].removeprefix("one of them: replay ").split()
    code, out, _ = replay_at(place, *words)
    assert code == 0
    assert "*/swallowed-*: violation" in out
    assert re.search(r"^\+.*(except|catch|rescue|err)", out, re.MULTILINE)


def test_show_prints_the_request_body_and_nothing_else(replay: Command) -> None:
    """The careful arm's body differs from the baseline's by its edit."""
    case = sorted(EXAMPLE.glob("*.toml"))[0]
    turn = next(line for line in case.read_text().splitlines() if line.startswith("turn")).split("=")[1].strip()
    name = f"{EXAMPLE}/{case.stem}@{turn}"
    code, plain, _ = replay("show", name, "--request", "baseline")
    assert code == 0
    assert json.loads(plain)
    code, _, err = replay("show", name, "--request", "nosuch")
    assert code == 2
    assert "baseline" in err


# --- bad input: one sentence each, exit code 2 ---


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the example's experiment with one text replaced by another."""

    def make(old: str, new: str) -> Path:
        text = (EXAMPLE / "replay.yaml").read_text()
        assert old in text
        target = tmp_path / "broken"
        target.mkdir()
        for file in EXAMPLE.iterdir():
            (target / file.name).write_text(file.read_text())
        (target / "replay.yaml").write_text(text.replace(old, new, 1))
        return target

    return make


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("draws:", "drwas:", ["replay.yaml:", "drwas", "draws"], id="a mistyped key"),
        pytest.param("*/swallowed-*", "*/swalowed-*", ["swalowed"], id="an unknown rule"),
        pytest.param("version: 1", "version: 9", ["replay.yaml:", "version"], id="an unknown version"),
        pytest.param("version: 1", "version: [", ["replay.yaml:"], id="no YAML"),
    ],
)
def test_a_wrong_experiment_is_one_sentence(
    replay: Command, broken: Callable[[str, str], Path], old: str, new: str, words: list[str]
) -> None:
    """A fault in replay.yaml is named with its place, and nothing is sent."""
    code, out, err = replay("run", broken(old, new))
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    for word in words:
        assert word in err


def test_a_rule_that_no_case_has_at_stake_is_refused(replay: Command, broken: Callable[[str, str], Path]) -> None:
    """A second habit without a case is named before any request, with the way to watch it all the same."""
    code, _, err = replay("run", broken('["*/swallowed-*"]', '["*/swallowed-*", "python/bare-except"]'))
    assert code == 2
    assert "python/bare-except" in err
    assert "guard" in err


def test_an_anchor_that_misses_names_the_case(replay: Command, broken: Callable[[str, str], Path]) -> None:
    """A substitution whose text is not there ends the command before any request, with the case in the sentence."""
    folder = broken("draws:", "draws:")
    text = (folder / "replay.yaml").read_text()
    (folder / "replay.yaml").write_text(
        text + "  never:\n    model: scripted/completions.yaml\n    edits:\n"
        "      - substitute: {find: no such words anywhere, with: x}\n"
    )
    code, _, err = replay("run", folder)
    slugs = [file.stem for file in EXAMPLE.glob("*.toml")]
    assert code == 2
    assert "no such words anywhere" in err
    assert any(f"{slug}@" in err for slug in slugs)


def test_a_missing_key_names_its_variable(replay: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ANTHROPIC_API_KEY the run against a real model ends with exit 2 and the variable's name."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    code, _, err = replay("run", EXAMPLE, "--model", "anthropic/some-model")
    assert code == 2
    assert "ANTHROPIC_API_KEY" in err


@pytest.mark.parametrize("more", ["", "stop: auto\n", "screen: 2\n"], ids=["all of it", "in looks", "screened"])
def test_a_missing_key_is_told_before_anything_is_made(
    replay: Command, broken: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    """The sentence is all that is printed, and no run is begun."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    folder = broken("draws:", f"{more}draws:")
    code, out, err = replay("run", folder, "--model", "anthropic/some-model")
    assert (code, out) == (2, "")
    assert err == "replay: arm baseline: set ANTHROPIC_API_KEY to sample from anthropic/some-model\n"
    assert not (tmp_path / ".replay").exists()


def test_what_is_answered_already_wants_no_key(
    replay: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is taken away is missed only where a draw must be sent for: not for those that the run has."""
    folder = staged.write(tmp_path / "set", 2, lambda _: {"baseline": ["bad"], "edited": ["good"]}, draws=1)
    with chat() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        assert replay("run", folder, "--model", "openai/some-model")[0] == 0
        monkeypatch.delenv("OPENAI_API_KEY")
        assert replay("run", folder, "--model", "openai/some-model")[0] == 0
        code, out, err = replay("run", folder, "--model", "openai/some-model", "--draws", "2")
    assert (code, out) == (2, "")
    assert err.startswith("replay: arm baseline: set OPENAI_API_KEY")
    assert sum(server.numbers) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("mine", "nowhere"), id="mine of a missing path"),
        pytest.param(("check", "nowhere.py"), id="check of a missing path"),
        pytest.param(("run", "nowhere"), id="run of a missing experiment"),
        pytest.param(("report", "nowhere"), id="report of a missing run"),
        pytest.param(("show", "nowhere@3"), id="show of a missing case"),
        pytest.param(("mine", ".", "--rule", "python/nonesuch"), id="an unknown rule"),
        pytest.param(("frobnicate",), id="an unknown verb"),
    ],
)
def test_what_is_not_there_is_one_sentence(replay: Command, arguments: tuple[str, ...]) -> None:
    """Exit code 2, words on stderr, no traceback."""
    code, _, err = replay(*arguments)
    assert code == 2
    assert err.strip()
    assert "Traceback" not in err


def test_a_missing_engine_ends_the_command(replay: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A semgrep that is not there is exit 2 with what to do, not an empty list of findings."""
    (tmp_path / "pay.py").write_text("import datetime\nnow = datetime.datetime.utcnow()\n")
    monkeypatch.setenv("REPLAY_SEMGREP", str(tmp_path / "no-semgrep"))
    code, out, err = replay("check", tmp_path / "pay.py")
    assert code == 2
    assert out == ""
    assert "REPLAY_SEMGREP" in err
