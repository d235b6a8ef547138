"""A conversation of Cursor told message by message: which of them are one answer, and what came back for its calls.

The database keeps a text, a thought and each call as a message of its own, a call together with its result. Calls of
one answer share their ``modelCallId``; where an answer begins is guessed for the rest. The result is the client's
record: what the model saw of it was put together on Cursor's servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from replay.importers.cursor import tools
from replay.importers.cursor.database import Row, Talk
from replay.importers.loose import mapping, moment, number, objects, text, unpacked
from replay.importers.session import Session
from replay.records import (
    JSON,
    Fidelity,
    Message,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
)

_MISSING = ("system prompt", "tool schemas", "attachment text")
_ROLES: dict[JSON, str] = {1: "user", "user": "user", 2: "assistant", "ai": "assistant", "assistant": "assistant"}
_SUMMARY = 22
_ATTACHED = ("images", "attachedCodeChunks", "attachedFileCodeChunks", "selections", "fileSelections")
_AUTO = "default"


@dataclass
class Told:
    """A conversation so far: what the answer said that is not finished, and what came back for it."""

    session: Session
    talk: Talk
    said: list[Part] = field(default_factory=list)
    back: list[ToolResult] = field(default_factory=list)
    group: str | None = None
    first: Row = field(default_factory=dict)
    model: str | None = None
    usage: Usage | None = None
    inferred: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    folder: str | None = None

    def hear(self, bubble: Row) -> None:
        """One more message."""
        kind = bubble.get("type")
        match _ROLES.get(kind if isinstance(kind, int | str) else None):
            case "user":
                self.close()
                self._user(bubble)
            case "assistant":
                self._assistant(bubble)
            case _:
                self.session.drop("message of an unknown kind")

    def _user(self, bubble: Row) -> None:
        self.model = _model(bubble)
        said = text(bubble.get("text")) or text(bubble.get("rawText")) or _plain(bubble.get("richText"))
        attached = {**mapping(bubble.get("context")), **bubble}
        if any(attached.get(name) for name in _ATTACHED):
            self.session.drop("what was attached to a prompt")
        if not said:
            self.session.drop("user message without content")
            return
        time = moment(bubble.get("createdAt"))
        self.session.say(Message("user", (Text(said),), origin="typed", time=time, form="string"))

    # --- what the model said -----------------------------------------------------------------------------------

    def _assistant(self, bubble: Row) -> None:
        use = tools.read(bubble.get("toolFormerData"), self.talk.contents)
        said: list[Part] = list(_thoughts(bubble))
        words = text(bubble.get("text")) or text(bubble.get("rawText")) or _plain(bubble.get("richText"))
        if words and use and isinstance(unpacked(words), dict):
            self.session.drop("result of a call that stands there twice")
        elif words:
            said.append(Text(words))
        if not said and use is None:
            self._empty(bubble)
            return
        if any(isinstance(part, ToolCall) for part in self.said) and (
            said or use is None or use.group is None or use.group != self.group
        ):
            self.close()
        if not self.said:
            self.first = bubble
        self.said += said
        self.usage = _usage(bubble) or self.usage
        self.model = _model(bubble) or self.model
        if use is not None:
            self._use(use)

    def _empty(self, bubble: Row) -> None:
        if bubble.get("capabilityType") == _SUMMARY:
            self.close()
            self.lost.add("summary of earlier messages")
            self.session.count.notes["the history was summarised: later prefixes are longer than what was sent"] = None
        else:
            self.session.drop("answer without content")

    def _use(self, use: tools.Use) -> None:
        self.group = use.group
        self.folder = self.folder or use.folder
        call = self.session.calls.call(use.id)
        self.said.append(ToolCall(call, use.name, use.arguments))
        if use.rebuilt:
            self.inferred.add("tool arguments")
        if use.result is not None:
            self.session.calls.close(call)
            self.inferred.add("tool results")
            parts = () if use.result.text is None else (Text(use.result.text),)
            self.back.append(ToolResult(call, parts, is_error=use.result.failed or None, detail=use.result.detail))

    def close(self) -> None:
        """The answer ends here."""
        if self.said:
            model = self.model or _named(self.talk.model)
            answer = Message(
                "assistant",
                tuple(self.said),
                id=text(self.first.get("bubbleId")),
                model=model,
                time=moment(self.first.get("createdAt")),
                usage=self.usage,
                origin="model",
            )
            self.session.answer(answer, Setup(model=model))
        if self.back:
            self.session.say(Message("tool", tuple(self.back), origin="tool"))
        self.said, self.back, self.group, self.usage = [], [], None, None

    def transcript(self, source: Source) -> Transcript:
        """The conversation as one transcript, with what is known of it added to ``source``."""
        made = Source(
            source.format,
            source.name,
            sha256=source.sha256,
            session=self.talk.id,
            parent=self.talk.parent,
            agent=source.agent,
            cwd=self.talk.cwd or self.folder,
        )
        inferred = ("request boundaries", *sorted(self.inferred))
        grade = Fidelity("partial", inferred=inferred, missing=(*_MISSING, *sorted(self.lost)))
        return self.session.transcript(made, grade)


def _thoughts(bubble: Row) -> Iterator[Reasoning]:
    """The thoughts of a message: under ``thinking``, or several of them in a list."""
    one = bubble.get("thinking")
    told = [{"text": one}] if isinstance(one, str) else [one] if one else bubble.get("allThinkingBlocks")
    for block in objects(told):
        words = text(block.get("text")) or text(block.get("thinking")) or ""
        signature = text(block.get("signature"))
        if words or signature:
            yield Reasoning(words, signature=signature)


def _model(bubble: Row) -> str | None:
    return _named(mapping(bubble.get("modelInfo")).get("modelName") or bubble.get("modelType"))


def _named(model: JSON) -> str | None:
    """The name of a model; which one Cursor chose itself is not told."""
    name = text(model)
    return None if name == _AUTO else name


def _usage(bubble: Row) -> Usage | None:
    counted = mapping(bubble.get("tokenCount"))
    usage = Usage(input=number(counted.get("inputTokens")), output=number(counted.get("outputTokens")))
    return None if usage == Usage() else usage


def _plain(rich: JSON) -> str | None:
    """The text of a rich one (Lexical's JSON), a line for each paragraph."""
    root = mapping(unpacked(rich)).get("root")
    made: list[str] = []
    waiting: list[tuple[JSON, int]] = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        known = mapping(node)
        if depth == 2 and made:
            made.append("\n")
        if found := text(known.get("text")):
            made.append(found)
        elif known.get("type") == "linebreak":
            made.append("\n")
        below = known.get("children")
        waiting += [(one, depth + 1) for one in reversed(below if isinstance(below, list) else [])]
    return "".join(made).strip() or None
