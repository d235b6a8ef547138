"""Command lines of plain words, read without the grammar, come out as the grammar reads them."""

from __future__ import annotations

import random

import pytest

from replay.workspace import commands, plain, programs, script
from replay.workspace.effects import Hunk
from replay.workspace.patches import agree, stands
from replay.workspace.paths import Places, is_named

_WORDS = r"""
git ls cat npm a.py ./x.sh /bin/env -n --foo=bar - -- 3 a=b = % +x @scope/p a:b '' "" "a|b" '$x' 2>&1 2 1 2>/dev/null
; | && || if time test do in cd echo : export _x 10 a+=b x:=y then done ! * a%b '#x' esac eval sudo case x\y ~ a#b "(a)"
'<<' --x="*.py" --y='a' a"b" "a\|b" "a\"b" *.py a? ~/x HEAD~1 -e"x" ="x" x'' "a\$b"
"""
WORDS = [*_WORDS.split(), "\n", "\n\n", "'x y'", '"a\tb"', '"é"']


def lines(count: int, seed: int) -> list[str]:
    chosen = random.Random(seed)
    loose = ["".join(chosen.choice(WORDS) + chosen.choice(["", " ", " "]) for _ in range(chosen.randint(1, 9)))]
    for _ in range(count):
        commands_ = [
            " ".join([chosen.choice(["git", "ls", "cd", "./a"]), *chosen.choices(WORDS, k=chosen.randint(0, 3))])
            + chosen.choice(["", "", " 2>&1", " 2>/dev/null"])
            for _ in range(chosen.randint(1, 4))
        ]
        loose.append(chosen.choice([" | ", " && ", "; ", " || ", "\n"]).join(commands_))
        loose.append("".join(chosen.choice(WORDS) + chosen.choice(["", " ", " "]) for _ in range(chosen.randint(1, 9))))
    return loose


def shape(simples: tuple[script.Simple, ...] | None) -> object:
    assert simples is not None
    return [(one.words, one.redirects, one.here, one.computed, one.pipe, one.sure) for one in simples]


def test_what_is_read_as_plain_words_is_what_the_grammar_reads() -> None:
    """Words, pipes, order and certainty, for lines of plain words and of whatever is close to them."""
    read = 0
    for line in lines(3000, 7):
        if plain.read(line) is not None:
            read += 1
            assert shape(script.read.__wrapped__(line)) == shape(script.parsed(line)), line
    assert read > 500


def test_what_plain_words_write_is_what_the_tree_says() -> None:
    """Also where programs write, start others, or run scripts that are known."""
    programs_ = [
        "rm a",
        "sed -i s/a/b/ x.py",
        "npm run fix",
        "python a.py",
        "bash -c 'rm x'",
        "sudo npx prettier -w y.ts",
    ]
    programs_ += [
        "cat a",
        "git checkout b.py",
        "go fmt",
        "tee out",
        "timeout 5 pytest",
        "pip install x",
        "eval 'mv a b'",
    ]
    chosen = random.Random(3)
    for _ in range(300):
        line = chosen.choice([" | ", " && ", "; "]).join(chosen.choices(programs_, k=chosen.randint(1, 2)))
        fast, slow = script.read.__wrapped__(line), script.parsed(line)
        assert fast is not None
        assert slow is not None
        assert not any(one.nodes for one in fast)
        for plainly, parsed in zip(fast, slow, strict=True):
            found = commands.touched_by_words([plainly.words, *plainly.pipe], scripts={"a.py": "open('z','w')"}.get)
            assert found == commands.touched_by(parsed.nodes, scripts={"a.py": "open('z','w')"}.get), line


@pytest.mark.parametrize(
    "line",
    ["A=1 ls", "for x in a", "ls $HOME", "cat <<E\nE", "echo > a", "(ls)", "ls &", "export A", "[ -f a ]", "", "ls |"],
)
def test_anything_but_plain_words_is_left_to_the_grammar(line: str) -> None:
    """Assignments, keywords, expansions, redirects, groups."""
    assert plain.read(line) is None


def test_a_program_that_starts_no_other_is_its_own() -> None:
    """The quick way out of ``unwrapped`` misses no wrapper."""
    assert programs.unwrapped(["git", "status"]) == (["git", "status"], None)
    for opener in ("sudo", "timeout 5", "npx", "uv run", "poetry run", "python3 -m", "bundle exec", "yarn dlx"):
        assert programs.unwrapped([*opener.split(), "pytest"])[0] == ["pytest"], opener
    assert programs.unwrapped(["zsh", "-lc", "ls"])[1] == "ls"


def test_hunks_are_looked_up_as_they_are_compared_line_by_line() -> None:
    """Texts with the same lines again and again, hunks in and out of their place."""
    chosen = random.Random(5)
    verdicts = set()
    for _ in range(3000):
        text = "\n".join(chosen.choices(["a", "b", "\ta", "", "ab", "a" * 99], k=chosen.randint(0, 8)))
        rows = text.split("\n")
        hunks = []
        for _ in range(chosen.randint(1, 3)):
            start = chosen.randint(1, 6)
            run = (
                tuple(rows[start - 1 : start + 2])
                if chosen.random() < 0.8
                else tuple(chosen.choices(["a", "b", "  a"], k=2))
            )
            hunks.append(Hunk(start, run, start, ()))
        expected = all(stands(rows, hunk.old_start, hunk.old) and stands([""], hunk.new_start, ()) for hunk in hunks)
        assert agree(text, "", hunks) == expected, (text, hunks)
        verdicts.add(expected)
    assert verdicts == {True, False}


def test_the_files_that_a_command_names_are_found_by_name_as_they_are_one_by_one() -> None:
    """Relative and absolute paths, folders above, Windows paths, globs, and what stands for everything."""
    chosen = random.Random(9)
    names = ["a.py", "b", "src", "~", "..", ".", "C:", "c", "A.py", "x y", ""]

    def path() -> str:
        return chosen.choice(["", "/", "./", "../", "//"]) + chosen.choice("/\\").join(chosen.choices(names, k=3))

    for _ in range(300):
        paths = {path() for _ in range(12)}
        patterns = [chosen.choice([path(), chosen.choice(names), "*.py", "/", "~/b", "src/*"]) for _ in range(2)]
        places = Places()
        places.add(paths)
        assert places.meant(patterns) == {one for one in paths if any(is_named(one, pattern) for pattern in patterns)}
