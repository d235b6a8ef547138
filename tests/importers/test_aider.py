"""Importing aider: the log of requests, and the chat kept for people."""

import re
from collections import Counter

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, aider
from replay.records import Text

# A dot stands for a space at the end of a line.
REQUESTS = """TO LLM 2025-01-31T11:21:36
-------
SYSTEM Act as an expert.
SYSTEM·
SYSTEM Be brief.
-------
USER Do you see a.py?
-------
ASSISTANT Ok.
-------
USER Add a flag.
USER -------
USER TO LLM 2025-01-01T00:00:00
LLM RESPONSE 2025-01-31T11:21:41
ASSISTANT a.py
ASSISTANT <<<<<<< SEARCH
ASSISTANT =======
ASSISTANT flag = 1
ASSISTANT >>>>>>> REPLACE

TO LLM 2025-01-31T11:23:00
-------
SYSTEM Act as an expert.
SYSTEM·
SYSTEM Be brief.
-------
USER Do you see a.py?
-------
ASSISTANT Ok.
-------
USER Add a flag.
USER -------
USER TO LLM 2025-01-01T00:00:00
-------
ASSISTANT a.py
ASSISTANT <<<<<<< SEARCH
ASSISTANT =======
ASSISTANT flag = 1
ASSISTANT >>>>>>> REPLACE
-------
USER Thanks.
-------
SYSTEM Remember to be brief.
LLM RESPONSE 2025-01-31T11:23:07
ASSISTANT Welcome.
TO LLM 2025-01-31T11:24:00
-------
USER cut
"""

CHAT = """
# aider chat started at 2025-07-15 11:38:37

> Aider v0.85.1··
> Main model: gpt-4o with diff edit format··
> Weak model: gpt-4o-mini··

#### add a flag··
#### to a.py··

I add it. The mark below is text, as is the quotation.

#### A heading
> a quotation
of two lines

a.py
```python
<<<<<<< SEARCH
=======
flag = 1
>>>>>>> REPLACE
```

> Tokens: 3.2k sent, 21 received.··
> # 1 SEARCH/REPLACE block failed to match!

## SearchReplaceNoExactMatch
<<<<<<< SEARCH
old
>>>>>>> REPLACE
Just reply with fixed versions.··

Fixed.

#### /add b.py··

> Added b.py··

#### /ask why?··

Because.

# aider chat started at 2025-07-15 14:53:34

> Main model: gpt-4o with diff edit format··

#### /exit··

# aider chat started at 2025-07-16 09:00:00

#### hello··

Hi.
"""


def write(path, content):
    path.write_text(content.replace("·", " "), encoding="utf-8")
    return path


def texts(messages):
    return [message.parts[0].text for message in messages]


def test_every_answered_request_is_a_turn_with_the_prompt_it_had(tmp_path):
    """Two requests, each with its own message list; what both show lies in the pool once; lines keep their content."""
    path = write(tmp_path / ".aider.llm.history", REQUESTS)
    assert importers.identify(path) == "aider"
    (told,) = importers.read(path)
    asked = "Add a flag.\n-------\nTO LLM 2025-01-01T00:00:00"
    answer = "a.py\n<<<<<<< SEARCH\n=======\nflag = 1\n>>>>>>> REPLACE"
    first, second = (prefix.prefix(told, turn) for turn in (0, 1))
    assert first.setup.system == (Text("Act as an expert.\n\nBe brief."),)
    assert first.setup.tools == ()
    assert texts(first.messages) == ["Do you see a.py?", "Ok.", asked]
    assert [message.role for message in second.messages] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "system",
    ]
    assert texts(second.messages)[2:] == [asked, answer, "Thanks.", "Remember to be brief."]
    assert texts([prefix.completion(told, 0), prefix.completion(told, 1)]) == [answer, "Welcome."]
    assert len(told.messages) == 7
    assert len(told.setups) == 1
    assert prefix.completion(told, 1).time == "2025-01-31T11:23:07"
    assert told.fidelity.grade == "full"
    assert told.ledger.dropped == {"request without an answer": 1}


def test_a_chat_is_split_into_sessions_and_its_marks_are_told_from_text(tmp_path):
    """Two sessions have answers; a heading, a quotation and a rejection of several lines go where they belong."""
    path = write(tmp_path / ".aider.chat.history.md", CHAT)
    assert importers.identify(path) == "aider"
    first, second = importers.read(path)
    assert [(message.role, message.parts[0].text.split("\n")[0]) for message in first.messages] == [
        ("user", "add a flag"),
        ("assistant", "I add it. The mark below is text, as is the quotation."),
        ("assistant", "Fixed."),
        ("user", "why?"),
        ("assistant", "Because."),
    ]
    assert first.messages[0].parts[0].text == "add a flag\nto a.py"
    said = first.messages[1].parts[0].text
    assert "#### A heading\n> a quotation\nof two lines" in said
    assert said.endswith("flag = 1\n>>>>>>> REPLACE\n```")
    assert first.messages[1].model == "gpt-4o"
    assert first.source.session == "2025-07-15 11:38:37"
    assert first.fidelity.grade == "text"
    assert [turn.prefix for turn in first.turns] == [((0, 1),), ((0, 2),), ((0, 4),)]
    assert first.ledger.dropped == {"console line": 12, "command to aider": 1}
    assert second.source.session == "2025-07-16 09:00:00"
    assert second.ledger.dropped == {"console line": 1, "command to aider": 1}
    assert second.messages[1].model is None


@pytest.mark.parametrize(
    "content",
    [
        "TO LLM 2025-01-31T11:21:36\n-------\nUSER hello\n",
        "# aider chat started at 2025-07-15 11:38:37\n\n> Aider v0.85.1  \n",
    ],
    ids=["a request without an answer", "a chat without an answer"],
)
def test_a_file_without_any_answer_is_refused(tmp_path, content):
    """Nothing to replay or to mine: one sentence, no traceback."""
    with pytest.raises(ImportFault, match="answer"):
        importers.read(write(tmp_path / "h", content))


def test_bytes_that_are_no_text_are_replaced_and_counted(tmp_path):
    """One bad byte in an answer costs one character, and the ledger counts the line."""
    path = tmp_path / "h"
    path.write_bytes(
        b"TO LLM 2025-01-31T11:21:36\n-------\nUSER a\nLLM RESPONSE 2025-01-31T11:21:41\nASSISTANT \xffb\n"
    )
    (told,) = importers.read(path)
    assert told.messages[1].parts == (Text("\ufffdb"),)
    assert told.ledger.repaired == 1


def test_a_document_that_only_speaks_of_aider_is_not_taken(tmp_path):
    """Another heading comes first: the start of a chat further down is quoted."""
    path = write(tmp_path / "notes.md", "# Notes\n\n# aider chat started at 2025-07-15 11:38:37\n")
    assert importers.identify(path) != aider.NAME


@pytest.mark.shared
def test_the_shared_log_gives_every_exchange(shared):
    """Counted by regular expressions over the whole text: 33 answers, and the messages of every prompt."""
    (path,) = (shared / "transcripts/aider_llm_history").iterdir()
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"^(?=(?:TO LLM|LLM RESPONSE) \d{4}-)", text, flags=re.MULTILINE)[1:]
    prompts = [block.count("\n-------\n") for block in blocks if block.startswith("TO LLM")]
    (told,) = importers.read(path)
    assert len(prompts) == len(told.turns) == text.count("\nLLM RESPONSE ") == 33
    assert [len(prefix.prefix(told, turn).messages) + 1 for turn in range(33)] == prompts
    marked = sum(line == "ASSISTANT >>>>>>> REPLACE" for b in blocks if b.startswith("LLM") for line in b.split("\n"))
    answers = [prefix.completion(told, turn).parts[0].text for turn in range(33)]
    assert sum(answer.split("\n").count(">>>>>>> REPLACE") for answer in answers) == marked


@pytest.mark.shared
def test_the_shared_chats_keep_every_prompt_and_lose_no_line(shared):
    """Typed lines are counted by their mark; every line of the file is in a message, counted as dropped, or blank."""
    for path in sorted((shared / "transcripts/aider_chat_history").iterdir()):
        lines = path.read_text(encoding="utf-8").split("\n")
        told = importers.read(path)
        count = sum((Counter(one.ledger.dropped) for one in told), Counter())
        typed = sum(line.startswith("####") and line.endswith("  ") for line in lines)
        kept = sum(len(m.parts[0].text.split("\n")) for one in told for m in one.messages if m.role == "user")
        assert 0 <= typed - kept <= 10 * count["command to aider"]
        console = sum(line.startswith(">") and line.endswith("  ") for line in lines)
        assert console <= count["console line"]
        said = sum(
            sum(bool(line.strip()) for line in m.parts[0].text.split("\n"))
            for one in told
            for m in one.messages
            if m.role == "assistant"
        )
        whole = sum(bool(line.strip()) and not re.match(r"# aider chat started at \d", line) for line in lines)
        blank = count["console line"]
        assert whole - blank - typed <= said <= whole - console - typed


def test_a_chat_whose_line_ends_were_stripped_keeps_its_prompts(tmp_path):
    """Editors take the two spaces away that end aider's own lines; marks in code are still the answer's."""
    path = tmp_path / ".aider.chat.history.md"
    blocks = [
        "# aider chat started at 2025-01-01 10:00:00",
        "> Model: m with diff edit format",
        "#### fix it\n#### please",
        "Sure.\n\n```md\n#### a heading\n> a quote\n```",
        "> Applied edit to a.py",
        "#### /add b.py",
        "#### thanks",
        "Bye.",
    ]
    path.write_text("\n\n".join(blocks))
    (found,) = importers.read(path)
    assert [(message.role, message.parts[0].text) for message in found.messages] == [
        ("user", "fix it\nplease"),
        ("assistant", "Sure.\n\n```md\n#### a heading\n> a quote\n```"),
        ("user", "thanks"),
        ("assistant", "Bye."),
    ]
    assert any(note.startswith("white space at the ends of lines is gone") for note in found.ledger.notes)


OPEN = [
    "# aider chat started at 2025-01-01 10:00:00",
    "> Aider v0.85.1\n> Main model: m with diff edit format",
    "#### fix it",
    "Sure:\n\na.py\n```python\nx = 1",
    "> ^C KeyboardInterrupt",
    "#### go on",
    "Here:\n\n```python\nx = 2\n```",
    "> Tokens: 1k sent, 9 received.",
    "#### thanks",
    "Bye.",
]
SAID = [
    ("user", "fix it"),
    ("assistant", "Sure:\n\na.py\n```python\nx = 1"),
    ("user", "go on"),
    ("assistant", "Here:\n\n```python\nx = 2\n```"),
    ("user", "thanks"),
    ("assistant", "Bye."),
]


def said(path):
    (found,) = importers.read(path)
    return [(message.role, message.parts[0].text) for message in found.messages]


@pytest.mark.parametrize(
    "without",
    [(), ("> ^C KeyboardInterrupt",), ("> ^C KeyboardInterrupt", "> Tokens: 1k sent, 9 received.")],
    ids=["the client says so", "a prompt follows", "nothing is said between"],
)
def test_a_code_block_without_an_end_hides_no_turn(tmp_path, without):
    """An answer broken off in its block, line ends stripped: the prompts after it are prompts."""
    path = write(tmp_path / "h.md", "\n\n".join(block for block in OPEN if block not in without) + "\n")
    assert said(path) == SAID


def test_a_code_block_without_an_end_at_the_end_hides_no_turn(tmp_path):
    """The file is cut inside a block: what follows the fence is of the last answer, the turns before it are whole."""
    path = write(tmp_path / "h.md", "\n\n".join(OPEN[:7]).removesuffix("\n```") + "\n")
    assert said(path) == [*SAID[:3], ("assistant", "Here:\n\n```python\nx = 2")]


def test_what_the_console_goes_on_saying_is_no_answer(tmp_path):
    """A message of several lines has its mark on the first one only; an answer stands behind a blank line."""
    blocks = [*OPEN[:3], "Sure.", "> Can't apply it:\nno such line\n>\n> Sorry", "#### thanks", "Bye."]
    assert said(write(tmp_path / "h.md", "\n\n".join(blocks))) == [
        ("user", "fix it"),
        ("assistant", "Sure."),
        ("user", "thanks"),
        ("assistant", "Bye."),
    ]


@pytest.mark.parametrize("gap", ["\0" * 4096, "\0" * 3 + "\n\0"], ids=["a page", "lines"])
def test_pages_that_were_never_written_are_no_turn(tmp_path, gap):
    """A crash leaves NUL bytes at the end of a chat or a log of requests; the ledger says so."""
    for told in (CHAT, "TO LLM 2025-01-31T11:21:36\n-------\nUSER a\nLLM RESPONSE 2025-01-31T11:21:41\nASSISTANT b\n"):
        whole = importers.read(write(tmp_path / "whole.md", told))
        cut = importers.read(write(tmp_path / "cut.md", told + gap))
        assert [one.messages for one in cut] == [one.messages for one in whole]
        assert any("NUL" in note for one in cut for note in one.ledger.notes)


def test_a_chat_without_marks_holds_no_turns(tmp_path):
    """Where `>` is gone, what the client said at the start is no answer; where `####` is gone, nothing is."""
    bare = "\n\n".join(OPEN).replace("\n> ", "\n")
    (found,) = importers.read(write(tmp_path / "h.md", bare))
    assert len(found.turns) == 3
    assert found.ledger.dropped == {"line before the first prompt": 2}
    with pytest.raises(ImportFault, match="no chat in which a model answers"):
        importers.read(write(tmp_path / "h.md", bare.replace("\n#### ", "\n")))


def test_a_long_line_that_is_nearly_a_fence_is_read(tmp_path):
    """A fence, a hundred thousand spaces and one more mark: no fence, and read in one pass."""
    line = "```" + " " * 100_000 + "`x"
    path = write(tmp_path / "h.md", "\n\n".join([*OPEN[:3], line, "#### thanks", "Bye."]) + "\n")
    assert said(path) == [("user", "fix it"), ("assistant", line), ("user", "thanks"), ("assistant", "Bye.")]


@pytest.mark.shared
@pytest.mark.parametrize("lost", [0, 7])
def test_a_shared_chat_stripped_and_with_open_blocks_keeps_its_prompts(shared, tmp_path, lost):
    """Without the spaces at the ends, and with every seventh fence gone: the prompts are those of the whole file."""
    (path,) = (shared / "transcripts/aider_chat_history").glob("AFI*")
    fences = 0
    kept = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        fences += line.startswith("```")
        if not (lost and line.startswith("```") and fences % lost == 0):
            kept.append(line.rstrip())

    def typed(path):
        told = (m.parts[0].text for one in importers.read(path) for m in one.messages if m.role == "user")
        return [[line.rstrip() for line in one.split("\n")] for one in told]

    assert typed(write(tmp_path / "h.md", "\n".join(kept))) == typed(path)
