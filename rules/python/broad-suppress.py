import contextlib
import contextlib as ctx
from contextlib import suppress
from contextlib import suppress as ignoring

from warnings_filter import suppress_all


def positives(stack, client):
    # ruleid: broad-suppress
    with suppress(Exception):
        client.close()
    # ruleid: broad-suppress
    with contextlib.suppress(OSError, Exception):
        client.close()
    # ruleid: broad-suppress
    with ctx.suppress(BaseException):
        client.close()
    # ruleid: broad-suppress
    stack.enter_context(ignoring(Exception))


def negatives(client, console):
    # ok: broad-suppress
    with suppress(FileNotFoundError):
        client.close()
    # ok: broad-suppress
    with contextlib.suppress(OSError, ValueError):
        client.close()
    # ok: broad-suppress
    with console.suppress(Exception):
        client.close()
    # ok: broad-suppress
    with suppress_all(Exception):
        client.close()
    # with suppress(Exception): pass
    # ok: broad-suppress
    print("with suppress(Exception):")
