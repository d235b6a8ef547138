import abc
import asyncio
import inspect
import logging
import tempfile
import threading
import warnings

logger = logging.getLogger(__name__)


class Shape(abc.ABC):
    # ruleid: deprecated-stdlib-name
    @abc.abstractproperty
    def area(self):
        """The area."""

    # ok: deprecated-stdlib-name
    @property
    @abc.abstractmethod
    def name(self):
        """The name."""


def positives(worker):
    # ruleid: deprecated-stdlib-name
    logging.warn("late")
    # ruleid: deprecated-stdlib-name
    logger.warn("later")
    # ruleid: deprecated-stdlib-name
    worker.setDaemon(True)
    # ruleid: deprecated-stdlib-name
    name = tempfile.mktemp()
    # ruleid: deprecated-stdlib-name
    return name, threading.currentThread()


def negatives(self, worker):
    # ok: deprecated-stdlib-name
    logger.warning("late")
    # ok: deprecated-stdlib-name
    warnings.warn("late")
    # ok: deprecated-stdlib-name
    self.warn("late")
    # ok: deprecated-stdlib-name
    worker.daemon = True
    # ok: deprecated-stdlib-name
    name = tempfile.mkstemp()
    # ok: deprecated-stdlib-name
    if inspect.iscoroutinefunction(worker.run):
        # ok: deprecated-stdlib-name
        asyncio.run(worker.run())
    # logger.warn("late")
    # ok: deprecated-stdlib-name
    return name, "logger.warn"
