"""Prompt edits: what each changes, what it leaves alone, and what it says where its anchor is not there."""

import time

import pytest

from replay import prompts
from replay.errors import UserError
from replay.prompts.memory import sections
from replay.records import (
    Append,
    Memory,
    Message,
    Opaque,
    Prefix,
    Prepend,
    PromptEdit,
    Replace,
    Setup,
    Substitute,
    Text,
    ToolResult,
)
from replay.wire import anthropic, openai_chat

OLD_REMINDER = (
    "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n# claudeMd\n"
    "Codebase and user instructions are shown below. Be sure to adhere to these instructions.\n\n"
    "Contents of /home/dev/.claude/CLAUDE.md (user's private global instructions for all projects):\n\n"
    "# Mine\nBe brief.\n\n"
    "Contents of /home/dev/shop/CLAUDE.md (project instructions, checked into the codebase):\n\n"
    "# Shop\n\n# Rules\nContents of the cart are cached.\n\n"
    "Contents of /home/dev/.claude/projects/shop/memory/MEMORY.md (user's auto-memory, persists across conversations):"
    "\n\n- a fact\n"
    "# important-instruction-reminders\nDo what has been asked.\n\n"
    "      \n      IMPORTANT: this context may or may not be relevant to your tasks.\n</system-reminder>\n"
)
NEW_REMINDER = (
    "<system-reminder>\nCodebase and user instructions are shown below. Be sure to adhere to these instructions.\n\n"
    "Contents of /home/dev/shop/CLAUDE.md (project instructions, checked into the codebase):\n\n"
    "# Project\nUse tabs – never.\n</system-reminder>"
)
CODEX = "# AGENTS.md instructions for /home/dev/shop\n\n<INSTRUCTIONS>\n# Guide\nRun the tests.\n\n</INSTRUCTIONS>"


def user(*texts: str, form: str = "blocks", **fields: object) -> Message:
    return Message("user", tuple(map(Text, texts)), form=form, **fields)  # type: ignore[arg-type]


def prefix(*messages: Message, system: str | None = "You write code.", **setup: object) -> Prefix:
    known = None if system is None else (Text(system),)
    return Prefix(Setup(api="anthropic", system=known, **setup), messages or (user("Fix the cart."),))  # type: ignore[arg-type]


def edited(given: Prefix, *edits: PromptEdit) -> Prefix:
    return prompts.apply(given, edits, case="shop@3")


# --- the system prompt ---


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(Append("No bare except."), "You write code.\n\nNo bare except.", id="append"),
        pytest.param(Prepend("No bare except."), "No bare except.\n\nYou write code.", id="prepend"),
        pytest.param(Replace("No bare except."), "No bare except.", id="replace"),
    ],
)
def test_the_system_prompt_is_edited_as_one_string(edit: PromptEdit, expected: str) -> None:
    """A string stays a string; appended and prepended text stands apart by an empty line."""
    setup = edited(prefix(), edit).setup
    assert setup.system == (Text(expected),)
    assert setup.system_form == "string"


@pytest.mark.parametrize("edit", [Append("Be careful."), Prepend("Be careful."), Replace("Be careful.")], ids=repr)
def test_a_missing_system_prompt_is_made_and_shown(edit: PromptEdit) -> None:
    """Where the transcript holds no system prompt, the text becomes all of it, and the diff says so."""
    before = prefix(system=None)
    after = edited(before, edit)
    assert after.setup.system == (Text("Be careful."),)
    assert "--- system prompt, before (not in the transcript)\n" in prompts.diff(before, after)


def test_edits_are_made_in_order() -> None:
    """Each edit sees what the one before made of the prompt."""
    after = edited(prefix(), Append("Second."), Substitute("Second.", "2nd.", where="system"), Append("Third."))
    assert after.setup.system == (Text("You write code.\n\n2nd.\n\nThird."),)


def test_no_edit_changes_nothing() -> None:
    """Without edits the very same prefix comes back."""
    given = prefix()
    assert edited(given) is given
    assert prompts.diff(given, given) == ""


def test_cache_marks_follow_their_block() -> None:
    """A block put before the others moves the marks; replacing all blocks keeps the last mark on what is there."""
    body = {
        "model": "m",
        "system": [
            {"type": "search_result", "title": "t"},
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "b", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "other"}}]}],
    }
    given = anthropic.read_request(body)
    assert isinstance(given.setup.system[0], Opaque)  # type: ignore[index]

    prepended, notes = anthropic.write_request(edited(given, Prepend("first")))
    assert notes == ()
    assert prepended["system"] == [{"type": "text", "text": "first"}, *body["system"]]  # type: ignore[misc]

    replaced, notes = anthropic.write_request(edited(given, Replace("all")))
    assert notes == ()
    assert replaced["system"] == [{"type": "text", "text": "all", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert replaced["messages"] == body["messages"]

    appended, notes = anthropic.write_request(edited(given, Append("last")))
    assert notes == ()
    assert appended["system"][2] == {**body["system"][2], "text": "b\n\nlast"}  # type: ignore[index,call-overload]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_system_prompt_of_a_chat_is_edited_where_it_stands(role: str) -> None:
    """In Chat Completions the first system or developer message is the system prompt, extra fields and all."""
    body = {
        "model": "m",
        "messages": [{"role": role, "content": "Write code.", "name": "boss"}, {"role": "user", "content": "Hi"}],
    }
    after, _ = openai_chat.write_request(edited(openai_chat.read_request(body), Append("Carefully.")))
    first = {"role": role, "content": "Write code.\n\nCarefully.", "name": "boss"}
    assert after == {**body, "messages": [first, body["messages"][1]]}


def test_a_system_note_later_in_the_session_is_not_the_system_prompt() -> None:
    """Anthropic bodies may hold system messages in between; the system prompt is elsewhere."""
    given = prefix(user("Hi"), Message("system", (Text("# Environment"),)))
    after = edited(given, Append("Carefully."))
    assert after.messages == given.messages
    assert after.setup.system == (Text("You write code.\n\nCarefully."),)


def test_a_billing_header_stays_first() -> None:
    """Claude Code's first system block is no prompt: prepended text goes after it."""
    header, name = Text("x-anthropic-billing-header: cc_version=2.1.329;"), Text("You are Claude Code.")
    given = Prefix(Setup(api="anthropic", system=(header, name), system_form="blocks"), (user("Hi"),))
    assert edited(given, Prepend("Log errors.")).setup.system == (header, Text("Log errors.\n\nYou are Claude Code."))


# --- substitute ---


def test_substitution_reaches_system_memory_and_first_user_message_only() -> None:
    """`anywhere` is these three: tool results, answers and later messages keep their text."""
    given = prefix(
        user(NEW_REMINDER, "Say tabs."),
        Message("assistant", (Text("tabs"),)),
        Message("user", (ToolResult("c", (Text("tabs"),)), Text("tabs"))),
        system="tabs",
    )
    after = edited(given, Substitute("tabs", "spaces", times=3))
    assert after.setup.system == (Text("spaces"),)
    assert after.messages[0].parts == (Text(NEW_REMINDER.replace("tabs", "spaces")), Text("Say spaces."))
    assert after.messages[1:] == given.messages[1:]


def test_substitution_in_memory_leaves_the_prompt_alone() -> None:
    """`memory` is the content of the CLAUDE.md block, not what stands beside it in the same message."""
    given = prefix(user(NEW_REMINDER + "\nUse tabs please."))
    after = edited(given, Substitute("tabs", "spaces", where="memory"))
    assert after.messages[0].parts == (Text(NEW_REMINDER.replace("tabs", "spaces") + "\nUse tabs please."),)


def test_the_first_user_message_is_the_first_a_user_wrote() -> None:
    """Messages that hold only the client's own blocks are passed over."""
    given = prefix(user(CODEX), user("<environment_context>\n</environment_context>"), user("Run it."), user("Run on."))
    after = edited(given, Substitute("Run", "Try", where="first_user"))
    assert [message.parts[0].text for message in after.messages[2:]] == ["Try it.", "Run on."]  # type: ignore[union-attr]
    assert after.messages[:2] == given.messages[:2]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(
            Substitute("You wrote code", "x", where="system"),
            ["shop@3", "edit 2", "'You wrote code'", "in system", "found 0 times, not once", "'You write code.'"],
            id="not there: the closest line helps",
        ),
        pytest.param(Substitute("o", "x", where="system"), ["found 3 times, not once", "`times`"], id="too often"),
        pytest.param(Substitute("code", "x", times=2), ["found once, not 2 times"], id="too seldom"),
        pytest.param(Substitute("x", "y", where="memory"), ["shop@3", "no memory text"], id="no such place"),
        pytest.param(Memory("x"), ["shop@3", "edit 2", "no CLAUDE.md or AGENTS.md"], id="no memory"),
    ],
)
def test_an_anchor_that_misses_is_an_error_with_case_edit_and_hint(edit: PromptEdit, words: list[str]) -> None:
    """The sentence names the case, the edit, how often the text was found and what comes close."""
    with pytest.raises(UserError) as error:
        edited(prefix(), Append("More."), edit)
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_the_hint_is_the_line_that_differs() -> None:
    """Of a find of several lines, the hint is for the one that is not there."""
    given = prefix(system="first line\nsecond line here\nthird line")
    with pytest.raises(UserError, match="closest line: 'second line here'"):
        edited(given, Substitute("first line\nsecond line there", "x"))


# --- memory ---


def test_sections_of_the_old_reminder_end_where_the_client_goes_on() -> None:
    """Headings and a 'Contents of' sentence of the file belong to it; the client's next section does not."""
    found = [(section.path, OLD_REMINDER[section.start : section.end]) for section in sections(OLD_REMINDER)]
    assert found == [
        ("/home/dev/.claude/CLAUDE.md", "# Mine\nBe brief."),
        ("/home/dev/shop/CLAUDE.md", "# Shop\n\n# Rules\nContents of the cart are cached."),
    ]


def test_sections_of_the_new_reminder_and_of_codex() -> None:
    """Claude Code 2.1.329 and Codex, current and older."""
    old_codex = "<user_instructions>\n\nBe brief.\n\n</user_instructions>"
    (new,) = sections(NEW_REMINDER)
    (codex,) = sections(CODEX)
    (old,) = sections(old_codex)
    assert (new.path, NEW_REMINDER[new.start : new.end]) == ("/home/dev/shop/CLAUDE.md", "# Project\nUse tabs – never.")
    assert (codex.path, CODEX[codex.start : codex.end]) == ("/home/dev/shop/AGENTS.md", "# Guide\nRun the tests.\n")
    assert old_codex[old.start : old.end] == "Be brief."


@pytest.mark.parametrize(
    "text",
    [
        "Contents of /a/CLAUDE.md (project instructions, checked into the codebase):\n\nsaid by a person",
        "<system-reminder>\nA hook says:\nContents of x (draft):\n\ny\n</system-reminder>",
        "<system-reminder>\nCodebase and user instructions are shown below.",
    ],
    ids=["no reminder", "another reminder", "a reminder cut short"],
)
def test_what_no_client_wrote_is_no_memory(text: str) -> None:
    """Only the client's own reminder counts."""
    assert list(sections(text)) == []


def test_reminders_that_never_close_cost_no_more_than_their_length() -> None:
    """2 MB of openings and headers are read in well under a second each way, not in minutes."""
    openings = "<system-reminder>\nContents of a (b):\n\n" * 50_000
    began = time.perf_counter()
    assert list(sections(openings)) == []
    assert list(sections(openings + "</system-reminder>")) == []
    assert time.perf_counter() - began < 60


def test_memory_replaces_the_whole_content_of_the_file() -> None:
    """What stands around the file's text is kept to the letter."""
    after = edited(prefix(user(NEW_REMINDER, "Hi")), Memory("# New\nLog errors."))
    expected = NEW_REMINDER.replace("# Project\nUse tabs – never.", "# New\nLog errors.")
    assert after.messages[0].parts == (Text(expected), Text("Hi"))
    after = edited(prefix(user(CODEX)), Memory("Log errors."))
    assert after.messages[0].parts == (Text(CODEX.replace("# Guide\nRun the tests.\n", "Log errors.")),)


def test_of_several_memory_files_the_edit_must_name_one() -> None:
    """Ambiguity is an error that lists the files; the end of a path resolves it."""
    given = prefix(user(OLD_REMINDER))
    with pytest.raises(UserError, match=r"/home/dev/\.claude/CLAUDE\.md, /home/dev/shop/CLAUDE\.md.*`path`"):
        edited(given, Memory("x"))
    after = edited(given, Memory("New.", path="shop/CLAUDE.md"))
    assert after.messages[0].parts == (
        Text(OLD_REMINDER.replace("# Shop\n\n# Rules\nContents of the cart are cached.", "New.")),
    )
    with pytest.raises(UserError, match=r"no op/CLAUDE\.md"):
        edited(given, Memory("x", path="op/CLAUDE.md"))


# --- what an edit leaves behind ---


def test_an_edited_message_is_no_longer_proved() -> None:
    """Its proof goes; untouched messages keep theirs and stay the same objects."""
    given = prefix(user("Fix the cart.", proof="verified"), user("Now.", proof="verified"))
    after = edited(given, Substitute("cart", "till"))
    assert after.messages[0] == user("Fix the till.")
    assert after.messages[1] is given.messages[1]


def test_a_string_message_stays_a_string_on_the_wire() -> None:
    """The form of the content survives the edit."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Fix the cart."}]}
    after, notes = anthropic.write_request(edited(anthropic.read_request(body), Substitute("cart", "till")))
    assert (after, notes) == ({"model": "m", "messages": [{"role": "user", "content": "Fix the till."}]}, ())


def test_the_diff_shows_each_change_under_its_own_heading() -> None:
    """System prompt first, then messages by number."""
    before = prefix(user("Fix the cart.\nToday."), system="You write code.\nTersely.")
    after = edited(before, Append("Log errors."), Substitute("cart", "till"))
    assert prompts.diff(before, after) == (
        "--- system prompt, before\n+++ system prompt, after\n@@ -1,2 +1,4 @@\n"
        " You write code.\n Tersely.\n+\n+Log errors.\n"
        "--- message 0 (user), before\n+++ message 0 (user), after\n@@ -1,2 +1,2 @@\n"
        "-Fix the cart.\n+Fix the till.\n Today.\n"
    )
