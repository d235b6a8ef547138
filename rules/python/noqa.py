# ruleid: noqa
# flake8: noqa
# ruleid: noqa
# ruff: noqa: E501
# ruleid: noqa
from os import *  # noqa
# ruleid: noqa
import sys  # noqa: F401
# ruleid: noqa
import json  # NOQA:F401,E402 kept for callers


# ruleid: noqa
def f(a, b):  # pylint: disable=unused-argument
    # ruleid: noqa
    return eval(a)  # nosec


# ok: noqa
# pylint: enable=unused-argument
# ok: noqa
# noqa comments are not welcome here
# ok: noqa
# fmt: off
# ok: noqa
text = "import sys  # noqa"
# ok: noqa
matrix = [1, 2]  # fmt: skip
# ok: noqa
total = sum(matrix)  # pragma: no cover
# ok: noqa
subprocess.run(command)  # noqa: S603 - the arguments are our own
# ruleid: noqa
subprocess.run(command)  # noqa: S603 - fine
