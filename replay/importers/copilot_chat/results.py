"""What VS Code keeps of a tool's result and of a rendered prompt: texts, images, and trees of texts (prompt-tsx).

A tree's texts follow one another; one that is marked begins a line of its own. Source:
https://github.com/microsoft/vscode-prompt-tsx ``jsonTypes.ts``, ``materialized.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from replay.importers import loose
from replay.records import JSON, Image, Opaque, Part, Text

API = "vscode"
_FOLDER = re.compile(r"I am working in a workspace with the following folders?:\s*\n- (\S.*)")


def result(value: JSON) -> tuple[Text | Image, ...] | None:
    """What the model saw of the serialised result ``value``: one text, then images. None where it is no result."""
    content = loose.mapping(value).get("content")
    if not isinstance(content, list):
        return None
    texts: list[str] = []
    images: list[Text | Image] = []
    for part in loose.objects(content):
        match part:
            case {"value": str(text)}:
                texts.append(text)
            case {"value": {"node": dict(node)}}:
                texts.append(tree(node))
            case {"mimeType": str(mime), "data": {"$base64": str(data)} | str(data)} if mime.startswith("image/"):
                images.append(Image(mime, data))
    return (Text("".join(texts)), *images)


def tree(node: JSON) -> str:
    """The text of the tree ``node``."""
    text: list[str] = []
    last = ""
    waiting: list[JSON] = [node]
    while waiting:
        here = loose.mapping(waiting.pop())
        if isinstance(told := here.get("text"), str):
            if here.get("lineBreakBefore") and last and not last.endswith("\n"):
                text.append("\n")
            text.append(told)
            last = told or last
        children = here.get("children")
        if isinstance(children, list):
            waiting += reversed(children)
    return "".join(text)


def rendered(value: JSON) -> Iterator[Text | Image | Opaque]:
    """The parts of a message as the client sent it (``renderedUserMessage``)."""
    if isinstance(value, str) and value:
        yield Text(value)
    for part in loose.objects(value):
        match part:
            case {"text": str(text)}:
                if text:
                    yield Text(text)
            case {"imageUrl": {"url": str(url)}}:
                yield image(url)
            case {"cacheType": _}:
                continue
            case _:
                yield Opaque(API, part)


def image(url: str) -> Image:
    """The image at ``url``, or in it."""
    head, found, data = url.partition(";base64,")
    return Image(head.removeprefix("data:"), data) if found and head.startswith("data:") else Image(url=url)


def folder(parts: Iterable[Part]) -> str | None:
    """The first folder of the workspace, where the client tells the model of it."""
    found = (_FOLDER.search(part.text) for part in parts if isinstance(part, Text))
    return next((one[1].rstrip() for one in found if one is not None), None)
