"""What the APIs' requests have in common: model, tools, parameters, and the step that makes a prefix fit an API."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from replay.records import JSON, Api, CacheMark, Message, Prefix, Setup, Tool
from replay.wire import marks, portable
from replay.wire.notes import Notes, WireError
from replay.wire.openai_items import added_tools


def read(
    body: dict[str, JSON], api: Api, carried: tuple[str, ...], read_tool: Callable[[dict[str, JSON]], Tool]
) -> tuple[Setup, list[CacheMark]]:
    """The setup of a body without its system prompt, and the cache marks of its tools.

    ``carried`` are the keys read elsewhere. A model or tool list of a shape that ``Setup`` cannot hold stays in
    ``params``. Raises ``WireError`` where ``messages`` is not a list.
    """
    if not isinstance(body.get("messages"), list):
        raise WireError("`messages` is not a list")
    params = {key: value for key, value in body.items() if key not in carried}
    model, tools = body.get("model"), body.get("tools")
    cache: list[CacheMark] = []
    read_tools: tuple[Tool, ...] = ()
    if isinstance(model, str):
        del params["model"]
    else:
        model = None
    if isinstance(tools, list) and tools and all(isinstance(tool, dict) for tool in tools):
        del params["tools"]
        read_tools = tuple(read_tool(marks.lift(tool, ("tools", index), cache)) for index, tool in enumerate(tools))
    return Setup(api=api, model=model, tools=read_tools, params=params), cache


def fit(prefix: Prefix, api: Api, *, limit: str, legal: re.Pattern[str], repair: bool, notes: Notes) -> Prefix:
    """``prefix`` as ``api`` can be sent it: untouched where it was written for ``api``, else converted.

    ``repair`` also puts right, in a prefix of the same API, what the API would refuse. ``limit`` is the API's name for
    the token limit and ``legal`` the form of its tool ids. The result's ``setup.api`` is ``api``.
    """
    setup = prefix.setup
    if setup.api != api:
        notes.add(f"converted from {setup.api or 'an unknown API'} to {api}")
        notes.add("cache mark left out", len(prefix.cache))
        setup, messages = _with_added_tools(setup, prefix.messages)
        converted = replace(
            setup,
            api=api,
            system=None if setup.system is None else portable.system(setup.system, notes),
            params=portable.params(setup, limit, notes),
            tools=portable.tools(setup, notes),
        )
        messages = portable.structured(messages) if setup.api == "openai-responses" else messages
        return Prefix(converted, tuple(portable.adapt(messages, api, notes, legal=legal, same=False)))
    if not repair:
        return prefix
    repairs = Notes()
    fitted = tuple(portable.adapt(prefix.messages, api, repairs, legal=legal, same=True))
    if not repairs.sentences():
        return prefix
    kept = tuple(mark for mark in prefix.cache if mark.path[0] != "messages")
    notes.merge(repairs)
    notes.add("cache mark left out", len(prefix.cache) - len(kept))
    return Prefix(setup, fitted, kept)


def _with_added_tools(setup: Setup, messages: tuple[Message, ...]) -> tuple[Setup, tuple[Message, ...]]:
    """The tools that items of the Responses API add among the messages, moved to where every API has them."""
    if setup.api != "openai-responses":
        return setup, messages
    told = {tool.name: tool for message in messages for part in message.parts for tool in added_tools(part) or ()}
    if not told:
        return setup, messages
    kept = tuple(
        replace(message, parts=tuple(part for part in message.parts if added_tools(part) is None))
        for message in messages
    )
    return replace(setup, tools=(*(setup.tools or ()), *told.values())), tuple(one for one in kept if one.parts)
