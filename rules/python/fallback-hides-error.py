import json
import logging

import pandas as pd

log = logging.getLogger(__name__)
MISSING = object()


def orders(db, user):
    try:
        return db.query(user)
    # ruleid: fallback-hides-error
    except Exception:
        return []


def settings(path):
    try:
        with open(path) as file:
            return json.load(file)
    # ruleid: fallback-hides-error
    except:
        return {}


def total(db):
    try:
        return sum(row.price for row in db.rows())
    # ruleid: fallback-hides-error
    except Exception as error:
        return 0


def frame(url):
    try:
        return pd.read_csv(url)
    # ruleid: fallback-hides-error
    except (OSError, Exception):
        # nothing to show
        return pd.DataFrame()


def position(phone):
    try:
        return phone.latitude(), phone.longitude()
    # ruleid: fallback-hides-error
    except Exception:
        return None, None


def report(db):
    try:
        users = db.users()
    # ruleid: fallback-hides-error
    except Exception:
        users = None
    return render(users)


def save(db, row):
    try:
        db.insert(row)
        return True
    # ruleid: fallback-hides-error
    except Exception:
        return False


try:
    import cupy
# ok: fallback-hides-error
except Exception:
    cupy = None


def number(text):
    try:
        return int(text)
    # ok: fallback-hides-error
    except ValueError:
        return 0


def logged(db, user):
    try:
        return db.query(user)
    # ok: fallback-hides-error
    except Exception:
        log.exception("orders of %s", user)
        return []


def has_table(db, name):
    try:
        db.describe(name)
        return True
    # ok: fallback-hides-error
    except Exception:
        return False


def default(db, user, fallback):
    try:
        return db.query(user)
    # ok: fallback-hides-error
    except Exception:
        return fallback


def named(db, user):
    try:
        row = db.query(user)
    # ok: fallback-hides-error
    except Exception:
        row = MISSING
    return row


def told(db, user):
    try:
        return {"rows": db.query(user)}
    # ok: fallback-hides-error
    except Exception as error:
        return {"error": str(error)}


def raised(db, user):
    try:
        return db.query(user)
    # ok: fallback-hides-error
    except Exception as error:
        raise LookupError(user) from error
    # except Exception: return []
    # ok: fallback-hides-error
    return []
