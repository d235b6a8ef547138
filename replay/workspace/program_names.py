"""Programs by what they do to the files of a project: a table to extend, read by ``programs``."""

from __future__ import annotations

import re


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


READS = _names(
    "[ ag alias apropos arch ast-grep base64 basename bat bc bind break cal cat cd chgrp chmod chown chsh cksum",
    "cloc clear cmp codesign column comm continue cut date declare df diff dig dir dirname du echo exit expand",
    "export expr factor false fd fg file fold free getconf getent getopts glow grep egrep fgrep groups hash head",
    "help hexdump history host hostname htop hyperfine id iostat jobs jq kill killall last ldd less let local",
    "locale locate logger ls lscpu lsof man mktemp md5 md5sum mdfind mkdir more mysql netstat nl nm nproc nslookup",
    "objdump od otool pbpaste pgrep ping pkill popd printenv printf ps psql pstree pushd pwd read readelf",
    "readlink readonly realpath redis-cli return rg route say scc seq set sha1sum sha256sum shasum shift shopt",
    "sleep sqlite3 ss ssh-add stat strings stty sum sw_vers sysctl tac tail terminal-notifier test tldr tokei top",
    "tput tr trap tree true tty type typeset ulimit umask uname unalias uniq unset uptime users vm_stat vmstat w",
    "wait watch wc whatis whereis which who whoami xattr yes zcat zgrep :",
)
"""Write no file that an agent edits, unless redirected. A folder or a mode is no text."""

SILENT = _names("cd set export unset true : mkdir shopt umask ulimit chmod sleep touch local")
"""Print nothing where they go well."""

RUNS = _names(
    "tsgo pytest py.test tox nox unittest mypy pyright ty pyrefly pylint flake8 bandit vulture coverage jest vitest",
    "mocha ava playwright cypress tsc vue-tsc esbuild webpack vite rollup parcel next nuxt nodemon ts-node tsx",
    "rustc gcc g++ clang clang++ cc c++ javac java kotlinc mvn gradle gradlew mvnw ctest cmake golangci-lint",
    "staticcheck govulncheck shellcheck hadolint yamllint markdownlint actionlint semgrep rspec phpunit phpstan",
    "psalm dotnet swift swiftc xcodebuild docker docker-compose podman kubectl helm gh glab hub aws gcloud az",
    "heroku vercel netlify fly supabase nginx uvicorn gunicorn flask streamlit http ssh nc telnet gopls depcheck",
    "knip madge tsd lychee doctest",
)
"""Build, test, serve or talk: they write artefacts, not sources, unless a flag asks them to."""

OWN_TESTS = re.compile(r"(?:^|/)(?:run[-_]?)?tests?(?:\.py|\.sh)?$")
"""A project's own script that runs its tests."""

TALKS = _names("docker docker-compose podman kubectl helm gh glab hub aws gcloud az ssh nc java nginx fly vercel")
"""Of these the short flags mean other things than updating."""

UPDATES = re.compile(
    r"-u$|-w$|-i$|--?update|--?fix|--write$|--in-?place|--overwrite|--snapshot-update|--inline-snapshot|--generate|"
    r"--apply|--accept|--regen"
)
"""Flags that make a test runner or a checker write sources."""

TASKS = re.compile(
    r"format|fmt|fix|gen|migrat|update|write|release|version|sync|bump|prettier|clean|setup|init|install|copy|rename|sort|"
    r"(?<!type)(?<!spell)(?<!link)check"
)
"""Words in the name of a project's task (``npm run``, ``make``) that make it write sources: ``check`` may, too."""

INLINE = re.compile(
    r"open\s*\([^)]{0,200}['\"][rb]*[wax+][bt+]*['\"]|write|\.dump\(|shutil|subprocess|unlink|rename|exec|spawn|rmSync|cpSync|"
    r"copyFile|appendFile|save|to_csv|os\.(?:remove|replace|system|mkdir)|\.(?:touch|replace)\(Path|>>?\s*['\"]"
)
"""What a script given on the command line holds if it may write."""

_IN_PLACE = re.compile(r"-i|--in-place")
FORMATTERS: dict[str, re.Pattern[str] | None] = {
    "autoflake": _IN_PLACE,
    "autopep8": _IN_PLACE,
    "awk": re.compile(r"-i"),
    "biome": re.compile(r"--write|--fix|--apply"),
    "black": None,
    "clang-format": _IN_PLACE,
    "eslint": re.compile(r"--fix"),
    "gawk": re.compile(r"-i"),
    "gofmt": re.compile(r"-w"),
    "gofumpt": re.compile(r"-w"),
    "goimports": re.compile(r"-w"),
    "isort": None,
    "ktlint": re.compile(r"-F|--format"),
    "perl": re.compile(r"-\w*i"),
    "prettier": re.compile(r"--write|-w$"),
    "pyupgrade": None,
    "rubocop": re.compile(r"-[aAx]$|--auto|--fix"),
    "rustfmt": None,
    "sed": re.compile(r"-[nErsz]*i|--in-place"),
    "shfmt": re.compile(r"-w"),
    "standard": re.compile(r"--fix"),
    "standardrb": re.compile(r"--fix"),
    "stylelint": re.compile(r"--fix"),
    "stylua": None,
    "swiftformat": None,
    "xo": re.compile(r"--fix"),
    "yapf": _IN_PLACE,
}
"""Rewrite the files they name; where a pattern is given, only with such a flag."""

CHECKS = re.compile(r"--check|--diff|--dry-run|-d$|-l$|--list-different|--check-only|-n$")
"""Flags that keep a formatter from writing."""

TMUX_READS = _names("capture-pane list-windows list-sessions list-panes display-message has-session ls info")

EDITORS = _names("code cursor vim vi nvim nano emacs subl zed open")
"""Open files for a person, who may change them."""

READING_VERBS = _names("status show list ls log logs info version help search describe view whoami get ready doctor")
"""As the first word behind a program that is not known here, without a flag that updates: it reads."""

MOVERS = _names("rm mv cp ln touch tee truncate install unlink rmdir dd shred")

GIT_READS = _names(
    "add status diff log show blame rev-parse rev-list ls-files ls-tree ls-remote remote describe config fetch",
    "grep shortlog reflog cat-file merge-base push tag branch check-ignore name-rev symbolic-ref for-each-ref",
    "show-ref count-objects var help version whatchanged cherry diff-tree diff-index diff-files bundle archive",
    "notes check-attr update-index verify-commit fsck gc commit hash-object write-tree",
)

_NODE = ["package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"]
NODE_MANAGERS = _names("npm pnpm yarn bun")
MANIFESTS: dict[str, list[str]] = {
    **dict.fromkeys(NODE_MANAGERS, _NODE),
    "apt": ["/etc"],
    "apt-get": ["/etc"],
    "brew": ["Brewfile*"],
    "bundle": ["Gemfile", "Gemfile.lock"],
    "cargo": ["Cargo.toml", "Cargo.lock"],
    "composer": ["composer.json", "composer.lock"],
    "gem": ["Gemfile.lock"],
    "go": ["go.mod", "go.sum", "go.work", "go.work.sum"],
    "pip": ["*.egg-info"],
    "pip3": ["*.egg-info"],
    "poetry": ["pyproject.toml", "poetry.lock"],
    "uv": ["pyproject.toml", "uv.lock", "*requirements*.txt"],
}
"""What a package manager rewrites of a project."""

NODE_READS = _names(
    "test start t ls list view info audit outdated why root bin prefix config pack whoami ping search publish tsc",
)
NODE_INSTALLS = _names("install i ci add remove rm uninstall un update up upgrade dedupe prune link rebuild")
TASK_RUNNERS = _names("make just task mise turbo nx moon lerna invoke poe rake rails gulp grunt")
INTERPRETERS = re.compile(r"python[\d.]*|node|ruby|php|osascript|pwsh|powershell|deno")

WRAPPERS = {
    **dict.fromkeys(
        _names("sudo env time nohup command exec nice stdbuf caffeinate builtin npx bunx pnpx xargs rtk"), 0
    ),
    "gtimeout": 1,
    "timeout": 1,
}
"""Start the program in their arguments, after that many words of their own."""

LAUNCHERS = frozenset(
    {
        ("bundle", "exec"),
        ("hatch", "run"),
        ("npm", "exec"),
        ("pdm", "run"),
        ("pipenv", "run"),
        ("pnpm", "dlx"),
        ("pnpm", "exec"),
        ("poetry", "run"),
        ("rye", "run"),
        ("uv", "run"),
        ("uvx", None),
        ("yarn", "dlx"),
        ("yarn", "exec"),
    }
)

VALUED = _names(
    "-C -u -n -I -P -L -s -k -p -F -w -c --package --with --from --extra --group --python --prefix --filter --cwd",
    "--dir --directory --project --git-dir --work-tree",
)
"""Options before a subcommand that take the next word as their value."""

KEYWORDS = _names(
    "if then elif else fi for while until do done case esac in function select time coproc test declare typeset export",
    "readonly local unset unsetenv",
)
"""What the grammar of bash reads in a way of its own where a command begins."""
