"""ChatGPT's data export (``conversations.json``): a tree of messages a conversation, read along its current branch.

What the model says in a row (thoughts, text, one call) is one answer. A message to a recipient other than ``all`` is a
call of the tool with that name (``canmore.create_textdoc``, ``python``, ``web`` …), the tool's message under it the
result. The system prompt, tool schemas, memories and attached files are not in the export.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from replay.importers import document, lines, loose, peek
from replay.importers.fault import ImportFault
from replay.importers.session import Session, digest
from replay.importers.views import unanswered
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
)

NAME = "chatgpt"
API = "chatgpt"
_GRADE = Fidelity("partial", missing=("system prompt", "tool schemas", "memories", "attached files"))
_SILENT = ("reasoning_recap", "model_editable_context")
_ATTACHED = "attached images and files are named in the export, their content is not"
_LOOSE = ("text", "result", "content", "name")


def sniff(head: bytes, name: str) -> bool:
    """Whether the first object of ``head``, cut off or not, is a conversation: a ``mapping`` of nodes with parents."""
    for row in peek.rows(head, 1) if peek.may_hold(head, b'"mapping"') else ():
        nodes = list(loose.mapping(row.get("mapping")).values())
        return bool(nodes) and all(
            "parent" in loose.mapping(node) or "message" in loose.mapping(node) for node in nodes[:1]
        )
    return False


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path`` in which the model answered. Raises ImportFault where there is none."""
    count = lines.Count()
    value = document.load(path, count, mend=True)
    checksum, told = digest(path), 0
    for conversation in loose.objects(value if isinstance(value, list) else [value]):
        if not (nodes := loose.mapping(conversation.get("mapping"))):
            count.dropped["conversation without messages"] += 1
            continue
        session = Session(count)
        _tell(session, nodes, _branch(nodes, conversation.get("current_node"), session), conversation)
        if not session.turns:
            count.dropped["conversation without an answer"] += 1
            continue
        key = loose.text(conversation.get("conversation_id")) or loose.text(conversation.get("id"))
        source = Source(NAME, path.name, sha256=checksum, session=key, agent="ChatGPT")
        yield unanswered(session.transcript(source, _GRADE))
        told, count = told + 1, lines.Count(damaged=count.damaged)
    if not told:
        raise ImportFault("holds no conversation in which the model answered", path=path)


def _branch(nodes: dict[str, JSON], leaf: JSON, session: Session) -> list[str]:
    """The ids of the nodes from the root to ``leaf``; to the last node where ``leaf`` is not in the file."""
    here: JSON = leaf if isinstance(leaf, str) and leaf in nodes else next(reversed(nodes))
    above = _above(nodes) if session.count.damaged else {}
    path: dict[str, None] = {}
    while isinstance(here, str) and here in nodes and here not in path:
        path[here] = None
        here = loose.mapping(nodes[here]).get("parent")
        if isinstance(here, str) and here not in nodes:
            here = above.get(here, above.get(""))
    apart = sum(1 for key, node in nodes.items() if key not in path and loose.mapping(node).get("message"))
    session.drop("message on another branch", apart)
    return list(reversed(path))


def _above(nodes: dict[str, JSON]) -> dict[str, str]:
    """Which node stands above each that damage took; under ``""`` the only one that has lost all below it."""
    above: dict[str, str] = {}
    ended: list[str] = []
    for key, node in nodes.items():
        told = loose.mapping(node).get("children")
        below = [one for one in (told if isinstance(told, list) else ()) if isinstance(one, str)]
        lost = [one for one in below if one not in nodes]
        above.update(dict.fromkeys(lost, key))
        if lost and len(lost) == len(below):
            ended.append(key)
    return {"": ended[0], **above} if len(ended) == 1 else above


def _tell(session: Session, nodes: dict[str, JSON], path: list[str], conversation: dict[str, JSON]) -> None:
    said: list[Message] = []
    calls: list[str] = []
    gave: dict[str, list[Part]] = {}
    answered: dict[str, JSON] = {}
    for key in path:
        node = loose.mapping(loose.mapping(nodes[key]).get("message"))
        session.count.rows += bool(node)
        role = loose.mapping(node.get("author")).get("role")
        parts = tuple(_parts(node, session)) if node else ()
        if not node or not parts:
            session.drop("empty or hidden message" if node else "root without a message")
            continue
        if role == "tool" and (calls or gave):
            gave.setdefault(calls.pop(0) if calls else next(reversed(gave)), []).extend(parts)
            answered = node
            continue
        if role != "assistant" or gave:
            said = _answer(session, said)
            gave = _results(session, gave, answered, conversation)
        if role == "assistant":
            told, call = _call(node, key, parts)
            calls.extend([call] if call else [])
            said.append(_message("assistant", told, node, conversation))
        else:
            session.say(_message("user" if role == "user" else "system", parts, node, conversation))
            calls.clear()
    _answer(session, said)
    _results(session, gave, answered, conversation)


def _results(
    session: Session, gave: dict[str, list[Part]], node: dict[str, JSON], conversation: dict[str, JSON]
) -> dict[str, list[Part]]:
    if gave:
        parts = tuple(_result(call, tuple(told)) for call, told in gave.items())
        session.say(_message("tool", parts, node, conversation))
    return {}


def _answer(session: Session, said: list[Message]) -> list[Message]:
    if said:
        last = said[-1]
        whole = replace(last, parts=tuple(part for message in said for part in message.parts))
        session.answer(whole, Setup(model=last.model))
    return []


def _message(role: str, parts: tuple[Part, ...], node: dict[str, JSON], conversation: dict[str, JSON]) -> Message:
    about = loose.mapping(node.get("metadata"))
    model = loose.text(about.get("model_slug")) or loose.text(conversation.get("default_model_slug"))
    stop = loose.text(loose.mapping(about.get("finish_details")).get("type"))
    time = loose.moment(node.get("create_time"))
    key = loose.text(node.get("id"))
    match role:
        case "assistant":
            return Message("assistant", parts, id=key, model=model, time=time, stop=stop, origin="model")
        case "tool":
            return Message("tool", parts, id=key, time=time, origin="tool")
        case "user":
            hidden = about.get("is_visually_hidden_from_conversation") or about.get("is_user_system_message")
            return Message("user", parts, id=key, time=time, origin="client" if hidden else "typed")
        case _:
            return Message("system", parts, id=key, time=time, origin="client")


def _call(node: dict[str, JSON], key: str, parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], str | None]:
    """The parts of what the model said, as a call where it went to a tool, and the id of the call."""
    recipient = loose.text(node.get("recipient"))
    match parts:
        case (Text(text),) if recipient not in (None, "all", "assistant", "user"):
            given = loose.unpacked(text)
            return (ToolCall(key, str(recipient), given if isinstance(given, dict) else text),), key
        case _:
            return parts, None


def _result(call: str, parts: tuple[Part, ...]) -> ToolResult:
    kept = tuple(part for part in parts if isinstance(part, Text | Image | Opaque))
    return ToolResult(call, kept, form="string" if len(kept) == 1 and isinstance(kept[0], Text) else "blocks")


def _parts(node: dict[str, JSON], session: Session) -> Iterator[Part]:
    content = loose.mapping(node.get("content"))
    match content:
        case {"content_type": str(kind)} if kind in _SILENT:
            return
        case {"content_type": "thoughts", "thoughts": thoughts}:
            kept = [loose.text(one.get("content")) or loose.text(one.get("summary")) for one in loose.objects(thoughts)]
            yield from (Reasoning(text) for text in _joined(kept))
        case {"content_type": "user_editable_context"}:
            yield from (Text(text) for text in _joined([content.get("user_profile"), content.get("user_instructions")]))
        case {"parts": list(parts)}:
            for part in parts:
                if isinstance(part, str) and part.strip():
                    yield Text(part)
                elif isinstance(part, dict):
                    yield Opaque(API, part)
                    session.count.notes[_ATTACHED] = None
        case _:
            bare = next((text for key in _LOOSE if (text := loose.text(content.get(key)))), None)
            if bare is not None:
                yield Text(bare)
            elif content:
                yield Opaque(API, content)


def _joined(texts: list[JSON]) -> Iterator[str]:
    if whole := "\n\n".join(text for text in texts if isinstance(text, str) and text):
        yield whole
