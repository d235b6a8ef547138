"""The question: cases, arms with their prompt edits, and what is fixed before and known during a run."""

from __future__ import annotations

from typing import Literal

from replay.records.base import JSON, Record
from replay.records.finding import Finding
from replay.records.transcript import Fidelity


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
    A draw that only reads goes on for up to ``lookahead`` further turns, answered from the workspace. ``file`` is where
    the experiment was read from, empty where it was not: a run is that of one such file.
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
    file: str = ""


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
