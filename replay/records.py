"""Every record that reaches disk: type, schema and codec at once.

Records are frozen ``msgspec`` structs. Decoding refuses unknown fields and names the path of a bad one
(``$.messages[3].role``). Tuples hold ordered lists; ``dict`` holds JSON objects that are carried, not modelled.
Times are ISO 8601 strings as the source wrote them. Token counts are integers as the provider reported them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar, get_args

import msgspec

from replay import display

JSON = Any
Dollars = Annotated[float, msgspec.Meta(ge=0)]
Api = Literal["anthropic", "openai-chat", "openai-responses"]
Grade = Literal["exact", "full", "partial", "text"]
Outcome = Literal[
    "clean", "violation", "no_code", "unparsed", "truncated", "refused", "unknown_file", "failed_edit", "error"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
JUDGED: frozenset[Outcome] = frozenset({"clean", "violation"})


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records: immutable, strict on input, silent about defaults on output."""

    def _repr_html_(self) -> str:
        """The record in a notebook."""
        return display.record(self)


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


# --- rules and code ----------------------------------------------------------------------------------------


class Rule(Record, frozen=True):
    """One anti-pattern. ``id`` is ``pack/name``; ``detector`` the text of its detector file.

    A rule with a ``package`` is about those ``versions`` of it only (see ``replay.versions``). ``severity`` and
    ``profile`` are those of docs/rules.md: they sort findings and choose rules, and change no finding. ``also`` are
    names that other linters have for the same habit.
    """

    id: str
    engine: Literal["treesitter", "semgrep", "predicate"]
    languages: tuple[str, ...]
    message: str
    category: str
    detector: str
    tags: tuple[str, ...] = ()
    doc: str = ""
    hash: str = ""
    package: str = ""
    versions: str = ""
    severity: Literal["error", "warning", "note"] = "warning"
    profile: Literal["default", "strict"] = "default"
    also: tuple[str, ...] = ()


class Change(Record, frozen=True):
    """What a completion would write to one file.

    ``status`` ``applied``: ``before`` and ``after`` are known texts (``before`` None: the file did not exist).
    ``unknown_file``: the content is not known well enough to say. ``failed_edit``: the real tool would refuse it.
    ``basis`` tells what the two texts are: the ``full`` file, the known ``part`` of it around the edit
    (``first_line`` is its 1-based line in the file), or a ``fragment`` without a file (a code block in prose).
    ``call`` is the index of the part in the completion that made the change.
    """

    path: str
    status: Literal["applied", "unknown_file", "failed_edit"]
    dialect: str
    language: str | None = None
    before: str | None = None
    after: str | None = None
    basis: Literal["full", "part", "fragment"] = "full"
    first_line: int = 1
    call: int = 0
    why: str | None = None


class Finding(Record, frozen=True):
    """A match of a rule that a change introduced. Lines are 1-based, in the file after the change."""

    rule: str
    path: str
    line: int
    end_line: int
    text: str
    scope: str = ""


class Signal(Record, frozen=True):
    """Something in the session itself, beside its code, that says a turn went wrong.

    ``kind`` is a name of ``replay.signals.SIGNALS``. ``turn`` is the turn it speaks of, ``message`` the index of the
    message in which it shows and ``quote`` the words there. ``told`` is the instruction that was broken and ``where``
    it stands, for signals about one. ``why`` is a sentence.
    """

    kind: str
    turn: int
    message: int
    quote: str
    why: str
    told: str = ""
    where: str = ""


# --- experiments -------------------------------------------------------------------------------------------


class Case(Record, frozen=True):
    """A prefix and the rules at stake: the transcript cut just before the critical turn ``turn``.

    ``id`` is ``slug@turn``; ``source`` names the cluster (the session the transcript belongs to). ``primed`` counts
    findings of its rules that the prefix shows already, ``stands_for`` the mined turns that are like it, with itself.
    """

    id: str
    transcript: str
    turn: int
    rules: tuple[str, ...]
    source: str
    fidelity: Fidelity
    findings: tuple[Finding, ...] = ()
    note: str = ""
    primed: int = 0
    stands_for: int = 1


class Append(Record, frozen=True, tag_field="edit", tag="append"):
    """Add ``text`` at the end of the system prompt, after a blank line."""

    text: str


class Prepend(Record, frozen=True, tag_field="edit", tag="prepend"):
    """Put ``text`` before the system prompt, followed by a blank line."""

    text: str


class Replace(Record, frozen=True, tag_field="edit", tag="replace"):
    """Use ``text`` as the whole system prompt."""

    text: str


class Substitute(Record, frozen=True, tag_field="edit", tag="substitute"):
    """Replace literal ``find`` by ``text`` in ``where``; it must occur exactly ``times`` times there."""

    find: str
    text: str
    where: Literal["system", "memory", "first_user", "anywhere"] = "anywhere"
    times: int = 1


class Memory(Record, frozen=True, tag_field="edit", tag="memory"):
    """Use ``text`` as the whole content of the CLAUDE.md / AGENTS.md block in the prefix.

    ``path`` (its end is enough) says which, where the prefix has several.
    """

    text: str
    path: str | None = None


PromptEdit = Append | Prepend | Replace | Substitute | Memory


class Arm(Record, frozen=True):
    """Model + prompt edits + parameters.

    ``model`` is ``provider/NAME`` (``anthropic/…``, ``openai/…``, ``openai-responses/…``, ``scripted/FILE``,
    ``recorded``).
    ``replicate`` sets apart two arms that send the same bytes (an A/A arm); it is part of the cache key. ``choices`` is
    how many draws one Chat Completions request may ask for; None is up to 8 at OpenAI's own API, and one elsewhere.
    """

    name: str
    model: str
    edits: tuple[PromptEdit, ...] = ()
    params: dict[str, JSON] = {}
    reasoning: Literal["keep", "drop", "last", "as_text"] = "keep"
    base_url: str | None = None
    replicate: int = 0
    choices: int | None = None


class Experiment(Record, frozen=True):
    """A question: which cases, under which arms, how many draws, judged by which rules.

    ``cases`` and ``packs`` are folders (relative ones are relative to the experiment's file). ``rules`` are rule
    selectors, ids or globs over ids, the first one primary. Each selector is one habit: ``*/swallowed-*``
    pools the languages. ``guard`` are selectors of other habits that must not get worse by more than ``guard_margin``
    (a fraction). ``stop`` ``auto`` works through the sources in an order shuffled by ``seed`` and stops at one of at
    most ``looks`` looks. ``screen`` draws of the baseline choose the cases that show the habit, and are used for
    nothing else; 0 keeps all cases. ``versions`` says what is installed in all cases, by package.
    ``profile`` says which rules a glob means; a full id means its rule in any. ``max_usd`` and ``max_requests`` are
    what all of the run may cost and send, None without a limit; ``prices`` is the file of the user's own prices.
    ``prompt_cache`` ``auto`` marks requests for the provider's prompt cache, which is no part of their keys.
    A draw that only reads goes on for up to ``lookahead`` further turns, answered from the workspace.
    """

    name: str
    cases: tuple[str, ...]
    arms: tuple[Arm, ...]
    baseline: str
    rules: tuple[str, ...]
    draws: int = 5
    packs: tuple[str, ...] = ()
    concurrency: int = 8
    timeout: float = 600.0
    guard: tuple[str, ...] = ()
    guard_margin: float = 0.05
    stop: Literal["never", "auto"] = "never"
    looks: int = 5
    seed: int = 0
    screen: int = 0
    versions: dict[str, str] = {}
    profile: Literal["default", "strict"] = "default"
    max_usd: float | None = None
    max_requests: int | None = None
    prices: str | None = None
    prompt_cache: Literal["auto", "never"] = "auto"
    lookahead: int = 0


class Schedule(Record, frozen=True):
    """When a run that may stop early is looked at, fixed before its first draw.

    ``order`` are the sources in the order they are worked through, ``looks`` the number of sources done at each look,
    ``cases`` the transcript of each case. ``draws``, ``rule`` (the primary selector), ``baseline`` and ``arms`` are the
    experiment's: other ones would be another test.
    """

    order: tuple[str, ...]
    looks: tuple[int, ...]
    cases: dict[str, str]
    draws: int
    rule: str
    baseline: str
    arms: tuple[Arm, ...]


class Looked(Record, frozen=True):
    """How far a run that may stop early has come.

    ``sampled`` is by arm the number of sources sampled to the end. ``given_up`` are the keys of draws that ended in
    errors before a look: they stay out, so that a look means the same ever after. ``taken`` is the number of looks ever
    taken; ``seen`` is True where a result of this run existed before the looks were planned.
    """

    sampled: dict[str, int] = {}
    given_up: tuple[str, ...] = ()
    taken: int = 0
    seen: bool = False


class Screened(Record, frozen=True):
    """The cases ``dropped`` because the habit never showed in ``draws`` draws of the baseline set aside for this."""

    draws: int
    dropped: tuple[str, ...]


class Basis(Record, frozen=True):
    """What the scores of a run rest on: two runs may be compared where all of it agrees.

    ``cases`` are hashes of transcript, turn, rules and source by case, ``rules`` those of the detectors by rule,
    ``engines`` the versions of engines and grammars, ``versions`` what the experiment says is installed.
    """

    cases: dict[str, str] = {}
    rules: dict[str, str] = {}
    engines: dict[str, str] = {}
    versions: dict[str, str] = {}


class Completion(Record, frozen=True):
    """What a model answered: ``parts``, the provider's stop reason and the whole response as received."""

    parts: tuple[Part, ...]
    stop: Literal["end", "tool_calls", "length", "refusal", "content_filter", "other"]
    model: str | None = None
    usage: Usage = Usage()
    response: JSON = None


class TrialError(Record, frozen=True):
    """The error that came instead of a completion. ``kind`` is a short stable word (``rate_limit``, ``timeout``, …)."""

    kind: str
    message: str
    status: int | None = None


class Halt(Record, frozen=True):
    """Why a draw that may look ahead went no further though its last turn called tools.

    ``unknown``: it asked for what the workspace does not know; ``command``: for more than reading; ``limit``: it was
    still reading when its turns were used up.
    """

    kind: Literal["unknown", "command", "limit"]
    why: str


class Exchange(Record, frozen=True):
    """A turn of a draw that only read, and the messages that answered it. ``key`` is that of its own request."""

    completion: Completion
    answers: tuple[Message, ...]
    key: str = ""
    cached: bool = False


class Trial(Record, frozen=True):
    """One completion of a case under an arm, or the error that came instead.

    ``key`` is the hash of the request (see ``sample.request_key``). ``notes`` say what had to be converted or left out
    to send the prefix. ``cached`` is True where an earlier draw with the same key was used. ``seconds`` is wall time.
    Of a draw that looks ahead, ``completion`` is the last turn, ``earlier`` are those before it, and ``halt`` says why
    there are no more.
    ``batch`` is True where a batch endpoint answered, at its price.
    """

    case: str
    arm: str
    draw: int
    key: str
    completion: Completion | None = None
    error: TrialError | None = None
    notes: tuple[str, ...] = ()
    cached: bool = False
    on_policy: bool | None = None
    started: str | None = None
    seconds: float | None = None
    earlier: tuple[Exchange, ...] = ()
    halt: Halt | None = None
    batch: bool = False

    @property
    def turns(self) -> tuple[Completion, ...]:
        """The completions of all turns, in order; none where an error came instead."""
        return () if self.completion is None else (*(one.completion for one in self.earlier), self.completion)

    @property
    def usage(self) -> Usage | None:
        """The tokens of all turns; None where an error came instead."""
        if not self.turns:
            return None
        return Usage(*(sum(getattr(turn.usage, name) for turn in self.turns) for name in Usage.__struct_fields__))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the model wrote, all turns in order."""
        return tuple(part for turn in self.turns for part in turn.parts)

    def _repr_html_(self) -> str:
        """What was answered, or the error."""
        return display.record(self, title=f"{self.case}, {self.arm}, draw {self.draw}")


class Request(Record, frozen=True):
    """What a sampler turns into a body: draw number ``draw`` of ``case`` under ``arm``.

    ``prefix`` has the arm's edits applied. ``recorded`` is the completion the transcript holds at the critical turn.
    ``earlier`` are the draw's own turns behind the prefix, where it looks ahead.
    """

    case: Case
    arm: Arm
    draw: int
    prefix: Prefix
    recorded: Message
    earlier: tuple[Exchange, ...] = ()


class Checked(Record, frozen=True):
    """What the rules say of one completion's changes.

    ``covered`` names the rules whose language occurs among the applied changes. ``unparsed`` names those that could not
    be judged on some change (syntax errors where it matters, a time or match limit). ``partial`` is True where a text
    had syntax errors elsewhere.
    """

    findings: tuple[Finding, ...] = ()
    covered: tuple[str, ...] = ()
    unparsed: tuple[str, ...] = ()
    partial: bool = False


class Score(Record, frozen=True):
    """The verdict on one trial for one rule selector (a rule id, or a glob such as ``*/swallowed-*``)."""

    case: str
    arm: str
    draw: int
    rule: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    partial: bool = False
    why: str | None = None


class Label(Record, frozen=True):
    """What a person says of one finding: ``right``, ``wrong``, or None where they took it back.

    ``key`` are the first 16 characters of the trial's key, so that a label stays with its completion. ``when`` is an
    ISO 8601 time in UTC, ``who`` a name or nothing.
    """

    case: str
    arm: str
    draw: int
    key: str
    rule: str
    path: str
    line: int
    end_line: int
    label: Literal["right", "wrong"] | None
    who: str = ""
    when: str = ""


class Rate(Record, frozen=True):
    """A rate with its 95 % interval; None where undefined. ``n_eff`` is the effective sample size of the interval."""

    rate: float | None = None
    low: float | None = None
    high: float | None = None
    n_eff: float | None = None
    cases: int = 0
    clusters: int = 0


class RuleResult(Record, frozen=True):
    """One arm under one rule selector: every outcome counted, and the rate.

    ``worst_low`` and ``worst_high`` are the rate if all that was left out were clean, or violations.
    """

    outcomes: dict[str, int]
    rate: Rate
    worst_low: float | None = None
    worst_high: float | None = None


class ArmResult(Record, frozen=True):
    """One arm: trials and, per rule selector, the counts and rate."""

    name: str
    model: str
    trials: int
    rules: dict[str, RuleResult]
    usage: dict[str, JSON] = {}
    notes: dict[str, int] = {}


class Comparison(Record, frozen=True):
    """An arm against the baseline for one rule selector, paired by case and clustered by source.

    ``difference`` is the mean paired difference of rates (negative: fewer violations); ``low`` and ``high`` the 95 %
    interval; ``p`` the two-sided sign-flip p-value. None where undefined. ``verdict`` is a code, ``sentence``
    its words. ``detail`` holds the further quantities by name.
    """

    baseline: str
    arm: str
    rule: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    cases: int
    clusters: int
    verdict: str
    sentence: str
    detail: dict[str, JSON] = {}

    def _repr_html_(self) -> str:
        """The difference with its interval, then every quantity by name."""
        picture = display.interval(self.difference, self.low, self.high)
        return display.record(self, title=f"{self.arm} against {self.baseline}: {self.rule}", above=picture)


class Guarded(Record, frozen=True):
    """What must not get worse under an arm: another habit (``what`` is its selector), ``refused`` or ``no_code``.

    ``difference`` is arm − baseline of the share (of judged completions for a habit, of all completed ones else) with
    its interval at confidence ``level``. ``status`` is ``held`` (an increase by ``margin`` is excluded), ``worse`` (an
    increase is shown, one by the margin not excluded) or ``not_shown``. ``sentence`` puts it in words.
    """

    baseline: str
    arm: str
    what: str
    baseline_rate: float | None
    arm_rate: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    margin: float
    cases: int
    clusters: int
    status: Literal["held", "not_shown", "worse"]
    sentence: str


class Rates(Record, frozen=True):
    """US dollars for a million tokens. A cache rate that is None is that of ``input``."""

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = None


class LongRates(Rates, frozen=True, kw_only=True):
    """The rates of all tokens of a request whose prompt has more than ``above`` tokens."""

    above: Annotated[int, msgspec.Meta(ge=1)]


class Listed(Rates, frozen=True):
    """A model as a price list has it. ``batch`` is the share that the batch endpoint asks, None where it has none."""

    batch: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    long: LongRates | None = None


class Price(Record, frozen=True):
    """What ``model`` costs: the ``listed`` rates found under ``entry``, as of the day ``as_of``, from ``source``."""

    model: str
    entry: str
    listed: Listed
    as_of: str
    source: str


class Result(Record, frozen=True):
    """What a run came to: everything a report shows. ``rules`` are the selectors, the first one primary.

    ``usage`` is by arm (see ``experiment.spending``), ``prices`` the price of each arm that has one.
    ``guards`` say of each arm what else must not get worse; ``guarded`` are the selectors among them that were asked
    for. ``stopping`` are sentences on how a run that may stop early went, and what is guaranteed. ``first_case`` is
    the first one that was sampled, or the first of all where none was.
    """

    name: str
    run: str
    rules: tuple[str, ...]
    arms: dict[str, ArmResult]
    comparisons: tuple[Comparison, ...]
    cases: int
    clusters: int
    fidelity: dict[str, JSON] = {}
    usage: dict[str, JSON] = {}
    edits: dict[str, str] = {}
    left_out: tuple[str, ...] = ()
    partial: bool = False
    guards: tuple[Guarded, ...] = ()
    guarded: tuple[str, ...] = ()
    stopping: tuple[str, ...] = ()
    prices: dict[str, Price] = {}
    first_case: str = ""


# --- codec -------------------------------------------------------------------------------------------------

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=tuple)
_IN_ORDER = msgspec.json.Encoder(enc_hook=tuple)


def encode(record: Record | Sequence[Record] | dict[str, JSON]) -> bytes:
    """JSON bytes of a record: UTF-8, no spaces, keys in a fixed order, defaults left out, NaN as null."""
    return _ENCODER.encode(record)


def encode_in_order(record: Record) -> bytes:
    """As ``encode``, with the keys of JSON objects in the order they have.

    A model reads the keys of a schema or of its own earlier arguments in the order in which they were sent.
    """
    return _IN_ORDER.encode(record)


def decode(data: bytes | str, kind: type[T]) -> T:
    """The record in ``data``. Raises ``msgspec.ValidationError`` (with the path) or ``msgspec.DecodeError``."""
    return msgspec.json.decode(data, type=kind)
