import ast
import asyncio
import collections
import collections.abc
import inspect
import string
import sys
import time

# ruleid: removed-stdlib-name
from collections import Mapping, OrderedDict
# ruleid: removed-stdlib-name
from itertools import izip
# ruleid: removed-stdlib-name
from inspect import getargspec as spec

# ok: removed-stdlib-name
from collections import OrderedDict
# ok: removed-stdlib-name
from collections.abc import Mapping as AbstractMapping
# ok: removed-stdlib-name
from urllib.parse import quote

try:
    from collections.abc import Iterable
except ImportError:
    # ok: removed-stdlib-name
    from collections import Iterable


def positives(value, call, node):
    # ruleid: removed-stdlib-name
    if isinstance(value, collections.Iterable):
        # ruleid: removed-stdlib-name
        arguments = inspect.getargspec(call)
        print(arguments)
    # ruleid: removed-stdlib-name
    start = time.clock()
    # ruleid: removed-stdlib-name
    tasks = asyncio.Task.all_tasks()
    # ruleid: removed-stdlib-name
    return start, tasks, isinstance(node, ast.Str)


def negatives(self, value, call):
    # ok: removed-stdlib-name
    if isinstance(value, collections.abc.Iterable):
        # ok: removed-stdlib-name
        arguments = inspect.getfullargspec(call)
        print(arguments)
    # ok: removed-stdlib-name
    start = self.time.clock()
    # ok: removed-stdlib-name
    tasks = asyncio.all_tasks()
    # ok: removed-stdlib-name
    letters = string.ascii_letters
    try:
        spec = inspect.getfullargspec(call)
    except AttributeError:
        # ok: removed-stdlib-name
        spec = inspect.getargspec(call)
    # time.clock()
    # ok: removed-stdlib-name
    return start, tasks, letters, spec, "time.clock()"


# ok: removed-stdlib-name
timer = time.perf_counter if sys.version_info >= (3, 8) else time.clock
