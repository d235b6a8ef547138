"""The most tokens that a request can take and give, whatever a tokenizer makes of it."""

from __future__ import annotations

import msgspec

MOST_OUTPUT = 128_000  # where a body sets no limit: the longest answer of any model in the price list
IMAGE = 5_000  # tokens; the largest image of any provider takes less than this
FRAME, TOOL_PROMPT = 50, 1_000  # what a provider adds of its own to a request, and to one with tools
DOCUMENT = 1_000_000  # by reference its size is not known: no context window holds more
_MEDIA = (b'"image', b'"document"', b'"file', b'"input_image"', b'"input_file"')


class _Limits(msgspec.Struct):
    """The fields of a body that bound its answer, of all three APIs."""

    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    max_output_tokens: int | None = None
    n: int | None = None


def most_output(body: bytes) -> int:
    """The most tokens that the answer to ``body`` can have."""
    limits = msgspec.json.decode(body, type=_Limits)
    given = (limits.max_completion_tokens, limits.max_output_tokens, limits.max_tokens)
    return next((limit for limit in given if limit is not None), MOST_OUTPUT) * (limits.n or 1)


def most_input(body: bytes) -> int:
    """The most tokens that the prompt in ``body`` can have.

    A token of text stands for at least one byte, so a body has no more tokens than bytes, and what a provider adds.
    Images and documents are not text: they count by themselves.
    """
    added = FRAME + (TOOL_PROMPT if b'"tools"' in body else 0)
    if not any(mark in body for mark in _MEDIA):
        return len(body) + added
    return _size(msgspec.json.decode(body)) + added


def _size(node: object) -> int:
    match node:
        case dict():
            kind = node.get("type")  # in a schema `type` may be a property, so that this is an object
            if kind in ("image", "image_url", "input_image"):
                return IMAGE
            if kind in ("document", "file", "input_file") and _by_reference(node):
                return DOCUMENT
            return 2 + sum(len(msgspec.json.encode(key)) + 2 + _size(value) for key, value in node.items())
        case list():
            return 2 + sum(1 + _size(one) for one in node)
        case _:
            return len(msgspec.json.encode(node))


def _by_reference(node: dict[str, object]) -> bool:
    """Whether a document is somewhere else: a URL or the id of an uploaded file."""
    held = [node, *(value for value in node.values() if isinstance(value, dict))]
    return any(name in one for one in held for name in ("url", "file_url", "file_id"))
