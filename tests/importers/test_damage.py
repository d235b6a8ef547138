"""Documents that are cut off, or damaged in the middle: what is whole is read, what is lost is named."""

import json

import pytest

from replay import importers
from replay.importers import lines, mending
from replay.records import Text

TURNS = 6


def told(number):
    """What is said in turn ``number``: a prompt and an answer."""
    return f"ask {number}", f"answer {number}"


def pairs(make):
    return [row for number in range(TURNS) for row in make(number, *told(number))]


def chat(number, ask, answer):
    return [{"role": "user", "content": ask, "n": number}, {"role": "assistant", "content": answer, "n": number}]


def gemini(number, ask, answer):
    return [
        {"id": f"u{number}", "type": "user", "content": ask},
        {"id": f"g{number}", "type": "gemini", "content": answer, "model": "gemini-x"},
    ]


def contents(number, ask, answer):
    return [{"role": "user", "parts": [{"text": ask}]}, {"role": "model", "parts": [{"text": answer}]}]


def opencode(number, ask, answer):
    asked = {"id": f"msg_{number}a", "sessionID": "ses_1", "role": "user", "time": {"created": number}}
    said = {**asked, "id": f"msg_{number}b", "role": "assistant", "modelID": "m", "providerID": "p"}
    return [
        {"info": info, "parts": [{"id": f"prt_{info['id']}", "type": "text", "text": text}]}
        for info, text in ((asked, ask), (said, answer))
    ]


def openhands(number, ask, answer):
    return [
        {"id": 2 * number, "source": "user", "action": "message", "args": {"content": ask}},
        {"id": 2 * number + 1, "source": "agent", "action": "message", "args": {"content": answer}},
    ]


def atif(number, ask, answer):
    return [
        {"step_id": 2 * number + 1, "source": "user", "message": ask},
        {"step_id": 2 * number + 2, "source": "agent", "message": answer},
    ]


def cline(number, ask, answer):
    asked = [{"type": "text", "text": f"<task>{ask}</task>" if not number else ask}]
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer, "modelInfo": {"modelId": "m"}}]


def chatgpt(number, ask, answer):
    def node(key, parent, role, text):
        message = {"id": key, "author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        return {"id": key, "parent": parent, "children": [], "message": message}

    mapping = {"a": node("a", None, "user", ask), "b": node("b", "a", "assistant", answer)}
    return [{"title": f"{number}", "mapping": mapping, "current_node": "b", "conversation_id": f"c{number}"}]


def claude_ai(number, ask, answer):
    said = [
        {"uuid": f"{number}{sender}", "text": text, "sender": sender, "content": [{"type": "text", "text": text}]}
        for sender, text in (("human", ask), ("assistant", answer))
    ]
    return [{"uuid": f"c{number}", "name": "n", "chat_messages": said}]


SYSTEM = {"role": "system", "content": "Be brief.", "n": -1}
DOCUMENTS = {
    "opencode": {"info": {"id": "ses_1", "title": "t", "directory": "/"}, "messages": pairs(opencode)},
    "atif": {"schema_version": "ATIF-v1.5", "session_id": "s", "agent": {"name": "a"}, "steps": pairs(atif)},
    "swe_agent": {
        "trajectory": [],
        "history": [{**row, "agent": "main"} for row in [SYSTEM, *pairs(chat)]],
        "info": {"exit_status": "submitted"},
    },
    "mini_swe": {"trajectory_format": "mini-swe-agent-1", "messages": [SYSTEM, *pairs(chat)], "info": {}},
    "openhands_events": pairs(openhands),
    "gemini": {"sessionId": "s", "projectHash": "p", "startTime": "t", "messages": pairs(gemini)},
    "gemini contents": pairs(contents),
    "chatgpt": pairs(chatgpt),
    "claude_ai": pairs(claude_ai),
    "cline": pairs(cline),
    "messages": {"messages": pairs(chat)},
}
FORMATS = pytest.mark.parametrize("kind", DOCUMENTS)
INDENT = pytest.mark.parametrize("indent", [None, 1], ids=["on one line", "pretty-printed"])


def read(path, text, kind):
    """All that is said in the file, and what was lost."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert importers.identify(path) == kind.split()[0]
    found = importers.read(path)
    said = [part.text for one in found for m in one.messages for part in m.parts if isinstance(part, Text)]
    dropped = {why: count for one in found for why, count in one.ledger.dropped.items()}
    notes = [note for one in found for note in one.ledger.notes]
    return [text.removeprefix("<task>").removesuffix("</task>") for text in said if text != "Be brief."], dropped, notes


@FORMATS
@INDENT
def test_a_document_that_is_cut_off_is_read_up_to_there(tmp_path, kind, indent):
    """All turns before the one in which the file ends are there; the ledger says that it is cut."""
    text = json.dumps(DOCUMENTS[kind], indent=indent)
    said, dropped, notes = read(tmp_path / "f.json", text[: text.index("answer 4")], kind)
    assert said[:8] == [one for number in range(4) for one in told(number)]
    assert "answer 4" not in said
    assert dropped["truncated value"] == 1
    assert lines.CUT in notes


@FORMATS
@INDENT
@pytest.mark.parametrize("how", ["a quote is gone", "a bracket is another byte", "a piece is overwritten"])
def test_a_document_that_is_damaged_in_the_middle_is_read_on_behind_that(tmp_path, kind, indent, how):
    """Of turn 2 what is broken is left out; all before and behind is there; the ledger says what went, and where."""
    text = json.dumps(DOCUMENTS[kind], indent=indent)
    at = text.index("answer 2")
    match how:
        case "a quote is gone":
            text = text[: at - 1] + text[at:]
        case "a bracket is another byte":
            at = text.rindex("{", 0, at)
            text = text[:at] + "\1" + text[at + 1 :]
        case "a piece is overwritten":
            text = text[: at - 3] + "\1" * 6 + text[at + 3 :]
    said, dropped, notes = read(tmp_path / "f.json", text, kind)
    kept = [one for number in range(TURNS) for one in told(number)]
    assert [one for one in said if one in kept[:4]] == kept[:4]
    assert [one for one in said if one in kept[6:]] == kept[6:]
    assert set(said) <= set(kept)
    assert dropped[lines.LOST] == 1
    line = 1 if indent is None else text.count("\n", 0, at) + 1
    assert any(note.startswith("damaged at line ") and abs(int(note.split()[3][:-1]) - line) <= 3 for note in notes)


@pytest.mark.parametrize("ends", [('{"messages": [', "]}"), ("[", "]"), ('{"id": 1, "messages": [', "]}")])
def test_a_document_with_an_element_a_line_is_one(tmp_path, ends):
    """Its lines are no rows of their own, neither where one of them is damaged nor where the file is cut off."""
    text = ends[0] + "\n" + ",\n".join(map(json.dumps, pairs(chat))) + "\n" + ends[1] + "\n"
    every = [one for n in range(TURNS) for one in told(n)]
    assert read(tmp_path / "f.json", text, "messages") == (every, {}, [])
    said, dropped, _ = read(tmp_path / "f.json", text.replace('"answer 2"', '"answer 2'), "messages")
    assert said == [one for one in every if one != "answer 2"]
    assert dropped == {lines.LOST: 1}
    said, dropped, notes = read(tmp_path / "f.json", text[: text.index('"answer 4"')], "messages")
    assert said == every[:9]
    assert dropped["truncated value"] == 1
    assert lines.CUT in notes


def test_several_places_of_damage_cost_an_element_each(tmp_path):
    """Three of twelve messages."""
    text = json.dumps({"messages": pairs(chat)})
    for broken in ("answer 2", "answer 3", "ask 5"):
        text = text.replace(f'"{broken}"', f"{broken}")
    said, dropped, _ = read(tmp_path / "f.json", text, "messages")
    assert said == [one for n in range(TURNS) for one in told(n) if one not in ("answer 2", "answer 3", "ask 5")]
    assert dropped[lines.LOST] == 3


def test_damage_lowers_the_grade(tmp_path):
    """A message that went is missing in every prefix behind it: no such request was sent."""
    (whole,) = importers.read(written(tmp_path, json.dumps(DOCUMENTS["mini_swe"])))
    (less,) = importers.read(written(tmp_path, json.dumps(DOCUMENTS["mini_swe"]).replace('"answer 2"', '"answer 2')))
    assert (whole.fidelity.grade, less.fidelity.grade) == ("full", "partial")
    assert "what the damage in the file took" in less.fidelity.missing


@pytest.mark.parametrize("kind", ["atif", "messages"])
def test_damage_lowers_the_grade_of_all_that_follows(tmp_path, kind):
    """Of several conversations in a file it is not only the first that is no longer known to be whole."""
    tools = [{"type": "function", "function": {"name": "read", "parameters": {}}}]
    system = {"atif": {"step_id": 0, "source": "system", "message": "Be brief."}, "messages": SYSTEM}[kind]
    told = {"atif": ("steps", atif), "messages": ("messages", chat)}[kind]
    whole = {**DOCUMENTS[kind], "tools": tools, told[0]: [system, *pairs(told[1])]}
    text = json.dumps([whole] * 3) if kind == "atif" else "\n".join(json.dumps(whole, indent=1) for _ in range(3))
    assert {one.fidelity.grade for one in importers.read(written(tmp_path, text))} == {"full"}
    at = text.index('"answer 2"', text.index('"answer 2"') + 1) + len('"answer 2')
    found = importers.read(written(tmp_path, text[:at] + text[at + 1 :]))
    assert [len(one.messages) for one in found] == [12, 11, 12]
    assert found[1].fidelity.grade == found[2].fidelity.grade == "partial"


@pytest.mark.parametrize("lost", [("n4",), ("n4", "n5")], ids=["one", "two"])
def test_a_chat_goes_on_above_a_node_that_was_lost(tmp_path, lost):
    """Each node of ChatGPT's export names the one above and those below: one that is gone parts no branch."""
    nodes = {}
    for n in range(10):
        message = {"author": {"role": "assistant" if n % 2 else "user"}, "content": {"parts": [f"said {n}"]}}
        nodes[f"n{n}"] = {
            "id": f"n{n}",
            "parent": f"n{n - 1}" if n else None,
            "children": [f"n{n + 1}"] if n < 9 else [],
        }
        nodes[f"n{n}"]["message"] = {"id": f"n{n}", **message}
    text = json.dumps([{"title": "t", "mapping": nodes, "current_node": "n9", "conversation_id": "c"}])
    for key in lost:
        text = text.replace(f'"said {key[1:]}"', f'"said {key[1:]}')
    said, dropped, _ = read(tmp_path / "f.json", text, "chatgpt")
    assert said == [f"said {n}" for n in range(10) if f"n{n}" not in lost]
    assert set(dropped) == {lines.LOST}


def test_a_part_of_a_message_is_lost_alone(tmp_path):
    """The element of the inner list goes, not that of the outer one."""
    rows = [{"role": "assistant" if n % 2 else "user", "content": texts(n)} for n in range(4)]
    text = json.dumps({"messages": rows}).replace('"2.1"', '"2.1')
    said, dropped, _ = read(tmp_path / "f.json", text, "messages")
    assert said == [f"{n}.{k}" for n in range(4) for k in range(3) if (n, k) != (2, 1)]
    assert dropped[lines.LOST] == 1


def texts(number):
    return [{"type": "text", "text": f"{number}.{k}"} for k in range(3)]


def written(folder, text):
    path = folder / "g.json"
    path.write_text(text)
    return path


def test_what_is_no_element_is_not_taken_for_one():
    """Behind the damage lies an object of another kind in a list within the broken element: it is passed over."""
    good = [{"id": n, "kind": "row", "of": [{"id": 7, "x": 1}, {"id": 8, "x": 2}]} for n in range(3)]
    text = json.dumps(good).replace('"id": 1, "kind"', '"id": 1, kind"')
    made, lost, at = mending.mended(text)
    assert json.loads(made) == [good[0], good[2]]
    assert (lost, text[at : at + 4]) == (1, "kind")


def test_a_number_of_five_thousand_digits_is_no_damage():
    """Python refuses to read it as a number; where it ends is all that matters."""
    text = json.dumps({"messages": pairs(chat)}).replace('"n": 1', '"n": ' + "9" * 5000)
    made = mending.mended(text.replace('"answer 3"', '"answer 3'))
    assert made is not None
    assert made[1] == 1


@pytest.mark.parametrize(
    "text",
    [
        "[" + '{"a": 1, "b": 2},' * 3 + '{"a": !, "b": 2},{"a": 1, "b": 2},' * 20_000,
        '[{"a": 1, "b": 2}, {"a": !' + ', {"a": 1, "b": ' * 20_000,
        '[{"a": 1, "b": 2}, {"a": !' + (', {"x": ' * 300 + "1" + "}" * 300) * 100,
        '[{"a":' * 30_000,
    ],
    ids=["every second one", "never ended", "deep", "deep from the start"],
)
def test_hostile_damage_is_given_up(text):
    """Effort is bounded by the length of the text, whatever is found."""
    work = mending._Mending(mending._EFFORT * len(text))
    made = mending._mend(text, work, 0)
    assert work.effort > -40 * len(text)
    assert made is None or len(made) < len(text)
