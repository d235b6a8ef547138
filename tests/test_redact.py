"""Secrets leave; everything else stays as it was."""

import random
import time

import msgspec
import pytest

from replay import redact
from replay.prefix import identify
from replay.records import (
    Fidelity,
    Image,
    Ledger,
    Message,
    Opaque,
    Reasoning,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
)

A = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAcC"  # 34 characters, no key of anybody
LONG = (A * 4)[:100]
GITHUB = "ghp" + "_" + A + "x1"
AWS = "AKIA" + "IOSFODNN7EXAMPLE".replace("1", "2")

# Written in two pieces so that no scanner takes this file for a leak. Shapes: the issuers' documentation.
SECRETS = {
    "anthropic-key": ["sk-" + "ant-api03-" + LONG, "sk-" + "ant-oat01-" + A],
    "openai-key": ["sk-" + "proj-" + A, "sk-" + "svcacct-" + A],
    "api-key": ["sk-" + A + A[:14], "sk-" + "or-v1-" + "0123456789abcdef" * 4],
    "aws-key-id": ["AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + "Y34FZKBOKMUTVV7A"],
    "github-token": [GITHUB, "gho" + "_" + A + "x1", "github" + "_pat_" + "11ABCDEFG0" + LONG[:72]],
    "gitlab-token": ["glpat" + "-" + A[:20]],
    "slack-token": [
        "xoxb" + "-123456789012-1234567890123-" + A[:24],
        "xapp" + "-1-A0123ABCD-1234567890-" + "0a1b" * 16,
    ],
    "google-key": ["AIza" + "Sy" + A[:33]],
    "google-oauth": ["ya29" + ".a0" + A, "GOCSPX" + "-" + A[:28]],
    "npm-token": ["npm" + "_" + A + "x1"],
    "huggingface-token": ["hf" + "_" + A],
    "stripe-key": ["sk" + "_live_" + A[:24], "rk" + "_test_" + A],
    "pypi-token": ["pypi" + "-AgEIcHlwaS5vcmc" + LONG],
    "jwt": ["eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0." + A],
}
EACH = [(kind, secret) for kind, secrets in SECRETS.items() for secret in secrets]
PEM = (
    "-----BEGIN RSA "
    + "PRIVATE KEY-----\n"
    + "\n".join([("MIIEpAIBAAKCAQEA" * 4)] * 5)
    + "\n-----END RSA PRIVATE KEY-----"
)


@pytest.mark.parametrize(("kind", "secret"), EACH)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "key={}",
        'export KEY="{}"\n',
        "`{}`, and",
        '{{\\"k\\":\\"{}\\"}}',
        "line\\n{}\\nline",
        "é → {}。",
        "https://x.y/?k={}&z",
    ],
)
def test_an_issuers_token_is_replaced_wherever_it_stands(kind, secret, around):
    """The token and nothing beside it becomes the marker that names its kind."""
    assert redact.text(around.format(secret)) == (around.format(f"[REDACTED:{kind}]"), 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"Authorization: Bearer {A}", "Authorization: Bearer [REDACTED:authorization]"),
        (f"-H 'authorization: bearer {A}'", "-H 'authorization: bearer [REDACTED:authorization]'"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZDEy", "Authorization: Basic [REDACTED:authorization]"),
        (f"Bearer {GITHUB}", "Bearer [REDACTED:authorization]"),
        ("postgres://app:s3cr3t-Xy9@db:5432/x", "postgres://app:[REDACTED:password]@db:5432/x"),
        ("https://:tok3nvalue@host/", "https://:[REDACTED:password]@host/"),
        (
            "https://hooks.slack.com/services/" + "T0AB12CD3/B0AB12CD3/" + A[:24],
            "https://hooks.slack.com/services/[REDACTED:slack-webhook]",
        ),
        (f'password = "{A[:20]}"', 'password = "[REDACTED:secret]"'),
        (f"\"client_secret\": '{A}'", "\"client_secret\": '[REDACTED:secret]'"),
        (f'{{\\"apiKey\\": \\"{A}\\"}}', '{\\"apiKey\\": \\"[REDACTED:secret]\\"}'),
        (f"MY_API_KEY={A}\n", "MY_API_KEY=[REDACTED:secret]\n"),
        ("api_key='" + "0f1e2d3c4b5a6978" * 2 + "'", "api_key='[REDACTED:secret]'"),
        (
            "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "aws_secret_access_key = [REDACTED:secret]",
        ),
        ("AccountName=a;AccountKey=" + (LONG[:86] + "=="), "AccountName=a;AccountKey=[REDACTED:azure-key]"),
        (f"x\n{PEM}\ny", "x\n[REDACTED:private-key]\ny"),
        (PEM.replace("\n", "\\n"), "[REDACTED:private-key]"),
        (PEM[:200], None),
    ],
)
def test_a_secret_known_by_its_surroundings_is_replaced(before, after):
    """Headers, URLs, assignments and key blocks lose the secret and keep the rest."""
    clean, count = redact.text(before)
    assert count == 1
    assert "[REDACTED:" in clean
    assert after is None or clean == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "task-management and risk-assessment-of-the-longest-kind-there-is",
        "sk-ant-... or sk-proj-<your key>",
        "AKIA is how key ids begin; MAKIAVELLIANISMUSISTFEINABER",
        "ghp_short, npm_config_registry_url_of_the_project, hf_hub_download_to_this_directory",
        "commit 0123456789abcdef0123456789abcdef01234567 and sha256:" + "ab12" * 16,
        'password = os.environ["DATABASE_PASSWORD_FOR_TESTS"]',
        'password = "correct horse battery staple"',
        'password = "changeme-please-now"',
        'token = "next_page_token_name"',
        "token = getTokenFromServer2AndCache3(request)",
        "apiKey: process.env.OPENAI_API_KEY_V2",
        '"id": "toolu_01A2b3C4d5E6f7G8h9J0kLmN"',
        "Authorization: Bearer $TOKEN, Authorization: Bearer <access-token-goes-here>",
        "Bearer authentication-is-required-here",
        "postgres://postgres:postgres@localhost/x mysql://root:password@db redis://u:${PASS}@h",
        "https://example.org:8080/a@b, git@github.com:a/b.git, see http://[::1]:80/",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\n" + "MIIEpAIBAAKCAQEA" * 4 + "\n-----END CERTIFICATE-----",
        "eyJ is how JWTs begin: eyJhbGciOi.eyJzdWI.x",
        "-" * 500 + "=" * 500 + "_" * 500,
    ],
)
def test_text_that_only_looks_like_a_secret_stays(text):
    """Placeholders, names, hashes, ids and prose are not touched."""
    assert redact.text(text) == (text, 0)


@pytest.mark.parametrize(("kind", "secret"), EACH)
def test_what_was_redacted_is_not_redacted_again(kind, secret):
    """Redacting twice is redacting once."""
    clean, _ = redact.text(f"password = '{secret}' https://u:{secret}@host Bearer {secret}")
    assert redact.text(clean) == (clean, 0)


def test_two_secrets_in_one_string_are_two():
    """Every secret is counted, and the text between them stays."""
    assert redact.text(f"{GITHUB} and {AWS}") == ("[REDACTED:github-token] and [REDACTED:aws-key-id]", 2)


@pytest.mark.parametrize(
    "unit",
    [
        "sk-",
        "sk-ant-a1-",
        "eyJaaaaaaaaaa.",
        "://a:",
        "Bearer ",
        "ya29.",
        "-",
        "_",
        "=",
        ": '",
        "whsec_aaa/",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA-----END ",
        "password='aB1",
        "\\n",
        "/hooks.slack.com/services/T000000/B000000/a",
    ],
)
def test_no_text_hangs_the_search(unit):
    """Half a megabyte of what looks like the start of a secret comes back at all: squared it takes minutes."""
    began = time.monotonic()
    redact.text(unit * (500_000 // len(unit)))
    assert time.monotonic() - began < 60


PLAIN = Setup()


def transcript(*messages: Message, turns=(), setups=(PLAIN,), grade="exact", **fields) -> Transcript:
    draft = Transcript("", Source("native", "x"), setups, messages, turns, Fidelity(grade), **fields)
    return msgspec.structs.replace(draft, id=identify(draft))


def test_a_transcript_without_secrets_is_the_same_object():
    """Nothing is copied, and the id stays, where there is nothing to redact."""
    clean = transcript(Message("user", (Text("hello"), ToolCall("c", "Bash", {"command": ["ls"]}))))
    assert redact.transcript(clean) is clean


PLACES = {
    "text": Text(GITHUB),
    "thinking": Reasoning(GITHUB),
    "an argument": ToolCall("c", "Bash", {"env": {"k": ["x", GITHUB]}}),
    "an argument called signature": ToolCall("c", "Sign", {"signature": GITHUB}),
    "an argument's name": ToolCall("c", "Bash", {GITHUB: 1}),
    "arguments as text": ToolCall("c", "Bash", GITHUB),
    "raw arguments": ToolCall("c", "Bash", {}, raw='{"k":"' + GITHUB + '"}'),
    "a result": ToolResult("c", (Text(GITHUB),)),
    "a result's detail": ToolResult("c", (), detail={"stdout": GITHUB}),
    "an opaque block": Opaque("anthropic", {"type": "x", "y": [GITHUB]}),
    "an image's url": Image(url="https://x/?t=" + GITHUB),
}


@pytest.mark.parametrize("part", PLACES.values(), ids=PLACES.keys())
def test_every_string_of_a_part_is_covered(part):
    """Wherever a secret stands in a message, it is gone from the encoded transcript and counted once."""
    new = redact.transcript(transcript(Message("assistant", (part,))))
    data = msgspec.json.encode(new).decode()
    assert GITHUB not in data
    assert "[REDACTED:github-token]" in data
    assert new.ledger.redacted == 1
    assert new.id == identify(new)


@pytest.mark.parametrize(
    "whole",
    [
        transcript(Message("user", (), wire={"role": "user", "content": [{"type": "text", "text": GITHUB}]})),
        transcript(setups=(Setup(system=(Text(GITHUB),)),)),
        transcript(setups=(Setup(tools=(Tool("t", description=GITHUB),)),)),
        transcript(setups=(Setup(params={"metadata": {"user_id": GITHUB}}),)),
        msgspec.structs.replace(transcript(), source=Source("native", f"/logs/{GITHUB}.jsonl")),
        transcript(ledger=Ledger(notes=(f"could not read {GITHUB}",))),
    ],
    ids=["wire", "system prompt", "tools", "parameters", "source name", "ledger"],
)
def test_everything_around_the_parts_is_covered(whole):
    """Wire, setups, source and ledger lose their secrets as well."""
    new = redact.transcript(whole)
    assert GITHUB not in msgspec.json.encode(new).decode()
    assert new.ledger.redacted == 1


def test_signatures_encrypted_blobs_and_images_stay_verbatim():
    """What is no secret but looks random is byte for byte the same, in parts and in wire."""
    kept = (
        Reasoning("thought", signature=GITHUB, encrypted=AWS),
        Image("image/png", data=GITHUB),
        Image(url="data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAA/" + AWS),
    )
    wire = {
        "content": [
            {"type": "thinking", "thinking": "thought", "signature": GITHUB},
            {"type": "redacted_thinking", "data": GITHUB},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": GITHUB}},
            {"type": "reasoning", "encrypted_content": GITHUB},
        ]
    }
    new = redact.transcript(transcript(Message("assistant", (*kept, Text(GITHUB)), wire=wire)))
    assert new.messages[0].parts == (*kept, Text("[REDACTED:github-token]"))
    assert new.messages[0].wire == wire


def test_wire_stays_in_step_with_the_parts():
    """The same secret is replaced by the same marker in the parts and in the API's own JSON."""
    message = Message("user", (Text(f"use {GITHUB}"),), wire={"role": "user", "content": f"use {GITHUB}"})
    new = redact.transcript(transcript(message)).messages[0]
    assert new.parts == (Text("use [REDACTED:github-token]"),)
    assert new.wire == {"role": "user", "content": "use [REDACTED:github-token]"}


def test_a_signature_goes_with_the_thinking_it_signed():
    """Thinking that was altered is not presented as signed."""
    part = Reasoning(f"use {GITHUB}", signature="sig")
    wire = {"content": [{"type": "thinking", "thinking": f"use {GITHUB}", "signature": "sig"}]}
    new = redact.transcript(transcript(Message("assistant", (part,), wire=wire))).messages[0]
    assert new.parts == (Reasoning("use [REDACTED:github-token]"),)
    assert new.wire == {"content": [{"type": "thinking", "thinking": "use [REDACTED:github-token]"}]}


def test_only_turns_that_saw_redacted_text_lose_their_grade():
    """A prefix from before the secret stays exact; one with it is full at best and says why."""
    whole = transcript(
        Message("user", (Text("hello"),)),
        Message("assistant", (Text("hi"),)),
        Message("user", (Text(GITHUB),)),
        Message("assistant", (Text("ok"),)),
        turns=(
            Turn(1, ((0, 1),)),
            Turn(3, ((0, 3),)),
            Turn(3, ((0, 3),), fidelity=Fidelity("partial", missing=("x",))),
        ),
    )
    new = redact.transcript(whole)
    lowered = Fidelity("full", missing=("redacted text",))
    assert new.fidelity == lowered
    assert [turn.fidelity or new.fidelity for turn in new.turns] == [
        Fidelity("exact"),
        lowered,
        Fidelity("partial", missing=("x", "redacted text")),
    ]


def test_a_secret_the_model_did_not_see_lowers_no_grade():
    """A result's detail, the client's own record, is cleaned without a word on fidelity."""
    part = ToolResult("c", (Text("ok"),), detail={"stdout": GITHUB})
    new = redact.transcript(transcript(Message("tool", (part,)), Message("assistant"), turns=(Turn(1, ((0, 1),)),)))
    assert new.ledger.redacted == 1
    assert new.fidelity == Fidelity("exact")
    assert new.turns[0].fidelity is None


def test_a_text_is_clean_by_its_difference_only_where_it_is_clean() -> None:
    """Edits that bring a secret, complete one across their edge, or name what was there a secret, are all seen."""
    chosen = random.Random(11)
    secrets = [secret for listed in SECRETS.values() for secret in listed]
    pieces = [
        "\n",
        " ",
        "= ",
        '"',
        "Bearer ",
        "Authorization: Basic ",
        "api_key=",
        "eyJ" + "a" * 900,
        ".",
        "://u:",
        "@h",
    ]
    pieces += ["x" * 50, "é", "password: '", *(secret[: len(secret) // 2] for secret in secrets)]
    lines = ["line of code = 3\n", "x: int\n", "words here "]
    seen = dirty = 0
    for _ in range(6000):
        old = "".join(chosen.choice(pieces if chosen.random() < 0.5 else lines) for _ in range(chosen.randint(0, 60)))
        at = chosen.randint(0, len(old))
        put = "".join(chosen.choices(pieces, k=chosen.randint(0, 3)))
        if chosen.random() < 0.5:
            secret = chosen.choice(secrets)
            cut = chosen.randint(0, len(secret))
            put, old = secret[:cut], old[:at] + secret[cut:] + old[at:]
        if redact.text(old)[1]:
            continue
        new = old[:at] + put + old[min(len(old), at + chosen.choice([0, 0, 1, 40])) :]
        has = redact.text(new)[1] > 0
        told = redact.stays_clean(new, old)
        assert not (told and has), (old, new)
        seen, dirty = seen + told, dirty + has
    assert seen > 1000
    assert dirty > 100


def test_what_is_far_from_an_edit_is_not_looked_at_again() -> None:
    """Also where both texts end alike, or one is the beginning of the other."""
    text = "".join(f"value_{number} = {number}\n" for number in range(5000))
    assert redact.stays_clean(text.replace("value_2500 ", "other "), text)
    assert redact.stays_clean(text[:-50], text)
    assert redact.stays_clean(text, text)
    assert not redact.stays_clean(text.replace("value_2500 = 2500", f'token = "{GITHUB}"'), text)
    assert not redact.stays_clean(text + "-----BEGIN RSA PRIVATE KEY-----", text)
