"""The keys of a ``replay.yaml`` as types: what is read, what is refused and what the schema says are one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Count = Annotated[int, Meta(ge=1)]
Selectors = str | Annotated[list[str], Meta(min_length=1)]


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """Text in a file of its own; the name is relative to the experiment's file."""

    file: str


class MemoryText(Struct, frozen=True, forbid_unknown_fields=True):
    """The new content, from ``file`` or ``text``; ``path`` (its end is enough) says of which memory file."""

    file: str | None = None
    text: str | None = None
    path: str | None = None


class Substitution(Struct, frozen=True, forbid_unknown_fields=True):
    """Replace the literal text ``find``, which must be there exactly ``times`` times."""

    find: str
    with_: str | File = field(name="with")
    in_: Literal["system", "memory", "first_user", "anywhere"] = field(name="in", default="anywhere")
    times: Count = 1


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """One prompt edit: exactly one of the keys."""

    append: Annotated[str | File | None, Meta(description="Add at the end of the system prompt.")] = None
    prepend: Annotated[str | File | None, Meta(description="Put before the system prompt.")] = None
    replace: Annotated[str | File | None, Meta(description="Use as the whole system prompt.")] = None
    substitute: Annotated[Substitution | None, Meta(description="Replace literal text.")] = None
    memory: Annotated[
        str | MemoryText | None, Meta(description="Use as the whole content of the CLAUDE.md or AGENTS.md block.")
    ] = None


class ArmEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A model, the prompt edits and the parameters."""

    model: Annotated[
        str, Meta(description="anthropic/NAME, openai/NAME, openai-responses/NAME, scripted/FILE or recorded.")
    ]
    edits: list[Annotated[Edit, Meta(extra_json_schema={"minProperties": 1, "maxProperties": 1})]] = []
    params: Annotated[dict[str, Any], Meta(description="Parameters of the API, put over those of the transcript.")] = {}
    reasoning: Annotated[
        Literal["keep", "drop", "last", "as_text"],
        Meta(description="What to do with recorded thinking that the model would refuse."),
    ] = "keep"
    base_url: Annotated[str | None, Meta(description="Another server that speaks the provider's API.")] = None
    replicate: Annotated[
        int,
        Meta(
            ge=0,
            description="Draws the same request again: an arm like the baseline with another number here is an A/A "
            "arm, which shows what chance alone does.",
        ),
    ] = 0
    choices: Annotated[
        Annotated[int, Meta(ge=1, le=128)] | None,
        Meta(
            description="How many draws one Chat Completions request may ask for (`n`), so that its prompt is billed "
            "once: by default 8 at OpenAI's own API and 1 elsewhere, as many servers do not know `n`.",
        ),
    ] = None


class ExperimentFile(Struct, frozen=True, forbid_unknown_fields=True):
    """An experiment: which cases, under which arms, how many draws, judged by which rules."""

    version: Annotated[Literal[1], Meta(description="The version of this format.")]
    rules: Annotated[Selectors, Meta(description="Rule ids or globs; each is one habit, the first is the primary one.")]
    arms: Annotated[dict[str, ArmEntry], Meta(min_length=1, description="The arms by name.")]
    name: Annotated[str | None, Meta(description="Also that of its run; by default the name of the folder.")] = None
    cases: Annotated[Selectors, Meta(description="Folders with cases, relative to this file.")] = "."
    baseline: Annotated[str | None, Meta(description="The arm the others are compared with; the first by default.")] = (
        None
    )
    draws: Annotated[Count, Meta(description="Completions of each case under each arm.")] = 5
    packs: Annotated[str | list[str], Meta(description="Folders with further rules, relative to this file.")] = []
    concurrency: Annotated[Count, Meta(description="Requests under way at once.")] = 8
    timeout: Annotated[float, Meta(gt=0, description="Seconds to wait for one answer.")] = 600.0
    guard: Annotated[
        str | list[str],
        Meta(description="Further rule ids or globs: habits that must not get worse by more than `guard_margin`."),
    ] = []
    guard_margin: Annotated[
        float, Meta(gt=0, lt=1, description="How much more of a guarded habit is tolerated, as a fraction.")
    ] = 0.05
    stop: Annotated[
        Literal["never", "auto"],
        Meta(description="`auto` works through the sources in a fixed shuffled order and stops when it is decided."),
    ] = "never"
    looks: Annotated[Literal[5, 10], Meta(description="How often `stop: auto` looks at most; 10 saves more.")] = 5
    seed: Annotated[int, Meta(ge=0, description="Shuffles the order of the sources for `stop: auto`.")] = 0
    screen: Annotated[
        int,
        Meta(
            ge=0,
            description="Extra draws of the baseline that choose the cases: those that never show the habit are not "
            "sampled. These draws enter no comparison.",
        ),
    ] = 0
    profile: Annotated[
        Literal["default", "strict"],
        Meta(description="Which rules a glob means: `strict` adds those that many teams break on purpose."),
    ] = "default"
    lookahead: Annotated[
        int,
        Meta(
            ge=0,
            le=20,
            description="How many further turns a draw may take that only reads: its calls are answered from the files "
            "as the transcript shows them, never run.",
        ),
    ] = 0
    versions: Annotated[
        dict[str, str],
        Meta(
            description='What is installed in all cases, such as `numpy: "2.1"`: rules about other versions do not '
            "count. By default what lock files and manifests in the transcript tell."
        ),
    ] = {}
    max_usd: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="What all of the run may cost, in US dollars; sampling stops before it costs more."),
    ] = None
    max_requests: Annotated[
        Count | None, Meta(description="How many requests all of the run may send, retries counted.")
    ] = None
    prices: Annotated[
        str | None, Meta(description="A file with prices of your own, relative to this file; see cost.md.")
    ] = None
    prompt_cache: Annotated[
        Literal["auto", "never"],
        Meta(
            description="`auto` marks requests for the provider's prompt cache where something is sent again, and "
            "sends the first of them alone; `never` sends captured cache marks and no others."
        ),
    ] = "auto"
