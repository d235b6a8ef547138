"""What a model reads and writes, and a session of it as a log tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from replay.records.base import JSON, Record

Api = Literal["anthropic", "openai-chat", "openai-responses"]
Grade = Literal["exact", "full", "partial", "text"]


# --- what a model reads and writes -------------------------------------------------------------------------


class Text(Record, frozen=True, tag_field="kind", tag="text"):
    """Plain text."""

    text: str


class Reasoning(Record, frozen=True, tag_field="kind", tag="reasoning"):
    """The model's thinking. ``signature`` and ``encrypted`` are valid for one provider and model family only.

    ``encrypted`` holds Anthropic ``redacted_thinking.data`` or OpenAI ``encrypted_content``;
    a hidden thought has empty ``text`` and a signature. ``id`` is the item id of the Responses API.
    """

    text: str = ""
    signature: str | None = None
    encrypted: str | None = None
    id: str | None = None


class ToolCall(Record, frozen=True, tag_field="kind", tag="tool_call"):
    """A call the model made. ``arguments`` is the JSON object, or the raw text where it is free text or does not parse.

    ``raw`` is the exact argument string of APIs that carry a string (Chat Completions, Responses), kept only
    where compact JSON of ``arguments`` would not give it back.
    """

    id: str
    name: str
    arguments: dict[str, JSON] | str
    raw: str | None = None


class Image(Record, frozen=True, tag_field="kind", tag="image"):
    """An image: base64 ``data`` with its ``media_type``, or a ``url``."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None


class Opaque(Record, frozen=True, tag_field="kind", tag="opaque"):
    """A block we do not model, exactly as ``api`` wrote it, so that nothing is lost."""

    api: str
    body: dict[str, JSON]


class ToolResult(Record, frozen=True, tag_field="kind", tag="tool_result"):
    """What came back for the call with id ``call``.

    ``form`` tells whether the wire had a bare string or a list of blocks. ``detail`` is the client's own
    structured record of the result (Claude Code ``toolUseResult`` …); the model did not see it.
    """

    call: str
    parts: tuple[Text | Image | Opaque, ...] = ()
    is_error: bool | None = None
    form: Literal["string", "blocks"] = "string"
    detail: JSON = None


Part = Text | Reasoning | ToolCall | ToolResult | Image | Opaque


class Usage(Record, frozen=True):
    """Tokens of one response: ``input`` counts only tokens neither read from nor written to a cache."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class Message(Record, frozen=True):
    """One message as the model saw or wrote it.

    ``origin`` says who made the text: ``typed`` by a person, ``client`` (reminders, CLAUDE.md, machinery), ``tool``
    results, ``model``, or None where the source does not tell. ``lines`` are the source lines (1-based, first and last)
    it was read from. ``wire`` is the message in its API's own JSON (cache marks removed), kept only where rendering
    the parts would not give it back. ``proof`` is the outcome of a hash recorded by the source.
    """

    role: Literal["system", "developer", "user", "assistant", "tool"]
    parts: tuple[Part, ...] = ()
    id: str | None = None
    model: str | None = None
    time: str | None = None
    stop: str | None = None
    usage: Usage | None = None
    origin: Literal["typed", "client", "tool", "model"] | None = None
    form: Literal["string", "blocks"] = "blocks"
    lines: tuple[int, int] | None = None
    wire: dict[str, JSON] | None = None
    proof: Literal["verified", "mismatch"] | None = None


class Tool(Record, frozen=True):
    """A tool definition. ``wire`` is the API's own JSON, kept only where the other fields do not give it back."""

    name: str
    description: str | None = None
    schema: dict[str, JSON] = {}
    wire: dict[str, JSON] | None = None


class Setup(Record, frozen=True):
    """What surrounds the messages of a request: system prompt, tools, model, parameters.

    ``api`` is the API the source spoke, None where unknown. ``params`` is the captured body without model, system,
    tools and messages. ``system`` is None where the source does not hold it, ``()`` where there was none;
    likewise ``tools``.
    """

    api: Api | None = None
    model: str | None = None
    system: tuple[Part, ...] | None = None
    system_form: Literal["string", "blocks"] = "string"
    tools: tuple[Tool, ...] | None = None
    params: dict[str, JSON] = {}


if TYPE_CHECKING:
    Messages: TypeAlias = Sequence[Message]
else:
    Messages = tuple[Message, ...]  # what a decoded transcript holds; one that is read may lie in a file (see `spill`)


# --- transcripts -------------------------------------------------------------------------------------------


class Fidelity(Record, frozen=True):
    """How much of the original request is known, and how each thing came to be known.

    Grades: ``exact`` captured or hash-proved; ``full`` prompt and tools recovered; ``partial``; ``text``.
    The four lists hold short phrases ("system prompt", "tool schemas", "attachment text", …).
    """

    grade: Grade
    recovered: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    proof: str | None = None


class CacheMark(Record, frozen=True):
    """A prompt-cache breakpoint of a captured body: its place (``("messages", 4, "content", 0)``) and its value."""

    path: tuple[str | int, ...]
    control: dict[str, JSON]


class Turn(Record, frozen=True):
    """One assistant message and what the model had been sent before it.

    ``message`` is the index of the completion in ``Transcript.messages``. ``prefix`` lists half-open ranges
    ``(start, stop)`` of the same pool: their concatenation, in order, is the message list of the request.
    A linear session needs one range; compaction, pruning and rewound prompts need others. ``setup`` indexes
    ``Transcript.setups``. ``fidelity`` is given where it differs from the transcript's.
    """

    message: int
    prefix: tuple[tuple[int, int], ...]
    setup: int = 0
    cache: tuple[CacheMark, ...] = ()
    request: str | None = None
    fidelity: Fidelity | None = None


class Source(Record, frozen=True):
    """Where a transcript came from. ``session`` is the agent's own id, ``parent`` the one that started a sub-agent."""

    format: str
    name: str
    sha256: str | None = None
    session: str | None = None
    parent: str | None = None
    agent: str | None = None
    version: str | None = None
    cwd: str | None = None


class Ledger(Record, frozen=True):
    """What an import kept and what it did not, and why: ``dropped`` counts by reason, ``notes`` are sentences."""

    rows: int = 0
    dropped: dict[str, int] = {}
    repaired: int = 0
    redacted: int = 0
    unanswered: int = 0
    notes: tuple[str, ...] = ()


class Aside(Record, frozen=True):
    """Something the client recorded beside the messages that may have changed files; the model was not sent it.

    ``after`` is the index of the last message before it. A ``hook`` is a command the client ran after the call with id
    ``call``: ``text`` is the command, ``output`` what it printed. ``edited`` is a file changed by somebody else:
    ``path``, and as ``text`` the numbered lines that the client noted.
    """

    after: int
    kind: Literal["hook", "edited"]
    text: str = ""
    output: str = ""
    path: str | None = None
    call: str | None = None


class Transcript(Record, frozen=True):
    """A captured agent session: a pool of messages in the order they happened, and the turns as views of it.

    ``messages`` are a tuple, or for a long session a sequence that reads them from a file as they are asked for: walk
    them once, in order, rather than keep them. ``id`` is 16 hex digits of the SHA-256 of setups, messages and turns
    (see ``prefix.identify``). ``asides`` are in order of ``after``.
    """

    id: str
    source: Source
    setups: tuple[Setup, ...]
    messages: Messages
    turns: tuple[Turn, ...]
    fidelity: Fidelity
    ledger: Ledger = Ledger()
    asides: tuple[Aside, ...] = ()


class Prefix(Record, frozen=True):
    """Everything sent to the model before a turn: what an arm edits and a sampler renders."""

    setup: Setup
    messages: tuple[Message, ...]
    cache: tuple[CacheMark, ...] = ()
