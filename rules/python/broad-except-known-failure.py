import json
import os
import sys
from datetime import datetime


def positives(text, row, path):
    try:
        count = int(text)
    # ruleid: broad-except-known-failure
    except Exception:
        count = 0

    try:
        return json.loads(text)
    # ruleid: broad-except-known-failure
    except:
        print("no JSON")

    try:
        when = datetime.strptime(text, "%Y")
    # ruleid: broad-except-known-failure
    except Exception as error:
        print(error)

    try:
        name = row["name"]
    # ruleid: broad-except-known-failure
    except Exception:
        name = "nobody"

    try:
        os.remove(path)
    # ruleid: broad-except-known-failure
    except (Exception):
        print("not removed")

    try:
        row.save()
        row.close()
    # ruleid: broad-except-known-failure
    except BaseException:
        print("not saved")


def negatives(text, row, path, future, read):
    try:
        count = int(text)
    # ok: broad-except-known-failure
    except ValueError:
        count = 0

    try:
        count = int(text)
    # ok: broad-except-known-failure
    except Exception as error:
        raise RuntimeError(text) from error

    try:
        count = int(read(path))
    # ok: broad-except-known-failure
    except Exception:
        count = 0

    try:
        row = read(path)
        count = int(row)
    # ok: broad-except-known-failure
    except Exception:
        count = 0

    try:
        os.remove(path)
    # ok: broad-except-known-failure
    except OSError:
        print("not removed")

    try:
        row.save()
    # ok: broad-except-known-failure
    except BaseException:
        row.rollback()
        raise

    try:
        row.save()
    # ok: broad-except-known-failure
    except BaseException as error:
        future.set_exception(error)

    try:
        row.save()
    except KeyboardInterrupt:
        raise
    # ok: broad-except-known-failure
    except BaseException:
        print("not saved")

    # try: int(x) except Exception: x = 0
    # ok: broad-except-known-failure
    return "except BaseException: pass"
