"""Where a request goes on to: the base URL behind ``/to/NAME`` of its path, or the server of the API that it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, unquote

from replay.errors import UserError

ANTHROPIC, OPENAI = "anthropic", "openai"
SERVERS = {ANTHROPIC: "https://api.anthropic.com/v1", OPENAI: "https://api.openai.com/v1"}
_NAMED = re.compile(r"/to/([^/?]+)(?=[/?]|\Z)")
_GIVEN = re.compile(r"(?:([\w.@-]+)=)?(https?://[^/?#]+[^?#]*)")
_OPENAI = re.compile(r"/(chat/completions|responses(/.*)?|embeddings|completions)/?")


class Target(NamedTuple):
    """The URL to ask, the path in it that the agent chose, and the name it gave of the upstream (empty for none)."""

    url: str
    path: str
    name: str = ""


@dataclass(frozen=True)
class Upstreams:
    """``given`` are the base URLs of ``--upstream`` by name, with or without ``/v1``; the empty name is for all others.

    ``known`` are those that the agent's own configuration holds, exact: by provider, or by the name of ``/to/NAME``.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)

    def target(self, path: str, headers: Mapping[str, str]) -> Target | None:
        """Where a request of ``path`` (as sent, with its query) goes; None for a name that is not known.

        ``headers`` has names in any case. Neither the path behind the base URL nor the query is changed.
        """
        if found := _NAMED.match(path):
            name = unquote(found[1])
            base, rest = self._named(name), path[found.end() :]
            return None if base is None else Target(base + rest, rest or "/", name)
        base = self._spoken(_speaks(path, headers))
        return Target((base + path[3:]) if path.startswith("/v1/") else _bare(base) + path, path)

    def _named(self, name: str) -> str | None:
        known, given = self.known.get(name), self.given.get(name) or self.given.get(name.partition(".")[2] or name)
        if known is not None and (other := given or self.given.get("")) is not None:
            return _bare(other) + ("/v1" if known.rstrip("/").endswith("/v1") else "")
        base = given or known
        return None if base is None else base.rstrip("/")

    def _spoken(self, provider: str | None) -> str:
        """What stands for ``/v1`` of the proxy's own address."""
        sole = [one for one in SERVERS if one in self.known]
        provider = provider or (sole[0] if len(sole) == 1 else OPENAI)
        if (given := self.given.get(provider) or self.given.get("")) is not None:
            return _bare(given) + "/v1"
        base = self.known.get(provider, SERVERS[provider]).rstrip("/")
        return base if provider == OPENAI else _bare(base) + "/v1"


def given(words: tuple[str, ...]) -> dict[str, str]:
    """The base URLs of ``--upstream [NAME=]URL``. Raises UserError for what is neither, and for a name given twice."""
    found: dict[str, str] = {}
    for word in words:
        match = _GIVEN.fullmatch(word)
        if match is None:
            raise UserError(f"--upstream {word}: give a URL that begins with http:// or https://, or NAME=URL")
        name = match[1] or ""
        if name in found:
            raise UserError(f"--upstream names {name or 'the server of all requests'} twice: give one URL for it")
        found[name] = match[2]
    return found


def address(port: int, name: str = "") -> str:
    """The base URL of the proxy on ``port``, of what is behind ``name`` where one is given."""
    return f"http://127.0.0.1:{port}" + (f"/to/{quote(name, safe='')}" if name else "")


def _bare(base: str) -> str:
    return base.rstrip("/").removesuffix("/v1").rstrip("/")


def _speaks(path: str, headers: Mapping[str, str]) -> str | None:
    """The provider whose API a request is of; None where it does not tell."""
    told = {name.lower() for name in headers}
    if path.startswith(("/v1/messages", "/v1/complete", "/api/")) or "anthropic-version" in told:
        return OPENAI if path.startswith("/v1/completions") else ANTHROPIC
    return OPENAI if _OPENAI.fullmatch(path.partition("?")[0].removeprefix("/v1")) else None
