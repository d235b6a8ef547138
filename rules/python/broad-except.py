import logging

log = logging.getLogger(__name__)


def positives(row, cache):
    try:
        row.save()
    # ruleid: broad-except
    except Exception as error:
        log.error("not saved: %s", error)

    try:
        row.save()
        row.send()
    # ruleid: broad-except
    except (ValueError, Exception):
        cache.clear()
        return {"status": "failed"}

    try:
        row.save()
    # ruleid: broad-except
    except BaseException as error:
        print(error)

    try:
        row.save()
    # ruleid: broad-except
    except Exception:
        log.warning("not saved", exc_info=False)


def negatives(row, future):
    try:
        row.save()
    # ok: broad-except
    except Exception as error:
        raise RuntimeError("not saved") from error

    try:
        row.save()
    # ok: broad-except
    except Exception:
        log.exception("not saved")

    try:
        row.save()
    # ok: broad-except
    except Exception:
        log.warning("not saved", exc_info=True)

    try:
        row.save()
    # ok: broad-except
    except Exception as error:
        future.set_exception(error)

    try:
        row.save()
    # ok: broad-except
    except (ValueError, MyException, lib.Exception_):
        row.undo()

    try:
        row.save()
    # ok: broad-except
    except:
        row.undo()
