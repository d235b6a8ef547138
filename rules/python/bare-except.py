import logging


def positives(connection):
    try:
        connection.send()
    # ruleid: bare-except
    except:
        pass

    try:
        connection.send()
    except OSError:
        raise
    # ruleid: bare-except
    except:
        logging.exception("not sent")

    try:
        connection.send()
    # ruleid: bare-except
    except : return False


def negatives(connection):
    try:
        connection.send()
    # ok: bare-except
    except:
        connection.close()
        raise

    try:
        connection.send()
    # ok: bare-except
    except Exception:
        logging.exception("not sent")

    try:
        connection.send()
    # ok: bare-except
    except:
        raise RuntimeError("not sent") from None

    try:
        connection.send()
    # ok: bare-except
    except (OSError, ValueError):
        return False
    # except: pass
    # ok: bare-except
    return "except: pass"
