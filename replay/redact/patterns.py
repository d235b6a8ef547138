"""What a secret in a text looks like, kind by kind, and texts without them.

The patterns aim at precision: the issuers' own prefixes and lengths, and assignments only where the value looks made by
a machine.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from replay.difference import span

SHORTEST = 14  # no pattern matches less

W = "A-Za-z0-9_-"
# A secret may follow an escape of the JSON it is quoted in: in ``\nsk-ant-`` the ``n`` is no part of a word.
_START = rf"(?:(?<![{W}])|(?<=\\[nrt]))"
_QUOTES = r"[\\\"']{0,4}"


class _Kind(NamedTuple):
    """One kind of secret.

    The search stops only at ``anchor`` characters (all kinds in one pass; an anchor must be rare in text), asks that
    one of ``leads`` ends there, and captures ``ahead`` (one group), which the secret ends with. ``sure`` judges
    (the text, where the anchor is, the captured text) and gives where the secret begins, -1 where it is none;
    without it the group is the secret.
    """

    name: str
    anchor: str
    ahead: str
    leads: tuple[str, ...] = ()
    sure: Callable[[str, int, str], int] | None = None


def _token(name: str, *leads: str, ahead: str, digit: bool = False) -> _Kind:
    """A token that begins with one of ``leads`` and goes on as ``ahead``; with ``digit`` one must occur in it."""
    longest_first = sorted(leads, key=len, reverse=True)

    def sure(s: str, anchor: int, tail: str) -> int:
        if digit and not any(map(str.isdigit, tail)):
            return -1
        return next(anchor + 1 - len(lead) for lead in longest_first if s.endswith(lead, 0, anchor + 1))

    return _Kind(name, leads[0][-1], f"({ahead})", leads, sure)


def _password(s: str, anchor: int, value: str) -> int:
    """The password of a URL, unless it is a placeholder, a variable or one of the words everybody uses."""
    plain = value.lower().strip("*x.")
    if not plain or plain[0] in "<{$[%(" or plain in _COMMON or "your" in plain or "pass" in plain:
        return -1
    return s.index(value + "@", anchor)


_COMMON = frozenset(
    {"admin", "changeme", "docker", "dummy", "example", "foo", "guest", "minio", "minioadmin", "mysql", "postgres"}
    | {"pwd", "rabbitmq", "redis", "root", "secret", "test", "testing", "token", "user"}
)
_KEY_WORDS = ("secret", "api", "access", "auth", "private", "encryption")
_AWS = ("secret_access_key", "secretaccesskey")
_KEYS = ("secret", *(f"{one}{joint}key" for one in _KEY_WORDS for joint in ("", "_", "-")))
_NAMES = (*_KEYS, "password", "passwd", "passphrase", "token")
_SHELL = re.compile(r"[A-Z0-9_]{4,}$")


def _assigned(s: str, anchor: int, value: str) -> int:
    """The value given to something named as a secret, where it looks made by a machine: no word, name or path."""
    before = s[max(0, anchor - 40) : anchor].rstrip(" :\t\\\"'")
    name = before.lower()
    if not name.endswith(_NAMES):
        return -1
    start = s.index(value, anchor)
    if name.endswith(_AWS):
        return start if len(value) == 40 else -1
    if s[start - 1] not in "\"'" and not (start == anchor + 1 and _SHELL.search(before)):
        return -1
    if name.endswith(_KEYS) and re.fullmatch(r"[0-9a-f]{32,}", value):
        return start if _entropy(value) >= 3 else -1
    mixed = value.lower() != value != value.upper() and sum(map(str.isdigit, value)) > 1
    return start if mixed and _entropy(value) >= 3.5 else -1


def _entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _bearer(s: str, anchor: int, value: str) -> int:
    return s.index(value, anchor + 6) if any(map(str.isdigit, value)) else -1


def _basic(s: str, anchor: int, value: str) -> int:
    return s.index(value, anchor + 5) if "uthorization" in s[max(0, anchor - 30) : anchor] else -1


_JWT_HEAD = re.compile(rf"{_START}eyJ[{W}]{{10,}}$")


def _jwt(s: str, anchor: int, value: str) -> int:  # noqa: ARG001 - one signature for all kinds
    """Where the token begins whose first dot is at ``anchor``; its header is no longer than 1,000 characters."""
    found = _JWT_HEAD.search(s, max(0, anchor - 1000), anchor)
    return found.start() if found else -1


# Prefixes and lengths as the issuers document them for secret scanners.
_KINDS: tuple[_Kind, ...] = (
    _token("anthropic-key", "sk-ant-", ahead=rf"[a-z0-9]{{2,12}}-[{W}]{{20,}}", digit=True),
    _token("openai-key", "sk-proj-", "sk-svcacct-", "sk-admin-", ahead=rf"[{W}]{{20,}}", digit=True),
    _token("api-key", "sk-", "sk-or-v1-", ahead=rf"[A-Za-z0-9]{{32,}}(?![{W}])", digit=True),
    _token("gitlab-token", "glpat-", ahead=rf"[{W}]{{20,}}", digit=True),
    _token("slack-token", *(f"xox{c}-" for c in "abeprs"), ahead=r"(?:\d-)?\d{6,}-[A-Za-z0-9-]{16,}"),
    _token("slack-token", "xapp-", ahead=r"\d-[A-Z0-9]{6,}-\d{6,}-[a-f0-9]{32,}"),
    _token("google-oauth", "GOCSPX-", ahead=rf"[{W}]{{28}}"),
    _token("xai-key", "xai-", ahead=rf"[A-Za-z0-9]{{80}}(?![{W}])"),
    _token("pypi-token", "pypi-", ahead=rf"AgE[{W}]{{50,}}"),
    _token("stripe-key", "sk_live_", "rk_live_", "sk_test_", "rk_test_", ahead=r"[A-Za-z0-9]{16,}"),
    _token("webhook-secret", "whsec_", ahead=r"[A-Za-z0-9+/]{32,}={0,2}"),
    _token("github-token", *(f"gh{c}_" for c in "pousr"), ahead=r"[A-Za-z0-9]{36,}"),
    _token("github-token", "github_pat_", ahead=r"[A-Za-z0-9_]{60,}"),
    _token("npm-token", "npm_", ahead=rf"[A-Za-z0-9]{{36}}(?![{W}])"),
    _token("huggingface-token", "hf_", ahead=rf"[A-Za-z0-9]{{34,40}}(?![{W}])"),
    _token("groq-key", "gsk_", ahead=rf"[A-Za-z0-9]{{52}}(?![{W}])"),
    _token("digitalocean-token", "dop_v1_", "doo_v1_", "dor_v1_", ahead=r"[a-f0-9]{64}"),
    _token("aws-key-id", "AKIA", "ASIA", ahead=rf"[A-Z2-7]{{16}}(?![{W}])"),
    _token("google-key", "AI", ahead=rf"za[{W}]{{35}}(?![{W}])"),
    _token("google-oauth", "ya29.", ahead=rf"(?:c\.)?[{W}]{{30,}}", digit=True),
    _token("sendgrid-key", "SG.", ahead=rf"[{W}]{{22}}\.[{W}]{{43}}(?![{W}])"),
    _Kind("jwt", ".", rf"(eyJ[{W}]{{10,}}\.[{W}]{{20,}})", sure=_jwt),
    _Kind(
        "slack-webhook", "/", r"hooks\.slack\.com/(?:services|workflows)/(T[A-Z0-9]{6,}/[AB][A-Z0-9]{6,}/[\w/]{18,})"
    ),
    _Kind("discord-webhook", "/", r"api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,})"),
    _Kind("authorization", "B", r"earer {1,4}([A-Za-z0-9._~+/-]{20,}={0,2})", sure=_bearer),
    _Kind("authorization", "b", r"earer {1,4}([A-Za-z0-9._~+/-]{20,}={0,2})", sure=_bearer),
    _Kind("authorization", "B", r"asic {1,4}([A-Za-z0-9+/]{16,}={0,2})", sure=_basic),
    _Kind("password", ":", r"//[^\s/:@\"'<>\\`?#]{0,80}:([^\s/:@\"'<>\\`?#]{3,200})@[A-Za-z0-9\[]", sure=_password),
    _Kind("azure-key", "=", r"([A-Za-z0-9+/]{86}==)", leads=("AccountKey=",)),
    _Kind("secret", "=", rf">?\s{{0,4}}{_QUOTES}(?![=*#-])([A-Za-z0-9+/=_.~!#%^&*-]{{16,200}})", sure=_assigned),
    _Kind("secret", ":", rf"\s{{0,4}}{_QUOTES}(?![=*#-])([A-Za-z0-9+/=_.~!#%^&*-]{{16,200}})", sure=_assigned),
)
# What must follow an anchor at once, so that most stops cost one look.
_GATES = {"-": rf"(?=[{W}]{{20}})", "_": r"(?=[A-Za-z0-9+/]{16})"}


@cache
def _search() -> tuple[re.Pattern[str], tuple[_Kind, ...]]:
    """All kinds as one pattern that consumes only the anchor, and the kinds in the order of its groups."""
    anchors = sorted({kind.anchor for kind in _KINDS})
    ordered = tuple(kind for anchor in anchors for kind in _KINDS if kind.anchor == anchor)

    def alternative(kind: _Kind) -> str:
        behind = "|".join(rf"(?<={_START}{re.escape(lead)})" for lead in kind.leads)
        return (f"(?:{behind})" if behind else "") + f"(?={kind.ahead})"

    branches = (
        re.escape(anchor)
        + _GATES.get(anchor, "")
        + f"(?:{'|'.join(alternative(kind) for kind in ordered if kind.anchor == anchor)})"
        for anchor in anchors
    )
    return re.compile("|".join(branches), re.ASCII), ordered


_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_LINES = re.compile(r"(?:(?:[\s\d→|:]|\\[nrt]){1,20}[A-Za-z0-9+/=]{40,76}(?![A-Za-z0-9+/=]))+")
_PEM_LONGEST = 20_000


def text(s: str) -> tuple[str, int]:
    """``s`` with every secret replaced by ``[REDACTED:kind]``, and how many there were. Takes time linear in ``s``."""
    if len(s) < SHORTEST:
        return s, 0
    spans = [*_tokens(s), *_private_keys(s)] if "-----BEGIN " in s else list(_tokens(s))
    if not spans:
        return s, 0
    spans.sort(key=lambda span: (span[0], -span[1]))
    pieces: list[str] = []
    count = done = 0
    for start, end, name in spans:
        if start >= done:
            pieces += (s[done:start], f"[REDACTED:{name}]")
            count += 1
        done = max(done, end)
    pieces.append(s[done:])
    return "".join(pieces), count


_LEFT, _LINES = 1_100, 6
"""How far a kind looks at what is before its anchor, in characters; and a break of line that none looks beyond."""


def stays_clean(new: str, old: str) -> bool:
    """Whether ``new`` is seen to have no secret, told from where it differs from ``old``, which has none.

    Each anchor is judged by itself, by at most 1,100 characters before it and by what comes behind it up to the fifth
    white space, so that those far enough from the difference are judged as they were. False where that cannot be told.
    """
    if "-----BEGIN " in new:
        return False
    first, _, last = span(old, new)
    for _ in range(_LINES):
        first = max(new.rfind("\n", 0, first), 0)
    last = min(last + _LEFT, len(new))
    for _ in range(_LINES):
        last = new.find("\n", last) + 1 or len(new)
    return next(_tokens(new, first, last), None) is None


def _tokens(s: str, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int, str]]:
    pattern, kinds = _search()
    for found in pattern.finditer(s, first, len(s) if last is None else last):
        group = found.lastindex or 0
        kind = kinds[group - 1]
        start = kind.sure(s, found.start(), found[group]) if kind.sure else found.start(group)
        if start >= 0:
            yield start, found.end(group), kind.name


def _private_keys(s: str) -> Iterator[tuple[int, int, str]]:
    """Whole PEM blocks; of one that was cut off, the lines of base64 that are there."""
    starts = [found.span() for found in _PEM.finditer(s)]
    ends = [found.span() for found in _PEM_END.finditer(s)]
    for number, (start, body) in enumerate(starts):
        limit = starts[number + 1][0] if number + 1 < len(starts) else len(s)
        where = bisect_left(ends, (body, 0))
        if where < len(ends) and ends[where][1] <= min(limit, start + _PEM_LONGEST):
            if ends[where][0] - body >= 40:
                yield start, ends[where][1], "private-key"
        elif cut := _PEM_LINES.match(s, body):
            yield start, cut.end(), "private-key"
