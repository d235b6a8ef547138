def positives(load):
    try:
        load()
    # ruleid: useless-handler
    except Exception:
        raise

    try:
        load()
    # ruleid: useless-handler
    except ValueError as error:
        raise error

    try:
        load()
    # ruleid: useless-handler
    except:
        # let it through
        raise


def negatives(load, log):
    try:
        load()
    # ok: useless-handler
    except ValueError as error:
        raise RuntimeError("not loaded") from error

    try:
        load()
    # ok: useless-handler
    except KeyboardInterrupt:
        raise
    except Exception:
        log.exception("not loaded")

    try:
        load()
    # ok: useless-handler
    except ValueError:
        log.warning("not loaded")
        raise

    try:
        load()
    # ok: useless-handler
    except ValueError as error:
        raise error from None

    try:
        load()
    # ok: useless-handler
    except ValueError:
        raise
    finally:
        log.info("done")
