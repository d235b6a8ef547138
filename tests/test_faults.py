"""Whatever a provider does instead of answering has its own kind of error, plain and streamed, over the real SDKs."""

import asyncio
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import msgspec
import pytest
import upstream as fake

from replay.records import Arm, Case, Fidelity, Message, Prefix, Request, Setup, Text
from replay.sample import Pace, plan_draw, plan_draws, sample
from replay.samplers import anthropic, for_arm
from replay.store import Cache, Run

WHOLE = json.dumps(fake.message()).encode()
CHAT = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-x",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2},
}


@contextmanager
def server(play):
    """A server in a thread of its own that answers every request with ``play(writer, body)``."""
    ready, stop = threading.Event(), []

    async def serve():
        async with fake.upstream(play) as kept:
            stop.extend([asyncio.get_running_loop(), asyncio.Event(), kept])
            ready.set()
            await stop[1].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield stop[2]
    finally:
        stop[0].call_soon_threadsafe(stop[1].set)
        thread.join()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    monkeypatch.setenv("OPENAI_API_KEY", "key")


@pytest.fixture
def stores(tmp_path):
    with Run.open(tmp_path / "run", create=True) as run, Cache.open(tmp_path / "cache.sqlite") as cache:
        yield {"run": run, "cache": cache}


def asked(port, *, model="anthropic/claude-x", text="go", draw=0, name="arm"):
    path = "" if model.startswith("anthropic") else "/v1"
    api = "anthropic" if model.startswith("anthropic") else "openai-chat"
    arm = Arm(name, model, base_url=f"http://127.0.0.1:{port}{path}", params={"max_tokens": 9})
    prefix = Prefix(Setup(api=api, model="m"), (Message("user", (Text(text),), form="string"),))
    return Request(Case(f"{text}@1", "t", 1, (), "s", Fidelity("exact")), arm, draw, prefix, Message("assistant"))


def outcome(stores, play, *, streamed=False, timeout=5.0, **what):
    """The trial of one draw that is asked once, and what the server was sent."""
    with server(play) as kept:
        request = asked(kept.port, **what)
        draw = replace(plan_draw(request, for_arm(request.arm)), long=streamed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("replay.sample.retries.ATTEMPTS", 1)
            patch.setattr("replay.sample.retries.CROWDED_ATTEMPTS", 1)
            patch.setattr("replay.sample.retries.MALFORMED_ATTEMPTS", 1)
            sample([draw], **stores, timeout=timeout)
    (trial,) = stores["run"].trials()
    return trial, kept


# --- what goes wrong ------------------------------------------------------------------------------------------


async def hangs(writer, body):
    await asyncio.sleep(3)


async def resets(writer, body):
    fake.reset(writer)


async def breaks_off(writer, body):
    writer.write(fake.answer(WHOLE)[: -len(WHOLE) // 2])
    await writer.drain()
    writer.close()


async def stops(writer, body):
    """Half of a stream, then nothing."""
    writer.write(fake.STREAMED + fake.chunk(next(fake.events())))
    await writer.drain()
    await asyncio.sleep(3)


async def resets_midway(writer, body):
    writer.write(fake.STREAMED + fake.chunk(next(fake.events())))
    await writer.drain()
    await asyncio.sleep(0.1)
    fake.reset(writer)


async def ends_early(writer, body):
    """A stream that ends as HTTP wants it, before the message does."""
    writer.write(fake.STREAMED + fake.chunk(b"".join(list(fake.events())[:3])) + fake.chunk(b""))


async def errs_midway(writer, body):
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    event = b"event: error\ndata: " + json.dumps(error).encode() + b"\n\n"
    writer.write(fake.STREAMED + fake.chunk(next(fake.events()) + event) + fake.chunk(b""))


async def garbles(writer, body):
    writer.write(fake.answer(WHOLE[:-9]))


async def garbles_stream(writer, body):
    writer.write(fake.STREAMED + fake.chunk(b'data: {"type": "content_bl\n\n') + fake.chunk(b""))


def refuses(status, kind, message="no"):
    async def play(writer, body):
        error = json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
        writer.write(fake.answer(error, status=status))

    return play


CASES = {
    "a server that never answers": (hangs, False, "timeout"),
    "a stream that never begins": (hangs, True, "timeout"),
    "a reset before the answer": (resets, False, "connection"),
    "an answer that breaks off": (breaks_off, False, "cut"),
    "a stream that stalls": (stops, True, "stalled"),
    "a reset within a stream": (resets_midway, True, "cut"),
    "a stream that ends too early": (ends_early, True, "cut"),
    "an error within a stream": (errs_midway, True, "overloaded"),
    "half of a JSON": (garbles, False, "malformed"),
    "half of an event": (garbles_stream, True, "malformed"),
    "a prompt too long": (
        refuses("400 Bad", "invalid_request_error", "prompt is too long: 9 > 8"),
        False,
        "context_length",
    ),
    "an overloaded server": (refuses("529 Busy", "overloaded_error"), True, "overloaded"),
}


@pytest.mark.parametrize(("play", "streamed", "kind"), CASES.values(), ids=list(CASES))
def test_each_fault_has_its_kind(stores, monkeypatch, play, streamed, kind):
    """The trial is an error of that kind and no answer is kept."""
    monkeypatch.setattr(anthropic, "IDLE", 0.5 if play is stops else 90.0)
    trial, kept = outcome(stores, play, streamed=streamed, timeout=1.0)
    assert trial.completion is None
    assert trial.error.kind == kind
    assert stores["cache"].stats()["answers"] == 0
    assert len(kept.bodies) == 1
    (line,) = [json.loads(line) for line in (stores["run"].path / "requests.jsonl").read_text().splitlines()]
    assert (line["fault"], line["how"], line["attempt"]) == (kind, "stream" if streamed else "plain", 1)


# --- what is an answer all the same -----------------------------------------------------------------------------

ANSWERS = {
    "no content": ({"content": []}, "end"),
    "a refusal": ({"stop_reason": "refusal"}, "refusal"),
    "cut at max_tokens": ({"stop_reason": "max_tokens"}, "length"),
    "a full context window": ({"stop_reason": "model_context_window_exceeded"}, "length"),
}


@pytest.mark.parametrize(("more", "stop"), ANSWERS.values(), ids=list(ANSWERS))
def test_odd_answers_are_answers(stores, more, stop):
    """They were paid for and say something of the model: each is kept with its stop reason, and not asked again."""

    async def play(writer, body):
        writer.write(fake.answer(json.dumps(fake.message(**more)).encode()))

    trial, _ = outcome(stores, play)
    assert trial.error is None
    assert trial.completion.stop == stop
    assert stores["cache"].stats()["answers"] == 1


@pytest.mark.parametrize("pause", [0.0, 0.02], ids=["at once", "slowly"])
def test_a_stream_is_the_answer_that_would_have_come_whole(stores, pause):
    """The events, one by one, come to the same completion and JSON; the request asked for them."""

    async def play(writer, body):
        writer.write(fake.STREAMED)
        for event in fake.events():
            writer.write(fake.chunk(event))
            await writer.drain()
            await asyncio.sleep(pause)
        writer.write(fake.chunk(b""))

    trial, kept = outcome(stores, play, streamed=True)
    assert trial.completion.response == fake.message()
    assert json.loads(kept.bodies[0])["stream"] is True
    (line,) = [json.loads(line) for line in (stores["run"].path / "requests.jsonl").read_text().splitlines()]
    assert line["usage"] == {"input": 7, "output": 2}
    assert "Hi." not in json.dumps(line)


def test_a_chat_answer_that_the_filter_stopped_is_an_answer(stores):
    """The content filter of the other provider, as well."""
    told = msgspec.json.decode(msgspec.json.encode(CHAT))
    told["choices"][0]["finish_reason"] = "content_filter"

    async def play(writer, body):
        writer.write(fake.answer(json.dumps(told).encode()))

    trial, _ = outcome(stores, play, model="openai/gpt-x")
    assert trial.completion.stop == "content_filter"


def test_a_streamed_chat_answer_tells_its_usage(stores):
    """The stream is asked to end with the usage, as a plain answer has it."""

    async def play(writer, body):
        pieces = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi."}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": CHAT["usage"]},
        ]
        head = {"id": "c", "object": "chat.completion.chunk", "model": "gpt-x"}
        lines = b"".join(b"data: " + json.dumps(head | piece).encode() + b"\n\n" for piece in pieces)
        writer.write(fake.STREAMED + fake.chunk(lines + b"data: [DONE]\n\n") + fake.chunk(b""))

    trial, kept = outcome(stores, play, model="openai/gpt-x", streamed=True)
    assert json.loads(kept.bodies[0])["stream_options"] == {"include_usage": True}
    assert trial.completion.usage == msgspec.convert({"input": 7, "output": 2}, type(trial.completion.usage))
    assert trial.completion.parts == (Text("Hi."),)


# --- all of it together -----------------------------------------------------------------------------------------


def test_under_all_faults_together_every_draw_is_answered_once(stores):
    """Each of 60 draws meets one of six faults at its first attempt; all are answered, none is paid twice."""
    plays = [resets, breaks_off, garbles, refuses("429 Slow", "rate_limit_error"), refuses("500 No", "api_error"), None]
    seen, answered = Counter(), Counter()

    async def play(writer, body):
        name = json.loads(body)["messages"][0]["content"]
        seen[name] += 1
        bad = plays[int(name) % len(plays)]
        if seen[name] == 1 and bad is not None:
            await bad(writer, body)
        else:
            answered[name] += 1
            writer.write(fake.answer(WHOLE))

    with server(play) as kept:
        draws = [plan_draw(request, anthropic) for request in (asked(kept.port, text=str(n)) for n in range(60))]
        tally = sample(draws, **stores, concurrency=12, timeout=5, pace=Pace(base=0.01))
    assert (tally.finished, tally.failed) == (60, 0)
    assert answered == {str(n): 1 for n in range(60)}
    assert tally.requests == len(kept.bodies) == 60 + 50
    lines = [json.loads(line) for line in (stores["run"].path / "requests.jsonl").read_text().splitlines()]
    told = Counter(line.get("fault", "answered") for line in lines)
    assert told == {"answered": 60, "connection": 10, "cut": 10, "malformed": 10, "rate_limit": 10, "server": 10}


def test_the_first_draw_of_a_prefix_goes_alone_and_the_rest_when_its_answer_begins(stores):
    """Five draws of a long prefix: one request, streamed; the others come while its answer is still being written."""
    began = []

    async def play(writer, body):
        streamed = json.loads(body).get("stream", False)
        began.append((streamed, len(began)))
        if streamed:
            await asyncio.sleep(0.3)
            assert len(began) == 1
            writer.write(fake.STREAMED + fake.chunk(next(fake.events())))
            await writer.drain()
            deadline = time.monotonic() + 10
            while len(began) < 5 and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            writer.write(fake.chunk(b"".join(list(fake.events())[1:])) + fake.chunk(b""))
        else:
            writer.write(fake.answer(WHOLE))

    with server(play) as kept:
        request = asked(kept.port, text="word " * 2000)
        tally = sample(plan_draws([(request, anthropic)], range(5)), **stores, timeout=20)
    assert tally.finished == 5
    assert [streamed for streamed, _ in began] == [True, False, False, False, False]


def test_two_runs_that_share_a_cache_send_each_request_once(tmp_path):
    """Both ask the same twenty at the same time; the server gets twenty requests and both have all answers."""

    async def play(writer, body):
        await asyncio.sleep(0.1)
        writer.write(fake.answer(WHOLE))

    tallies = {}

    def one(name, port):
        with Run.open(tmp_path / name, create=True) as run, Cache.open(tmp_path / "cache.sqlite") as cache:
            draws = [plan_draw(asked(port, text=str(n)), anthropic) for n in range(20)]
            tallies[name] = sample(draws, run=run, cache=cache, concurrency=4)

    with server(play) as kept:
        threads = [threading.Thread(target=one, args=(name, kept.port)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(kept.bodies) == 20
    assert sum(tally.requests for tally in tallies.values()) == 20
    assert all(tally.finished + tally.cached == 20 for tally in tallies.values())
