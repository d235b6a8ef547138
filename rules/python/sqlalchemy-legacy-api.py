import sqlite3

import sqlalchemy as sa
from sqlalchemy import MetaData, create_engine, select, text
from sqlalchemy.ext.declarative import declarative_base

# ruleid: sqlalchemy-legacy-api
Base = declarative_base()
engine = create_engine("sqlite://")
# ruleid: sqlalchemy-legacy-api
metadata = MetaData(bind=engine)


def positives(session, User, table):
    # ruleid: sqlalchemy-legacy-api
    user = session.query(User).get(1)
    # ruleid: sqlalchemy-legacy-api
    rows = engine.execute("select 1")
    # ruleid: sqlalchemy-legacy-api
    query = select([User.id, User.name])
    # ruleid: sqlalchemy-legacy-api
    other = sa.Table("users", metadata, autoload=True)
    # ruleid: sqlalchemy-legacy-api
    session.execute("delete from users")
    return user, rows, query, other


def negatives(session, User, cache):
    # ok: sqlalchemy-legacy-api
    user = session.get(User, 1)
    # ok: sqlalchemy-legacy-api
    first = session.query(User).filter_by(id=1).one()
    # ok: sqlalchemy-legacy-api
    rows = session.execute(text("select 1"))
    # ok: sqlalchemy-legacy-api
    query = select(User.id, User.name)
    # ok: sqlalchemy-legacy-api
    plain = sqlite3.connect(":memory:").execute("select 1")
    # ok: sqlalchemy-legacy-api
    found = cache.query("users").items.get(1)
    # session.query(User).get(1)
    # ok: sqlalchemy-legacy-api
    return user, first, rows, query, plain, found, "session.query(User).get(1)"
