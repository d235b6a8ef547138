import json
import os
import sys
from datetime import datetime


def positives(text, row, path):
    try:
        count = int(text)
    # ruleid: broad-except
    except Exception:
        count = 0

    try:
        return json.loads(text)
    # ruleid: broad-except
    except:
        print("no JSON")

    try:
        when = datetime.strptime(text, "%Y")
    # ruleid: broad-except
    except Exception as error:
        print(error)

    try:
        name = row["name"]
    # ruleid: broad-except
    except Exception:
        name = "nobody"

    try:
        os.remove(path)
    # ruleid: broad-except
    except (Exception):
        print("not removed")

    try:
        row.save()
        row.close()
    # ruleid: broad-except
    except BaseException:
        print("not saved")


def negatives(text, row, path, future, read):
    try:
        count = int(text)
    # ok: broad-except
    except ValueError:
        count = 0

    try:
        count = int(text)
    # ok: broad-except
    except Exception as error:
        raise RuntimeError(text) from error

    try:
        count = int(read(path))
    # ok: broad-except
    except Exception:
        count = 0

    try:
        row = read(path)
        count = int(row)
    # ok: broad-except
    except Exception:
        count = 0

    try:
        os.remove(path)
    # ok: broad-except
    except OSError:
        print("not removed")

    try:
        row.save()
    # ok: broad-except
    except BaseException:
        row.rollback()
        raise

    try:
        row.save()
    # ok: broad-except
    except BaseException as error:
        future.set_exception(error)

    try:
        row.save()
    except KeyboardInterrupt:
        raise
    # ok: broad-except
    except BaseException:
        print("not saved")

    # try: int(x) except Exception: x = 0
    # ok: broad-except
    return "except BaseException: pass"
