import asyncio

# ruleid: asyncio-old-api
loop = asyncio.get_event_loop()


def main(work):
    # ruleid: asyncio-old-api
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(work())


def run(work):
    # ruleid: asyncio-old-api
    asyncio.get_event_loop().run_until_complete(work())


async def wait(loop):
    # ruleid: asyncio-old-api
    await asyncio.sleep(1, loop=loop)
    # ruleid: asyncio-old-api
    return asyncio.Queue(10, loop=loop)


async def inside(work):
    # ok: asyncio-old-api
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(None, work)


def either(work):
    try:
        # ok: asyncio-old-api
        loop = asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
    return loop.run_until_complete(work())


def clean(work, loop, session):
    # ok: asyncio-old-api
    asyncio.run(work())
    # ok: asyncio-old-api
    asyncio.run_coroutine_threadsafe(work(), loop)
    # ok: asyncio-old-api
    session.open(loop=loop)
    # asyncio.get_event_loop()
    # ok: asyncio-old-api
    return "asyncio.get_event_loop()"
