import asyncio
import contextlib
import json
import logging
import os
import queue

log = logging.getLogger(__name__)


class RollBack(RuntimeError):
    pass


def positives(path, rows, session):
    try:
        session.commit()
    # ruleid: swallowed-exception
    except Exception:
        pass

    try:
        session.commit()
    # ruleid: swallowed-exception
    except:
        pass

    try:
        session.commit()
    # ruleid: swallowed-exception
    except Exception as error:
        # the cache is only an optimisation
        pass

    try:
        session.commit()
    # ruleid: swallowed-exception
    except (ValueError, Exception):
        ...

    try:
        session.close()
    # ruleid: swallowed-exception
    except OSError:
        pass  # best effort

    try:
        session.close()
    # ruleid: swallowed-exception
    except (KeyError, ValueError) as error:
        """Nothing we can do."""

    for row in rows:
        try:
            session.add(row)
        # ruleid: swallowed-exception
        except Exception:
            continue

    while True:
        try:
            session.step()
        # ruleid: swallowed-exception
        except BaseException:
            break

    try:
        session.close()
    except KeyError as error:
        log.warning("no session: %s", error)
    # ruleid: swallowed-exception
    except Exception: pass
    finally:
        log.info("closed")

    try:
        session.close()
    # ruleid: swallowed-exception
    except* ValueError:
        pass


def silent(path):
    try:
        with open(path) as file:
            return json.load(file)
    # ruleid: swallowed-exception
    except ValueError:
        pass


def nothing(path):
    try:
        return json.loads(path)
    # ruleid: swallowed-exception
    except Exception:
        return None


async def leave(task):
    try:
        await task
    # ruleid: swallowed-exception
    except Exception:
        return


def negatives(path, rows, session, jobs):
    try:
        session.commit()
    # ok: swallowed-exception
    except Exception:
        log.exception("commit failed")

    try:
        session.commit()
    # ok: swallowed-exception
    except Exception:
        session.rollback()
        raise

    try:
        count = int(path)
    # ok: swallowed-exception
    except ValueError:
        count = 0

    try:
        import tomllib
    # ok: swallowed-exception
    except ImportError:
        pass

    try:
        os.unlink(path)
    # ok: swallowed-exception
    except FileNotFoundError:
        pass

    try:
        del rows[0], session.extra
    # ok: swallowed-exception
    except (IndexError, AttributeError) as missing:
        pass

    try:
        jobs.get_nowait()
    # ok: swallowed-exception
    except queue.Empty:
        pass

    for row in rows:
        try:
            session.add(row)
        # ok: swallowed-exception
        except json.JSONDecodeError:
            continue

    for form in ("%Y", "%Y-%m"):
        try:
            when = session.parse(path, form)
            break
        # ok: swallowed-exception
        except ValueError:
            pass

    try:
        rows.remove(path)
    # ok: swallowed-exception
    except ValueError:
        pass

    try:
        path = int(path)
    # ok: swallowed-exception
    except ValueError:
        pass

    try:
        number = float(path)
    # ok: swallowed-exception
    except ValueError:
        pass
    else:
        rows.append(number)

    try:
        if rows:
            raise RollBack
        session.commit()
    # ok: swallowed-exception
    except RollBack:
        pass

    # ok: swallowed-exception
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)

    # ok: swallowed-exception
    text = "try: f()\nexcept Exception: pass"
    # except Exception: pass
    # ok: swallowed-exception
    return text


def fallback(text):
    try:
        return int(text)
    # ok: swallowed-exception
    except ValueError:
        pass
    return text


def default(text):
    try:
        return json.loads(text)
    # ok: swallowed-exception
    except Exception:
        return {}


def flag(text):
    try:
        json.loads(text)
    # ok: swallowed-exception
    except Exception:
        return False
    return True


async def stop(task):
    task.cancel()
    try:
        await task
    # ok: swallowed-exception
    except asyncio.CancelledError:
        pass


def test_refuses(case, reader):
    try:
        reader.read("")
        case.fail("read nothing")
    # ok: swallowed-exception
    except ValueError:
        pass


def putting_away(temp, path, sock, order):
    try:
        temp.cleanup()
    # ok: swallowed-exception
    except (OSError, PermissionError, RecursionError):
        pass  # Windows

    try:
        os.remove(path)
    # ok: swallowed-exception
    except OSError:
        pass

    try:
        order.save()
    # ruleid: swallowed-exception
    except OSError:
        pass

    try:
        sock.close()
    # ruleid: swallowed-exception
    except Exception:
        pass
