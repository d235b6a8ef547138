"""What an API would refuse of a finished body whatever else is in it: told before anything is sent."""

from __future__ import annotations

import re

from replay.records import JSON, Api

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def why(body: dict[str, JSON], api: Api) -> str | None:
    """Why ``api`` would refuse ``body``, as half a sentence; None where nothing here is known to be wrong.

    An Anthropic request begins with a user's message: https://docs.anthropic.com/en/api/messages.
    """
    said = body.get("input" if api == "openai-responses" else "messages")
    match said:
        case None | [] | "":
            return "it holds no message: the transcript begins with an answer"
        case [{"role": "assistant"}, *_] if api == "anthropic":
            return "its first message is the model's, and this API begins with a user's"
    for tool in body.get("tools") or ():
        match tool:
            case {"function": {"name": str(name)}} | {"name": str(name)} if not _NAME.fullmatch(name):
                return f"the tool name {name!r} has characters that no API takes"
    low = next((name for name in _LIMITS if isinstance(body.get(name), int) and body[name] < 1), None)
    return None if low is None else f"`{low}` is {body[low]}, and must be at least 1"
