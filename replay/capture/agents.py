"""How each agent is pointed at the proxy, and the base URLs that its own configuration holds.

Claude Code and most others read a variable; Codex takes ``-c openai_base_url=…``
(https://developers.openai.com/codex/config-reference), opencode a configuration in a variable
(https://opencode.ai/docs/config).
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from replay.capture.upstreams import ANTHROPIC, OPENAI, address
from replay.errors import UserError

_VARIABLES = {ANTHROPIC: "ANTHROPIC_BASE_URL", OPENAI: "OPENAI_BASE_URL"}
_CONTENT = "OPENCODE_CONFIG_CONTENT"
_KEY = re.compile(r"[\w-]+")
_REFERENCE = re.compile(r"\{env:([^{}]+)\}")
_PATIENCE = 30.0


def known(command: Sequence[str], before: Mapping[str, str], *, told: bool = False) -> dict[str, str]:
    """The base URLs of ``command``'s configuration, by ``anthropic``, ``openai``, ``opencode.NAME`` and ``codex.NAME``.

    opencode is asked for its own (``opencode debug config``). Raises UserError for a configuration that cannot be read,
    and where opencode does not tell, unless the user has ``told`` where requests go: they are not sent to a server that
    nobody chose.
    """
    found = {provider: before[name] for provider, name in _VARIABLES.items() if before.get(name)}
    agent = _agent(command)
    config = _asked(command, before, told=told) if agent == "opencode" else _content(before)
    for name, base in _bases(config.get("provider"), "options", "baseURL"):
        found[f"opencode.{name}"] = _REFERENCE.sub(lambda one: before.get(one[1], ""), base)
    if agent == "codex":
        settings = _settings(before)
        if isinstance(own := settings.get("openai_base_url"), str):
            found[OPENAI] = own
        found |= {f"codex.{name}": base for name, base in _bases(settings.get("model_providers"), None, "base_url")}
    return {name: base for name, base in found.items() if base.startswith(("http://", "https://"))}


def variables(port: int, before: Mapping[str, str], bases: Mapping[str, str]) -> dict[str, str]:
    """The variables that point an agent at the proxy on ``port``; ``bases`` are those that ``known`` gave.

    What opencode has in ``OPENCODE_CONFIG_CONTENT`` is kept, with the base URLs of its providers added.
    """
    base = address(port)
    local = [word for word in before.get("NO_PROXY", before.get("no_proxy", "")).split(",") if word]
    unproxied = ",".join([*local, "127.0.0.1", "localhost"])
    urls = dict.fromkeys((ANTHROPIC, OPENAI), f"{base}/v1")
    urls |= {name: address(port, f"opencode.{name}") for name in _names("opencode", bases)}
    config = _content(before)
    providers = _part(config, "provider")
    for name, url in urls.items():
        _part(_part(providers, name), "options")["baseURL"] = url
    return {
        _VARIABLES[ANTHROPIC]: base,
        _VARIABLES[OPENAI]: f"{base}/v1",
        _CONTENT: msgspec.json.encode(config).decode(),
        "REPLAY_CAPTURE_URL": base,
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
    }


def arguments(command: Sequence[str], port: int, bases: Mapping[str, str]) -> list[str]:
    """``command``, with the base URLs in the arguments where it is Codex, which reads no variable for them."""
    if _agent(command) != "codex":
        return list(command)
    options = [f'openai_base_url="{address(port)}/v1"']
    options += [
        f'model_providers.{name}.base_url="{address(port, f"codex.{name}")}"' for name in _names("codex", bases)
    ]
    return [command[0], *(word for option in options for word in ("-c", option)), *command[1:]]


def _agent(command: Sequence[str]) -> str:
    return re.sub(r"\.(exe|cmd)$", "", Path(command[0]).name) if command else ""


def _names(agent: str, bases: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(f"{agent}.") for name in bases if name.startswith(f"{agent}.")]


def _bases(providers: Any, inside: str | None, key: str) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON or TOML of any shape
    """The names of providers that have a base URL of their own, each with it."""
    told = providers.items() if isinstance(providers, dict) else ()
    held = [(name, one.get(inside) if inside and isinstance(one, dict) else one) for name, one in told]
    return [
        (name, one[key])
        for name, one in held
        if isinstance(one, dict) and isinstance(one.get(key), str) and (inside or _KEY.fullmatch(name))
    ]


def _part(config: dict[str, Any], key: str) -> dict[str, Any]:
    """The object at ``key``, made where there is none."""
    found = config.setdefault(key, {})
    if not isinstance(found, dict):
        raise UserError(f"{_CONTENT}: {key!r} is no object: mend it or unset the variable")
    return found


def _content(before: Mapping[str, str]) -> dict[str, Any]:
    text = before.get(_CONTENT, "")
    try:
        config: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any]) if text.strip() else {}
    except msgspec.MsgspecError as error:
        raise UserError(f"{_CONTENT} is no JSON object: {error}") from error
    return config


def _asked(command: Sequence[str], before: Mapping[str, str], *, told: bool) -> dict[str, Any]:
    """The configuration that opencode puts together of all its files; the variable alone where they name no base URL.

    It takes opencode seconds to tell, so it is asked only where a file of its may name one.
    """
    if not any(map(_names_a_server, _files(before))):
        return _content(before)
    try:
        said = subprocess.run(
            [command[0], "debug", "config"],
            env=dict(before),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
        config: dict[str, Any] = msgspec.json.decode(said.stdout, type=dict[str, Any])
    except (FileNotFoundError, PermissionError):
        return _content(before)  # running the command itself says so
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        if told:
            return _content(before)
        raise UserError(
            f"a file of opencode's may name a base URL, and `{command[0]} debug config` does not tell it: "
            "say where requests go with --upstream"
        ) from error
    return config


def _files(before: Mapping[str, str]) -> Iterator[Path]:
    """Where opencode may find its configuration (https://opencode.ai/docs/config), and logins at servers of one."""
    home, here = Path(before.get("HOME", "")), Path.cwd()
    own = Path(before.get("XDG_CONFIG_HOME") or home / ".config", "opencode")
    for folder in (own, Path(before.get("OPENCODE_CONFIG_DIR") or own), home / ".opencode", Path("/etc/opencode")):
        yield from folder.glob("*.json*")
    for folder in (here, *here.parents):
        yield from (*folder.glob("opencode.json*"), *folder.glob(".opencode/*.json*"))
    yield from [Path(one)] if (one := before.get("OPENCODE_CONFIG")) else []
    yield Path(before.get("XDG_DATA_HOME") or home / ".local" / "share", "opencode", "auth.json")


def _names_a_server(file: Path) -> bool:
    try:
        text = file.read_bytes()
    except OSError:
        return False
    return b"baseURL" in text or b'"wellknown"' in text


def _settings(before: Mapping[str, str]) -> dict[str, Any]:
    """Codex's ``config.toml``; empty where there is none, or none that can be read: Codex says so itself."""
    home = before.get("CODEX_HOME") or Path(before.get("HOME", ""), ".codex")
    try:
        return tomllib.loads(Path(home, "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
