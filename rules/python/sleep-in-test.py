import asyncio
import time
from time import sleep


def test_saves(worker):
    worker.start()
    # ruleid: sleep-in-test
    time.sleep(2)
    assert worker.saved


def test_expires(cache):
    # ruleid: sleep-in-test
    sleep(0.5)
    assert not cache


async def test_sends(queue):
    # ruleid: sleep-in-test
    await asyncio.sleep(1)
    assert queue.empty()


def test_polls(worker):
    for _ in range(100):
        if worker.saved:
            break
        # ok: sleep-in-test
        time.sleep(0.1)
    assert worker.saved


async def test_yields(queue):
    # ok: sleep-in-test
    await asyncio.sleep(0)
    assert queue.empty()


async def test_times_out(clock):
    async with clock.timeout(0.01):
        # ok: sleep-in-test
        await asyncio.sleep(10)


def test_slow(pool):
    def slow():
        # ok: sleep-in-test
        time.sleep(1)

    assert pool.run(slow, timeout=0.01) is None


def backoff():
    # ok: sleep-in-test
    time.sleep(1)


def test_text(worker):
    # time.sleep(2)
    # ok: sleep-in-test
    assert worker.text == "time.sleep(2)"
