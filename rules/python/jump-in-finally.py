def positives(lock, rows, log):
    try:
        rows.load()
    finally:
        lock.release()
        # ruleid: jump-in-finally
        return rows


def under_if(lock, rows):
    try:
        rows.load()
    finally:
        if lock.held:
            # ruleid: jump-in-finally
            return None
        else:
            # ruleid: jump-in-finally
            return rows


def in_loop(rows):
    for row in rows:
        try:
            row.load()
        finally:
            # ruleid: jump-in-finally
            continue
    while rows:
        try:
            rows.pop().load()
        finally:
            # ruleid: jump-in-finally
            break


def negatives(lock, rows):
    try:
        # ok: jump-in-finally
        return rows.load()
    except ValueError:
        # ok: jump-in-finally
        return None
    finally:
        lock.release()


def inner(lock, rows):
    try:
        rows.load()
    finally:
        for row in rows:
            if row.closed:
                # ok: jump-in-finally
                continue
            row.close()

        def closed():
            # ok: jump-in-finally
            return True

        lock.release(closed)
    # finally: return
    # ok: jump-in-finally
    return "finally: return"
