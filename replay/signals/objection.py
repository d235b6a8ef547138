"""A person pushes back against what the agent just did: "no, don't", "revert that", "I told you …".

English only. Precision goes before recall: a plain new wish ("now do X") is no objection, nor is a report of a fault
that does not say that it is the agent's ("the build fails").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.records import Signal
from replay.signals.story import Asked, Story

NAME = "objection"
_HEAD = 400

_OPENING = re.compile(
    r"(?:no|nope|nah|stop|wrong)(?:[.,!:;\u2013\u2014-]|\s+(?:no|not|don'?t|do not|you|that|this|it|the|i|we)\b|\s*$)"
    r"|(?:hey|ok|okay|wait|hmm+|um+|actually|but|please|hold on)?[,.!\s]*(?:"
    r"(?:please )?(?:undo|revert|roll ?back|put (?:it|that|them) back)\b"
    r"|(?:please )?(?:don'?t|do not|stop|quit) (?:do|use|us|add|chang|touch|edit|mak|creat|remov|delet"
    r"|writ|run|mock|skip|that|this"
    r"|it|guess|assum|ignor|hack)\w*\b"
    r"|why (?:did|do|are|would|have|is it that) you\b"
    r"|(?:that|this|it)(?:'s| is| was)(?: \w+)? (?:wrong|incorrect|not (?:right|correct|true|what))\b"
    r"|you (?:are|were|'re) (?:wrong|not supposed|ignoring|missing the point)\b"
    r"|you (?:broke|ignored|misunderst\w+|should(?:n'?t| not) have|were(?:n'?t| not) (?:asked|supposed)"
    r"|didn'?t (?:listen|read|follow|do"
    r" what)|keep \w+ing)\b"
    r"|i (?:(?:already )?told you|said|asked you|didn'?t ask|did not ask|never asked|don'?t want"
    r"|do not want) ?(?!to thank)"
    r"|(?:that|this)(?:'s| is) not (?:what|how) i\b|not what i (?:asked|wanted|meant|said)\b)",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    r"\b(?:not what i (?:asked|wanted|meant)|i (?:already |specifically |explicitly )?told you (?:not "
    r"|to )|you were not supposed to"
    r"|(?:undo|revert|roll ?back) (?:that|this|your|those|these|the last) ?(?:change|commit|edit|fix)?s?\b"
    r"|you (?:just )?(?:broke|ignored my|ignored what)|why (?:did|would) you (?:change|delete|remove|add"
    r"|edit|do that))",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"no (?:problem|worries|need|thanks|thank you|rush|issue|hurry|objections?|preference)\b", re.IGNORECASE
)
_QUESTION = re.compile(r"(?:should|could|can|may|do|did|would) (?:i|we)\b", re.IGNORECASE)


def find(story: Story) -> Iterator[Signal]:
    """One signal a message of a person that objects; it speaks of the turn before."""
    for event in story.events(Asked):
        if not isinstance(event, Asked) or event.turn is None:
            continue
        text = event.text.strip()
        found = None if _FINE.match(text) else _OPENING.match(text[:_HEAD]) or _ANYWHERE.search(text[:_HEAD])
        if found is not None and not _QUESTION.match(text):
            yield Signal(
                NAME, event.turn, event.message, _sentence(text, found.start()), "a person objects to this turn"
            )


def _sentence(text: str, start: int) -> str:
    """The line with the objection, cut to 300 characters."""
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    return text[begin : end if end >= 0 else len(text)].strip()[:300]
