"""The outcome of one trial under one rule selector: what it counts as, and why."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from replay import languages
from replay.records import Change, Checked, Halt, Outcome, Rule, Score, Trial


def score(trial: Trial, changes: Sequence[Change], checked: Checked, selector: str, rules: Sequence[Rule]) -> Score:
    """The score of ``trial`` under ``selector`` (a rule id or a glob over ids) of the loaded ``rules``.

    The first that applies: the trial ended in an error → ``error``; the model or the provider's filter refused →
    ``refused``; the answer was cut off → ``truncated``; a finding of the selector's rules → ``violation``; nothing
    written in a language these rules cover → ``no_code``, or ``unknown_file`` where a draw that looks ahead asked for
    what is not known; a covered file whose content is not known →
    ``unknown_file``; an edit of one that the real tool would refuse → ``failed_edit``; a rule of the selector could
    not be judged → ``unparsed``; else ``clean``. Only ``clean`` and ``violation`` enter a rate.
    """
    matching = [rule for rule in rules if fnmatchcase(rule.id, selector)]
    findings = tuple(finding for finding in checked.findings if fnmatchcase(finding.rule, selector))
    outcome, why = _outcome(trial, changes, checked, selector, matching, found=len(findings))
    return Score(
        case=trial.case,
        arm=trial.arm,
        draw=trial.draw,
        rule=selector,
        outcome=outcome,
        findings=findings if outcome == "violation" else (),
        partial=checked.partial,
        why=why,
    )


def _outcome(
    trial: Trial, changes: Sequence[Change], checked: Checked, selector: str, rules: Sequence[Rule], *, found: int
) -> tuple[Outcome, str | None]:
    if trial.error is not None:
        return "error", trial.error.kind
    if trial.completion is None:
        return "error", "the trial holds neither a completion nor an error"
    match trial.completion.stop:
        case "refusal":
            return "refused", "the model refused"
        case "content_filter":
            return "refused", "the provider's filter stopped the answer"
        case "length":
            return "truncated", "the answer hit its length limit"
    if found:
        return "violation", None
    covered = {language for rule in rules for language in rule.languages}
    relevant = [change for change in changes if _language(change) in covered and not _is_deletion(change)]
    if not relevant:
        return _unwritten(trial.halt, changes, covered)
    for status in ("unknown_file", "failed_edit"):
        for change in relevant:
            if change.status == status:
                return change.status, change.why or f"{change.path}: {status.replace('_', ' ')}"
    if unparsed := sorted(name for name in checked.unparsed if fnmatchcase(name, selector)):
        return "unparsed", f"could not be judged by {', '.join(unparsed)}"
    return "clean", None


def _unwritten(halt: Halt | None, changes: Sequence[Change], covered: set[str]) -> tuple[Outcome, str]:
    if halt is not None and halt.kind == "unknown":
        return "unknown_file", f"the model asked for what is not known: {halt.why}"
    nothing = _nothing(changes, covered)
    return "no_code", nothing if halt is None else f"{halt.why}; {nothing}"


def _language(change: Change) -> str | None:
    return change.language or languages.of_path(change.path, change.after)


def _is_deletion(change: Change) -> bool:
    return change.status == "applied" and change.after is None


def _nothing(changes: Sequence[Change], covered: set[str]) -> str:
    wanted = ", ".join(sorted(covered)) or "any language of the rule"
    if not changes:
        return "no file written"
    others = sorted({_language(change) or "other files" for change in changes if not _is_deletion(change)})
    return f"nothing written in {wanted}, only {', '.join(others)}" if others else "files only deleted"
