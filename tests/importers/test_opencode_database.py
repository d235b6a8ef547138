"""opencode's database: the same transcripts as its exports, also while it is written, damaged or another's."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from imported import PAGE, damaged

from replay import importers
from replay.errors import UserError
from replay.importers import sqlite
from replay.library import Library
from replay.scale import sources

SCHEMA = """
CREATE TABLE `session` (`id` text PRIMARY KEY, `project_id` text NOT NULL, `parent_id` text, `directory` text NOT NULL,
  `version` text NOT NULL, `revert` text);
CREATE TABLE `message` (`id` text PRIMARY KEY, `session_id` text NOT NULL, `time_created` integer NOT NULL,
  `data` text NOT NULL);
CREATE TABLE `part` (`id` text PRIMARY KEY, `message_id` text NOT NULL, `session_id` text NOT NULL,
  `data` text NOT NULL);
CREATE INDEX `message_session_time_created_id_idx` ON `message` (`session_id`,`time_created`,`id`);
CREATE INDEX `part_message_id_id_idx` ON `part` (`message_id`,`id`);
"""
SPENT = {"input": 10, "output": 5, "reasoning": 0, "cache": {"read": 3, "write": 1}}


def session(name, *, parent=None):
    """An export of a session in which a file is written."""
    state = {"status": "completed", "input": {"filePath": "a.py", "content": "x = 1\n"}, "output": "ok", "time": {}}
    asked = [{"type": "text", "text": f"write it, {name}"}]
    said = [{"type": "step-start"}, {"type": "tool", "tool": "write", "callID": f"c_{name}", "state": state}]
    told = [
        ({"role": "user", "time": {"created": 1000}}, asked),
        ({"role": "assistant", "modelID": "m", "time": {"created": 2000}, "tokens": SPENT, "finish": "stop"}, said),
    ]
    info = {"id": name, "projectID": "p", "directory": "/home/dev/shop", "version": "1.18.33"}
    messages = []
    for number, (head, parts) in enumerate(told):
        ids = {"sessionID": name, "messageID": f"msg_{name}_{number}"}
        held = [{**part, **ids, "id": f"prt_{name}_{number}_{at}"} for at, part in enumerate(parts)]
        messages.append({"info": {**head, "id": ids["messageID"], "sessionID": name}, "parts": held})
    return {"info": {**info, **({"parentID": parent} if parent else {})}, "messages": messages}


def fill(db, export):
    """Puts an export into the tables as opencode does: without the ids, which have columns of their own."""
    info = export["info"]
    row = (info["id"], info["projectID"], info.get("parentID"), info["directory"], info["version"], None)
    db.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", row)
    for message in export["messages"]:
        head = {key: value for key, value in message["info"].items() if key not in ("id", "sessionID")}
        row = (message["info"]["id"], info["id"], head["time"]["created"], json.dumps(head))
        db.execute("INSERT INTO message VALUES (?, ?, ?, ?)", row)
        for part in message["parts"]:
            data = {key: value for key, value in part.items() if key not in ("id", "sessionID", "messageID")}
            row = (part["id"], part["messageID"], part["sessionID"], json.dumps(data))
            db.execute("INSERT INTO part VALUES (?, ?, ?, ?)", row)
    db.commit()


def made(path: Path, *exports, schema=SCHEMA):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema)
        for export in exports:
            fill(db, export)
    return path


@pytest.fixture
def folder(tmp_path: Path):
    place = tmp_path / "opencode"
    place.mkdir()
    return place


def test_it_gives_the_transcripts_of_its_exports(folder):
    """Ids, sources and grades are those of the exports of the same sessions, a sub-agent's parent included."""
    exports = [session("ses_2"), session("ses_1", parent="ses_2")]  # ids descend with time
    (path,) = importers.find([made(folder / "opencode.db", *exports).parent])
    found = importers.read(path)
    for export, one in zip(exports, found, strict=True):
        file = folder / "export.json"
        file.write_text(json.dumps(export))
        (other,) = importers.read(file)
        assert (one.id, one.turns, one.fidelity) == (other.id, other.turns, other.fidelity)
        assert (one.source.session, one.source.parent) == (other.source.session, other.source.parent)
        assert (one.source.version, one.source.cwd) == ("1.18.33", "/home/dev/shop")
    assert importers.identify(path) == "opencode"


def test_what_is_only_in_the_write_ahead_log_is_read(folder):
    """A session that opencode has just written is in `opencode.db-wal`; the file itself need hold no table yet."""
    path = folder / "opencode.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        fill(db, session("ses_1"))
        before = (path.stat(), next(sources.find([str(path)])))
        (one,) = importers.read(path)
        fill(db, session("ses_0"))
        assert path.stat().st_mtime_ns == before[0].st_mtime_ns
        assert next(sources.find([str(path)])) != before[1]
        assert len(importers.read(path)) == 2
        copy = shutil.copytree(folder, folder.with_name("copy"), ignore=shutil.ignore_patterns("*-shm"))
    assert len(importers.read(copy / "opencode.db")) == 2
    assert importers.read(path)[0].source.sha256 != one.source.sha256


@pytest.mark.parametrize("whole", [True, False], ids=["of a folder", "of the file"])
def test_behind_a_url_it_comes_with_its_write_ahead_log(folder, whole):
    """The log is fetched with the database, changes its size and is no log of its own; an only database is read."""
    pytest.importorskip("fsspec")
    path = folder / "opencode.db"
    url = f"file://{folder if whole else path}"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (bare,) = sources.find([url])
        fill(db, session("ses_1"))
        (log,) = sources.find([url])
        with sources.opened(log) as copy:
            (one,) = importers.read(copy)
        assert one.id == importers.read(path)[0].id
    assert log.size > bare.size
    assert log.stamp != bare.stamp
    (log,) = sources.find([url])
    with sources.opened(log) as copy:
        assert [one.id for one in importers.read(copy)] == [one.id]


def test_reading_leaves_no_file_beside_it(folder):
    """A database that is not open elsewhere is read as it lies, without the files that SQLite makes to share it."""
    path = made(folder / "opencode.db", session("ses_1"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    importers.read(path)
    assert [file.name for file in folder.iterdir()] == ["opencode.db"]


def test_a_database_without_its_write_ahead_log_is_told(folder):
    """Copied alone before its tables were taken over, it is said what is missing."""
    path = folder / "opencode.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        alone = folder.with_name("opencode.db")
        shutil.copy(path, alone)
    with pytest.raises(UserError, match=r"its `-wal` file has to lie beside it"):
        importers.read(alone)


VIEW = SCHEMA.replace("CREATE TABLE `part` (", "CREATE TABLE `parts` (").replace("ON `part`", "ON `parts`")


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ("CREATE TABLE notes (id)", "no opencode's"),
        ("CREATE TABLE session (id); CREATE TABLE message (id); CREATE TABLE part (id)", "no opencode's"),
        (VIEW + "CREATE VIEW part AS SELECT * FROM parts", "no opencode's"),
        (SCHEMA.replace("CREATE INDEX", "-- "), "lost its indexes"),
    ],
    ids=["other tables", "other columns", "a view, which can run without end", "no index"],
)
def test_another_database_is_refused(folder, schema, sentence):
    """What has opencode's name and not its tables is no log, and is told in a sentence."""
    with pytest.raises(UserError, match=sentence):
        importers.read(made(folder / "opencode.db", schema=schema))


def test_rows_that_are_no_json_are_counted(folder):
    """Blobs, numbers, other JSON and bytes that are no UTF-8 in place of a row's data lose that row alone."""
    path = made(folder / "opencode.db", session("ses_1"))
    with closing(sqlite3.connect(path)) as db:
        for key, data in enumerate((b"\xff\xfe", 7, "[]", "{", "[" * 50_000)):
            db.execute("INSERT INTO part VALUES (?, 'msg_ses_1_0', 'ses_1', ?)", (f"prt_z{key}", data))
        db.execute("INSERT INTO part VALUES (NULL, 'msg_ses_1_0', 'ses_1', '{}')")
        db.commit()
    (one,) = importers.read(path)
    assert one.ledger.dropped == {"part that is no JSON": 5, "row without an id": 1}
    assert len(one.turns) == 1


def test_a_huge_value_is_left_out(folder, monkeypatch):
    """A part beyond the limit is counted, and the rest of its message is read."""
    monkeypatch.setattr(sqlite, "LARGEST", 100_000)
    path = made(folder / "opencode.db", session("ses_1"))
    with closing(sqlite3.connect(path)) as db:
        huge = json.dumps({"type": "text", "text": "x" * 200_000})
        db.execute("INSERT INTO part VALUES ('prt_a', 'msg_ses_1_0', 'ses_1', ?)", (huge,))
        db.commit()
    (one,) = importers.read(path)
    assert one.ledger.dropped == {"part larger than 256 MiB": 1}
    assert one.messages[0].parts[0].text == "write it, ses_1"


def test_damaged_pages_end_in_a_sentence_or_a_count(folder):
    """Whichever page was overwritten, the rest is read and the loss counted, or the file is refused."""
    path = made(folder / "opencode.db", *(session(f"ses_{number:03}") for number in range(40)))
    pages = path.stat().st_size / PAGE
    tried = [found for found in damaged(path) if found]
    read = [found for found in tried if not isinstance(found, str)]
    assert all(len(found) == 40 or any(one.ledger.dropped for one in found) for found in read)
    assert read
    assert len(tried) == pages


def test_a_grown_session_takes_the_place_of_its_shorter_self(folder):
    """Importing the folder of a database again adds what came since."""
    export = session("ses_1")
    path = made(folder / "opencode.db", {**export, "messages": export["messages"][:1]})
    library = Library(folder.with_name("kept"))
    statuses = [library.bring(path).status]
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM session")
        db.execute("DELETE FROM message")
        db.execute("DELETE FROM part")
        fill(db, export)
    statuses += [library.bring(path).status, library.bring(path).status]
    assert statuses == ["new", "grown", "unchanged"]
