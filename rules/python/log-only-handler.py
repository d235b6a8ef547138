import logging
import sys
import traceback
import warnings

import click

logger = logging.getLogger(__name__)


def positives(self, shop, order):
    try:
        shop.charge(order)
    # ruleid: log-only-handler
    except Exception as error:
        print(f"charging failed: {error}")

    try:
        shop.ship(order)
    # ruleid: log-only-handler
    except Exception as e:
        logger.error("shipping failed: %s", e)

    try:
        shop.mail(order)
    # ruleid: log-only-handler
    except:
        self.logger.warning("no mail")

    try:
        shop.refund(order)
    # ruleid: log-only-handler
    except (OSError, Exception) as error:
        # the customer does not mind
        logging.info(error)

    try:
        shop.archive(order)
    # ruleid: log-only-handler
    except BaseException as error:
        print("failed")
        print(error)

    try:
        shop.index(order)
    # ruleid: log-only-handler
    except Exception:
        warnings.warn("not indexed")
        pass


def negatives(shop, order, failed):
    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception:
        logger.exception("charging %s", order)

    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception as error:
        logger.error("charging: %s", error, exc_info=True)

    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception as error:
        print(error)
        traceback.print_exc()

    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception as error:
        logger.error("charging: %s", error)
        raise

    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception as error:
        click.echo(f"charging: {error}", err=True)
        sys.exit(1)

    try:
        shop.charge(order)
    # ok: log-only-handler
    except Exception as error:
        logger.warning("charging: %s", error)
        failed.append(order)

    try:
        shop.read(order)
    # ok: log-only-handler
    except FileNotFoundError:
        logger.info("no order, starting anew")

    try:
        shop.close()
    # ok: log-only-handler
    except Exception as error:
        logger.debug("closing: %s", error)

    done = False
    try:
        shop.count(order)
        done = True
    # ok: log-only-handler
    except Exception as error:
        print(error)
    if not done:
        sys.exit(1)

    # except Exception: print("failed")
    # ok: log-only-handler
    return "except Exception as e: print(e)"
