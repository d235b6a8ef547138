"""Who may ask a server on 127.0.0.1 for what: no name that was rebound to it, no other site, no writing without token.

A page of any site can make a browser send requests to 127.0.0.1. It cannot choose ``Host`` (so a name of its own that
it points here is told by it), nor ``Origin`` and ``Sec-Fetch-Site``, nor read the token in our page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

NAMES = ("127.0.0.1", "localhost")
TOKEN = "X-Replay-Token"  # noqa: S105 - the name of a header


def refusal(headers: Mapping[str, str], port: int, *, token: str | None = None) -> str | None:
    """Why the request is refused, None where it is not. With ``token`` the request wants to write."""
    own = {f"{name}:{port}" for name in NAMES}
    host = headers.get("Host", "")
    if host not in own and not (port == 80 and host in NAMES):
        return "this server answers to 127.0.0.1 only (Host)"
    origin = headers.get("Origin")
    if origin is not None and origin not in {f"http://{name}" for name in own}:
        return "not for other sites (Origin)"
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return "not for other sites (Sec-Fetch-Site)"
    if token is not None and not secrets.compare_digest(headers.get(TOKEN, "").encode(), token.encode()):
        return f"writing needs the token of the page ({TOKEN}): load it again, `replay view` was started anew"
    return None
