"""The versions that lock files and manifests name, by file name: one small reader each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

ECOSYSTEMS = {
    "python": "pypi",
    "javascript": "npm",
    "typescript": "npm",
    "tsx": "npm",
    "go": "go",
    "ruby": "gem",
    "rust": "cargo",
    "java": "maven",
    "kotlin": "maven",
    "scala": "maven",
    "php": "composer",
}
"""Where a rule's package comes from, by the rule's language. The language itself is a package: ``python``, ``node``."""


class Told(NamedTuple):
    """What a file says of one package: ``ecosystem:name`` in lower case, and its versions as written there."""

    package: str
    versions: str
    locked: bool


Pairs = Iterable[tuple[str, str]]
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;#@)\\]*?)(?:\s--|[;#@)\\]|$)")
_GEM = re.compile(r"^\s*gem\s+['\"]([\w-]+)['\"]((?:\s*,\s*['\"][^'\"]+['\"])*)", re.MULTILINE)
_GEM_LOCKED = re.compile(r"^ {4}([\w.-]+) \(([^)\s]+)\)$", re.MULTILINE)
_GO = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[\w./~-]+)\s+v(\S+)", re.MULTILINE)
_GO_ITSELF = re.compile(r"^go\s+(\d\S*)", re.MULTILINE)
_YARN = re.compile(r'^"?(@?[^@\s"]+)@[^\n]*:\n\s+version:? "?([^"\s]+)', re.MULTILINE)
_PNPM = re.compile(r"^\s+['\"]?/?(@?[\w./-]+?)[@/](\d[\w.-]*)(?:\([^\n]*\))?['\"]?:\s*$", re.MULTILINE)
_GRADLE = re.compile(r"['\"]([\w.-]+):([\w.-]+):(\d[\w.-]*)['\"]")
_MAVEN = re.compile(r"<artifactId>\s*([\w.-]+)\s*</artifactId>\s*<version>\s*(\d[^<\s]*)\s*</version>")


def is_manifest(path: str) -> bool:
    """Whether the name of a file is one that tells versions."""
    return _reader(path) is not None


def found_in(path: str, text: str) -> tuple[Told, ...]:
    """What the file at ``path`` tells; nothing where it is no manifest or does not read as one."""
    return _found(PurePosixPath(path).name, text) if is_manifest(path) else ()


@lru_cache(maxsize=256)
def _found(name: str, text: str) -> tuple[Told, ...]:
    reader = _reader(name)
    if reader is None:
        return ()
    ecosystem, locked, read = reader
    try:
        return tuple(
            Told(f"{ecosystem}:{named(package, ecosystem)}", versions, locked) for package, versions in read(text)
        )
    except (ValueError, AttributeError, TypeError):  # broken, or of another shape: then nothing is known from it
        return ()


def named(package: str, ecosystem: str) -> str:
    """A package's name as its ecosystem compares it (PyPI: packaging.python.org, name normalization)."""
    return re.sub(r"[-_.]+", "-", package).lower() if ecosystem == "pypi" else package.lower()


def _reader(path: str) -> tuple[str, bool, Callable[[str], Pairs]] | None:
    name = PurePosixPath(path.replace("\\", "/")).name
    if re.fullmatch(r"(?:requirements|constraints)[\w.-]*\.(?:txt|in)", name):
        return "pypi", False, _requirements
    return _READERS.get(name)


# --- readers -----------------------------------------------------------------------------------------------


def _requirements(text: str) -> Pairs:
    return [pair for line in text.splitlines() if (pair := _requirement(line))]


def _requirement(line: str) -> tuple[str, str] | None:
    found = _REQUIREMENT.match(line)
    return (found[1], found[2].strip()) if found and found[2].strip() else None


def _pyproject(text: str) -> Iterator[tuple[str, str]]:
    body = tomllib.loads(text)
    project = body.get("project", {})
    listed = list(project.get("dependencies", []))
    for group in (*project.get("optional-dependencies", {}).values(), *body.get("dependency-groups", {}).values()):
        listed += [line for line in group if isinstance(line, str)]
    yield from _requirements("\n".join(listed))
    if "requires-python" in project:
        yield "python", project["requires-python"]
    poetry = body.get("tool", {}).get("poetry", {})
    groups = [poetry.get("dependencies", {}), poetry.get("dev-dependencies", {})]
    groups += [group.get("dependencies", {}) for group in poetry.get("group", {}).values()]
    yield from (pair for group in groups for pair in _table(group))


def _table(group: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, wanted in group.items():
        versions = wanted.get("version") if isinstance(wanted, dict) else wanted
        if isinstance(versions, str):
            yield name, versions


def _toml_lock(text: str) -> Pairs:
    return [(one["name"], one["version"]) for one in tomllib.loads(text).get("package", []) if "version" in one]


def _pipfile_lock(text: str) -> Iterator[tuple[str, str]]:
    body = json.loads(text)
    yield from (pair for part in ("default", "develop") for pair in _table(body.get(part, {})))


def _cargo(text: str) -> Iterator[tuple[str, str]]:
    body = tomllib.loads(text)
    for part in ("dependencies", "dev-dependencies", "build-dependencies"):
        for name, versions in _table(body.get(part, {})):
            yield name, re.sub(r"(^|,\s*)(?=\d)", r"\1^", versions)  # a bare version is a caret in Cargo


def _package_json(text: str) -> Iterator[tuple[str, str]]:
    body = json.loads(text)
    for part in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "engines"):
        yield from (pair for pair in _table(body.get(part, {})) if re.match(r"[\s^~<>=v\d*]", pair[1]))


def _package_lock(text: str) -> Iterator[tuple[str, str]]:
    body = json.loads(text)
    yield from _table(body.get("dependencies", {}))
    for path, one in body.get("packages", {}).items():
        if path.startswith("node_modules/") and "/node_modules/" not in path and "version" in one:
            yield path.removeprefix("node_modules/"), one["version"]


def _composer(text: str) -> Iterator[tuple[str, str]]:
    body = json.loads(text)
    yield from (pair for part in ("require", "require-dev") for pair in _table(body.get(part, {})))


def _composer_lock(text: str) -> Pairs:
    body = json.loads(text)
    return [(one["name"], one["version"]) for part in ("packages", "packages-dev") for one in body.get(part, [])]


def _go_mod(text: str) -> Iterator[tuple[str, str]]:
    yield from _GO.findall(text)
    yield from (("go", f">={version}") for version in _GO_ITSELF.findall(text))


def _gemfile(text: str) -> Pairs:
    return [
        (name, ",".join(re.findall(r"['\"]([^'\"]+)['\"]", wanted))) for name, wanted in _GEM.findall(text) if wanted
    ]


def _gradle(text: str) -> Iterator[tuple[str, str]]:
    for group, artifact, version in _GRADLE.findall(text):
        yield artifact, version
        yield f"{group}:{artifact}", version


def _python_version(text: str) -> Pairs:
    return [("python", f"{text.split()[0]}.*")] if re.match(r"\d+\.\d+", text) else []


def _node_version(text: str) -> Pairs:
    return [("node", f"{text.strip().removeprefix('v')}.x")] if re.match(r"v?\d", text.strip()) else []


_READERS: dict[str, tuple[str, bool, Callable[[str], Pairs]]] = {
    "pyproject.toml": ("pypi", False, _pyproject),
    "poetry.lock": ("pypi", True, _toml_lock),
    "uv.lock": ("pypi", True, _toml_lock),
    "pdm.lock": ("pypi", True, _toml_lock),
    "Pipfile.lock": ("pypi", True, _pipfile_lock),
    ".python-version": ("pypi", True, _python_version),
    "package.json": ("npm", False, _package_json),
    "package-lock.json": ("npm", True, _package_lock),
    "npm-shrinkwrap.json": ("npm", True, _package_lock),
    "yarn.lock": ("npm", True, _YARN.findall),
    "pnpm-lock.yaml": ("npm", True, _PNPM.findall),
    ".nvmrc": ("npm", True, _node_version),
    ".node-version": ("npm", True, _node_version),
    "go.mod": ("go", False, _go_mod),
    "Gemfile": ("gem", False, _gemfile),
    "Gemfile.lock": ("gem", True, _GEM_LOCKED.findall),
    "Cargo.toml": ("cargo", False, _cargo),
    "Cargo.lock": ("cargo", True, _toml_lock),
    "pom.xml": ("maven", False, _MAVEN.findall),
    "build.gradle": ("maven", False, _gradle),
    "build.gradle.kts": ("maven", False, _gradle),
    "composer.json": ("composer", False, _composer),
    "composer.lock": ("composer", True, _composer_lock),
}
