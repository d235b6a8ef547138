"""The experiment's file: what it may say, what it means, and the line of what is wrong."""

from pathlib import Path

import msgspec
import pytest

from replay import config, samplers
from replay.errors import UserError
from replay.records import Append, Arm, Experiment, Memory, Prepend, Replace, Substitute

SMALL = """\
version: 1
rules: "*/swallowed-*"
arms:
  baseline: {model: anthropic/some-model}
"""

FULL = """\
version: 1
name: everything
cases: [., ../more]
rules:
  - "*/swallowed-*"
  - python/bare-except
packs: packs
baseline: plain
draws: 3
concurrency: 2
timeout: 30
arms:
  careful:
    model: scripted/plays.yaml
    reasoning: drop
    replicate: 1
    params: {temperature: 0.5, stop: [END], since: 2026-01-01}
    edits:
      - append: |
          Never swallow an exception.
          Log it.
      - prepend: {file: head.md}
      - replace: Write code.
      - substitute: {find: "a\\n", with: "", in: system, times: 2}
      - substitute: {find: b, with: {file: head.md}}
      - memory: {file: head.md, path: shop/CLAUDE.md}
      - memory: Log it.
  plain:
    model: openai/gpt-x
    base_url: http://127.0.0.1:8900/v1
  said: {model: recorded}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An experiment's folder with the files that the full example names."""
    (tmp_path / "plays.yaml").write_text("version: 1\n")
    (tmp_path / "head.md").write_text("Be brief.\n")
    return tmp_path


def load(folder: Path, text: str) -> Experiment:
    (folder / "replay.yaml").write_text(text)
    return config.load(folder)


def test_a_small_file_gets_the_defaults(folder: Path) -> None:
    """One arm and one rule are enough: the folder is the case set and gives the name, the first arm is the baseline."""
    assert load(folder, SMALL) == Experiment(
        name=folder.name,
        cases=(str(folder),),
        arms=(Arm("baseline", "anthropic/some-model"),),
        baseline="baseline",
        rules=("*/swallowed-*",),
        draws=5,
        packs=(),
        concurrency=8,
        timeout=600.0,
        file=str(folder / "replay.yaml"),
    )


def test_a_full_file_means_what_it_says(folder: Path) -> None:
    """Every key, every form of edit; folders and files are found from the file's own folder."""
    edits = (
        Append("Never swallow an exception.\nLog it."),
        Prepend("Be brief."),
        Replace("Write code."),
        Substitute("a\n", "", "system", 2),
        Substitute("b", "Be brief.\n", "anywhere", 1),
        Memory("Be brief.", "shop/CLAUDE.md"),
        Memory("Log it."),
    )
    params = {"temperature": 0.5, "stop": ["END"], "since": "2026-01-01"}
    assert load(folder, FULL) == Experiment(
        name="everything",
        cases=(str(folder), str(folder.parent / "more")),
        arms=(
            Arm("careful", f"scripted/{folder / 'plays.yaml'}", edits, params, "drop", replicate=1),
            Arm("plain", "openai/gpt-x", base_url="http://127.0.0.1:8900/v1"),
            Arm("said", "recorded"),
        ),
        baseline="plain",
        rules=("*/swallowed-*", "python/bare-except"),
        draws=3,
        packs=(str(folder / "packs"),),
        concurrency=2,
        timeout=30.0,
        file=str(folder / "replay.yaml"),
    )


def test_a_file_may_have_any_name(folder: Path) -> None:
    """A path to a file is that file."""
    (folder / "other.yaml").write_text(SMALL)
    assert config.load(folder / "other.yaml").arms == (Arm("baseline", "anthropic/some-model"),)


def test_anchors_are_followed(folder: Path) -> None:
    """Plain YAML aliases work."""
    text = "version: 1\nrules: a/b\narms:\n  one: &a {model: openai/x}\n  two: *a\n"
    assert [arm.model for arm in load(folder, text).arms] == ["openai/x", "openai/x"]


ARM = "version: 1\nrules: [a/b]\narms:\n  one:\n    model: openai/x\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("", 1, ["version: 1"], id="an empty file"),
        pytest.param("rules: [a]\n", 1, ["version: 1"], id="no version"),
        pytest.param("name: x\nversion: 2\n", 2, ["version: 1"], id="another version"),
        pytest.param("version: [", 1, ["no valid YAML"], id="no YAML"),
        pytest.param("- version: 1\n", 1, ["mapping"], id="a list"),
        pytest.param(
            ARM.replace("openai/", "opneai/"), 5, ["unknown provider 'opneai'", "'openai'"], id="a mistyped provider"
        ),
        pytest.param(ARM + "drwas: 3\n", 6, ["unknown key 'drwas'", "'draws'"], id="a mistyped key"),
        pytest.param(
            ARM + "    modle: openai/x\n", 6, ["unknown key 'modle'", "'model'"], id="a mistyped key of an arm"
        ),
        pytest.param(ARM + "    edits:\n      - apend: x\n", 7, ["'apend'", "'append'"], id="a mistyped edit"),
        pytest.param(
            ARM + "    edits:\n      - append: a\n      - substitute: {fnd: a, with: b}\n",
            8,
            ["unknown key 'fnd'", "'find'"],
            id="a mistyped key of an edit",
        ),
        pytest.param(ARM + "    edits:\n      - substitute: {find: a}\n", 7, ["`with`"], id="half a substitution"),
        pytest.param(
            ARM + "    edits:\n      - append: a\n        prepend: b\n", 7, ["exactly one"], id="two edits in one"
        ),
        pytest.param(ARM + "    edits:\n      - {}\n", 7, ["exactly one"], id="an empty edit"),
        pytest.param(ARM + "    edits:\n      - append: ''\n", 7, ["append", "empty"], id="an empty text"),
        pytest.param(ARM + "    edits: no\n", 6, ["want a list", "true or false"], id="edits that are no list"),
        pytest.param(
            ARM + "    edits:\n      - append: {file: gone.md}\n", 7, ["gone.md", "cannot be read"], id="a missing file"
        ),
        pytest.param(
            ARM + "    edits:\n      - memory: {path: a}\n", 7, ["`file` or `text`"], id="a memory without a text"
        ),
        pytest.param(
            ARM + "    edits:\n      - substitute: {find: a, with: b, in: sytem}\n",
            7,
            ["'sytem'", "'system'"],
            id="where",
        ),
        pytest.param(ARM + "    reasoning: dorp\n", 6, ["'dorp'", "'drop'"], id="a mistyped choice"),
        pytest.param(ARM + "    base_url: localhost:80\n", 6, ["http://"], id="an address without a scheme"),
        pytest.param(ARM + "    replicate: -1\n", 6, ["replicate", ">= 0"], id="a negative number"),
        pytest.param(ARM + "    params: {temperature: .nan}\n", 6, [".nan"], id="not a number"),
        pytest.param(ARM + "draws: many\n", 6, ["draws", "a whole number, not text"], id="words for a number"),
        pytest.param(ARM + "draws: 0\n", 6, ["draws", ">= 1"], id="no draws"),
        pytest.param(ARM + "draws: 3\ndraws: 4\n", 7, ["`draws` is there twice", "line 6"], id="a key twice"),
        pytest.param(ARM + "  one: {model: openai/y}\n", 6, ["`one` is there twice"], id="an arm twice"),
        pytest.param(ARM + "baseline: noe\n", 6, ["unknown arm 'noe'", "'one'"], id="a baseline that is no arm"),
        pytest.param(
            ARM.replace("openai/x", "recorded"), 5, ["baseline", "recorded", "by selection"], id="a recorded baseline"
        ),
        pytest.param(
            ARM + "  two: {model: recorded}\nbaseline: two\n",
            7,
            ["baseline", "recorded"],
            id="a recorded baseline by name",
        ),
        pytest.param(ARM.replace("openai/x", "gpt-x"), 5, ["'gpt-x'", "PROVIDER/NAME"], id="a model without provider"),
        pytest.param(ARM.replace("openai/x", "openai/"), 5, ["'openai/'"], id="a provider without model"),
        pytest.param(ARM.replace("openai/x", "scripted/no.yaml"), 5, ["no.yaml", "no such file"], id="no such script"),
        pytest.param(
            ARM.replace("    model: openai/x\n", "    params: {}\n"), 4, ["arms.one", "`model`"], id="no model"
        ),
        pytest.param("version: 1\nrules: [a]\n", 1, ["`arms`"], id="no arms"),
        pytest.param("version: 1\nrules: [a]\narms: {}\n", 3, ["`arms`"], id="empty arms"),
        pytest.param(ARM.replace("rules: [a/b]\n", ""), 1, ["`rules`"], id="no rules"),
        pytest.param(ARM.replace("[a/b]", "[]"), 2, ["rules"], id="empty rules"),
        pytest.param(ARM.replace("[a/b]", "[a, 3]"), 2, ["rules.1", "text"], id="a rule that is no text"),
        pytest.param(ARM + "name: !!python/name:os.system x\n", 6, ["tag"], id="a tag"),
        pytest.param("version: 1\n? [a]\n: b\n", 2, ["key must be a word"], id="a list as key"),
        pytest.param("version: 1\n\nrules: " + "[" * 50, 3, ["nested deeper"], id="deep nesting"),
        pytest.param("version: 1\na: &a [*a]\n", 2, ["too many values"], id="an anchor inside itself"),
        pytest.param(
            "a: &a [x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
            ),
            None,
            ["too many values"],
            id="a bomb of aliases",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(folder: Path, text: str, line: int | None, words: list[str]) -> None:
    """`path:line: what`, and what is near."""
    with pytest.raises(UserError) as error:
        load(folder, text)
    message = str(error.value)
    assert message.startswith(f"{folder / 'replay.yaml'}:{'' if line is None else line}")
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"version: 1\nname: \xff\n", ["replay.yaml:2", "UTF-8"], id="not UTF-8"),
        pytest.param(b"version: 1\x00\n", ["replay.yaml:", "no valid YAML"], id="binary"),
        pytest.param(b"#" * (1 << 21), ["replay.yaml:", "1 MiB"], id="too large"),
    ],
)
def test_what_is_no_text_is_refused(folder: Path, data: bytes, words: list[str]) -> None:
    """Bytes that are no YAML text give one sentence too."""
    (folder / "replay.yaml").write_bytes(data)
    with pytest.raises(UserError) as error:
        config.load(folder)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_missing_file_says_what_an_experiment_is(tmp_path: Path) -> None:
    """A folder without a replay.yaml is no experiment."""
    with pytest.raises(UserError, match=r"replay\.yaml: no such file"):
        config.load(tmp_path)


# --- override ---


def test_options_go_before_the_file(folder: Path) -> None:
    """A model replaces that of all arms but the recorded one; the rest is kept."""
    before = load(folder, FULL)
    after = config.override(before, model="anthropic/new", draws=9, concurrency=1)
    assert [arm.model for arm in after.arms] == ["anthropic/new", "anthropic/new", "recorded"]
    assert [arm.edits for arm in after.arms] == [arm.edits for arm in before.arms]
    assert (after.draws, after.concurrency, after.rules) == (9, 1, before.rules)
    assert config.override(before) == before


def test_chosen_arms_keep_the_baseline(folder: Path) -> None:
    """Arms that are not named go, except the one all are compared with; the order is the file's."""
    after = config.override(load(folder, FULL), arms=["careful"])
    assert [arm.name for arm in after.arms] == ["careful", "plain"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"arms": ["carefull"]}, ["unknown arm 'carefull'", "'careful'"], id="an unknown arm"),
        pytest.param({"model": "gpt-x"}, ["--model gpt-x", "PROVIDER/NAME"], id="a model without provider"),
        pytest.param({"model": "anthrpic/x"}, ["--model anthrpic/x", "'anthropic'"], id="a mistyped provider"),
        pytest.param({"model": "recorded"}, ["--model recorded", "baseline"], id="the recording for all"),
    ],
)
def test_a_wrong_option_is_one_sentence(folder: Path, options: dict[str, object], words: list[str]) -> None:
    """It names the option's value and what would do."""
    with pytest.raises(UserError) as error:
        config.override(load(folder, FULL), **options)  # type: ignore[arg-type]
    for word in words:
        assert word in str(error.value)


def test_the_providers_of_a_file_are_those_with_a_sampler() -> None:
    """The file is read below the samplers, so it has a list of its own; the recording needs no provider."""
    assert {*config.PROVIDERS, "recorded"} == samplers.SAMPLERS.keys()


# --- schema ---


def test_the_schema_knows_every_key_of_the_records() -> None:
    """What an experiment and an arm can be, their file can say, but for where it lies; the schema is plain JSON."""
    schema = config.schema()
    msgspec.json.encode(schema)
    keys = schema["$defs"]["ExperimentFile"]["properties"].keys()
    assert keys == {field.name for field in msgspec.structs.fields(Experiment)} - {"file"} | {"version"}
    arm = schema["$defs"]["ArmEntry"]["properties"].keys()
    assert arm == {field.name for field in msgspec.structs.fields(Arm)} - {"name"}
    assert schema["$defs"]["Edit"]["properties"].keys() == {"append", "prepend", "replace", "substitute", "memory"}


def test_stopping_screening_and_guards_are_read(folder: Path) -> None:
    """The keys that decide how much is drawn and what must not get worse."""
    keys = "guard: '*/type-ignore'\nguard_margin: 0.1\nstop: auto\nlooks: 10\nseed: 3\nscreen: 2\n"
    found = load(folder, SMALL + keys)
    assert (found.guard, found.guard_margin) == (("*/type-ignore",), 0.1)
    assert (found.stop, found.looks, found.seed, found.screen) == ("auto", 10, 3, 2)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param("looks: 7\n", "known are 5, 10", id="looks are five or ten"),
        pytest.param("stop: soon\n", "known are", id="an unknown way to stop"),
        pytest.param("guard_margin: 5\n", "guard_margin", id="a margin in points"),
        pytest.param("guard: '*/swallowed-*'\n", "among the `rules` already", id="a guard that is compared anyway"),
    ],
)
def test_a_wrong_stop_or_guard_is_named_with_its_line(folder: Path, keys: str, words: str) -> None:
    """One sentence with the file, the line and what is wrong."""
    with pytest.raises(UserError, match=words) as error:
        load(folder, SMALL + keys)
    assert error.value.line


def test_no_arm_may_take_the_name_of_the_screening_draws(folder: Path) -> None:
    """With `screen` the name is taken; without it is free."""
    text = "version: 1\nrules: a/b\narms:\n  one: {model: openai/x}\n  screen: {model: openai/y}\n"
    assert [arm.name for arm in load(folder, text).arms] == ["one", "screen"]
    with pytest.raises(UserError, match="cannot be named `screen`"):
        load(folder, text + "screen: 2\n")


def test_an_unquoted_glob_is_told_to_be_quoted(tmp_path):
    """The likeliest slip in `rules`, a glob without quotes, is an alias to YAML: the sentence says what to do."""
    file = tmp_path / "replay.yaml"
    file.write_text("version: 1\nrules: [*/swallowed-*]\narms:\n  a: {model: openai/x}\n")
    with pytest.raises(UserError, match=r"replay\.yaml:2: .*quote it"):
        config.load(file)
