import logging

from icecream import ic

logger = logging.getLogger(__name__)


def positives(row, total):
    # ruleid: debug-print
    print("DEBUG: row is", row)
    # ruleid: debug-print
    print(f"[DEBUG] {total}")
    # ruleid: debug-print
    print("here 2")
    # ruleid: debug-print
    print(f"{row=}, {total=}")
    # ruleid: debug-print
    print("*** here ***")
    # ruleid: debug-print
    print(f">>> {row}")
    # ruleid: debug-print
    ic(row)


def negatives(row, total, args):
    # ok: debug-print
    print("here is your receipt:", row)
    # ok: debug-print
    print(f"total = {total}")
    # ok: debug-print
    print("*" * 40)
    # ok: debug-print
    print("*** Summary ***")
    # ok: debug-print
    logger.debug("row %s", row)
    if args.debug:
        # ok: debug-print
        print("DEBUG: row is", row)
    # print("DEBUG: here")
    # ok: debug-print
    return 'print("here")'
