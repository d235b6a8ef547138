"""The folder that a conversation of Cursor is about: as it says itself, or as the editor's workspaces tell."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from replay.importers import lines, sqlite
from replay.importers.fault import ImportFault
from replay.importers.loose import mapping, objects, text
from replay.records import JSON

_WORKSPACE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_DRIVE = re.compile(r"/([A-Za-z]):/")
_MOST = 10_000
_SIZE = 1 << 20


class Places:
    """The folders of the conversations in the global database ``file``, of which ``listed`` tells some."""

    def __init__(self, file: Path, listed: list[dict[str, JSON]]) -> None:
        beside = file.absolute().parent
        self._workspaces = beside.parent / "workspaceStorage" if beside.name == "globalStorage" else None
        self._listed = {text(one.get("composerId")): one for one in listed}

    def of(self, name: str, composer: dict[str, JSON]) -> str | None:
        """The folder of the conversation ``name``; None where nothing tells it."""
        for about in (composer, self._listed.get(name, {})):
            workspace = mapping(about.get("workspaceIdentifier"))
            if found := path(workspace.get("uri")) or self._named(workspace.get("id")):
                return found
        return self._by_conversation.get(name)

    def _named(self, workspace: JSON) -> str | None:
        if self._workspaces is None or not isinstance(workspace, str) or not _WORKSPACE.fullmatch(workspace):
            return None
        return named(self._workspaces / workspace)

    @cached_property
    def _by_conversation(self) -> dict[str, str]:
        """What the databases of the workspaces that lie beside this one say of their conversations."""
        found: dict[str, str] = {}
        try:
            workspaces = sorted(self._workspaces.iterdir())[:_MOST] if self._workspaces else []
        except OSError:
            return found
        for workspace in workspaces:
            folder = named(workspace)
            file = workspace / "state.vscdb"
            if folder and file.is_file():
                found.update((name, folder) for name in _conversations(file))
        return found


def _conversations(file: Path) -> list[str]:
    try:
        with sqlite.opened(file) as db:
            if "ItemTable" not in sqlite.tables(db, file):
                return []
            query = "SELECT value FROM ItemTable WHERE key = ?"
            listed = sqlite.value(db, query, "composer.composerData", lines.Count(), "")
    except ImportFault:
        return []
    return [name for one in objects(mapping(listed).get("allComposers")) if (name := text(one.get("composerId")))]


def named(workspace: Path) -> str | None:
    """The folder that an editor's ``workspace.json`` in the folder ``workspace`` names; None where there is none."""
    try:
        with (workspace / "workspace.json").open("rb") as file:
            told = lines.value(file.read(_SIZE), lines.Count())
    except OSError:
        return None
    return path(mapping(told).get("folder"))


def path(uri: JSON) -> str | None:
    """The path that a URI means, which the editor keeps as text or in its parts."""
    if isinstance(uri, dict):
        return text(uri.get("fsPath")) or path(uri.get("external")) or text(uri.get("path"))
    if not isinstance(uri, str) or "://" not in uri:
        return None
    try:
        found = unquote(urlsplit(uri).path)
    except ValueError:
        return None
    drive = _DRIVE.match(found)
    return f"{drive[1]}:{found[3:]}".replace("/", "\\") if drive else found or None
