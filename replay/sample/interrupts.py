"""Ctrl-C: once finishes what is under way, twice stops at once. And where the event loop runs."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop: uvloop's where it is installed, which takes a third of the time for a request."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


@contextmanager
def listening(tell: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C calls ``tell`` meanwhile (in the main thread; elsewhere it never arrives)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of signal handlers
        tell()

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def loop_runs() -> bool:
    """Whether the caller is inside a running event loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def in_thread(drive: Callable[[], None], interrupt: Callable[[], None]) -> None:
    """``drive`` in a thread of its own, for callers whose own event loop runs; Ctrl-C meanwhile calls ``interrupt``."""
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            drive()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that called
            failures.append(error)

    thread = threading.Thread(target=guarded, name="replay-sample")
    thread.start()
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt:
            interrupt()
    if failures:
        raise failures[0]
