"""Cursor's databases (``state.vscdb``): the global one and those of workspaces, also while they are written.

``cursorDiskKV (key, value)`` holds a conversation as ``composerData:ID`` and its messages ("bubbles") as
``bubbleId:ID:BUBBLE``; files before and after an edit as ``composer.content.HASH``. ``ItemTable`` holds the chats of
2024 and the first composers, each kind under one key. No other key is looked at: the client's logins lie beside them.
Cursor does not document any of this; read as of 2024 to 2026 (``_v`` up to 18).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from replay.importers import lines, sqlite
from replay.importers.cursor import folders
from replay.importers.fault import ImportFault
from replay.importers.loose import mapping, number, objects, text
from replay.records import JSON

NAME = "state.vscdb"
CONTENT = 16 * 1024 * 1024
CONTENTS = 256 * 1024 * 1024
_ROWS, _ITEMS = "cursorDiskKV", "ItemTable"
_ROW = "SELECT value FROM cursorDiskKV WHERE key = ?"
_SIZE = "SELECT length(value) FROM cursorDiskKV WHERE key = ?"
_HEADS = "SELECT key FROM cursorDiskKV WHERE key >= ? AND key < 'composerData;' ORDER BY key"
_HEAD = "composerData:"
_BUBBLES = "SELECT count(*) FROM cursorDiskKV WHERE key > ?1 || ':' AND key < ?1 || ';'"
_ITEM = "SELECT value FROM ItemTable WHERE key = ?"
_HAS = "SELECT 1 FROM ItemTable WHERE key = ? AND value IS NOT NULL"
_CHATS = "workbench.panel.aichat.view.aichat.chatdata"
_COMPOSERS = "composer.composerData"
_HEADERS = "composer.composerHeaders"
_MISSING = "message that is not in the file"
_OTHER = "a database that is no Cursor's, though it is called so"

Row = dict[str, JSON]


@dataclass(frozen=True)
class Talk:
    """A conversation: its messages in order, and what gives the text of a file by the id under which it is kept."""

    id: str
    bubbles: Iterator[Row]
    contents: Callable[[JSON], str | None]
    parent: str | None = None
    cwd: str | None = None
    model: JSON = None


def is_ours(head: bytes, name: str) -> bool:
    """Whether a database is Cursor's: by its table, or by its name, as that may still be in the ``-wal`` file."""
    return head.startswith(sqlite.SIGN) and (f"TABLE {_ROWS}".encode() in head or name.endswith(NAME))


def talks(path: Path, count: lines.Count) -> Iterator[Talk]:
    """The conversations, those of the global store by the time they began.

    What lies on a damaged page, or is too large, is counted as dropped. Raises ImportFault for a database that is
    another's or cannot be read at all.
    """
    with sqlite.opened(path) as db:
        tables = sqlite.tables(db, path)
        if not tables & {_ROWS, _ITEMS}:
            raise ImportFault(_OTHER, path=path)
        queries = [
            *([_ROW, _SIZE, _HEADS, _BUBBLES] if _ROWS in tables else ()),
            *([_ITEM] if _ITEMS in tables else ()),
        ]
        try:
            indexed = sqlite.is_indexed(db, queries)
        except sqlite3.OperationalError as error:  # a column that is not there
            raise ImportFault(_OTHER, path=path) from error
        if not indexed:
            raise ImportFault("a database of Cursor that has lost its indexes", path=path)
        if _ITEMS in tables:
            yield from _items(db, path, count)
        if _ROWS in tables:
            yield from _composers(db, path, count, items=_ITEMS in tables)


# --- the chats of 2024, and composers that hold their messages -----------------------------------------------


def _items(db: sqlite3.Connection, path: Path, count: lines.Count) -> Iterator[Talk]:
    cwd = folders.named(path.parent)
    for tab in objects(mapping(item(db, _CHATS, count)).get("tabs")):
        key = text(tab.get("tabId")) or text(tab.get("id"))
        if key and (bubbles := list(objects(tab.get("bubbles")))):
            yield Talk(key, iter(bubbles), lambda _: None, cwd=cwd)
    for composer in objects(mapping(item(db, _COMPOSERS, count)).get("allComposers")):
        key = text(composer.get("composerId"))
        if key and (bubbles := list(objects(composer.get("conversation")))):
            yield Talk(key, iter(bubbles), lambda _: None, _parent(composer), cwd, _model(composer))


def item(db: sqlite3.Connection, key: str, count: lines.Count) -> Row | None:
    """What ``ItemTable`` holds under ``key``; None where there is nothing, which is no loss."""
    with sqlite.losses(count, "list of conversations"):
        if db.execute(_HAS, (key,)).fetchone() is not None:
            return sqlite.value(db, _ITEM, key, count, "list of conversations")
    return None


# --- composers, a row for each of their messages -------------------------------------------------------------


def _composers(db: sqlite3.Connection, path: Path, count: lines.Count, *, items: bool) -> Iterator[Talk]:
    began: list[tuple[int, str]] = []
    parents: dict[str, str] = {}
    for key in list(sqlite.keys(db, _HEADS, count, "conversations", _HEAD)):
        head = sqlite.value(db, _ROW, sqlite.text(key), lines.Count(), "")
        name = sqlite.text(key).partition(":")[2]
        began.append((number((head or {}).get("createdAt")), name))
        for field in ("subagentComposerIds", "subComposerIds"):
            listed = (head or {}).get(field)
            parents.update((one, name) for one in (listed if isinstance(listed, list) else ()) if isinstance(one, str))
    listed = mapping(item(db, _HEADERS, lines.Count())) if items else {}
    places = folders.Places(path, list(objects(listed.get("allComposers"))))
    for _, name in sorted(began):
        composer = sqlite.value(db, _ROW, f"{_HEAD}{name}", count, "conversation")
        if composer is not None:
            parent = _parent(composer) or parents.get(name)
            found = _bubbles(db, name, composer, count)
            yield Talk(name, found, _contents(db, count), parent, places.of(name, composer), _model(composer))


def _parent(composer: Row) -> str | None:
    """The conversation that started this one as a sub-agent's, or that it was forked from."""
    about = mapping(composer.get("subagentInfo"))
    named = (about.get("parentComposerId"), composer.get("forkedFromComposerId"), about.get("forkedFromComposerId"))
    return next((one for value in named if (one := text(value))), None)


def _model(composer: Row) -> JSON:
    return mapping(composer.get("modelConfig")).get("modelName")


def _bubbles(db: sqlite3.Connection, name: str, composer: Row, count: lines.Count) -> Iterator[Row]:
    """The messages in the order of the conversation's headers; of older ones, those that it holds itself."""
    headers = composer.get("fullConversationHeadersOnly")
    if not isinstance(headers, list) or not headers:
        yield from objects(composer.get("conversation"))
        return
    held = mapping(composer.get("conversationMap"))
    seen: set[str] = set()
    stored = 0
    for header in headers:
        key = text(header if isinstance(header, str) else mapping(header).get("bubbleId"))
        if key is None or key in seen:
            count.dropped["message listed without an id" if key is None else "message listed twice"] += 1
            continue
        seen.add(key)
        bubble = held.get(key)
        if not isinstance(bubble, dict):
            missing = count.dropped.get(_MISSING)
            bubble = sqlite.value(db, _ROW, f"bubbleId:{name}:{key}", count, "message")
            stored += count.dropped.get(_MISSING) == missing
        if bubble is not None:
            yield {"type": mapping(header).get("type"), **bubble, "bubbleId": key}
    with sqlite.losses(count, "count of messages"):
        (kept,) = db.execute(_BUBBLES, (f"bubbleId:{name}",)).fetchone()
        if kept > stored and stored:
            count.dropped["message that is no part of the conversation any more"] += kept - stored


def _contents(db: sqlite3.Connection, count: lines.Count) -> Callable[[JSON], str | None]:
    """Gives the text of a file that an edit of one conversation names, up to 16 MiB each and 256 MiB in all."""
    left = CONTENTS

    def found(key: JSON) -> str | None:
        nonlocal left
        if not isinstance(key, str) or not key.startswith("composer.content."):
            return None
        with sqlite.losses(count, "file of an edit"):
            size = db.execute(_SIZE, (key,)).fetchone()
            if size is None or not isinstance(size[0], int):
                count.dropped["file of an edit that is not in the database"] += 1
            elif size[0] > min(CONTENT, left):
                count.dropped["file of an edit that is too large"] += 1
            else:
                (data,) = db.execute(_ROW, (key,)).fetchone()
                left -= len(data) if isinstance(data, bytes) else 0
                count.read += size[0]
                return sqlite.text(data) if isinstance(data, bytes) else None
        return None

    return found


def speaks(path: Path) -> bool:
    """Whether an editor's database has a conversation of Cursor in it; True where that cannot be told."""
    try:
        with path.open("rb") as file:
            if file.read(len(sqlite.SIGN)) != sqlite.SIGN:
                return True
        with sqlite.opened(path) as db:
            tables = sqlite.tables(db, path)
            if _ROWS in tables and db.execute(_HEADS, (_HEAD,)).fetchone():
                return True
            return _ITEMS in tables and next(_items(db, path, lines.Count()), None) is not None
    except (ImportFault, OSError):
        return True
